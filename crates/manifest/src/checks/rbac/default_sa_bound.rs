//! `rbac-default-sa-bound`.

use keysift_finding::Severity;

use crate::graph::At;
use crate::{Check, Cluster, ClusterFound};

/// `rbac-default-sa-bound`.
pub(crate) struct DefaultBound;

impl Check for DefaultBound {
    fn page(&self) -> &'static str {
        include_str!("default_sa_bound.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, binding) in cluster.bindings().filter(|(_, binding)| !binding.bootstrap) {
            let given = cluster.given(file, binding);
            for subject in binding
                .subjects
                .iter()
                .filter(|subject| subject.kind == "ServiceAccount" && subject.name == "default")
            {
                let detail = found.at(
                    At {
                        file,
                        span: subject.span,
                    },
                    format!(
                        "Role `{}` is bound to ServiceAccount `default`: every pod {} without a service account of its own inherits it",
                        binding.role,
                        subject.namespace.as_deref().map_or_else(
                            || "in its namespace".to_owned(),
                            |namespace| format!("in namespace `{namespace}`")
                        ),
                    ),
                );
                if cluster.rights(&given).reads_secrets().is_some() {
                    detail.severity(Severity::High, "the role can read Secrets");
                }
            }
        }
    }
}
