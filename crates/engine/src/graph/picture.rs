//! Selects the nodes to draw: those with a path to a Secret, with kinds and namespaces.

use std::collections::{BTreeSet, HashMap};

use keysift_manifest::{NodeState, View};

/// The kind of a node, in the order of the columns of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Outside the cluster.
    Outside,
    /// A Service, or a route to one.
    Route,
    /// A workload.
    Workload,
    /// A service account, user or group.
    Account,
    /// A Secret, or all Secrets of a namespace.
    Secret,
}

impl Kind {
    fn of(id: &str) -> Self {
        match id.split(' ').next().unwrap_or_default() {
            "outside" => Self::Outside,
            "Secret" | "all" => Self::Secret,
            "ServiceAccount" | "User" | "Group" => Self::Account,
            "Service" | "Ingress" | "Route" | "IngressRoute" | "VirtualService" | "Gateway" => Self::Route,
            kind if kind.ends_with("Route") => Self::Route,
            _ => Self::Workload,
        }
    }

    /// The CSS class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Route => "route",
            Self::Workload => "workload",
            Self::Account => "account",
            Self::Secret => "secret",
        }
    }
}

/// A node of a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'v> {
    /// Kind, namespace and name, as in the graph.
    pub(super) id: &'v str,
    /// Kind and name.
    pub(super) name: &'v str,
    /// The namespace, or empty.
    pub(super) namespace: &'v str,
    pub(super) kind: Kind,
    pub(super) state: NodeState,
}

impl<'v> Node<'v> {
    fn new(id: &'v str, state: NodeState) -> Self {
        let kind = Kind::of(id);
        let (word, rest) = id.split_once(' ').unwrap_or(("", id));
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (namespace, name),
            None => match id.strip_prefix("all Secrets of ") {
                Some("the namespace") | None => ("", rest),
                Some(namespace) => (namespace, rest),
            },
        };
        let name = if word == "all" || word.is_empty() {
            id
        } else {
            name
        };
        Self {
            id,
            name,
            namespace,
            kind,
            state,
        }
    }
}

/// Nodes and edges to draw.
#[derive(Debug)]
pub(super) struct Picture<'v> {
    pub(super) nodes: Vec<Node<'v>>,
    pub(super) edges: Vec<(&'v str, &'v str, &'v str)>,
    /// The number of nodes without a path to a Secret, which are not drawn.
    pub(super) left_out: usize,
}

impl<'v> Picture<'v> {
    /// Selects the nodes with a path to a Secret; with `all` every node.
    pub(super) fn new(view: &'v View, all: bool) -> Self {
        let mut before: HashMap<&str, Vec<&str>> = HashMap::new();
        for (from, _, to) in view.edges() {
            before.entry(to).or_default().push(from);
        }
        let nodes: Vec<Node<'_>> = view.nodes().map(|(id, state)| Node::new(id, state)).collect();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut todo: Vec<&str> = nodes
            .iter()
            .filter(|node| all || node.kind == Kind::Secret && node.state != NodeState::Unused)
            .map(|node| node.id)
            .collect();
        while let Some(id) = todo.pop() {
            if reached.insert(id) {
                todo.extend(before.get(id).into_iter().flatten());
            }
        }
        let count = nodes.len();
        let nodes: Vec<_> = nodes
            .into_iter()
            .filter(|node| reached.contains(node.id))
            .collect();
        let edges = view.edges();
        let edges = edges
            .filter(|(from, _, to)| reached.contains(from) && reached.contains(to))
            .collect();
        Self {
            left_out: count - nodes.len(),
            nodes,
            edges,
        }
    }

    /// A unique short name of a node, which is not a keyword of any output language.
    pub(super) fn number(&self, id: &str) -> String {
        let at = self.nodes.binary_search_by(|node| node.id.cmp(id));
        format!("n{}", at.unwrap_or(self.nodes.len()))
    }

    /// Nodes by namespace.
    pub(super) fn namespaces(&self) -> Vec<(&'v str, Vec<&Node<'v>>)> {
        let names: BTreeSet<&str> = self.nodes.iter().map(|node| node.namespace).collect();
        let of = |name| {
            self.nodes
                .iter()
                .filter(move |node| node.namespace == name)
                .collect()
        };
        names.into_iter().map(|name| (name, of(name))).collect()
    }
}
