//! Kubernetes objects: the environment of containers, wherever a pod template stands.

use crate::{
    Outcome,
    check::Found,
    checks,
    yaml::{Id, Node, Scalar, Tree},
};

/// One entry of an `env` list: `{name, value}` or `{name, valueFrom}`.
#[derive(Clone, Copy, Debug)]
pub struct EnvVar<'t> {
    /// The variable's name.
    pub name: Text<'t>,
    /// Its literal value, if it has one.
    pub value: Option<Text<'t>>,
    container: Option<&'t str>,
    kind: Option<&'t str>,
    object: Option<&'t str>,
}

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// The text.
    pub text: &'t str,
    /// Its place, without quotes.
    pub span: keysift_finding::Span,
}

impl EnvVar<'_> {
    /// Where the entry stands, in words: container and object.
    pub fn place(&self) -> String {
        let named = |what: &str, name: Option<&str>| name.map_or_else(|| what.to_owned(), |name| format!("{what} `{name}`"));
        let container =
            self.container.map_or_else(|| "a container's environment".to_owned(), |name| format!("the environment of container `{name}`"));
        match self.kind {
            Some(kind) => format!("{container}, {}", named(kind, self.object)),
            None => container,
        }
    }
}

/// How many nodes one text may make us look at: ten times those of the largest real manifest we saw. Aliases can ask for any number.
const BUDGET: usize = 5_000_000;

/// Runs the checks of Kubernetes objects.
pub(crate) fn check(text: &[u8]) -> Outcome {
    let tree = Tree::parse(text);
    let mut outcome = Outcome { broken: tree.errors.first().cloned(), ..Outcome::default() };
    let variables = env_vars(&tree);
    for (check, meta) in checks::CHECKS.iter().zip(checks::METAS.iter()) {
        let mut found = Found::new(meta, &mut outcome.findings);
        for variable in &variables {
            check.env_var(variable, &mut found);
        }
    }
    outcome
}

/// A place on the way down: the node, and what encloses it.
#[derive(Clone, Copy)]
struct Place<'t> {
    node: Id,
    container: Option<&'t str>,
    kind: Option<&'t str>,
    object: Option<&'t str>,
}

/// All entries of all lists of `{name, value}` that stand under a key like `env`, in whatever kind: pod templates are everywhere.
fn env_vars(tree: &Tree) -> Vec<EnvVar<'_>> {
    let mut variables = Vec::new();
    let mut budget = BUDGET;
    let mut todo: Vec<Place<'_>> =
        tree.documents.iter().rev().map(|node| Place { node: *node, container: None, kind: None, object: None }).collect();
    while let Some(mut place) = todo.pop() {
        budget -= 1;
        if budget == 0 {
            break;
        }
        match tree.node(place.node) {
            Node::Mapping(entries) => {
                if let Some(kind) = tree.text(place.node, "kind") {
                    // A schema describes fields, it does not fill them.
                    if kind == "CustomResourceDefinition" {
                        continue;
                    }
                    let name = tree.get(place.node, "metadata").and_then(|metadata| tree.text(metadata, "name"));
                    (place.kind, place.object) = (Some(kind), name);
                }
                place.container = tree.text(place.node, "name").or(place.container);
                for (key, value) in entries.iter().rev() {
                    if is_env(tree.scalar(*key)) {
                        variables.extend(entries_of(tree, Place { node: *value, ..place }));
                    }
                    todo.push(Place { node: *value, ..place });
                }
            }
            Node::Sequence(items) => todo.extend(items.iter().rev().map(|item| Place { node: *item, ..place })),
            Node::Scalar(_) => {}
        }
    }
    variables
}

/// `env`, `extraEnv`, `envVars`, `initContainerEnv`, …
fn is_env(key: Option<&Scalar>) -> bool {
    key.is_some_and(|key| {
        let lower = key.text.to_ascii_lowercase();
        lower.ends_with("env") || lower.ends_with("envvars") || lower.ends_with("environment") || lower.ends_with("envs")
    })
}

fn entries_of<'t>(tree: &'t Tree, place: Place<'t>) -> Vec<EnvVar<'t>> {
    let Node::Sequence(items) = tree.node(place.node) else { return Vec::new() };
    let text = |id: Option<Id>| {
        let scalar = id.and_then(|id| tree.scalar(id)).filter(|scalar| !scalar.tagged)?;
        Some(Text { text: &scalar.text, span: scalar.span })
    };
    items
        .iter()
        .filter_map(|item| {
            let name = text(tree.get(*item, "name"))?;
            let value = text(tree.get(*item, "value"));
            Some(EnvVar { name, value, container: place.container, kind: place.kind, object: place.object })
        })
        .collect()
}
