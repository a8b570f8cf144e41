//! `cfn-parameter-without-noecho` and `arm-parameter-not-secure`.

use crate::{BicepFile, Check, File, Found, Language};

fn is_sensitive(name: &str) -> bool {
    keysift_judge::name(name) == keysift_judge::Name::Sensitive
}

/// `cfn-parameter-without-noecho`.
pub(crate) struct CfnParameter;

impl Check for CfnParameter {
    fn page(&self) -> &'static str {
        include_str!("cfn_parameter_without_noecho.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::CloudFormation {
            return;
        }
        for root in &file.tree.documents {
            for (name, parameter) in file.tree.at(*root).get("Parameters").entries() {
                let kind = parameter.get("Type").str().unwrap_or_default();
                let hidden = parameter
                    .get("NoEcho")
                    .str()
                    .is_some_and(|text| text.eq_ignore_ascii_case("true"));
                // Values of the parameter store are looked up by their names.
                if matches!(kind, "String" | "CommaDelimitedList") && !hidden && is_sensitive(&name.text) {
                    found.at(
                        name.span,
                        format!(
                            "Parameter `{}` is shown in the console and in the API: it has no `NoEcho`",
                            name.text
                        ),
                    );
                }
            }
        }
    }
}

/// `arm-parameter-not-secure`.
pub(crate) struct ArmParameter;

fn message(name: &str) -> String {
    format!("Parameter `{name}` is stored in the history of deployments: it is not secure")
}

impl Check for ArmParameter {
    fn page(&self) -> &'static str {
        include_str!("arm_parameter_not_secure.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Arm {
            return;
        }
        for root in &file.tree.documents {
            for (name, parameter) in file.tree.at(*root).get("parameters").entries() {
                let kind = parameter.get("type").str().unwrap_or_default();
                if kind.eq_ignore_ascii_case("string") && is_sensitive(&name.text) {
                    found.at(name.span, message(&name.text));
                }
            }
        }
    }

    fn bicep(&self, file: &BicepFile<'_>, found: &mut Found<'_>) {
        for declaration in file
            .declarations
            .iter()
            .filter(|declaration| declaration.word == "param")
        {
            let text = declaration
                .rest
                .split(|char: char| !char.is_alphanumeric())
                .next()
                == Some("string");
            if text && !declaration.secure && is_sensitive(declaration.name) {
                found.at(declaration.name_span, message(declaration.name));
            }
        }
    }
}
