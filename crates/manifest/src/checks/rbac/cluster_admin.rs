//! `rbac-cluster-admin`.

use keysift_finding::Severity;

use super::{is_everyone, is_own, subjects};
use crate::graph::At;
use crate::{Check, Cluster, ClusterFound};

/// `rbac-cluster-admin`.
pub(crate) struct ClusterAdmin;

impl Check for ClusterAdmin {
    fn page(&self) -> &'static str {
        include_str!("cluster_admin.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, binding) in cluster.bindings().filter(|(_, binding)| !is_own(binding)) {
            let masters = binding
                .subjects
                .iter()
                .find(|subject| subject.name == "system:masters");
            if binding.role_cluster && binding.role == "cluster-admin" {
                let detail = found.at(
                    At {
                        file,
                        span: binding.role_span,
                    },
                    format!("`cluster-admin` gives full control to {}", subjects(binding)),
                );
                if !binding.cluster {
                    detail.severity(Severity::Medium, "limited to one namespace");
                } else if binding
                    .subjects
                    .iter()
                    .all(|subject| subject.kind != "ServiceAccount" && !is_everyone(subject))
                {
                    detail.severity(
                        Severity::Medium,
                        "bound to users or groups, not to a service account",
                    );
                }
            } else if let Some(subject) = masters {
                found.at(
                    At {
                        file,
                        span: subject.span,
                    },
                    "Members of group `system:masters` bypass RBAC, and their access cannot be revoked",
                );
            }
        }
    }
}
