//! `secret-zero-static-auth`.

use crate::{Check, Found, Object};

/// `secret-zero-static-auth`.
pub(crate) struct SecretZero;

impl Check for SecretZero {
    fn page(&self) -> &'static str {
        include_str!("secret_zero_static_auth.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if !matches!(object.kind, "SecretStore" | "ClusterSecretStore") {
            return;
        }
        let tree = object.tree;
        let ways = [
            (&["vault", "auth", "tokenSecretRef"][..], "a Vault token"),
            (&["vault", "auth", "appRole", "secretRef"], "an AppRole secret ID"),
            (&["vault", "auth", "userPass", "secretRef"], "a Vault password"),
            (&["aws", "auth", "secretRef"], "an AWS access key"),
            (&["gcpsm", "auth", "secretRef"], "a Google service account key"),
            (&["azurekv", "authSecretRef"], "an Azure client secret"),
        ];
        let Some(provider) = tree.path(object.root, &["spec", "provider"]) else {
            return;
        };
        for (path, what) in ways {
            if let Some(node) = tree.path(provider, path) {
                found.at(
                    tree.span(node),
                    format!(
                        "{} authenticates to the secret store with {what}, a static credential",
                        object.shown()
                    ),
                );
            }
        }
    }
}
