//! Checks of roles and bindings.

mod authentication_configmap;
mod cluster_admin;
mod dangling;
mod default_sa_bound;
mod everyone_binding;
mod internet_to_secret_path;
mod permissions;
mod read_secrets;
mod wildcard;

pub(crate) use authentication_configmap::AuthenticationConfigMap;
pub(crate) use cluster_admin::ClusterAdmin;
pub(crate) use dangling::Dangling;
pub(crate) use default_sa_bound::DefaultBound;
pub(crate) use everyone_binding::Everyone;
pub(crate) use internet_to_secret_path::InternetToSecret;
pub(crate) use permissions::{
    ESCALATION, EXEC, NODES_PROXY, RolePermissions, SECRET_WRITE, VOLUMES, WEBHOOKS, WORKLOADS,
};
pub(crate) use read_secrets::ReadSecrets;
pub(crate) use wildcard::Wildcard;

use crate::{
    graph::{Binding, Role, Subject},
    object::named,
};

/// Controllers that work with Secrets: what they may do is reported at a lower severity.
pub(crate) fn handles_secrets(subject: &Subject) -> bool {
    is_controller(&subject.name)
}

/// Why the severity of a role that nothing uses is lower.
const NO_BINDING: &str = "no binding in the scanned files uses this role";

/// Whether a name is that of a controller that works with Secrets.
fn is_controller(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "cert-manager",
        "external-secrets",
        "sealed-secrets",
        "argocd",
        "flux",
        "velero",
        "ingress",
        "vault",
        "reloader",
        "secrets-store",
        "operator",
        "controller",
        "traefik",
        "reflector",
        "replicator",
        "istio",
        "linkerd",
        "kyverno",
        "gatekeeper",
        "autoscaler",
        "provisioner",
    ];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Groups that include nearly everyone.
fn is_everyone(subject: &Subject) -> bool {
    matches!(
        subject.name.as_str(),
        "system:anonymous" | "system:unauthenticated" | "system:authenticated"
    ) || subject.name == "system:serviceaccounts"
        || subject.name.starts_with("system:serviceaccounts:")
}

fn who(subject: &Subject) -> String {
    named(&subject.kind, &subject.name, subject.namespace.as_deref())
}

fn subjects(binding: &Binding) -> String {
    let shown: Vec<_> = binding.subjects.iter().take(3).map(who).collect();
    let more = if binding.subjects.len() > 3 {
        format!(" and {} more", binding.subjects.len() - 3)
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// Whether a binding comes with Kubernetes: made by the API server, or by kubeadm for its own parts.
fn is_own(binding: &Binding) -> bool {
    let made = binding.bootstrap || binding.name == "cluster-admin" || binding.name.starts_with("kubeadm:");
    let part = |subject: &Subject| {
        subject.name.starts_with("system:kube-") || subject.name.starts_with("system:node")
    };
    made || binding.subjects.iter().all(part)
}

fn kind(role: &Role) -> &'static str {
    if role.cluster { "ClusterRole" } else { "Role" }
}

impl Role {
    /// Whether the role comes with Kubernetes itself.
    fn is_own(&self) -> bool {
        self.bootstrap || self.name.starts_with("system:") || self.name.starts_with("kubeadm:")
    }
}
