//! The graph for people and tools: which workload is given which Secret, who may read it through RBAC. The names are those of the input,
//! and nothing here writes them anywhere.

use std::collections::{BTreeSet, HashMap};

use super::{Cluster, GrantedRole};

/// Nodes and edges: who reaches which Secret, and how.
#[derive(Debug, Default)]
pub struct View {
    /// Who, how, what; sorted.
    edges: BTreeSet<(String, String, String)>,
    /// Secrets that nothing is known to make.
    dangling: BTreeSet<String>,
    /// Secrets that no workload is given.
    unused: BTreeSet<String>,
}

fn place(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

impl View {
    /// The graph of a cluster.
    pub fn new(cluster: &Cluster) -> Self {
        let mut view = Self::default();
        let defined: Vec<_> = cluster.files.iter().flat_map(|facts| &facts.secrets).collect();
        let mut by_name: HashMap<&str, Vec<&super::facts::Secret>> = HashMap::new();
        defined
            .iter()
            .for_each(|secret| by_name.entry(&secret.name).or_default().push(secret));
        let mut used = BTreeSet::new();
        for (_, pod) in cluster.pods() {
            let who = format!("{} {}", pod.kind, place(pod.namespace.as_deref(), &pod.name));
            for use_ in &pod.uses {
                let fits = |secret: &&&super::facts::Secret| {
                    secret.namespace.is_none() || pod.namespace.is_none() || secret.namespace == pod.namespace
                };
                let known = by_name
                    .get(use_.secret.as_str())
                    .and_then(|secrets| secrets.iter().find(fits));
                let namespace = known
                    .and_then(|secret| secret.namespace.as_deref())
                    .or(pod.namespace.as_deref());
                let what = format!("Secret {}", place(namespace, &use_.secret));
                used.insert(what.clone());
                if known.is_none() && !use_.optional {
                    view.dangling.insert(what.clone());
                }
                view.edges.insert((who.clone(), use_.way.to_owned(), what));
            }
            if let Some(account) = &pod.account {
                view.edges.insert((
                    who,
                    "runs as".to_owned(),
                    format!("ServiceAccount {}", place(pod.namespace.as_deref(), account)),
                ));
            }
        }
        for secret in &defined {
            let what = format!("Secret {}", place(secret.namespace.as_deref(), &secret.name));
            if !used.contains(&what) {
                view.unused.insert(what);
            }
        }
        view.readers(cluster);
        view.doors(cluster);
        view
    }

    /// What leads to workloads from outside.
    fn doors(&mut self, cluster: &Cluster) {
        for (file, service) in cluster.services() {
            let shown = format!("Service {}", place(service.namespace.as_deref(), &service.name));
            for (_, pod) in cluster.behind(file, service) {
                let who = format!("{} {}", pod.kind, place(pod.namespace.as_deref(), &pod.name));
                self.edges.insert((shown.clone(), "routes to".to_owned(), who));
            }
            if service.exposed {
                self.edges
                    .insert(("outside".to_owned(), "reaches".to_owned(), shown.clone()));
            }
            for (_, route) in cluster.routes_to(file, service) {
                let name = format!(
                    "{} {}",
                    route.kind,
                    place(route.namespace.as_deref(), &route.name)
                );
                self.edges
                    .insert(("outside".to_owned(), "reaches".to_owned(), name.clone()));
                self.edges.insert((name, "routes to".to_owned(), shown.clone()));
            }
        }
    }

    /// Who may read Secrets by their rights.
    fn readers(&mut self, cluster: &Cluster) {
        for (file, binding) in cluster.bindings() {
            let given = cluster.given(file, binding);
            if matches!(given, GrantedRole::Unknown) || cluster.rights(&given).reads_secrets().is_none() {
                continue;
            }
            let what = match (binding.cluster, &binding.namespace) {
                (true, _) => "all Secrets".to_owned(),
                (false, Some(namespace)) => format!("all Secrets of {namespace}"),
                (false, None) => "all Secrets of the namespace".to_owned(),
            };
            for subject in &binding.subjects {
                let namespace = subject
                    .namespace
                    .as_deref()
                    .or(binding.namespace.as_deref())
                    .filter(|_| subject.kind == "ServiceAccount");
                let who = format!("{} {}", subject.kind, place(namespace, &subject.name));
                self.edges.insert((
                    who,
                    format!("role {} through binding {}", binding.role, binding.name),
                    what.clone(),
                ));
            }
        }
    }

    /// Who, how, what; sorted.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.edges
            .iter()
            .map(|(from, way, to)| (from.as_str(), way.as_str(), to.as_str()))
    }

    /// Every node, sorted, with what is known of it.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, NodeState)> {
        let nodes: BTreeSet<&str> = self
            .edges
            .iter()
            .flat_map(|(from, _, to)| [from, to])
            .chain(&self.unused)
            .map(String::as_str)
            .collect();
        nodes.into_iter().map(|node| {
            let known = match (self.dangling.contains(node), self.unused.contains(node)) {
                (true, _) => NodeState::Dangling,
                (_, true) => NodeState::Unused,
                _ => NodeState::Plain,
            };
            (node, known)
        })
    }
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// Nothing special.
    Plain,
    /// A Secret that nothing of the input makes.
    Dangling,
    /// A Secret that no workload of the input is given.
    Unused,
}
