//! Flags of the API server that belong together: encryption, audit, authorization.

use keysift_finding::Severity;

use crate::{
    Check, Found,
    control::{Component, Settings},
};

/// What one check says about the flags of an API server.
pub(crate) struct OfFlags {
    pub(crate) page: &'static str,
    pub(crate) look: fn(&Settings<'_>, &mut Found<'_>),
}

impl Check for OfFlags {
    fn page(&self) -> &'static str {
        self.page
    }

    fn settings(&self, settings: &Settings<'_>, found: &mut Found<'_>) {
        if settings.component == Component::ApiServer {
            (self.look)(settings, found);
        }
    }
}

const OLD_FLAG: &str = "experimental-encryption-provider-config";

pub(crate) fn no_encryption(flags: &Settings<'_>, found: &mut Found<'_>) {
    if let Some(("false", switch)) = flags.value("secrets-encryption") {
        found
            .at(
                switch.span,
                "Encryption of Secrets is switched off: they are stored unencrypted",
            )
            .mend(switch.span, "true");
    } else if flags.is_whole() && !flags.has("encryption-provider-config") && !flags.has(OLD_FLAG) {
        found.at(
            flags.at,
            "API server without `--encryption-provider-config`: Secrets are stored unencrypted in etcd",
        );
    }
}

pub(crate) fn experimental_flag(flags: &Settings<'_>, found: &mut Found<'_>) {
    let Some(setting) = flags.get(OLD_FLAG) else {
        return;
    };
    const SAYS: &str = "was removed in Kubernetes 1.24: the API server does not start; the flag is `--encryption-provider-config`";
    let detail = found.at(setting.span, format!("`--{OLD_FLAG}` {SAYS}"));
    if let Some(prefix) = setting.part("experimental-") {
        detail.mend(prefix, "");
    }
}

pub(crate) fn authorization(flags: &Settings<'_>, found: &mut Found<'_>) {
    let Some((modes, setting)) = flags.value("authorization-mode") else {
        if flags.is_complete() && !flags.has("authorization-config") {
            found.at(
                flags.at,
                "API server without `--authorization-mode`: the default is `AlwaysAllow`, every request is allowed",
            );
        }
        return;
    };
    let modes: Vec<_> = modes.split(',').map(str::trim).collect();
    if modes.contains(&"AlwaysAllow") {
        found.at(setting.span, "`AlwaysAllow`: every request is allowed");
    } else if !modes.contains(&"RBAC") && !modes.contains(&"Webhook") {
        let detail = found.at(
            setting.span,
            "`--authorization-mode` does not include RBAC: roles are not enforced",
        );
        let detail = detail.severity(Severity::High, "requests are still restricted, but not by RBAC");
        if let Some(node) = setting.part("=Node").filter(|_| modes == ["Node"]) {
            detail.mend(node, "=Node,RBAC");
        }
    } else if !modes.contains(&"Node") && flags.is_complete() {
        found
            .at(
                setting.span,
                "`--authorization-mode` does not include Node: a kubelet is not limited to the Secrets of its own pods",
            )
            .severity(Severity::Low, "other modes may limit kubelets");
    }
}

pub(crate) fn no_audit(flags: &Settings<'_>, found: &mut Found<'_>) {
    let (policy, log) = (
        flags.has("audit-policy-file"),
        flags.has("audit-log-path") || flags.has("audit-webhook-config-file"),
    );
    if let Some(("false", switch)) = flags.value("kubernetes_audit") {
        found
            .at(
                switch.span,
                "`kubernetes_audit: false`: access to Secrets is not logged",
            )
            .mend(switch.span, "true");
    }
    match (policy, log) {
        (false, _) if flags.is_whole() => drop(found.at(
            flags.at,
            "API server without `--audit-policy-file`: access to Secrets is not logged",
        )),
        (true, false) => drop(found.at(
            flags.at,
            "Audit policy without `--audit-log-path` or a webhook: audit events are not written anywhere",
        )),
        _ => {}
    }
}
