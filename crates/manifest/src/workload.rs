//! Pod specifications, wherever they are.

use keysift_finding::Span;

use crate::{
    Object,
    yaml::{Cursor, Id, Node, Tree},
};

/// A pod specification in an object: of a Pod itself, of a controller's template, of a custom resource.
#[derive(Clone, Debug)]
pub struct Workload<'t> {
    pub(crate) object: Object<'t>,
    /// The mapping that holds the lists of containers.
    pub(crate) spec: Id,
    /// All containers: of any list, in the order of the text.
    pub(crate) containers: Vec<Container<'t>>,
}

/// One container.
#[derive(Clone, Copy, Debug)]
pub struct Container<'t> {
    pub(crate) node: Id,
    pub(crate) tree: &'t Tree,
}

/// Keys under which containers stand: those of pods, Argo and Tekton.
const LISTS: &[&str] = &["containers", "initContainers", "ephemeralContainers"];
const LIKE: &[&str] = &["sidecars", "steps"];
const SINGLE: &[&str] = &["container", "script", "stepTemplate"];

impl<'t> Container<'t> {
    /// The container's name.
    pub(crate) fn name(&self) -> Option<&'t str> {
        self.tree.text(self.node, "name")
    }
}

impl<'t> Workload<'t> {
    pub(crate) fn tree(&self) -> &'t Tree {
        self.object.tree
    }

    /// A cursor at the specification.
    pub(crate) fn cursor(&self) -> Cursor<'t> {
        self.tree().at(self.spec)
    }

    /// `serviceAccountName`, or its old spelling; an empty one is none.
    pub(crate) fn account(&self) -> Option<&'t str> {
        ["serviceAccountName", "serviceAccount"]
            .iter()
            .filter_map(|key| self.tree().text(self.spec, key))
            .find(|name| !name.is_empty())
    }

    /// A switch of the pod, if it is set to a plain `true` or `false`.
    pub(crate) fn switch(&self, key: &str) -> Option<bool> {
        match self.tree().text(self.spec, key)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Where it begins: its first container's name.
    pub(crate) fn span(&self) -> Span {
        self.containers.first().map_or_else(
            || self.tree().span(self.spec),
            |container| {
                self.tree()
                    .get(container.node, "name")
                    .map_or_else(|| self.tree().span(container.node), |name| self.tree().span(name))
            },
        )
    }
}

/// The pod specifications of an object.
pub(crate) fn workloads<'t>(object: Object<'t>) -> Vec<Workload<'t>> {
    if object.kind == "CustomResourceDefinition" {
        return Vec::new();
    }
    let tree = object.tree;
    let mut found = Vec::new();
    let mut walk = tree.walk([object.root], ());
    while let Some((node, ())) = walk.next() {
        if matches!(tree.node(node), Node::Mapping(_)) {
            let containers = containers(tree, node);
            if !containers.is_empty() {
                found.push(Workload {
                    object,
                    spec: node,
                    containers,
                });
            }
        }
        walk.below(node, ());
    }
    found
}

/// The containers right below a mapping.
fn containers<'t>(tree: &'t Tree, node: Id) -> Vec<Container<'t>> {
    let has = |item: &Id, key: &str| tree.get(*item, key).is_some();
    let of_pods = LISTS
        .iter()
        .flat_map(|key| tree.list(node, key))
        .filter(|item| has(item, "image") || has(item, "name"));
    let others = LIKE
        .iter()
        .flat_map(|key| tree.list(node, key))
        .filter(|item| has(item, "image"));
    let mut nodes: Vec<Id> = of_pods.chain(others).copied().collect();
    nodes.extend(
        SINGLE
            .iter()
            .filter_map(|key| tree.get(node, key))
            .filter(|item| tree.get(*item, "image").is_some()),
    );
    nodes.into_iter().map(|node| Container { node, tree }).collect()
}
