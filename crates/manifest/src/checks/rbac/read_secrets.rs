//! `rbac-read-secrets-cluster` and `rbac-read-secrets-namespace`.

use keysift_finding::{Elsewhere, Severity};

use super::{NO_BINDING, handles_secrets, is_controller, is_everyone, is_own, kind, subjects};
use crate::{
    Check, Cluster, ClusterFound, Detail,
    graph::{At, Binding, Grant, GrantedRole, Role, Rule},
    object::named,
};

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
        self.roles(cluster, found);
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
            let changes = match given {
                GrantedRole::Role(_, role) if changes_secrets(role) => "read and change",
                _ => "read",
            };
            let detail = found.at(
                At {
                    file,
                    span: binding.role_span,
                },
                format!(
                    "{} can {changes} all Secrets {scope}, through role `{}`",
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
            let detail = reach(cluster, file, binding)
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

/// Whether a role lets its holder change Secrets too.
fn changes_secrets(role: &Role) -> bool {
    let change = ["create", "update", "patch", "delete"];
    role.rules
        .iter()
        .any(|rule| rule.grants("", "secrets", &change) == Some(Grant::All))
}

impl ReadSecrets {
    /// Roles, where they are written. Of one that is bound the binding is reported too, with who has it and what it leads to. Whoever
    /// binds another one later may not look at what it grants.
    fn roles(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let all = cluster.roles();
        for (place, role) in all.filter(|(_, role)| role.cluster == self.cluster && !role.is_own()) {
            let Some(rule) = role.rules.iter().find(|rule| rule.reads_secrets()) else {
                continue;
            };
            if role.rules.iter().any(Rule::is_wild) {
                continue;
            }
            let bound = cluster.granted(place).map(|bindings| bindings.binding(cluster));
            if bound.is_some_and(|(_, binding)| is_own(binding)) {
                continue;
            }
            let joins = |name: &str| {
                let key = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
                role.labels
                    .iter()
                    .any(|(label, value)| *label == key && value == "true")
            };
            // Who has `edit` or `admin` reads Secrets anyway.
            if joins("edit") || joins("admin") {
                continue;
            }
            let (verbs, scope) = (
                if changes_secrets(role) {
                    "read and change"
                } else {
                    "read"
                },
                if self.cluster {
                    "the cluster"
                } else {
                    "its namespace"
                },
            );
            let shown = named(kind(role), &role.name, role.namespace.as_deref());
            let detail = found.at(
                At {
                    file: place.0,
                    span: rule.span,
                },
                format!("{shown} permits to {verbs} all Secrets in {scope}"),
            );
            if let Some((file, binding)) = bound {
                let at = At {
                    file,
                    span: binding.role_span,
                };
                detail
                    .severity(Severity::Info, "the finding about its binding says who has it")
                    .elsewhere(cluster.place(
                        at,
                        format!("binding `{}` grants it to {}", binding.name, subjects(binding)),
                    ));
            } else if joins("view") {
                detail.note("aggregated to the built-in role `view`: everyone who has it reads Secrets");
            } else {
                let levels = if is_controller(&role.name) { 2 } else { 1 };
                detail.lower(levels, NO_BINDING);
            }
        }
    }
}

/// What a binding that reads Secrets joins: workloads that run with its accounts, and Secrets that they are not given otherwise.
fn reach(cluster: &Cluster, file: usize, binding: &Binding) -> Vec<Elsewhere> {
    /// Enough to see what is meant.
    const SHOWN: usize = 5;
    let mut pods: Vec<_> = binding
        .subjects
        .iter()
        .filter(|subject| subject.kind == "ServiceAccount")
        .flat_map(|subject| {
            let namespace = subject.namespace.as_deref().or(binding.namespace.as_deref());
            cluster.running_as(file, &subject.name, namespace).take(SHOWN)
        })
        .collect();
    pods.sort_by_key(|(place, _)| *place);
    pods.dedup_by_key(|(place, _)| *place);
    let pods = pods.into_iter().take(SHOWN).map(|((file, _), pod)| (file, pod));
    let namespace = binding.namespace.as_deref().filter(|_| !binding.cluster);
    let secrets = cluster
        .secrets_near(file, namespace)
        .filter(|_| binding.cluster || namespace.is_some());
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
