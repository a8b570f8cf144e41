//! `tf-provisioner-secret`.

use super::secret_in;
use crate::{
    Check, Found, TerraformFile,
    hcl::{Block, Expr},
};

/// `tf-provisioner-secret`.
pub(crate) struct ProvisionerSecret;

impl Check for ProvisionerSecret {
    fn page(&self) -> &'static str {
        include_str!("provisioner_secret.md")
    }

    fn terraform(&self, file: &TerraformFile<'_>, found: &mut Found<'_>) {
        for resource in file.body.blocks("resource") {
            for provisioner in resource.body.blocks("provisioner") {
                look(resource, provisioner, found);
            }
        }
    }
}

/// The commands of a provisioner; its `environment` is where a secret may be.
fn look(resource: &Block<'_>, provisioner: &Block<'_>, found: &mut Found<'_>) {
    for value in ["command", "inline"]
        .iter()
        .filter_map(|name| provisioner.body.get(name))
    {
        let texts: Vec<&Expr<'_>> = match value {
            Expr::List(items) => items.iter().collect(),
            value => vec![value],
        };
        for text in texts {
            let Some(reference) = secret_in(text) else {
                continue;
            };
            let span = text.text().map_or_else(
                || text.span(),
                |text| {
                    let at = text.raw.find(reference).unwrap_or_default();
                    let start = text.span.start + at;
                    keysift_finding::Span::new(start, start + reference.len())
                },
            );
            found.at(
                span,
                format!("`{reference}` is written into a command of {}", resource.shown()),
            );
        }
    }
}
