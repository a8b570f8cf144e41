//! `eso-refresh-disabled`.

use crate::{Check, Found, Object};

/// `eso-refresh-disabled`.
pub(crate) struct RefreshDisabled;

impl Check for RefreshDisabled {
    fn page(&self) -> &'static str {
        include_str!("eso_refresh_disabled.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if !matches!(object.kind, "ExternalSecret" | "ClusterExternalSecret") {
            return;
        }
        let tree = object.tree;
        let specs = [&["spec"][..], &["spec", "externalSecretSpec"]].map(|path| tree.path(object.root, path));
        for (key, off) in [
            ("refreshInterval", &["0", "0s", "0m", "0h"][..]),
            ("refreshPolicy", &["CreatedOnce"]),
        ] {
            let mut set = specs
                .iter()
                .flatten()
                .filter_map(|spec| tree.get(*spec, key))
                .filter_map(|id| tree.scalar(id));
            if let Some(scalar) = set.find(|scalar| off.contains(&scalar.text.as_str())) {
                found.at(
                    scalar.span,
                    format!(
                        "{} is never refreshed: a rotated value does not reach the cluster",
                        object.shown()
                    ),
                );
            }
        }
    }
}
