//! The graph of workloads, service accounts and Secrets: who can read which Secret, and how.

mod picture;
mod svg;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use keysift_finding::Unread;
use keysift_manifest::{Cluster, Facts, NodeState, View, check};
use keysift_report::{Dot, Escaped, Language, Mermaid, Named, Terminal, Untrusted};
use serde_json::Value;

use picture::{Kind, Picture};

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
    /// A drawing.
    Svg,
    /// One JSON object with nodes and edges.
    Json,
}

impl GraphFormat {
    /// The formats that a user can select.
    pub const NAMED: &'static [Named<Self>] = &[
        (Self::Text, "text", "Text, by Secret"),
        (Self::Mermaid, "mermaid", "A Mermaid flowchart"),
        (Self::Dot, "dot", "Graphviz"),
        (Self::Svg, "svg", "A drawing, made without Graphviz"),
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
    pub fn write(&self, format: GraphFormat, all: bool, out: &mut dyn Write) -> io::Result<()> {
        let picture = Picture::new(&self.view, all);
        match format {
            GraphFormat::Text => text(&self.view, out),
            GraphFormat::Mermaid => mermaid(&picture, out),
            GraphFormat::Dot => dot(&picture, out),
            GraphFormat::Svg => write!(out, "{}", svg::write(&picture, STYLE)),
            GraphFormat::Json => json(&self.view, out),
        }
    }
}

/// Escapes a name from the input for an output language.
fn name<L: Language>(name: &str) -> Escaped<L> {
    Untrusted::sentence(name).to()
}

/// Draws the graph of a scan for the HTML report, which has its own styles; empty if no path leads to a
/// Secret.
pub(crate) fn drawing(view: &View) -> String {
    let picture = Picture::new(view, false);
    match picture.nodes.len() {
        0 => String::new(),
        count if count > DRAWN => format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 30\" width=\"720\" height=\"30\"><text x=\"4\" y=\"20\">{count} nodes \
             are too many for this page: keysift graph --format svg</text></svg>"
        ),
        _ => svg::write(&picture, ""),
    }
}

/// The maximum number of nodes drawn in a report.
const DRAWN: usize = 400;

/// The styles of a drawing that is not in a page.
const STYLE: &str = "<style>\
text { font: 12px system-ui, sans-serif; fill: #1b1f24; } .relation { font-size: 10px; fill: #59636e; } .band-name { fill: #59636e; }\
.band { fill: #f6f8fa; stroke: #d1d9e0; stroke-dasharray: 4 3; } .edge { stroke: #59636e; fill: none; }\
.node { fill: #fff; stroke: #59636e; stroke-width: 1.5; } .secret { stroke: #a40e26; } .account { stroke: #8a5a00; }\
.workload { stroke: #0b57d0; } .route { stroke: #c4320a; } .outside { fill: #c4320a; stroke: #c4320a; } .outside-name { fill: #fff; }\
.missing { stroke-dasharray: 5 4; }</style>";

/// Writes a Mermaid flowchart. Nodes are numbered, so that names cannot collide or become keywords.
fn mermaid(picture: &Picture<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for (number, (namespace, nodes)) in picture.namespaces().iter().enumerate() {
        if !namespace.is_empty() {
            writeln!(out, "  subgraph ns{number} [\"{}\"]", name::<Mermaid>(namespace))?;
        }
        for node in nodes {
            let (open, close) = match node.kind {
                Kind::Outside => ("((", "))"),
                Kind::Route => ("[/", "/]"),
                Kind::Workload => ("[", "]"),
                Kind::Account => ("([", "])"),
                Kind::Secret => ("{{", "}}"),
            };
            let (id, label) = (picture.number(node.id), name::<Mermaid>(node.id));
            writeln!(out, "    {id}{open}\"{label}\"{close}:::{}", node.kind.class())?;
        }
        if !namespace.is_empty() {
            writeln!(out, "  end")?;
        }
    }
    for (from, relation, to) in &picture.edges {
        let (from, to) = (picture.number(from), picture.number(to));
        writeln!(out, "  {from} -->|\"{}\"| {to}", name::<Mermaid>(relation))?;
    }
    for (class, style) in COLORS {
        writeln!(out, "  classDef {class} {style}")?;
    }
    Ok(())
}

/// The colors of kinds in Mermaid.
const COLORS: &[(&str, &str)] = &[
    ("outside", "fill:#c4320a,color:#fff"),
    ("route", "stroke:#c4320a"),
    ("workload", "stroke:#0b57d0"),
    ("account", "stroke:#8a5a00"),
    ("secret", "stroke:#a40e26,stroke-width:2px"),
];

/// Writes Graphviz input.
fn dot(picture: &Picture<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph secrets {{\n  rankdir=LR;")?;
    for (number, (namespace, nodes)) in picture.namespaces().iter().enumerate() {
        if !namespace.is_empty() {
            let label = name::<Dot>(namespace);
            writeln!(out, "  subgraph cluster_{number} {{\n    label={label};")?;
        }
        for node in nodes {
            let (shape, color) = match node.kind {
                Kind::Outside => ("ellipse", "#c4320a"),
                Kind::Route => ("parallelogram", "#c4320a"),
                Kind::Workload => ("box", "#0b57d0"),
                Kind::Account => ("oval", "#8a5a00"),
                Kind::Secret => ("hexagon", "#a40e26"),
            };
            let id = name::<Dot>(node.id);
            writeln!(out, "    {id} [shape={shape}, color=\"{color}\"];")?;
        }
        if !namespace.is_empty() {
            writeln!(out, "  }}")?;
        }
    }
    for (from, relation, to) in &picture.edges {
        let (from, to, relation) = (name::<Dot>(from), name::<Dot>(to), name::<Dot>(relation));
        writeln!(out, "  {from} -> {to} [label={relation}];")?;
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
        .map(|(from, relation, to)| serde_json::json!({"from": text(from), "relation": text(relation), "to": text(to)}))
        .collect();
    writeln!(out, "{}", serde_json::json!({"nodes": nodes, "edges": edges}))
}

/// Writes text, grouped by Secret.
fn text(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut by_target: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (from, relation, to) in view.edges() {
        by_target.entry(to).or_default().push((from, relation));
    }
    let known: BTreeMap<&str, NodeState> = view.nodes().collect();
    let shown = |text: &str| name::<Terminal>(text);
    let mut empty = true;
    for (secret, readers) in by_target.iter().filter(|(to, _)| to.contains("Secret")) {
        empty = false;
        let missing = match known.get(secret) {
            Some(NodeState::Dangling) => "  (not defined in the scanned files)",
            _ => "",
        };
        writeln!(out, "{}{missing}", shown(secret))?;
        for (from, relation) in readers {
            writeln!(out, "  <- {}: {}", shown(from), shown(relation))?;
            reached(&by_target, from, out)?;
        }
    }
    for (secret, _) in known.iter().filter(|(_, known)| **known == NodeState::Unused) {
        empty = false;
        writeln!(
            out,
            "{}  (not used by any workload in the scanned files)",
            shown(secret)
        )?;
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
        all.filter(move |(_, relation)| *relation == wanted)
            .map(|(from, _)| *from)
    };
    for service in related("routes to") {
        let outside = by_target.get(service).is_some_and(|from| {
            from.iter()
                .any(|(_, relation)| matches!(*relation, "reaches" | "routes to"))
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
        graph.write(format, false, &mut out).expect("memory takes it");
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
    fn only_paths_to_secrets_are_drawn() {
        let lone = "Service shop/lone";
        let all = |all| {
            let folder = tempfile::tempdir().expect("a folder");
            let text = "apiVersion: v1\nkind: Service\nmetadata: {name: lone, namespace: shop}\nspec: {type: LoadBalancer, selector: {app: none}}\n";
            std::fs::write(folder.path().join("service.yaml"), text).expect("writable");
            let options = keysift_source::Options::of(vec![folder.path().to_owned()]);
            let graph = Graph::read(&options).expect("readable");
            let mut out = Vec::new();
            graph
                .write(GraphFormat::Dot, all, &mut out)
                .expect("memory takes it");
            String::from_utf8(out).expect("text")
        };
        assert!(all(true).contains(lone) && !all(false).contains(lone));
    }

    #[test]
    fn a_drawing_is_well_formed_for_any_names() {
        for name in ["plain", "a<b>&\\\"c", "x\u{202e}y"] {
            let svg = written(name, GraphFormat::Svg);
            let (opened, closed) = (svg.matches("<g>").count(), svg.matches("</g>").count());
            assert!(opened == closed && opened > 0, "{svg}");
            assert!(
                !svg.contains("a<b>") && svg.trim_end().ends_with("</svg>"),
                "{svg}"
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
