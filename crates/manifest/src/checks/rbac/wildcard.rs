//! `rbac-wildcard`.

use super::{NO_BINDING, is_controller, kind, subjects};
use crate::{Check, Cluster, ClusterFound, graph::At, object::named};

/// `rbac-wildcard`.
pub(crate) struct Wildcard;

impl Check for Wildcard {
    fn page(&self) -> &'static str {
        include_str!("wildcard.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (place, role) in cluster.roles().filter(|(_, role)| !role.is_own()) {
            let Some(rule) = role.rules.iter().find(|rule| rule.is_wild()) else {
                continue;
            };
            let detail = found.at(
                At {
                    file: place.0,
                    span: rule.span,
                },
                format!(
                    "A wildcard rule in {} covers Secrets",
                    named(kind(role), &role.name, role.namespace.as_deref())
                ),
            );
            let Some(bindings) = cluster.granted(place) else {
                let levels = if is_controller(&role.name) { 2 } else { 1 };
                detail.lower(levels, NO_BINDING);
                continue;
            };
            let (file, binding) = bindings.binding(cluster);
            let detail = detail.elsewhere(cluster.place(
                At {
                    file,
                    span: binding.role_span,
                },
                format!("binding `{}` grants it to {}", binding.name, subjects(binding)),
            ));
            if !binding.cluster {
                detail.lower(1, "bound only in a namespace");
            }
        }
    }
}
