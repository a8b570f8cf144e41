//! Kubernetes objects: the documents of a text, the items of its lists, and the documents inside strings.

use std::{collections::HashSet, path::Path};

use keysift_finding::Span;

use crate::yaml::{Cursor, Id, Tree};

/// An object: a mapping with `kind` and `apiVersion`.
#[derive(Clone, Copy, Debug)]
pub struct Object<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) root: Id,
    /// The file.
    pub path: &'t Path,
    /// `kind`.
    pub kind: &'t str,
    /// `apiVersion`.
    pub api: &'t str,
}

impl<'t> Object<'t> {
    /// `metadata.name`; of a template, the expression.
    pub fn name(&self) -> Option<&'t str> {
        self.meta("name")
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> Option<&'t str> {
        self.meta("namespace")
    }

    /// A cursor at the object.
    pub(crate) fn cursor(&self) -> Cursor<'t> {
        self.tree.at(self.root)
    }

    fn meta(&self, key: &str) -> Option<&'t str> {
        self.tree
            .get(self.root, "metadata")
            .and_then(|metadata| self.tree.text(metadata, key))
    }

    /// An annotation.
    pub(crate) fn annotation(&self, key: &str) -> Option<Id> {
        self.tree.path(self.root, &["metadata", "annotations", key])
    }

    /// Whether the object is of this API group, whatever the version; the core group is empty.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        let own = self.api.split_once('/').map_or("", |(group, _)| group);
        self.kind == kind && own == group
    }

    /// Whether the object is as the API server stores it, and not as somebody wrote it.
    pub(crate) fn is_live(&self) -> bool {
        let metadata = self.cursor().get("metadata");
        metadata.get("uid").str().is_some_and(|uid| !uid.is_empty())
            && (metadata.get("resourceVersion").exists() || metadata.get("managedFields").exists())
    }

    /// Whether the kind comes with Kubernetes itself.
    pub fn is_builtin(&self) -> bool {
        let group = self.api.split_once('/').map_or("", |(group, _)| group);
        !group.contains('.') || group.ends_with(".k8s.io") && !group.contains(".x-k8s.io")
    }

    /// Kind, name and namespace, as reports print them.
    pub fn shown(&self) -> String {
        named(self.kind, self.name().unwrap_or_default(), self.namespace())
    }

    /// Where it says its kind: the place for what the whole object lacks.
    pub(crate) fn kind_span(&self) -> Span {
        self.tree
            .get(self.root, "kind")
            .map_or(Span::default(), |kind| self.tree.span(kind))
    }
}

/// The longest name of an object that Kubernetes takes. Longer ones are cut: each finding in the object repeats it.
const LONGEST_NAME: usize = 253;

/// Kind, name and namespace, as messages print them. Either of the latter may be missing.
pub(crate) fn named(kind: &str, name: &str, namespace: Option<&str>) -> String {
    let mut shown = short(kind).to_owned();
    if !name.is_empty() {
        shown.push_str(&format!(" `{}`", short(name)));
    }
    if let Some(namespace) = namespace {
        shown.push_str(&format!(" in namespace `{}`", short(namespace)));
    }
    shown
}

/// A name as messages repeat it.
pub(crate) fn short(name: &str) -> &str {
    keysift_finding::head(name, LONGEST_NAME)
}

/// Lists inside lists inside lists are nobody's manifest.
const DEPTH: usize = 4;

/// All objects of a tree, those of lists too.
pub(crate) fn objects<'t>(tree: &'t Tree, path: &'t Path) -> Vec<Object<'t>> {
    objects_at(tree, &tree.documents, path)
}

/// The objects at some nodes, those of lists too.
pub(crate) fn objects_at<'t>(tree: &'t Tree, roots: &[Id], path: &'t Path) -> Vec<Object<'t>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for root in roots {
        add(tree, *root, (path, DEPTH), &mut seen, &mut found);
    }
    found
}

fn add<'t>(
    tree: &'t Tree,
    root: Id,
    (path, depth): (&'t Path, usize),
    seen: &mut HashSet<Id>,
    found: &mut Vec<Object<'t>>,
) {
    // An object that aliases name again is the same one.
    if depth == 0 || !seen.insert(root) {
        return;
    }
    // A JSON file may be an array of objects.
    tree.items(root)
        .iter()
        .for_each(|item| add(tree, *item, (path, depth - 1), seen, found));
    let Some(kind) = tree.text(root, "kind") else {
        return;
    };
    if kind.ends_with("List") && tree.get(root, "items").is_some() {
        tree.list(root, "items")
            .iter()
            .for_each(|item| add(tree, *item, (path, depth - 1), seen, found));
        return;
    }
    let api = tree.text(root, "apiVersion").unwrap_or_default();
    found.push(Object {
        tree,
        root,
        path,
        kind,
        api,
    });
}
