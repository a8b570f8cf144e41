//! `keysift graph`: who can read which Secret, and through what.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Mutex,
};

use anyhow::{Context, Result};
use keysift::Outcome;
use keysift_finding::Unread;
use keysift_manifest::{Cluster, Facts, NodeState, View, check};
use keysift_report::{Dot, Escaped, Foreign, Language, Mermaid, Named, Terminal};
use serde_json::Value;

use crate::{
    args::Graph,
    output::{self, print},
};

/// How the graph is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GraphFormat {
    /// For people, by Secret.
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
    /// The formats that a user can ask for.
    pub(crate) const NAMED: &'static [Named<Self>] = &[
        (Self::Text, "text", "For people, by Secret"),
        (Self::Mermaid, "mermaid", "A Mermaid flowchart"),
        (Self::Dot, "dot", "Graphviz"),
        (Self::Json, "json", "One JSON object with nodes and edges"),
    ];
}

/// Reads all manifests and prints the graph. What could not be read is told, and is exit 2.
pub(crate) fn graph(args: &Graph) -> Result<Outcome> {
    let source = keysift_source::Options {
        roots: args.paths.clone(),
        ignore_files: !args.no_ignore,
        hidden: true,
        max_file_bytes: 64 << 20,
        threads: 0,
        archives: false,
        base: Default::default(),
        platform: None,
        stop: Default::default(),
    };
    let facts: Mutex<Vec<Facts>> = Mutex::default();
    let unread: Mutex<Vec<Unread>> = Mutex::default();
    keysift_source::each_blob(
        &source,
        |blob| {
            let outcome = check(blob.origin.path(), blob.bytes());
            if let Some(mut found) = outcome.facts {
                found.path = blob.origin.shown().to_string_lossy().into_owned();
                facts.lock().expect("no thread panics with it").push(found);
            }
        },
        |what| unread.lock().expect("no thread panics with it").push(what),
    )
    .context("cannot start the threads")?;
    let cluster = Cluster::new(facts.into_inner().expect("all threads are done"));
    let view = View::new(&cluster);
    print(|out| match args.format {
        GraphFormat::Text => text(&view, out),
        GraphFormat::Mermaid => mermaid(&view, out),
        GraphFormat::Dot => dot(&view, out),
        GraphFormat::Json => json(&view, out),
    })?;
    let unread = unread.into_inner().expect("all threads are done");
    for what in &unread {
        output::complain(&anyhow::anyhow!("cannot read {}: {}", what.what, what.why));
    }
    Ok(if unread.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Incomplete
    })
}

/// A name of the input, for a language.
fn name<L: Language>(name: &str) -> Escaped<L> {
    Foreign::sentence(name).to()
}

/// Mermaid, as Markdown renders it. Nodes have numbers: two names must not become one id, nor a word of the language.
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

/// Graphviz.
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

/// A JSON object with `nodes` and `edges`.
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
        .map(|(from, way, to)| serde_json::json!({"from": text(from), "way": text(way), "to": text(to)}))
        .collect();
    writeln!(out, "{}", serde_json::json!({"nodes": nodes, "edges": edges}))
}

/// For people: by Secret.
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
        writeln!(out, "{}  (no workload of the input is given it)", shown(secret))?;
    }
    match empty {
        true => writeln!(out, "no workload is given a Secret, and no binding lets read one"),
        false => Ok(()),
    }
}

/// How a workload is reached, and who runs as an account.
fn reached(by_target: &BTreeMap<&str, Vec<(&str, &str)>>, to: &str, out: &mut dyn Write) -> io::Result<()> {
    let ways = |wanted: &'static str| {
        let all = by_target.get(to).into_iter().flatten();
        all.filter(move |(_, way)| *way == wanted).map(|(from, _)| *from)
    };
    for door in ways("leads to") {
        let outside = by_target
            .get(door)
            .is_some_and(|from| from.iter().any(|(_, way)| matches!(*way, "reaches" | "leads to")));
        let outside = if outside { ", reached from outside" } else { "" };
        writeln!(out, "     <- {}: leads to it{outside}", name::<Terminal>(door))?;
    }
    // Who runs with that account reads what the account reads.
    for pod in ways("runs as") {
        writeln!(out, "     <- {}: runs as it", name::<Terminal>(pod))?;
    }
    Ok(())
}
