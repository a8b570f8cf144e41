//! Dangerous permissions of roles, one table.

use std::collections::HashSet;

use keysift_finding::Severity;

use super::{handles_secrets, is_own, subjects};
use crate::graph::{At, Grant, GrantedRole, RequestedRoles};
use crate::{Check, Cluster, ClusterFound};

/// A right that is dangerous, as rules say it: group, resource, verbs.
type Permission = (&'static str, &'static str, &'static [&'static str]);

/// A check of dangerous rights in roles that are bound.
pub(crate) struct BoundRights {
    pub(crate) page: &'static str,
    pub(crate) rights: &'static [Permission],
    pub(crate) says: &'static str,
    /// Whether it matters only through a ClusterRoleBinding.
    pub(crate) wide: bool,
}

pub(crate) const ESCALATION: &[Permission] = &[
    ("", "serviceaccounts/token", &["create"]),
    ("", "users", &["impersonate"]),
    ("", "groups", &["impersonate"]),
    ("", "serviceaccounts", &["impersonate"]),
    ("rbac.authorization.k8s.io", "roles", &["bind", "escalate"]),
    ("rbac.authorization.k8s.io", "clusterroles", &["bind", "escalate"]),
    (
        "certificates.k8s.io",
        "certificatesigningrequests/approval",
        &["update", "patch"],
    ),
];
pub(crate) const EXEC: &[Permission] = &[
    ("", "pods/exec", &["create", "get"]),
    ("", "pods/attach", &["create", "get"]),
    ("", "pods/ephemeralcontainers", &["update", "patch"]),
];
pub(crate) const NODES_PROXY: &[Permission] = &[("", "nodes/proxy", &["get", "create", "*"])];

impl Check for BoundRights {
    fn page(&self) -> &'static str {
        self.page
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let mut told = HashSet::new();
        let mut asked = RequestedRoles::default();
        for (file, binding) in cluster
            .bindings()
            .filter(|(_, binding)| !is_own(binding) && (binding.cluster || !self.wide))
        {
            let GrantedRole::Role(place, role) = cluster.given(file, binding) else {
                continue;
            };
            // What the rules of a role say is told for the first binding that gives it.
            let sources = cluster.sources(place, role, &mut asked);
            let rules = sources.into_iter().flat_map(|place| {
                let rules = cluster.role(place).rules.iter();
                rules.map(move |rule| (place.0, rule))
            });
            for (other, rule) in rules {
                // Who may do everything is told by other checks.
                let right = self
                    .rights
                    .iter()
                    .find(|(group, resource, verbs)| rule.grants(group, resource, verbs) == Some(Grant::All));
                let Some((_, resource, _)) =
                    right.filter(|_| !rule.is_wild() && told.insert((other, rule.span)))
                else {
                    continue;
                };
                let verbs = rule.verbs.join(", ");
                let detail = found.at(
                    At {
                        file: other,
                        span: rule.span,
                    },
                    format!("{} {}: {verbs} on {resource}", subjects(binding), self.says),
                );
                if binding.subjects.iter().all(handles_secrets) {
                    detail.severity(
                        Severity::Low,
                        "the name suggests a controller that may need this: verify",
                    );
                }
            }
        }
    }
}
