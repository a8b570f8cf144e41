//! `rbac-read-secrets-cluster` and `rbac-read-secrets-namespace`.

use keysift_finding::{Elsewhere, Severity};

use super::{handles_secrets, is_everyone, is_own, subjects};
use crate::graph::{At, Binding, GrantedRole};
use crate::object::named;
use crate::{Check, Cluster, ClusterFound, Detail};

/// `rbac-read-secrets-cluster` and `rbac-read-secrets-namespace`.
pub(crate) struct ReadSecrets {
    pub(crate) page: &'static str,
    pub(crate) cluster: bool,
}

impl Check for ReadSecrets {
    fn page(&self) -> &'static str {
        self.page
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, binding) in cluster
            .bindings()
            .filter(|(_, binding)| binding.cluster == self.cluster && !is_own(binding))
        {
            let given = cluster.given(file, binding);
            // Cluster-admin has a check of its own.
            if matches!(given, GrantedRole::Builtin("cluster-admin")) || cluster.rights(&given).is_wild() {
                continue;
            }
            let Some(rule) = cluster.rights(&given).reads_secrets() else {
                continue;
            };
            let scope = match (self.cluster, &binding.namespace) {
                (true, _) => "in the cluster".to_owned(),
                (false, Some(namespace)) => format!("in namespace `{namespace}`"),
                (false, None) => "in its namespace".to_owned(),
            };
            let detail = found.at(
                At {
                    file,
                    span: binding.role_span,
                },
                format!(
                    "{} can read all Secrets {scope}, through role `{}`",
                    subjects(binding),
                    binding.role
                ),
            );
            let detail = match rule {
                Some((other, rule)) => detail.elsewhere(cluster.place(
                    At {
                        file: other,
                        span: rule.span,
                    },
                    "the rule that grants it",
                )),
                None => detail.note("a built-in role"),
            };
            let detail = reach(cluster, binding)
                .into_iter()
                .fold(detail, Detail::elsewhere);
            if binding.subjects.iter().any(is_everyone)
                || self.cluster && binding.subjects.iter().any(|subject| subject.name == "default")
            {
                detail.severity(Severity::Critical, "nearly every workload has this identity");
            } else if binding.subjects.iter().all(handles_secrets) {
                let severity = if self.cluster {
                    Severity::Medium
                } else {
                    Severity::Low
                };
                detail.severity(
                    severity,
                    "the name suggests a controller that may need this: verify",
                );
            }
        }
    }
}

/// What a binding that reads Secrets joins: workloads that run with its accounts, and Secrets that they are not given otherwise.
fn reach(cluster: &Cluster, binding: &Binding) -> Vec<Elsewhere> {
    /// Enough to see what is meant.
    const SHOWN: usize = 5;
    let mut pods: Vec<_> = binding
        .subjects
        .iter()
        .filter(|subject| subject.kind == "ServiceAccount")
        .flat_map(|subject| {
            let namespace = subject.namespace.as_deref().or(binding.namespace.as_deref());
            cluster.running_as(&subject.name, namespace).take(SHOWN)
        })
        .collect();
    pods.sort_by_key(|(place, _)| *place);
    pods.dedup_by_key(|(place, _)| *place);
    let pods = pods.into_iter().take(SHOWN).map(|((file, _), pod)| (file, pod));
    let all = cluster
        .files
        .iter()
        .enumerate()
        .filter(|_| binding.cluster)
        .flat_map(|(file, facts)| facts.secrets.iter().map(move |secret| (file, secret)));
    let near = cluster
        .secrets_of(&binding.namespace)
        .filter(|_| !binding.cluster && binding.namespace.is_some());
    let secrets = all.chain(near);
    pods.map(|(file, pod)| {
        cluster.place(
            At { file, span: pod.span },
            format!(
                "{} runs with this service account",
                named(&pod.kind, &pod.name, pod.namespace.as_deref())
            ),
        )
    })
    .chain(secrets.take(SHOWN).map(|(file, secret)| {
        cluster.place(
            At {
                file,
                span: secret.span,
            },
            format!(
                "it can read {}",
                named("Secret", &secret.name, secret.namespace.as_deref())
            ),
        )
    }))
    .collect()
}
