//! `sealedsecret-wide-scope`.

use crate::{Check, Found, Object};

/// `sealedsecret-wide-scope`.
pub(crate) struct WideScope;

impl Check for WideScope {
    fn page(&self) -> &'static str {
        include_str!("sealedsecret_wide_scope.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if object.kind != "SealedSecret" {
            return;
        }
        let tree = object.tree;
        for (annotation, scope) in [
            (
                "sealedsecrets.bitnami.com/cluster-wide",
                "cluster-wide scope: it can be unsealed in any namespace",
            ),
            (
                "sealedsecrets.bitnami.com/namespace-wide",
                "namespace-wide scope: it can be unsealed under any name in its namespace",
            ),
        ] {
            let places: [&[&str]; 2] = [
                &["metadata", "annotations"],
                &["spec", "template", "metadata", "annotations"],
            ];
            let set = places
                .iter()
                .filter_map(|path| tree.path(object.root, path))
                .filter_map(|all| tree.get(all, annotation));
            if let Some(scalar) = set
                .filter_map(|id| tree.scalar(id))
                .find(|scalar| scalar.text == "true")
            {
                found.at(
                    scalar.span,
                    format!(
                        "{} has {scope}, by anyone who may create a SealedSecret there",
                        object.shown()
                    ),
                );
            }
        }
    }
}
