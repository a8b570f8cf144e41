//! `tf-variable-not-sensitive`.

use super::is_marked;
use crate::{Check, Found, TerraformFile, hcl::Expr};

/// `tf-variable-not-sensitive`.
pub(crate) struct VariableNotSensitive;

impl Check for VariableNotSensitive {
    fn page(&self) -> &'static str {
        include_str!("variable_not_sensitive.md")
    }

    fn terraform(&self, file: &TerraformFile<'_>, found: &mut Found<'_>) {
        for block in file.body.blocks("variable") {
            let Some(name) = block.labels.first() else {
                continue;
            };
            // Numbers, switches and objects are something about a secret.
            let text = match block.body.get("type") {
                None => true,
                Some(Expr::Other(kind, _)) => matches!(*kind, "string" | "any"),
                Some(value) => value.text().is_some_and(|text| text.raw == "string"),
            };
            if text && !is_marked(&block.body) && keysift_judge::name(name) == keysift_judge::Name::Sensitive
            {
                found.at(
                    block.head,
                    format!("Variable `{name}` is not marked `sensitive`: plans and logs show its value"),
                );
            }
        }
    }
}
