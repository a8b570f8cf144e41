//! The graph as people and tools read it: which workload is given which Secret, who may read it through RBAC.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
};

use super::{Cluster, Given};

/// How the graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: by Secret.
    Text,
    /// Mermaid, as Markdown renders it.
    Mermaid,
    /// Graphviz.
    Dot,
    /// A JSON object with `nodes` and `edges`.
    Json,
}

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
        for (_, service) in cluster.services() {
            let shown = format!("Service {}", place(service.namespace.as_deref(), &service.name));
            for (_, pod) in cluster.behind(service) {
                let who = format!("{} {}", pod.kind, place(pod.namespace.as_deref(), &pod.name));
                self.edges.insert((shown.clone(), "leads to".to_owned(), who));
            }
            if service.exposed {
                self.edges
                    .insert(("outside".to_owned(), "reaches".to_owned(), shown.clone()));
            }
            for (_, route) in cluster.routes_to(service) {
                let name = format!(
                    "{} {}",
                    route.kind,
                    place(route.namespace.as_deref(), &route.name)
                );
                self.edges
                    .insert(("outside".to_owned(), "reaches".to_owned(), name.clone()));
                self.edges.insert((name, "leads to".to_owned(), shown.clone()));
            }
        }
    }

    /// Who may read Secrets by their rights.
    fn readers(&mut self, cluster: &Cluster) {
        for (file, binding) in cluster.bindings() {
            let given = cluster.given(file, binding);
            if matches!(given, Given::Unknown) || cluster.rights(&given).reads_secrets().is_none() {
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
                    format!("{} through {}", binding.role, binding.name),
                    what.clone(),
                ));
            }
        }
    }

    /// The graph, written out.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Mermaid => self.diagram(
                "flowchart LR\n",
                |from, way, to| format!("  {} -->|\"{way}\"| {}\n", mermaid(from), mermaid(to)),
                "",
            ),
            Format::Dot => self.diagram(
                "digraph secrets {\n  rankdir=LR;\n",
                |from, way, to| format!("  {from:?} -> {to:?} [label={way:?}];\n"),
                "}\n",
            ),
            Format::Json => self.json(),
        }
    }

    fn diagram(&self, head: &str, edge: impl Fn(&str, &str, &str) -> String, tail: &str) -> String {
        let body: String = self
            .edges
            .iter()
            .map(|(from, way, to)| edge(from, way, to))
            .collect();
        format!("{head}{body}{tail}")
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let mut by_target: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (from, way, to) in &self.edges {
            by_target.entry(to).or_default().push((from, way));
        }
        for (secret, readers) in by_target.iter().filter(|(to, _)| to.contains("Secret")) {
            let _ = writeln!(
                out,
                "{secret}{}",
                if self.dangling.contains(*secret) {
                    "  (not defined in the input)"
                } else {
                    ""
                }
            );
            for (from, way) in readers {
                let _ = writeln!(out, "  <- {from}: {way}");
                for (door, _) in by_target
                    .get(from)
                    .into_iter()
                    .flatten()
                    .filter(|(_, way)| *way == "leads to")
                {
                    let outside = by_target.get(door).is_some_and(|from| {
                        from.iter().any(|(_, way)| matches!(*way, "reaches" | "leads to"))
                    });
                    let _ = writeln!(
                        out,
                        "     <- {door}: leads to it{}",
                        if outside { ", reached from outside" } else { "" }
                    );
                }
                // Who runs with that account reads what the account reads.
                for (pod, _) in by_target
                    .get(from)
                    .into_iter()
                    .flatten()
                    .filter(|(_, way)| *way == "runs as")
                {
                    let _ = writeln!(out, "     <- {pod}: runs as it");
                }
            }
        }
        for secret in &self.unused {
            let _ = writeln!(out, "{secret}  (no workload of the input is given it)");
        }
        if out.is_empty() {
            out.push_str("no workload is given a Secret, and no binding lets read one\n");
        }
        out
    }

    fn json(&self) -> String {
        let nodes: BTreeSet<&String> = self
            .edges
            .iter()
            .flat_map(|(from, _, to)| [from, to])
            .chain(&self.unused)
            .collect();
        let nodes: Vec<String> = nodes
            .into_iter()
            .map(|node| {
                let state = if self.dangling.contains(node) {
                    "dangling"
                } else if self.unused.contains(node) {
                    "unused"
                } else {
                    "known"
                };
                format!("{{\"id\":{},\"state\":\"{state}\"}}", quoted(node))
            })
            .collect();
        let edges: Vec<String> = self
            .edges
            .iter()
            .map(|(from, way, to)| {
                format!(
                    "{{\"from\":{},\"way\":{},\"to\":{}}}",
                    quoted(from),
                    quoted(way),
                    quoted(to)
                )
            })
            .collect();
        format!(
            "{{\"nodes\":[{}],\"edges\":[{}]}}\n",
            nodes.join(","),
            edges.join(",")
        )
    }
}

/// A name as a node of Mermaid: an id of letters, and the name as its label.
fn mermaid(name: &str) -> String {
    let id: String = name
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() { char } else { '_' })
        .collect();
    format!("{id}[\"{}\"]", name.replace('"', "'"))
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            char if char.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
