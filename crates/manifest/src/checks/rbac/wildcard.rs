//! `rbac-wildcard`.

use std::collections::HashSet;

use keysift_finding::Severity;

use super::kind;
use crate::graph::{At, GrantedRole};
use crate::object::named;
use crate::{Check, Cluster, ClusterFound};

/// `rbac-wildcard`.
pub(crate) struct Wildcard;

impl Check for Wildcard {
    fn page(&self) -> &'static str {
        include_str!("wildcard.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let mut bound: HashSet<(usize, String, bool)> = HashSet::new();
        let mut wide: HashSet<(usize, String, bool)> = HashSet::new();
        for (file, binding) in cluster.bindings() {
            if let GrantedRole::Role((other, _), role) = cluster.given(file, binding) {
                let key = (other, role.name.clone(), role.cluster);
                bound.insert(key.clone());
                if binding.cluster {
                    wide.insert(key);
                }
            }
        }
        for (file, role) in cluster
            .roles()
            .filter(|(_, role)| !role.bootstrap && !role.name.starts_with("system:"))
        {
            let Some(rule) = role.rules.iter().find(|rule| rule.is_wild()) else {
                continue;
            };
            let key = (file, role.name.clone(), role.cluster);
            let detail = found.at(
                At {
                    file,
                    span: rule.span,
                },
                format!(
                    "a wildcard rule in {} covers Secrets",
                    named(kind(role), &role.name, role.namespace.as_deref())
                ),
            );
            if !bound.contains(&key) {
                detail.severity(Severity::Info, "no binding in the input uses this role");
            } else if !wide.contains(&key) {
                detail.severity(Severity::Medium, "bound only in a namespace");
            }
        }
    }
}
