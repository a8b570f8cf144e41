//! `kubelet-open`.

use keysift_finding::Span;

use crate::{Check, Found, Object};

/// `kubelet-open`.
pub(crate) struct KubeletOpen;

impl Check for KubeletOpen {
    fn page(&self) -> &'static str {
        include_str!("kubelet_open.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if object.kind != "KubeletConfiguration" {
            return;
        }
        let tree = object.tree;
        let at = |path: &[&str]| {
            tree.path(object.root, path)
                .and_then(|value| tree.scalar(value))
                .map(|scalar| (scalar.text.as_str(), scalar.span))
        };
        let mut tell = |span: Span, what: &str, good: &str| {
            found.at(span, what).mend(span, good);
        };
        if let Some(("true", span)) = at(&["authentication", "anonymous", "enabled"]) {
            tell(span, "the kubelet accepts anonymous requests", "false");
        }
        if let Some(("AlwaysAllow", span)) = at(&["authorization", "mode"]) {
            tell(
                span,
                "the kubelet does not authorize requests (AlwaysAllow)",
                "Webhook",
            );
        }
        if let Some((port, span)) = at(&["readOnlyPort"]).filter(|(port, _)| *port != "0") {
            tell(
                span,
                &format!("the kubelet accepts unauthenticated requests on read-only port {port}"),
                "0",
            );
        }
    }
}
