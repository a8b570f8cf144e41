//! `kubeconfig-embedded-credential`.

use keysift_finding::Severity;

use crate::checks::is_literal;
use crate::{Check, Found, Object};

/// `kubeconfig-embedded-credential`.
pub(crate) struct Kubeconfig;

impl Check for Kubeconfig {
    fn page(&self) -> &'static str {
        include_str!("kubeconfig_embedded_credential.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if object.kind != "Config" || tree.get(object.root, "users").is_none() {
            return;
        }
        let servers = tree
            .list(object.root, "clusters")
            .iter()
            .filter_map(|cluster| tree.path(*cluster, &["cluster", "server"]))
            .filter_map(|server| tree.scalar(server));
        let local = servers.clone().count() > 0
            && servers.clone().all(|server| {
                ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"]
                    .iter()
                    .any(|host| server.text.contains(host))
            });
        for user in tree.list(object.root, "users") {
            let name = tree.text(*user, "name").unwrap_or("?");
            for key in ["token", "password", "client-key-data"] {
                let Some(scalar) = tree
                    .path(*user, &["user", key])
                    .and_then(|value| tree.scalar(value))
                else {
                    continue;
                };
                let omitted = ["REDACTED", "DATA+OMITTED"].contains(&scalar.text.as_str());
                if is_literal(&scalar.text) && !omitted {
                    let detail = found
                        .at(
                            scalar.span,
                            format!("`{key}` of user `{name}` is embedded in a kubeconfig"),
                        )
                        .secret();
                    if local {
                        detail.severity(Severity::Medium, "the API server address is local");
                    }
                }
            }
        }
    }
}
