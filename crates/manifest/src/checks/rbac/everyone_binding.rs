//! `rbac-everyone-binding`.

use keysift_finding::Severity;

use super::is_everyone;
use crate::graph::{At, GrantedRole};
use crate::{Check, Cluster, ClusterFound};

/// `rbac-everyone-binding`.
pub(crate) struct Everyone;

impl Check for Everyone {
    fn page(&self) -> &'static str {
        include_str!("everyone_binding.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, binding) in cluster.bindings().filter(|(_, binding)| !binding.bootstrap) {
            let given = cluster.given(file, binding);
            let rights = cluster.rights(&given);
            // A role that is not there allows nothing that anybody could tell.
            if rights.is_public() && !matches!(given, GrantedRole::Unknown)
                || binding.namespace.as_deref() == Some("kube-public")
            {
                continue;
            }
            for subject in binding
                .subjects
                .iter()
                .filter(|subject| is_everyone(subject) && subject.kind != "ServiceAccount")
            {
                let detail = found.at(
                    At {
                        file,
                        span: subject.span,
                    },
                    format!("Role `{}` is bound to `{}`", binding.role, subject.name),
                );
                if rights.reads_secrets().is_some() {
                    detail.severity(Severity::Critical, "the role can read Secrets");
                } else if !matches!(
                    subject.name.as_str(),
                    "system:anonymous" | "system:unauthenticated"
                ) {
                    detail.severity(
                        Severity::High,
                        "includes every authenticated identity, every pod among them",
                    );
                }
            }
        }
    }
}
