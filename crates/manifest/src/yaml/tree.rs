//! A stream of documents as one arena of nodes.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use keysift_finding::{Span, Work};

/// Number of a node in its tree.
pub(crate) type Id = usize;

/// A node.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Scalar(Scalar),
    Mapping(Vec<(Id, Id)>),
    Sequence(Vec<Id>),
}

/// A scalar and where it stands, without quotes.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// A tag of the file's own (`!vault`, `!Ref`): the value is made elsewhere.
    pub(crate) tagged: bool,
    /// Over several lines as they stand (`|`).
    pub(crate) block: bool,
}

/// The documents of a text. An alias is the node that it names, so a node may have several parents: whoever goes down a tree uses
/// [`Tree::walk`], which visits each once and within the budget of the text. [`get`](Tree::get), [`entries`](Tree::entries) and
/// [`list`](Tree::list) ask the same budget, and give nothing when it is used up; that it was is in [`Work::was_cut`].
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// The text, byte for byte as long as the file's.
    pub(super) text: Rc<str>,
    /// Where the text begins in the file: a document inside a string is a part of it.
    pub(super) base: usize,
    /// Whether actions of templates were masked.
    pub(super) template: bool,
    /// Whether a mapping merges another: most texts have none, and need not look for it.
    pub(super) merges: bool,
    /// Whether a node has several parents: only then can a walk cost more than the text.
    pub(super) aliases: bool,
    /// Nodes and edges as they stand in the text; a long scalar counts as several.
    pub(super) weight: u64,
    /// What may be done with all trees of the text.
    pub(super) work: Work,
    /// The mappings that a mapping merges, once somebody asked.
    pub(super) bases: RefCell<HashMap<Id, Rc<[Id]>>>,
    /// Entries of large mappings by their key, once somebody asked: aliases can ask a large one any number of times.
    pub(super) sorted: RefCell<HashMap<Id, Rc<[u32]>>>,
    /// The roots of the documents that have one.
    pub(crate) documents: Vec<Id>,
    /// What was wrong, and how often: a broken document is kept up to where it breaks, and the next one is read.
    pub(crate) errors: Vec<String>,
}

/// How deep merged mappings may merge others, how many of a list are read, and how many mappings one may merge in all.
const MERGES: usize = 4;
const LONGEST_MERGE: usize = 32;
const MOST_MERGED: usize = 64;

/// Mappings with more entries than this are searched by a sorted index.
const LARGE: usize = 64;

impl Tree {
    /// What stands at a span of the file.
    pub(crate) fn raw(&self, span: Span) -> &str {
        let own = span
            .start
            .checked_sub(self.base)
            .zip(span.end.checked_sub(self.base));
        own.and_then(|(start, end)| self.text.get(start..end))
            .unwrap_or_default()
    }

    /// Where the blanks begin that stand before a place on its line; the place itself, if something else stands there.
    pub(crate) fn indentation(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.saturating_sub(self.base).min(self.text.len())];
        let blanks = before.iter().rev().take_while(|byte| **byte == b' ').count();
        match before.len().checked_sub(blanks + 1).map(|last| before[last]) {
            None | Some(b'\n') => at - blanks,
            Some(_) => at,
        }
    }

    /// Whether actions of templates are in the text.
    pub(crate) fn is_template(&self) -> bool {
        self.template
    }

    /// All nodes, in the order of the text.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(crate) fn scalar(&self, id: Id) -> Option<&Scalar> {
        match self.node(id) {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What it costs to look at a node and at the scalars right below it.
    pub(super) fn cost(&self, id: Id) -> u64 {
        let own = |id: &Id| {
            self.scalar(*id)
                .map_or(1, |scalar| Work::weight(scalar.text.len()))
        };
        match self.node(id) {
            Node::Scalar(_) => own(&id),
            Node::Sequence(items) => 1 + items.iter().map(own).sum::<u64>(),
            Node::Mapping(entries) => {
                1 + entries
                    .iter()
                    .map(|(key, value)| own(key) + own(value))
                    .sum::<u64>()
            }
        }
    }

    /// Whether the budget allows to look at a node once more. Where every node has one parent, nobody looks at it more than a few times.
    fn affords(&self, id: Id) -> bool {
        !self.aliases || self.work.visit(self.cost(id))
    }

    /// The value of a key; where a key stands twice, the last, as Kubernetes reads it. Keys of merged mappings (`<<: *base`) come after
    /// the mapping's own.
    pub(crate) fn get(&self, id: Id, key: &str) -> Option<Id> {
        let found = self
            .own(id, key)
            .or_else(|| self.bases(id).iter().find_map(|base| self.own(*base, key)))?;
        let long = match self.node(found) {
            Node::Scalar(scalar) => Work::weight(scalar.text.len()) - 1,
            _ => 0,
        };
        (long == 0 || !self.aliases || self.work.visit(long)).then_some(found)
    }

    /// The value of a key of the mapping itself.
    fn own(&self, id: Id, key: &str) -> Option<Id> {
        let Node::Mapping(entries) = self.node(id) else {
            return None;
        };
        let is = |entry: &(Id, Id)| self.scalar(entry.0).is_some_and(|name| name.text == key);
        if entries.len() <= LARGE {
            return entries.iter().rev().find(|entry| is(entry)).map(|entry| entry.1);
        }
        let name = |number: u32| {
            self.scalar(entries[number as usize].0)
                .map_or("", |name| name.text.as_str())
        };
        let sorted = Rc::clone(self.sorted.borrow_mut().entry(id).or_insert_with(|| {
            let mut numbers: Vec<u32> = (0..).zip(entries).map(|(number, _)| number).collect();
            numbers.sort_by(|one, other| name(*one).cmp(name(*other)));
            numbers.into()
        }));
        let last = sorted
            .partition_point(|number| name(*number) <= key)
            .checked_sub(1)?;
        Some(&entries[sorted[last] as usize])
            .filter(|entry| is(entry))
            .map(|entry| entry.1)
    }

    /// The mappings that a mapping merges, the nearest first, each once.
    fn bases(&self, id: Id) -> Rc<[Id]> {
        if !self.merges {
            return Rc::default();
        }
        if let Some(known) = self.bases.borrow().get(&id) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        self.add_bases(id, MERGES, &mut found);
        let found: Rc<[Id]> = found.into();
        self.bases.borrow_mut().insert(id, Rc::clone(&found));
        found
    }

    fn add_bases(&self, id: Id, depth: usize, found: &mut Vec<Id>) {
        let Some(merged) = self.own(id, "<<") else { return };
        let items = match self.node(merged) {
            Node::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(&merged),
        };
        if depth == 0 || items.len() > LONGEST_MERGE {
            self.work
                .cut("it merges more mappings than are followed: its structure was read in part");
        }
        for item in items.iter().take(LONGEST_MERGE).filter(|_| depth > 0) {
            if !matches!(self.node(*item), Node::Mapping(_)) || found.contains(item) {
                continue;
            }
            if found.len() == MOST_MERGED {
                self.work
                    .cut("it merges more mappings than are followed: its structure was read in part");
                return;
            }
            found.push(*item);
            self.add_bases(*item, depth - 1, found);
        }
    }

    /// The value at a path of keys.
    pub(crate) fn path(&self, id: Id, keys: &[&str]) -> Option<Id> {
        keys.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// The entries of a mapping with scalar keys, merged ones behind its own; nothing where it is none.
    pub(crate) fn entries(&self, id: Id) -> Vec<(&Scalar, Id)> {
        let mut all: Vec<(&Scalar, Id)> = Vec::new();
        if !self.affords(id) {
            return all;
        }
        let named = |id: Id| {
            let entries = match self.node(id) {
                Node::Mapping(entries) => entries.as_slice(),
                _ => &[],
            };
            entries
                .iter()
                .filter_map(|(key, value)| Some((self.scalar(*key)?, *value)))
                .filter(|(key, _)| !self.merges || key.text != "<<")
        };
        all.extend(named(id));
        let bases = self.bases(id);
        if bases.is_empty() {
            return all;
        }
        let mut names: HashSet<&str> = all.iter().map(|(key, _)| key.text.as_str()).collect();
        for base in bases.iter().take_while(|base| self.affords(**base)) {
            let own = all.len();
            all.extend(named(*base).filter(|(key, _)| !names.contains(key.text.as_str())));
            names.extend(all[own..].iter().map(|(key, _)| key.text.as_str()));
        }
        all
    }

    /// The items of a sequence; nothing where it is none.
    pub(crate) fn items(&self, id: Id) -> &[Id] {
        match self.node(id) {
            Node::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The items of a sequence, of all of which something is read: within the budget.
    pub(crate) fn afforded(&self, id: Id) -> &[Id] {
        if self.affords(id) { self.items(id) } else { &[] }
    }

    /// The items of the sequence under a key.
    pub(crate) fn list(&self, id: Id, key: &str) -> &[Id] {
        self.get(id, key).map_or(&[], |list| self.afforded(list))
    }

    /// The scalars of the sequence under a key.
    pub(crate) fn texts(&self, id: Id, key: &str) -> Vec<&str> {
        self.list(id, key)
            .iter()
            .filter_map(|item| self.scalar(*item))
            .map(|scalar| scalar.text.as_str())
            .collect()
    }

    /// Where a node begins: a scalar's place, of a collection that of its first scalar.
    pub(crate) fn span(&self, id: Id) -> Span {
        let mut at = id;
        for _ in 0..64 {
            at = match self.node(at) {
                Node::Scalar(scalar) => return scalar.span,
                Node::Mapping(entries) => match entries.first() {
                    Some((key, _)) => *key,
                    None => break,
                },
                Node::Sequence(items) => match items.first() {
                    Some(item) => *item,
                    None => break,
                },
            };
        }
        Span::default()
    }

    /// From the first scalar of a node to its last.
    pub(crate) fn extent(&self, id: Id) -> Span {
        let mut whole = self.span(id);
        let mut walk = self.walk([id], ());
        while let Some((node, ())) = walk.next() {
            if let Node::Scalar(scalar) = self.node(node) {
                whole = Span::new(whole.start.min(scalar.span.start), whole.end.max(scalar.span.end));
            }
            walk.keys(node, ());
            walk.below(node, ());
        }
        whole
    }

    /// The scalar under a key.
    pub(crate) fn text(&self, id: Id, key: &str) -> Option<&str> {
        self.get(id, key)
            .and_then(|value| self.scalar(value))
            .map(|scalar| scalar.text.as_str())
    }
}
