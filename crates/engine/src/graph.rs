//! The graph of workloads, service accounts and Secrets: who can read which Secret, and how.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use keysift_finding::Unread;
use keysift_manifest::{Cluster, Facts, NodeState, View, check};
use keysift_report::{Dot, Escaped, Language, Mermaid, Named, Terminal, Untrusted};
use serde_json::Value;

/// Output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphFormat {
    /// Text, by Secret.
    #[default]
    Text,
    /// A Mermaid flowchart.
    Mermaid,
    /// Graphviz.
    Dot,
    /// One JSON object with nodes and edges.
    Json,
}

impl GraphFormat {
    /// The formats that a user can select.
    pub const NAMED: &'static [Named<Self>] = &[
        (Self::Text, "text", "Text, by Secret"),
        (Self::Mermaid, "mermaid", "A Mermaid flowchart"),
        (Self::Dot, "dot", "Graphviz"),
        (Self::Json, "json", "One JSON object with nodes and edges"),
    ];
}

/// The graph of one source.
#[derive(Debug)]
pub struct Graph {
    view: View,
    /// Inputs that could not be read.
    pub unread: Vec<Unread>,
}

impl Graph {
    /// Builds the graph from all manifests of a source.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn read(source: &keysift_source::Options) -> io::Result<Self> {
        let facts: Mutex<Vec<Facts>> = Mutex::default();
        let unread: Mutex<Vec<Unread>> = Mutex::default();
        keysift_source::each_blob(
            source,
            |blob| {
                let outcome = check(blob.origin.path(), blob.bytes());
                if let Some(mut found) = outcome.facts {
                    found.path = blob.origin.shown().to_string_lossy().into_owned();
                    facts.lock().unwrap_or_else(PoisonError::into_inner).push(found);
                }
            },
            |what| unread.lock().unwrap_or_else(PoisonError::into_inner).push(what),
        )?;
        let cluster = Cluster::new(facts.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(Self {
            view: View::new(&cluster),
            unread: unread.into_inner().unwrap_or_else(PoisonError::into_inner),
        })
    }

    /// Writes the graph in a format.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, format: GraphFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            GraphFormat::Text => text(&self.view, out),
            GraphFormat::Mermaid => mermaid(&self.view, out),
            GraphFormat::Dot => dot(&self.view, out),
            GraphFormat::Json => json(&self.view, out),
        }
    }
}

/// Escapes a name from the input for an output language.
fn name<L: Language>(name: &str) -> Escaped<L> {
    Untrusted::sentence(name).to()
}

/// Writes a Mermaid flowchart. Nodes have numbers, so that no two names share an id and no name is a keyword.
fn mermaid(view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    let numbers: BTreeMap<&str, usize> = view
        .nodes()
        .zip(0..)
        .map(|((node, _), number)| (node, number))
        .collect();
    for (from, way, to) in view.edges() {
        let node = |node: &str| format!("n{}[\"{}\"]", numbers[node], name::<Mermaid>(node));
        writeln!(
            out,
            "  {} -->|\"{}\"| {}",
            node(from),
            name::<Mermaid>(way),
            node(to)
        )?;
    }
    Ok(())
}

/// Writes a Graphviz graph.
fn dot(view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph secrets {{\n  rankdir=LR;")?;
    for (from, way, to) in view.edges() {
        writeln!(
            out,
            "  {} -> {} [label={}];",
            name::<Dot>(from),
            name::<Dot>(to),
            name::<Dot>(way)
        )?;
    }
    writeln!(out, "}}")
}

/// Writes a JSON object with `nodes` and `edges`.
fn json(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let text = |text: &str| Value::from(name::<Terminal>(text).as_str());
    let nodes: Vec<Value> = view
        .nodes()
        .map(|(node, known)| {
            let state = match known {
                NodeState::Plain => "known",
                NodeState::Dangling => "dangling",
                NodeState::Unused => "unused",
            };
            serde_json::json!({"id": text(node), "state": state})
        })
        .collect();
    let edges: Vec<Value> = view
        .edges()
        .map(|(from, way, to)| serde_json::json!({"from": text(from), "relation": text(way), "to": text(to)}))
        .collect();
    writeln!(out, "{}", serde_json::json!({"nodes": nodes, "edges": edges}))
}

/// Writes text, grouped by Secret.
fn text(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut by_target: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (from, way, to) in view.edges() {
        by_target.entry(to).or_default().push((from, way));
    }
    let known: BTreeMap<&str, NodeState> = view.nodes().collect();
    let shown = |text: &str| name::<Terminal>(text);
    let mut empty = true;
    for (secret, readers) in by_target.iter().filter(|(to, _)| to.contains("Secret")) {
        empty = false;
        let missing = match known.get(secret) {
            Some(NodeState::Dangling) => "  (not defined in the input)",
            _ => "",
        };
        writeln!(out, "{}{missing}", shown(secret))?;
        for (from, way) in readers {
            writeln!(out, "  <- {}: {}", shown(from), shown(way))?;
            reached(&by_target, from, out)?;
        }
    }
    for (secret, _) in known.iter().filter(|(_, known)| **known == NodeState::Unused) {
        empty = false;
        writeln!(out, "{}  (not used by any workload in the input)", shown(secret))?;
    }
    match empty {
        true => writeln!(
            out,
            "no workload uses a Secret, and no binding grants access to one"
        ),
        false => Ok(()),
    }
}

/// Writes which Services and Ingresses route to a workload, and which workloads run as a service account.
fn reached(by_target: &BTreeMap<&str, Vec<(&str, &str)>>, to: &str, out: &mut dyn Write) -> io::Result<()> {
    let related = |wanted: &'static str| {
        let all = by_target.get(to).into_iter().flatten();
        all.filter(move |(_, way)| *way == wanted).map(|(from, _)| *from)
    };
    for service in related("routes to") {
        let outside = by_target.get(service).is_some_and(|from| {
            from.iter()
                .any(|(_, way)| matches!(*way, "reaches" | "routes to"))
        });
        let outside = if outside { ", exposed" } else { "" };
        writeln!(
            out,
            "     <- {}: routes to it{outside}",
            name::<Terminal>(service)
        )?;
    }
    // A workload can read everything that its service account can read.
    for pod in related("runs as") {
        writeln!(out, "     <- {}: runs as it", name::<Terminal>(pod))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the graph of a pod that uses a Secret, in a format.
    fn written(name: &str, format: GraphFormat) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: \"{name}\"}}\nspec:\n  containers:\n  - name: c\n    image: i:1\n    \
             envFrom: [{{secretRef: {{name: database}}}}]\n"
        );
        std::fs::write(folder.path().join("pod.yaml"), pod).expect("writable");
        let graph =
            Graph::read(&keysift_source::Options::of(vec![folder.path().to_owned()])).expect("readable");
        assert!(graph.unread.is_empty());
        let mut out = Vec::new();
        graph.write(format, &mut out).expect("memory takes it");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_format_names_who_reads_what() {
        for (format, name, _) in GraphFormat::NAMED {
            let text = written("reader", *format);
            assert!(
                text.contains("reader") && text.contains("database"),
                "{name}: {text}"
            );
        }
    }

    #[test]
    fn a_name_ends_no_string_of_a_language() {
        for name in ["a\\\"b", "a\\\"]; x[\\\"b", "a\\nb"] {
            let json = written(name, GraphFormat::Json);
            assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
            let lines = |name| written(name, GraphFormat::Dot).lines().count();
            assert_eq!(lines(name), lines("plain"));
            let quotes = |name| written(name, GraphFormat::Mermaid).matches('"').count();
            assert_eq!(quotes(name), quotes("plain"));
        }
    }
}
