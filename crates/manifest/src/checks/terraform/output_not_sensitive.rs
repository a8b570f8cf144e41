//! `tf-output-not-sensitive`.

use super::{is_marked, secret_in};
use crate::{Check, Found, TerraformFile, hcl::Expr};

/// `tf-output-not-sensitive`.
pub(crate) struct OutputNotSensitive;

impl Check for OutputNotSensitive {
    fn page(&self) -> &'static str {
        include_str!("output_not_sensitive.md")
    }

    fn terraform(&self, file: &TerraformFile<'_>, found: &mut Found<'_>) {
        for block in file.body.blocks("output") {
            let (Some(name), Some(value)) = (block.labels.first(), block.body.get("value")) else {
                continue;
            };
            if is_marked(&block.body)
                || matches!(
                    value,
                    Expr::Call {
                        name: "nonsensitive",
                        ..
                    }
                )
            {
                continue;
            }
            let named = keysift_judge::name(name) == keysift_judge::Name::Sensitive && is_content(value);
            let Some(what) = secret_in(value).or_else(|| named.then_some(name)) else {
                continue;
            };
            found.at(
                block.head,
                format!("Output `{name}` prints `{what}`: it is not marked `sensitive`"),
            );
        }
    }
}

/// Whether an expression may be the secret itself, and not what it is called or where it is.
fn is_content(value: &Expr<'_>) -> bool {
    let Expr::Other(source, _) = value else {
        return false;
    };
    let last = source.rsplit('.').next().unwrap_or_default();
    source.contains('.')
        && !keysift_judge::describes(last)
        && !["arn", "id", "name", "version", "path", "url", "uri", "self_link"]
            .iter()
            .any(|end| last == *end || last.ends_with(&format!("_{end}")))
}
