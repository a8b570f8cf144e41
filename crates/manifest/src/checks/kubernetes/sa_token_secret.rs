//! `k8s-sa-token-secret`.

use keysift_finding::Severity;

use crate::checks::is_literal;
use crate::{Check, Found, Object};

/// `k8s-sa-token-secret`.
pub(crate) struct SaTokenSecret;

impl Check for SaTokenSecret {
    fn page(&self) -> &'static str {
        include_str!("sa_token_secret.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if object.is("", "Secret")
            && tree.text(object.root, "type") == Some("kubernetes.io/service-account-token")
        {
            let span = tree
                .get(object.root, "type")
                .map_or(object.kind_span(), |kind| tree.span(kind));
            let detail = found.at(
                span,
                format!(
                    "{} contains a service account token that never expires",
                    object.shown()
                ),
            );
            let token = tree
                .path(object.root, &["data", "token"])
                .and_then(|token| tree.scalar(token));
            if token.is_some_and(|token| is_literal(&token.text)) {
                detail.severity(Severity::Critical, "the token itself is in the manifest");
            }
        }
        if object.is("", "ServiceAccount") {
            for secret in tree.list(object.root, "secrets") {
                let Some(name) = tree.get(*secret, "name").and_then(|name| tree.scalar(name)) else {
                    continue;
                };
                if name.text.contains("-token") {
                    found.at(
                        name.span,
                        format!("{} references a token Secret that never expires", object.shown()),
                    );
                }
            }
        }
    }
}
