//! Checks of all files together: roles, bindings, accounts.

use std::collections::{BTreeMap, HashSet};

use keysift_finding::{Confidence, Elsewhere, Severity};

use crate::{
    Check, Cluster, ClusterFound, Detail,
    graph::{At, Binding, Grant, GrantedRole, Pod, RequestedRoles, Role, Subject, chart},
    object::named,
};

/// Controllers that work with Secrets: what they may do is reported at a lower severity.
pub(super) fn handles_secrets(subject: &Subject) -> bool {
    const WORDS: &[&str] = &[
        "cert-manager",
        "external-secrets",
        "sealed-secrets",
        "argocd",
        "flux",
        "velero",
        "ingress",
        "vault",
        "reloader",
        "secrets-store",
        "operator",
        "controller",
        "traefik",
        "reflector",
        "replicator",
        "istio",
        "linkerd",
        "kyverno",
        "gatekeeper",
    ];
    let name = subject.name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Groups that include nearly everyone.
fn is_everyone(subject: &Subject) -> bool {
    matches!(
        subject.name.as_str(),
        "system:anonymous" | "system:unauthenticated" | "system:authenticated"
    ) || subject.name == "system:serviceaccounts"
        || subject.name.starts_with("system:serviceaccounts:")
}

fn who(subject: &Subject) -> String {
    named(&subject.kind, &subject.name, subject.namespace.as_deref())
}

fn subjects(binding: &Binding) -> String {
    let shown: Vec<_> = binding.subjects.iter().take(3).map(who).collect();
    let more = if binding.subjects.len() > 3 {
        format!(" and {} more", binding.subjects.len() - 3)
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// Whether a binding comes with Kubernetes: made by the API server, or by kubeadm for its own parts.
fn is_own(binding: &Binding) -> bool {
    let made = binding.bootstrap || binding.name == "cluster-admin" || binding.name.starts_with("kubeadm:");
    let part = |subject: &Subject| {
        subject.name.starts_with("system:kube-") || subject.name.starts_with("system:node")
    };
    made || binding.subjects.iter().all(part)
}

/// `rbac-read-secrets-cluster` and `rbac-read-secrets-namespace`.
pub(super) struct ReadSecrets {
    pub(super) page: &'static str,
    pub(super) cluster: bool,
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

/// `rbac-wildcard`.
pub(super) struct Wildcard;

impl Check for Wildcard {
    fn page(&self) -> &'static str {
        include_str!("rbac/wildcard.md")
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

fn kind(role: &Role) -> &'static str {
    if role.cluster { "ClusterRole" } else { "Role" }
}

/// `rbac-cluster-admin`.
pub(super) struct ClusterAdmin;

impl Check for ClusterAdmin {
    fn page(&self) -> &'static str {
        include_str!("rbac/cluster_admin.md")
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
                    format!("cluster-admin gives full control to {}", subjects(binding)),
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
                    "members of group `system:masters` bypass RBAC, and their access cannot be revoked",
                );
            }
        }
    }
}

/// `rbac-everyone-binding`.
pub(super) struct Everyone;

impl Check for Everyone {
    fn page(&self) -> &'static str {
        include_str!("rbac/everyone_binding.md")
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
                    format!("role `{}` is bound to `{}`", binding.role, subject.name),
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

/// A right that is dangerous, as rules say it: group, resource, verbs.
type Permission = (&'static str, &'static str, &'static [&'static str]);

/// A check of dangerous rights in roles that are bound.
pub(super) struct BoundRights {
    pub(super) page: &'static str,
    pub(super) rights: &'static [Permission],
    pub(super) says: &'static str,
    /// Whether it matters only through a ClusterRoleBinding.
    pub(super) wide: bool,
}

pub(super) const ESCALATION: &[Permission] = &[
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
pub(super) const EXEC: &[Permission] = &[
    ("", "pods/exec", &["create", "get"]),
    ("", "pods/attach", &["create", "get"]),
    ("", "pods/ephemeralcontainers", &["update", "patch"]),
];
pub(super) const NODES_PROXY: &[Permission] = &[("", "nodes/proxy", &["get", "create", "*"])];

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

/// `rbac-default-sa-bound`.
pub(super) struct DefaultBound;

impl Check for DefaultBound {
    fn page(&self) -> &'static str {
        include_str!("rbac/default_sa_bound.md")
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
                        "role `{}` is bound to ServiceAccount `default`: every pod {} without a service account of its own inherits it",
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

/// `rbac-dangling`.
pub(super) struct Dangling;

impl Check for Dangling {
    fn page(&self) -> &'static str {
        include_str!("rbac/dangling.md")
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
                        "Role `{}` is not defined in the input: whoever creates a Role with that name controls the permissions of {}",
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
                let known = cluster.accounts_like(&subject.name, namespace).next().is_some();
                if managed && !known && !templates {
                    found
                        .at(
                            At {
                                file,
                                span: subject.span,
                            },
                            format!(
                                "service account `{}` is not defined in the input: one that is created later inherits role `{}`",
                                subject.name, binding.role
                            ),
                        )
                        .doubt(Confidence::Medium, "it may be defined elsewhere");
                }
            }
        }
    }
}

/// Chart or folder, account, namespace.
type Group<'c> = (&'c str, &'c str, Option<&'c str>);

/// `k8s-automount-token`.
pub(super) struct Automount;

impl Check for Automount {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/automount_token.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        // One note for each chart or folder, account and namespace: what is missing is missing everywhere.
        let mut groups: BTreeMap<Group<'_>, Vec<(usize, &Pod)>> = BTreeMap::new();
        for (file, pod) in cluster
            .pods()
            .filter(|(_, pod)| pod.builtin && !pod.control_plane && pod.automount.is_none() && !pod.projected)
        {
            let name = pod.account.as_deref().unwrap_or("default");
            // A template says elsewhere which account it is and whether that mounts its token.
            if name.contains("{{") || cluster.is_bound(name) {
                continue;
            }
            let account = cluster.accounts_in(name, pod.namespace.as_deref()).next();
            if account.is_none_or(|account| account.automount.is_none_or(|on| on)) {
                groups
                    .entry((chart(&cluster.files[file].path), name, pod.namespace.as_deref()))
                    .or_default()
                    .push((file, pod));
            }
        }
        for ((_, name, _), pods) in groups {
            let (file, pod) = pods[0];
            let shown = named(&pod.kind, &pod.name, pod.namespace.as_deref());
            let (more, mount) = if pods.len() > 1 {
                (format!(" and {} more", pods.len() - 1), "mount")
            } else {
                (String::new(), "mounts")
            };
            let at = At { file, span: pod.span };
            let message = format!(
                "{shown}{more} {mount} the token of service account `{name}`, which has no RBAC permissions in the input"
            );
            found.at(at, message);
        }
    }
}

/// `kustomize-secretgenerator-file` and `compose-env-file-committed`: a file that another names, and that holds secrets.
pub(super) struct EnvFiles {
    pub(super) page: &'static str,
    pub(super) kustomize: bool,
}

impl Check for EnvFiles {
    fn page(&self) -> &'static str {
        self.page
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, facts) in cluster.files.iter().enumerate() {
            for named in facts
                .env_files
                .iter()
                .filter(|named| named.kustomize == self.kustomize)
            {
                // `name=path` gives the key its own name.
                let path = named.path.rsplit('=').next().unwrap_or(&named.path);
                let Some(holds) = cluster.named(file, path).and_then(|facts| facts.holds.as_ref()) else {
                    continue;
                };
                found.at(
                    At {
                        file,
                        span: named.span,
                    },
                    format!("`{path}` is committed and contains a hard-coded `{holds}`"),
                );
            }
        }
    }
}
