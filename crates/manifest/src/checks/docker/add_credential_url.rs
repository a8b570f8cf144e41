//! `docker-add-credential-url`.

use crate::{Check, FieldKind, Found, Leak, Literal};

/// `docker-add-credential-url`.
pub(crate) struct AddUrl;

impl Check for AddUrl {
    fn page(&self) -> &'static str {
        include_str!("add_credential_url.md")
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if leak == Leak::Url && literal.carrier == FieldKind::DockerAdd {
            leak.say(found.at(
                literal.span,
                format!(
                    "Password in the URL of `{}`, stored in the image history",
                    literal.owner
                ),
            ));
        }
    }
}
