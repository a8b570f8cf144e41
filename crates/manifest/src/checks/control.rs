//! Checks of the control plane: flags of the API server, encryption at rest, the kubelet.

use keysift_finding::{Severity, Span};
use keysift_judge::{Value, value};

use crate::{
    Check, Found, Object, Workload,
    control::{Flags, of_kubeadm, of_pod},
    yaml::Id,
};

/// What one check says about the flags of an API server.
pub(super) struct OfFlags {
    pub(super) page: &'static str,
    pub(super) look: fn(&Flags<'_>, &mut Found<'_>),
}

impl Check for OfFlags {
    fn page(&self) -> &'static str {
        self.page
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if let Some(flags) = of_kubeadm(object) {
            (self.look)(&flags, found);
        }
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        if let Some(flags) = of_pod(workload) {
            (self.look)(&flags, found);
        }
    }
}

const OLD_FLAG: &str = "experimental-encryption-provider-config";

pub(super) fn no_encryption(flags: &Flags<'_>, found: &mut Found<'_>) {
    if !flags.has("encryption-provider-config") && !flags.has(OLD_FLAG) {
        found.at(
            flags.at,
            "API server without `--encryption-provider-config`: Secrets are stored unencrypted in etcd",
        );
    }
}

pub(super) fn experimental_flag(flags: &Flags<'_>, found: &mut Found<'_>) {
    let Some((_, span)) = flags.get(OLD_FLAG) else {
        return;
    };
    const SAYS: &str = "was removed in Kubernetes 1.24: the API server does not start; the flag is `--encryption-provider-config`";
    let detail = found.at(span, format!("`--{OLD_FLAG}` {SAYS}"));
    if let Some(prefix) = flags.part(span, "experimental-") {
        detail.mend(prefix, "");
    }
}

pub(super) fn static_credentials(flags: &Flags<'_>, found: &mut Found<'_>) {
    for flag in ["token-auth-file", "basic-auth-file"] {
        if let Some((_, span)) = flags.get(flag) {
            found.at(
                span,
                format!("`--{flag}`: static credentials that never expire and have no second factor"),
            );
        }
    }
}

pub(super) fn authorization(flags: &Flags<'_>, found: &mut Found<'_>) {
    let Some((Some(modes), span)) = flags.get("authorization-mode") else {
        return;
    };
    let modes: Vec<_> = modes.split(',').map(str::trim).collect();
    if modes.contains(&"AlwaysAllow") {
        found.at(span, "`AlwaysAllow`: every request is allowed");
    } else if !modes.contains(&"RBAC") && !modes.contains(&"Webhook") {
        let detail = found.at(
            span,
            "`--authorization-mode` does not include RBAC: roles are not enforced",
        );
        let detail = detail.severity(Severity::High, "requests are still restricted, but not by RBAC");
        if let Some(node) = flags.part(span, "=Node").filter(|_| modes == ["Node"]) {
            detail.mend(node, "=Node,RBAC");
        }
    }
}

pub(super) fn no_audit(flags: &Flags<'_>, found: &mut Found<'_>) {
    let (policy, log) = (
        flags.has("audit-policy-file"),
        flags.has("audit-log-path") || flags.has("audit-webhook-config-file"),
    );
    match (policy, log) {
        (false, _) => drop(found.at(
            flags.at,
            "API server without `--audit-policy-file`: access to Secrets is not logged",
        )),
        (true, false) => drop(found.at(
            flags.at,
            "audit policy without `--audit-log-path` or a webhook: audit events are not written anywhere",
        )),
        (true, true) => {}
    }
}

pub(super) fn anonymous(flags: &Flags<'_>, found: &mut Found<'_>) {
    if let Some((Some("true"), span)) = flags.get("anonymous-auth") {
        found.at(
            span,
            "`--anonymous-auth=true`: requests without a credential are accepted, and only authorization restricts them",
        );
    }
}

/// An entry, and its providers by name.
type ActiveEncryption<'t> = (Id, Vec<(&'t str, Id)>);

/// The entries of an EncryptionConfiguration that decide about Secrets: the first that matches.
fn deciding<'t>(object: &Object<'t>) -> Option<Option<ActiveEncryption<'t>>> {
    let tree = object.tree;
    if !matches!(object.kind, "EncryptionConfiguration" | "EncryptionConfig") {
        return None;
    }
    let entry = tree.list(object.root, "resources").iter().find(|entry| {
        tree.texts(**entry, "resources")
            .iter()
            .any(|name| matches!(*name, "secrets" | "*." | "*.*"))
    });
    Some(entry.map(|entry| {
        let providers = tree
            .list(*entry, "providers")
            .iter()
            .flat_map(|provider| tree.entries(*provider));
        (
            *entry,
            providers
                .map(|(name, value)| (name.text.as_str(), value))
                .collect(),
        )
    }))
}

/// `encryption-identity-first`.
pub(super) struct IdentityFirst;

impl Check for IdentityFirst {
    fn page(&self) -> &'static str {
        include_str!("apiserver/encryption_identity_first.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        match deciding(object) {
            None => {}
            Some(None) => drop(found.at(
                object.kind_span(),
                "no entry covers Secrets: they are stored unencrypted in etcd",
            )),
            Some(Some((entry, providers)))
                if providers.first().is_none_or(|(name, _)| *name == "identity") =>
            {
                let list = tree.get(entry, "providers");
                let span = list.map_or_else(|| tree.span(entry), |list| tree.span(list));
                found.at(
                    span,
                    "`identity` is the first provider, which is used for writing: Secrets are stored unencrypted in etcd",
                );
            }
            Some(Some(_)) => {}
        }
    }
}

/// `encryption-key-committed`.
pub(super) struct EncryptionKey;

impl Check for EncryptionKey {
    fn page(&self) -> &'static str {
        include_str!("apiserver/encryption_key_committed.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if !matches!(object.kind, "EncryptionConfiguration" | "EncryptionConfig") {
            return;
        }
        for entry in tree.list(object.root, "resources") {
            for (name, provider) in tree
                .list(*entry, "providers")
                .iter()
                .flat_map(|provider| tree.entries(*provider))
            {
                for key in tree.list(provider, "keys") {
                    let Some(secret) = tree.get(*key, "secret").and_then(|secret| tree.scalar(secret)) else {
                        continue;
                    };
                    if value(&secret.text) == Value::Literal {
                        let detail = found
                            .at(
                                secret.span,
                                format!(
                                    "the {} encryption key `{}` is hard-coded: it decrypts every Secret in etcd and its backups",
                                    name.text,
                                    tree.text(*key, "name").unwrap_or("?")
                                ),
                            )
                            .secret();
                        // Secrets of the Kubernetes documentation, as base64 of their texts.
                        let inner = keysift_judge::base64_text(&secret.text);
                        if inner.is_some_and(|text| {
                            matches!(
                                text.as_str(),
                                "secret is secure" | "this is password" | "abcdefghijklmnopqrstuvwxyz123456"
                            )
                        }) {
                            detail.note("a well-known key from the documentation");
                        }
                    }
                }
            }
        }
    }
}

/// `kubelet-open`.
pub(super) struct KubeletOpen;

impl Check for KubeletOpen {
    fn page(&self) -> &'static str {
        include_str!("apiserver/kubelet_open.md")
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
