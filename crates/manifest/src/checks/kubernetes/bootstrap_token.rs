//! `k8s-bootstrap-token`.

use crate::checks::is_literal;
use crate::{Check, Found, Object};

/// `k8s-bootstrap-token`.
pub(crate) struct BootstrapToken;

impl Check for BootstrapToken {
    fn page(&self) -> &'static str {
        include_str!("bootstrap_token.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if !object.is("", "Secret") || tree.text(object.root, "type") != Some("bootstrap.kubernetes.io/token")
        {
            return;
        }
        for section in ["stringData", "data"] {
            let Some(data) = tree.get(object.root, section) else {
                continue;
            };
            if let Some(secret) = tree
                .get(data, "token-secret")
                .and_then(|secret| tree.scalar(secret))
                .filter(|secret| is_literal(&secret.text))
            {
                let detail = found
                    .at(
                        secret.span,
                        format!(
                            "{} contains a bootstrap token, which can join a node to the cluster",
                            object.shown()
                        ),
                    )
                    .secret();
                if tree.get(data, "expiration").is_none() {
                    detail.note("the token never expires");
                }
            }
        }
    }
}
