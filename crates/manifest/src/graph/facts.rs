//! What one file tells about the cluster: owned, and small beside the file.

use keysift_finding::Span;

use crate::{
    Object, Workload,
    yaml::{Id, Tree},
};

/// The facts of one file.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where the file lies, as paths of reports have it: names are looked for near it first.
    pub path: String,
    /// The number by which the caller knows the file; findings name it.
    pub id: usize,
    pub(crate) roles: Vec<Role>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) secrets: Vec<Secret>,
    /// Environment files that this file names, relative to it.
    pub(crate) env_files: Vec<EnvFile>,
    /// Of an environment file: the first name with a literal secret.
    pub(crate) holds: Option<String>,
    /// Of an environment file: names of passwords with a well-known value.
    pub(crate) weak: Vec<(String, Span)>,
    /// Of a compose file: the variables that it gives to services.
    pub(crate) variables: Vec<String>,
    /// Of values of a chart: the paths of those that are secrets.
    pub(crate) chart_values: Vec<(String, Span)>,
    /// Of templates: values of the chart that are shown outside of Secrets.
    pub(crate) rendered: Vec<Rendered>,
    pub(crate) services: Vec<Service>,
    pub(crate) routes: Vec<Route>,
    /// Of a Dockerfile: what it copies from the build context, as it is written.
    pub(crate) copies: Vec<(String, Span)>,
    /// Of a compose file: build contexts with their Dockerfiles, relative to it.
    pub(crate) builds: Vec<(String, String)>,
    /// Of a kustomization: the files and folders that it applies, relative to it.
    pub(crate) includes: Vec<String>,
    /// Of a SOPS policy: expressions of paths that must be encrypted, and whether only some keys of them.
    pub(crate) promises: Vec<(String, bool)>,
    /// Secrets that stand here: keyed fingerprint, name, place.
    pub(crate) values: Vec<(u64, String, Span)>,
    /// Where lines end: places are told to people by line.
    pub(crate) lines: Vec<usize>,
}

/// A value of a chart that a template shows outside of a Secret.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) path: String,
    pub(crate) span: Span,
    /// What shows it.
    pub(crate) what: String,
}

/// A Service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) selector: Vec<(String, String)>,
    /// Reached from outside by its own type.
    pub(crate) exposed: bool,
    pub(crate) span: Span,
}

/// An Ingress or a route of a gateway, and the Services behind it.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) kind: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) backends: Vec<String>,
    pub(crate) span: Span,
}

/// A reference to an environment file.
#[derive(Clone, Debug)]
pub(crate) struct EnvFile {
    pub(crate) path: String,
    pub(crate) span: Span,
    /// From a kustomization; otherwise from a compose file.
    pub(crate) kustomize: bool,
}

/// A Role or ClusterRole.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) cluster: bool,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) rules: Vec<Rule>,
    /// Labels that other roles must have to be added to this one: `aggregationRule`.
    pub(crate) aggregates: Vec<Vec<(String, String)>>,
    pub(crate) labels: Vec<(String, String)>,
    /// Made by Kubernetes itself.
    pub(crate) bootstrap: bool,
}

/// One rule of a role.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) groups: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) verbs: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) span: Span,
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) cluster: bool,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) role_cluster: bool,
    pub(crate) role: String,
    pub(crate) role_span: Span,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) bootstrap: bool,
}

/// Who is bound.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) span: Span,
}

/// A ServiceAccount.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) automount: Option<bool>,
}

/// A workload.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) automount: Option<bool>,
    pub(crate) projected: bool,
    pub(crate) control_plane: bool,
    pub(crate) span: Span,
    pub(crate) uses: Vec<SecretUse>,
    pub(crate) labels: Vec<(String, String)>,
}

/// A Secret that a workload is given.
#[derive(Clone, Debug)]
pub(crate) struct SecretUse {
    pub(crate) secret: String,
    pub(crate) way: &'static str,
    pub(crate) optional: bool,
}

/// A Secret, or what makes one.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) span: Span,
}

fn strings(tree: &Tree, id: Id, key: &str) -> Vec<String> {
    tree.texts(id, key).into_iter().map(str::to_owned).collect()
}

fn labels(tree: &Tree, id: Option<Id>) -> Vec<(String, String)> {
    let entries = id.map(|id| tree.entries(id)).unwrap_or_default().into_iter();
    entries
        .filter_map(|(key, value)| Some((key.text.clone(), tree.scalar(value)?.text.clone())))
        .collect()
}

impl Facts {
    /// The facts of objects and their workloads.
    pub(crate) fn add(&mut self, object: &Object<'_>, workloads: &[Workload<'_>]) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (name, namespace) = (
            object.name().unwrap_or_default().to_owned(),
            owned(object.namespace()),
        );
        let tree = object.tree;
        match object.kind {
            "Role" | "ClusterRole" => self.roles.push(role(object, name, namespace)),
            "RoleBinding" | "ClusterRoleBinding" => self.bindings.extend(binding(object, name, namespace)),
            "ServiceAccount" => {
                let automount = tree
                    .text(object.root, "automountServiceAccountToken")
                    .and_then(|text| text.parse().ok());
                self.accounts.push(Account {
                    namespace,
                    name,
                    automount,
                });
            }
            "Secret" | "SealedSecret" | "VaultStaticSecret" => self.secrets.push(Secret {
                namespace,
                name,
                span: object.kind_span(),
            }),
            "ExternalSecret" => {
                let target = tree
                    .path(object.root, &["spec", "target"])
                    .and_then(|target| tree.text(target, "name"));
                self.secrets.push(Secret {
                    namespace,
                    name: target.map_or(name, str::to_owned),
                    span: object.kind_span(),
                });
            }
            "Service" => self.services.push(service(object, name, namespace)),
            "Ingress" | "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute"
            | "VirtualService" | "IngressRoute" | "IngressRouteTCP" | "HTTPProxy" | "Route" => {
                let (kind, backends) = (object.kind.to_owned(), backends(tree, object.root));
                self.routes.push(Route {
                    kind,
                    namespace,
                    name,
                    backends,
                    span: object.kind_span(),
                });
            }
            _ => {}
        }
        self.pods.extend(workloads.iter().map(pod));
        if tree.is_template() {
            self.rendered.extend(crate::checks::rendered(object, workloads));
        }
    }

    /// Remembers where the lines of its text end, if there is anything to point at.
    pub(crate) fn finish(mut self, text: &[u8]) -> Option<Self> {
        if self.is_empty() {
            return None;
        }
        self.lines = memchr::memchr_iter(b'\n', text).collect();
        Some(self)
    }

    /// Every place that a check across files may point at, sorted, without repeats.
    pub fn places(&self) -> Vec<Span> {
        let roles = self
            .roles
            .iter()
            .flat_map(|role| &role.rules)
            .map(|rule| rule.span);
        let bindings = self.bindings.iter().flat_map(|binding| {
            let subjects = binding.subjects.iter().map(|subject| subject.span);
            subjects.chain([binding.role_span])
        });
        let mut places: Vec<Span> = roles
            .chain(bindings)
            .chain(self.pods.iter().map(|pod| pod.span))
            .chain(self.secrets.iter().map(|secret| secret.span))
            .chain(self.env_files.iter().map(|file| file.span))
            .chain(self.services.iter().map(|service| service.span))
            .chain(self.routes.iter().map(|route| route.span))
            .chain(self.copies.iter().map(|(_, span)| *span))
            .chain(self.weak.iter().map(|(_, span)| *span))
            .chain(self.chart_values.iter().map(|(_, span)| *span))
            .chain(self.rendered.iter().map(|rendered| rendered.span))
            .chain(self.secret_values())
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The places of the secrets that the file holds: no excerpt may show them.
    pub fn secret_values(&self) -> impl Iterator<Item = Span> {
        self.values.iter().map(|(_, _, span)| *span)
    }

    /// The line of a place, from 1.
    pub(crate) fn line(&self, span: Span) -> u64 {
        self.lines.partition_point(|end| *end < span.start) as u64 + 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roles.is_empty()
            && self.bindings.is_empty()
            && self.accounts.is_empty()
            && self.pods.is_empty()
            && self.secrets.is_empty()
            && self.env_files.is_empty()
            && self.holds.is_none()
            && self.weak.is_empty()
            && self.chart_values.is_empty()
            && self.rendered.is_empty()
            && self.variables.is_empty()
            && self.services.is_empty()
            && self.routes.is_empty()
            && self.copies.is_empty()
            && self.builds.is_empty()
            && self.includes.is_empty()
            && self.promises.is_empty()
            && self.values.is_empty()
    }
}

fn role(object: &Object<'_>, name: String, namespace: Option<String>) -> Role {
    let tree = object.tree;
    let rules = tree.list(object.root, "rules").iter().map(|rule| Rule {
        groups: strings(tree, *rule, "apiGroups"),
        resources: strings(tree, *rule, "resources"),
        verbs: strings(tree, *rule, "verbs"),
        names: strings(tree, *rule, "resourceNames"),
        span: tree
            .get(*rule, "resources")
            .map_or_else(|| tree.span(*rule), |resources| tree.span(resources)),
    });
    let selectors = tree
        .path(object.root, &["aggregationRule", "clusterRoleSelectors"])
        .map(|list| tree.afforded(list))
        .unwrap_or_default();
    let labels_of = labels(tree, tree.path(object.root, &["metadata", "labels"]));
    Role {
        cluster: object.kind == "ClusterRole",
        namespace,
        name,
        rules: rules.collect(),
        aggregates: selectors
            .iter()
            .map(|selector| labels(tree, tree.get(*selector, "matchLabels")))
            .collect(),
        bootstrap: labels_of
            .iter()
            .any(|(key, value)| key == "kubernetes.io/bootstrapping" && value == "rbac-defaults"),
        labels: labels_of,
    }
}

fn binding(object: &Object<'_>, name: String, namespace: Option<String>) -> Option<Binding> {
    let tree = object.tree;
    let role = tree.get(object.root, "roleRef")?;
    let role_name = tree.get(role, "name")?;
    let subjects = tree.list(object.root, "subjects").iter().filter_map(|subject| {
        let name = tree.get(*subject, "name")?;
        Some(Subject {
            kind: tree.text(*subject, "kind").unwrap_or("ServiceAccount").to_owned(),
            name: tree.scalar(name)?.text.clone(),
            namespace: tree.text(*subject, "namespace").map(str::to_owned),
            span: tree.span(name),
        })
    });
    let labels = labels(tree, tree.path(object.root, &["metadata", "labels"]));
    Some(Binding {
        cluster: object.kind == "ClusterRoleBinding",
        namespace,
        name,
        role_cluster: tree.text(role, "kind") == Some("ClusterRole"),
        role: tree.scalar(role_name)?.text.clone(),
        role_span: tree.span(role_name),
        subjects: subjects.collect(),
        bootstrap: labels
            .iter()
            .any(|(key, value)| key == "kubernetes.io/bootstrapping" && value == "rbac-defaults"),
    })
}

fn service(object: &Object<'_>, name: String, namespace: Option<String>) -> Service {
    let tree = object.tree;
    let spec = tree.get(object.root, "spec");
    let kind = spec.and_then(|spec| tree.text(spec, "type")).unwrap_or_default();
    // Clouds have a dozen annotations for a load balancer of the own network; all of them say so.
    let annotations = labels(tree, tree.path(object.root, &["metadata", "annotations"]));
    let internal = annotations.iter().any(|(key, value)| {
        key.to_ascii_lowercase().contains("internal") && value != "false"
            || value.eq_ignore_ascii_case("internal")
    });
    let outside = spec.is_some_and(|spec| !tree.list(spec, "externalIPs").is_empty());
    Service {
        namespace,
        name,
        selector: labels(tree, spec.and_then(|spec| tree.get(spec, "selector"))),
        exposed: (matches!(kind, "LoadBalancer" | "NodePort") && !internal) || outside,
        span: object.kind_span(),
    }
}

/// The Services that a route names: old and new spellings of Ingress, routes of gateways, Istio, Traefik, OpenShift.
fn backends(tree: &Tree, root: Id) -> Vec<String> {
    let mut found = Vec::new();
    let mut walk = tree.walk([root], ());
    while let Some((node, ())) = walk.next() {
        found.extend(tree.text(node, "serviceName").map(str::to_owned));
        for key in ["service", "destination", "to"] {
            let Some(service) = tree.get(node, key) else {
                continue;
            };
            found.extend(
                tree.text(service, "name")
                    .or_else(|| tree.text(service, "host"))
                    .map(str::to_owned),
            );
        }
        for key in ["backendRefs", "services"] {
            found.extend(
                tree.list(node, key)
                    .iter()
                    .filter_map(|backend| tree.text(*backend, "name"))
                    .map(str::to_owned),
            );
        }
        for (_, value) in tree.entries(node).into_iter().rev() {
            walk.enter(value, ());
        }
        if !tree.items(node).is_empty() {
            walk.below(node, ());
        }
    }
    // `web.prod.svc.cluster.local` is the Service `web`.
    found
        .iter_mut()
        .for_each(|name| name.truncate(name.find('.').unwrap_or(name.len())));
    found.sort();
    found.dedup();
    found
}

fn pod(workload: &Workload<'_>) -> Pod {
    let tree = workload.tree();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let object = &workload.object;
    let projected = tree.list(workload.spec, "volumes").iter().any(|volume| {
        let sources = tree
            .path(*volume, &["projected", "sources"])
            .map(|list| tree.afforded(list))
            .unwrap_or_default();
        sources
            .iter()
            .any(|source| tree.get(*source, "serviceAccountToken").is_some())
    });
    let tier = tree
        .path(object.root, &["metadata", "labels", "tier"])
        .and_then(|tier| tree.scalar(tier));
    Pod {
        kind: object.kind.to_owned(),
        name: object.name().unwrap_or_default().to_owned(),
        namespace: owned(object.namespace()),
        account: owned(workload.account()),
        automount: match tree.text(workload.spec, "automountServiceAccountToken") {
            None => None,
            // A template decides.
            Some(text) => Some(text != "false")
                .filter(|on| *on == (text == "true"))
                .or(Some(false)),
        },
        projected,
        control_plane: tier.is_some_and(|tier| tier.text == "control-plane"),
        span: workload.span(),
        uses: uses(workload),
        labels: {
            let places: [&[&str]; 3] = [
                &["spec", "template", "metadata", "labels"],
                &["spec", "jobTemplate", "spec", "template", "metadata", "labels"],
                &["metadata", "labels"],
            ];
            labels(tree, places.iter().find_map(|path| tree.path(object.root, path)))
        },
    }
}

/// Every Secret a workload is given, and how.
pub(crate) fn uses(workload: &Workload<'_>) -> Vec<SecretUse> {
    let tree = workload.tree();
    let mut found: Vec<SecretUse> = Vec::new();
    let mut add = |id: Option<Id>, key: &str, way: &'static str| {
        let Some(id) = id else { return };
        if let Some(name) = tree.text(id, key) {
            found.push(SecretUse {
                secret: name.to_owned(),
                way,
                optional: tree.text(id, "optional") == Some("true"),
            });
        }
    };
    for container in &workload.containers {
        for entry in tree.list(container.node, "env") {
            add(
                tree.path(*entry, &["valueFrom", "secretKeyRef"]),
                "name",
                "environment",
            );
        }
        for entry in tree.list(container.node, "envFrom") {
            add(tree.get(*entry, "secretRef"), "name", "environment, all keys");
        }
    }
    for volume in tree.list(workload.spec, "volumes") {
        add(tree.get(*volume, "secret"), "secretName", "volume");
        for source in tree
            .path(*volume, &["projected", "sources"])
            .map(|list| tree.afforded(list))
            .unwrap_or_default()
        {
            add(tree.get(*source, "secret"), "name", "projected volume");
        }
    }
    for pull in tree.list(workload.spec, "imagePullSecrets") {
        add(Some(*pull), "name", "image pull");
    }
    found
}
