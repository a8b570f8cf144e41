//! Flags of the API server.

use keysift_finding::Severity;

use crate::{
    Check, Found, Object, Workload,
    control::{Flags, of_kubeadm, of_pod},
};

/// What one check says about the flags of an API server.
pub(crate) struct OfFlags {
    pub(crate) page: &'static str,
    pub(crate) look: fn(&Flags<'_>, &mut Found<'_>),
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

pub(crate) fn no_encryption(flags: &Flags<'_>, found: &mut Found<'_>) {
    if !flags.has("encryption-provider-config") && !flags.has(OLD_FLAG) {
        found.at(
            flags.at,
            "API server without `--encryption-provider-config`: Secrets are stored unencrypted in etcd",
        );
    }
}

pub(crate) fn experimental_flag(flags: &Flags<'_>, found: &mut Found<'_>) {
    let Some((_, span)) = flags.get(OLD_FLAG) else {
        return;
    };
    const SAYS: &str = "was removed in Kubernetes 1.24: the API server does not start; the flag is `--encryption-provider-config`";
    let detail = found.at(span, format!("`--{OLD_FLAG}` {SAYS}"));
    if let Some(prefix) = flags.part(span, "experimental-") {
        detail.mend(prefix, "");
    }
}

pub(crate) fn static_credentials(flags: &Flags<'_>, found: &mut Found<'_>) {
    for flag in ["token-auth-file", "basic-auth-file"] {
        if let Some((_, span)) = flags.get(flag) {
            found.at(
                span,
                format!("`--{flag}`: static credentials that never expire and have no second factor"),
            );
        }
    }
}

pub(crate) fn authorization(flags: &Flags<'_>, found: &mut Found<'_>) {
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

pub(crate) fn no_audit(flags: &Flags<'_>, found: &mut Found<'_>) {
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

pub(crate) fn anonymous(flags: &Flags<'_>, found: &mut Found<'_>) {
    if let Some((Some("true"), span)) = flags.get("anonymous-auth") {
        found.at(
            span,
            "`--anonymous-auth=true`: requests without a credential are accepted, and only authorization restricts them",
        );
    }
}
