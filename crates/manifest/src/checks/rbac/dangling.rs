//! `rbac-dangling`.

use keysift_finding::Confidence;

use super::{is_own, subjects};
use crate::graph::{At, GrantedRole};
use crate::{Check, Cluster, ClusterFound};

/// `rbac-dangling`.
pub(crate) struct Dangling;

impl Check for Dangling {
    fn page(&self) -> &'static str {
        include_str!("dangling.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        // Template expressions and placeholders are names that only the tool knows.
        let plain = |name: &str| !name.contains("{{") && !name.is_empty() && !name.contains(['$', '<']);
        let templates = cluster
            .files
            .iter()
            .any(|facts| facts.accounts.iter().any(|account| !plain(&account.name)));
        for (file, binding) in cluster
            .bindings()
            .filter(|(_, binding)| !is_own(binding) && plain(&binding.role))
        {
            if matches!(cluster.given(file, binding), GrantedRole::Unknown)
                && !binding.role_cluster
                && !templates
            {
                found.at(
                    At { file, span: binding.role_span },
                    format!(
                        "Role `{}` is not defined in the scanned files: whoever creates a Role with that name controls the permissions of {}",
                        binding.role,
                        subjects(binding)
                    ),
                );
            }
            for subject in binding.subjects.iter().filter(|subject| {
                subject.kind == "ServiceAccount" && plain(&subject.name) && subject.name != "default"
            }) {
                let namespace = subject.namespace.as_deref().or(binding.namespace.as_deref());
                // Only where the input makes accounts for that namespace at all.
                let managed = cluster.manages(namespace);
                let known = cluster
                    .accounts_like(file, &subject.name, namespace)
                    .next()
                    .is_some();
                if managed && !known && !templates {
                    found
                        .at(
                            At {
                                file,
                                span: subject.span,
                            },
                            format!(
                                "Service account `{}` is not defined in the scanned files: one that is created later inherits role `{}`",
                                subject.name, binding.role
                            ),
                        )
                        .doubt(Confidence::Medium, "it may be defined elsewhere");
                }
            }
        }
    }
}
