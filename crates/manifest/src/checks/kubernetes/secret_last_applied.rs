//! `k8s-secret-last-applied`.

use crate::checks::is_literal;
use crate::{Check, Found, Object};

/// `k8s-secret-last-applied`.
pub(crate) struct LastApplied;

impl Check for LastApplied {
    fn page(&self) -> &'static str {
        include_str!("secret_last_applied.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        let Some(scalar) = object
            .annotation("kubectl.kubernetes.io/last-applied-configuration")
            .and_then(|id| tree.scalar(id))
        else {
            return;
        };
        // The annotation of a live object repeats what its data says.
        if object.is_live() && object.is("", "Secret") && object.cursor().get("data").exists() {
            return;
        }
        let inner = tree.inner(scalar.text.as_bytes(), 0);
        let Some(root) = inner.documents.first() else {
            return;
        };
        let filled = ["data", "stringData"]
            .iter()
            .filter_map(|key| inner.get(*root, key))
            .any(|data| {
                inner
                    .entries(data)
                    .iter()
                    .any(|(_, value)| inner.scalar(*value).is_some_and(|value| is_literal(&value.text)))
            });
        if inner.text(*root, "kind") == Some("Secret") && filled {
            found
                .at(
                    scalar.span,
                    format!(
                        "The last-applied-configuration annotation of {} contains the Secret's values",
                        object.shown()
                    ),
                )
                .secret();
        }
    }
}
