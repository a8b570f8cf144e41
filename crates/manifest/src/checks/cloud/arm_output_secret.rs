//! `arm-output-secret`.

use std::collections::HashSet;

use crate::{BicepFile, Check, File, Found, Language};

/// `arm-output-secret`.
pub(crate) struct OutputSecret;

/// Functions that return credentials: `listKeys`, `listSecrets`, `listAccountSas`, …
fn is_list_call(expression: &str) -> bool {
    let mut calls = expression.match_indices("list");
    calls.any(|(at, _)| {
        let starts = !expression[..at].ends_with(|char: char| char.is_alphanumeric());
        let rest = &expression[at + 4..];
        let name = rest
            .find(|char: char| !char.is_alphanumeric())
            .map_or("", |end| &rest[..end]);
        let credential = [
            "key",
            "secret",
            "sas",
            "credential",
            "connectionstring",
            "token",
            "auth",
        ];
        let lower = name.to_ascii_lowercase();
        starts
            && name.starts_with(|char: char| char.is_ascii_uppercase())
            && rest[name.len()..].starts_with('(')
            && credential.iter().any(|word| lower.contains(word))
    })
}

/// Whether an expression has a parameter in it, by its name.
fn names(expression: &str, parameter: &str) -> bool {
    expression
        .split(|char: char| !char.is_alphanumeric() && char != '_')
        .any(|word| word == parameter)
}

impl Check for OutputSecret {
    fn page(&self) -> &'static str {
        include_str!("arm_output_secret.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Arm {
            return;
        }
        for root in &file.tree.documents {
            let root = file.tree.at(*root);
            let parameters = root.get("parameters").entries().into_iter();
            let secure: HashSet<&str> = parameters
                .filter(|(_, parameter)| {
                    let kind = parameter.get("type").str().unwrap_or_default();
                    kind.to_ascii_lowercase().starts_with("secure")
                })
                .map(|(name, _)| name.text.as_str())
                .collect();
            for (name, output) in root.get("outputs").entries() {
                let kind = output.get("type").str().unwrap_or_default();
                let Some(value) = output.get("value").scalar() else {
                    continue;
                };
                let shows = is_list_call(&value.text)
                    || value.text.contains("parameters(")
                        && secure.iter().any(|parameter| names(&value.text, parameter));
                if shows && !kind.to_ascii_lowercase().starts_with("secure") {
                    found.at(value.span, message(&name.text));
                }
            }
        }
    }

    fn bicep(&self, file: &BicepFile<'_>, found: &mut Found<'_>) {
        let secure: Vec<&str> = file
            .declarations
            .iter()
            .filter(|declaration| declaration.word == "param" && declaration.secure)
            .map(|declaration| declaration.name)
            .collect();
        for output in file
            .declarations
            .iter()
            .filter(|declaration| declaration.word == "output" && !declaration.secure)
        {
            let Some((_, value)) = output.rest.split_once('=') else {
                continue;
            };
            if is_list_call(value) || secure.iter().any(|parameter| names(value, parameter)) {
                found.at(output.name_span, message(output.name));
            }
        }
    }
}

fn message(output: &str) -> String {
    format!("Output `{output}` returns a secret: the history of deployments keeps it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_return_credentials() {
        for text in [
            "[listKeys(x, y).keys[0].value]",
            "x.listSecrets()",
            "concat(listAccountSas(a))",
        ] {
            assert!(is_list_call(text), "{text}");
        }
        for text in [
            "[list(x)]",
            "blacklistKeys(x)",
            "x.listVirtualMachines()",
            "listKeys",
        ] {
            assert!(!is_list_call(text), "{text}");
        }
    }
}
