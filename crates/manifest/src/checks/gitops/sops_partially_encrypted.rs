//! `sops-partially-encrypted`.

use crate::checks::is_literal;
use crate::yaml::{Id, Scalar, Tree};
use crate::{Check, Found, Object};

/// `sops-partially-encrypted`.
pub(crate) struct SopsPartial;

impl SopsPartial {
    /// Scalars under sensitive names, or in a Secret's data, that SOPS left in plaintext.
    fn look(tree: &Tree, root: Id, found: &mut Found<'_>) {
        if tree.path(root, &["sops", "mac"]).is_none() {
            return;
        }
        let secret = tree.text(root, "kind") == Some("Secret");
        let mut walk = tree.walk([root], false);
        while let Some((node, inside)) = walk.next() {
            for (key, value) in tree.entries(node) {
                if matches!(
                    key.text.as_str(),
                    "sops" | "metadata" | "kind" | "apiVersion" | "type"
                ) {
                    continue;
                }
                let inside = inside || secret && matches!(key.text.as_str(), "data" | "stringData");
                match tree.scalar(value) {
                    Some(scalar) if Self::is_clear(key, scalar, inside) => {
                        found
                            .at(
                                scalar.span,
                                format!("`{}` is plaintext in a SOPS-encrypted file", key.text),
                            )
                            .secret();
                    }
                    Some(_) => {}
                    None => walk.enter(value, inside),
                }
            }
            if !tree.items(node).is_empty() {
                walk.below(node, inside);
            }
        }
    }

    fn is_clear(key: &Scalar, scalar: &Scalar, inside: bool) -> bool {
        let sensitive = inside || keysift_judge::name(&key.text) == keysift_judge::Name::Sensitive;
        sensitive && is_literal(&scalar.text) && !key.text.ends_with("_unencrypted")
    }
}

impl Check for SopsPartial {
    fn page(&self) -> &'static str {
        include_str!("sops_partially_encrypted.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        Self::look(object.tree, object.root, found);
    }

    fn file(&self, file: &crate::File<'_>, found: &mut Found<'_>) {
        file.tree
            .documents
            .iter()
            .for_each(|root| Self::look(file.tree, *root, found));
    }
}
