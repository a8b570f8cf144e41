//! Dangerous permissions of roles: one table for each check, and one way to report them.

use keysift_finding::Severity;

use super::{NO_BINDING, handles_secrets, is_controller, is_own, kind, subjects};
use crate::{
    Check, Cluster, ClusterFound,
    graph::{At, Role, Rule},
    object::named,
};

/// A dangerous permission, as rules name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permission {
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
    /// Whether the resource is of the whole cluster: a Role or a RoleBinding grants nothing on it.
    cluster: bool,
    /// Whether it needs another permission to do harm.
    partial: bool,
    /// The one object that it is about, where a rule is limited to named objects.
    object: Option<&'static str>,
}

const fn on(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Permission {
    Permission {
        group,
        resource,
        verbs,
        cluster: false,
        partial: false,
        object: None,
    }
}

const fn wide(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Permission {
    Permission {
        cluster: true,
        ..on(group, resource, verbs)
    }
}

impl Permission {
    const fn object(self, name: &'static str) -> Self {
        Self {
            object: Some(name),
            ..self
        }
    }

    const fn partial(self) -> Self {
        Self {
            partial: true,
            ..self
        }
    }
}

const WRITE: &[&str] = &["create", "update", "patch"];
const CREATE: &[&str] = &["create"];
const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// Permissions to become somebody else.
pub(crate) const ESCALATION: &[Permission] = &[
    on("", "serviceaccounts/token", CREATE),
    wide("", "users", &["impersonate"]),
    wide("", "groups", &["impersonate"]),
    on("", "serviceaccounts", &["impersonate"]),
    wide("authentication.k8s.io", "userextras", &["impersonate"]),
    wide("authentication.k8s.io", "uids", &["impersonate"]),
    on(RBAC, "roles", &["bind", "escalate"]),
    wide(RBAC, "clusterroles", &["bind", "escalate"]),
    // Kubernetes lets nobody grant what he has not himself, but for those with `bind` or `escalate`.
    on(RBAC, "roles", WRITE).partial(),
    wide(RBAC, "clusterroles", WRITE).partial(),
    on(RBAC, "rolebindings", WRITE).partial(),
    wide(RBAC, "clusterrolebindings", WRITE).partial(),
    wide(
        CERTIFICATES,
        "certificatesigningrequests/approval",
        &["update", "patch"],
    ),
    wide(CERTIFICATES, "signers", &["approve", "sign"]),
    // It says which users of AWS are which users of the cluster.
    on("", "configmaps", &["update", "patch"]).object("aws-auth"),
];

/// Permissions that reach into running pods.
pub(crate) const EXEC: &[Permission] = &[
    on("", "pods/exec", &["create", "get"]),
    on("", "pods/attach", &["create", "get"]),
    on("", "pods/portforward", &["create", "get"]),
    on("", "pods/ephemeralcontainers", &["update", "patch"]),
];

/// The kubelet's API through the API server.
pub(crate) const NODES_PROXY: &[Permission] = &[wide("", "nodes/proxy", &["get", "create", "*"])];

/// Permissions to change Secrets.
pub(crate) const SECRET_WRITE: &[Permission] = &[
    on("", "secrets", &["update", "patch"]),
    on("", "secrets", &["create", "delete", "deletecollection"]).partial(),
];

/// Permissions to run pods, and so to mount any Secret of the namespace and to use any of its service accounts.
pub(crate) const WORKLOADS: &[Permission] = &[
    on("", "pods", WRITE),
    on("apps", "deployments", WRITE),
    on("apps", "daemonsets", WRITE),
    on("apps", "statefulsets", WRITE),
    on("apps", "replicasets", WRITE),
    on("", "replicationcontrollers", WRITE),
    on("batch", "jobs", WRITE),
    on("batch", "cronjobs", WRITE),
];

/// Permissions to see what is sent to the API server.
pub(crate) const WEBHOOKS: &[Permission] = &[
    wide(ADMISSION, "mutatingwebhookconfigurations", WRITE),
    wide(ADMISSION, "validatingwebhookconfigurations", WRITE),
];

/// Permission to make volumes of any folder of a node.
pub(crate) const VOLUMES: &[Permission] = &[wide("", "persistentvolumes", CREATE)];

/// A check of dangerous permissions of roles.
pub(crate) struct RolePermissions {
    pub(crate) page: &'static str,
    pub(crate) permissions: &'static [Permission],
    /// What they let their holder do, behind "can".
    pub(crate) says: &'static str,
}

impl RolePermissions {
    /// What a rule grants of the table, in the way a role of this kind can.
    fn granted<'r>(&self, role: &Role, rule: &'r Rule, bound_wide: bool) -> Vec<Granted<'r>> {
        let counts = |permission: &&Permission| !permission.cluster || role.cluster && bound_wide;
        let granted = self.permissions.iter().filter(counts).map(|permission| Granted {
            resource: permission.resource,
            verbs: match permission.object {
                Some(object) => {
                    rule.verbs_on_object(permission.group, permission.resource, object, permission.verbs)
                }
                None => rule.verbs_on(permission.group, permission.resource, permission.verbs),
            },
            partial: permission.partial,
        });
        granted.filter(|granted| !granted.verbs.is_empty()).collect()
    }
}

/// A permission of the table that a rule grants, with the verbs as the rule names them.
struct Granted<'r> {
    resource: &'static str,
    verbs: Vec<&'r str>,
    partial: bool,
}

/// Severity and reason of what grants something only together with another permission.
const PARTIAL: &str = "exploitable only together with another permission";

/// `create, patch on pods; create on pods/exec`, no more than three.
fn listed(granted: &[Granted<'_>]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = granted
        .iter()
        .take(SHOWN)
        .map(|granted| format!("{} on {}", granted.verbs.join(", "), granted.resource))
        .collect();
    let more = match granted.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join("; "))
}

impl Check for RolePermissions {
    fn page(&self) -> &'static str {
        self.page
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (place, role) in cluster.roles().filter(|(_, role)| !role.is_own()) {
            let bound = cluster
                .granted(place)
                .map(|bindings| (bindings.binding(cluster), bindings.more));
            if bound.is_some_and(|((_, binding), _)| is_own(binding)) {
                continue;
            }
            let wide = bound.is_none_or(|((_, binding), _)| binding.cluster);
            // Who may do everything, and who reads Secrets too, is reported by other checks.
            let writes = || {
                self.permissions
                    .iter()
                    .any(|permission| permission.resource == "secrets")
            };
            if writes() && role.rules.iter().any(Rule::reads_secrets) {
                continue;
            }
            let mut first = None;
            let mut granted = Vec::new();
            for rule in role.rules.iter().filter(|rule| !rule.is_wild()) {
                let new = self.granted(role, rule, wide);
                first = first.or((!new.is_empty()).then_some(rule.span));
                granted.extend(new);
            }
            let Some(span) = first else { continue };
            let at = At { file: place.0, span };
            let what = listed(&granted);
            let partial = usize::from(granted.iter().all(|granted| granted.partial));
            let Some(((file, binding), more)) = bound else {
                let shown = named(kind(role), &role.name, role.namespace.as_deref());
                let levels = if is_controller(&role.name) { 2 } else { 1 };
                found
                    .at(at, format!("{shown} permits to {}: {what}", self.says))
                    .lower(levels + partial, NO_BINDING);
                continue;
            };
            let more = if more > 0 { " and others" } else { "" };
            let detail = found
                .at(
                    at,
                    format!("{}{more} can {}: {what}", subjects(binding), self.says),
                )
                .elsewhere(cluster.place(
                    At {
                        file,
                        span: binding.role_span,
                    },
                    format!("binding `{}` grants the role", binding.name),
                ));
            if binding.subjects.iter().all(handles_secrets) {
                detail.severity(
                    Severity::Low,
                    "the name suggests a controller that may need this: verify",
                );
            } else if partial > 0 {
                detail.lower(partial, PARTIAL);
            }
        }
    }
}
