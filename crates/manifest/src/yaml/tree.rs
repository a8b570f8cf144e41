//! A stream of documents as one arena of nodes.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use granit_parser::{Event, Parser, ScalarStyle};
use keysift_finding::{Span, Work};

use super::mask;

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
    nodes: Vec<Node>,
    /// The text, byte for byte as long as the file's.
    text: Rc<str>,
    /// Where the text begins in the file: a document inside a string is a part of it.
    base: usize,
    /// Whether a mapping merges another: most texts have none, and need not look for it.
    merges: bool,
    /// Whether a node has several parents: only then can a walk cost more than the text.
    pub(super) aliases: bool,
    /// Nodes and edges as they stand in the text; a long scalar counts as several.
    weight: u64,
    /// What may be done with all trees of the text.
    pub(super) work: Work,
    /// The mappings that a mapping merges, once somebody asked.
    bases: RefCell<HashMap<Id, Rc<[Id]>>>,
    /// Entries of large mappings by their key, once somebody asked: aliases can ask a large one any number of times.
    sorted: RefCell<HashMap<Id, Rc<[u32]>>>,
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

/// More errors than this in one text, and it is no YAML.
const MAX_ERRORS: usize = 50;

/// A tree of a long stream is handed over when it has this many nodes: a megabyte or so, which stays in the cache. All documents of 8 MB in one
/// tree took 15 times the text and 1.6 times as long.
const ENOUGH: usize = 20_000;

impl Tree {
    /// Reads a text like [`parse`](Self::parse), and hands a long stream over in several trees of whole documents. Returns what was wrong
    /// first.
    pub(crate) fn each(bytes: &[u8], work: &Work, mut on_tree: impl FnMut(&Self)) -> Option<String> {
        let text = same_length_utf8(bytes);
        if mask::mask(&text, false).is_some() {
            let tree = Self::parse(bytes, work);
            on_tree(&tree);
            return tree.errors.into_iter().next();
        }
        let shared: Rc<str> = text.as_ref().into();
        let mut error = None;
        let mut hand_over = |mut tree: Self| {
            tree.text = Rc::clone(&shared);
            tree.admit();
            on_tree(&tree);
            error = error.take().or(tree.errors.into_iter().next());
        };
        let last = Self::read_parts(&text, None, work, Some(&mut hand_over));
        hand_over(last);
        error
    }

    /// Reads a text: YAML, JSON, or a template that becomes one of them.
    pub(crate) fn parse(bytes: &[u8], work: &Work) -> Self {
        let text = same_length_utf8(bytes);
        let masked = mask::mask(&text, false);
        let mut tree = Self::read_parts(&text, masked.as_deref(), work, None);
        if masked.is_some() && !tree.errors.is_empty() {
            let other = Self::read_parts(&text, mask::mask(&text, true).as_deref(), work, None);
            if other.errors.len() < tree.errors.len()
                || other.errors.len() == tree.errors.len() && other.nodes.len() > tree.nodes.len()
            {
                tree = other;
            }
        }
        tree.text = text.into();
        tree.admit();
        tree
    }

    /// Reads a document inside the file, whose text begins at `base` in it: places are those of the file, and the budget is the file's.
    pub(crate) fn inner(&self, bytes: &[u8], base: usize) -> Self {
        let mut tree = Self::parse(bytes, &self.work);
        tree.base = base;
        for node in &mut tree.nodes {
            if let Node::Scalar(scalar) = node {
                scalar.span = Span::new(scalar.span.start + base, scalar.span.end + base);
            }
        }
        tree
    }

    /// What stands in a tree may be visited.
    fn admit(&self) {
        self.work.allow(self.weight);
    }

    /// Reads a text; hands over trees that have enough, if there is somebody to take them, and returns the last.
    fn read_parts(
        text: &str,
        masked: Option<&str>,
        work: &Work,
        mut on_part: Option<&mut dyn FnMut(Self)>,
    ) -> Self {
        let mut builder = Builder {
            original: masked.is_some().then_some(text),
            ..Builder::default()
        };
        builder.tree.work = work.clone();
        let options = granit_parser::options! { emit_unresolved_aliases: true, emit_comments: false };
        let read = masked.unwrap_or(text);
        // A node to about ten bytes: growing the arena copies it.
        builder.tree.nodes.reserve((read.len() / 10).min(ENOUGH * 5 / 4));
        let mut parser = Parser::new_from_str_with_options(read, options);
        loop {
            match parser.next_event() {
                Some(Ok((event, span))) => {
                    let ends = matches!(event, Event::DocumentEnd);
                    let range = span.byte_range().unwrap_or(0..0);
                    if !work.bytes(range.len()) {
                        break;
                    }
                    builder.event(event, range, read);
                    if let Some(on_part) = on_part
                        .as_mut()
                        .filter(|_| ends && builder.tree.nodes.len() >= ENOUGH)
                    {
                        on_part(builder.take());
                    }
                }
                Some(Err(error)) => {
                    builder.close_all();
                    builder
                        .tree
                        .errors
                        .push(format!("line {}: {}", error.marker().line(), error.info()));
                    if builder.tree.errors.len() >= MAX_ERRORS
                        || !parser.proceed_next_document().unwrap_or(false)
                    {
                        break;
                    }
                }
                None => break,
            }
        }
        builder.close_all();
        builder.tree
    }

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

/// Builds a tree from events.
#[derive(Default)]
struct Builder<'t> {
    tree: Tree,
    /// Collections that are open: the node, and for a mapping the key that waits for its value.
    open: Vec<(Id, Option<Id>)>,
    anchors: HashMap<usize, Id>,
    /// The text before templates were masked.
    original: Option<&'t str>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, range: std::ops::Range<usize>, text: &str) {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let scalar = self.scalar(value, style, range, text, tag.is_some_and(|tag| tag.is_custom()));
                self.tree.merges |= scalar.text == "<<";
                self.add(Node::Scalar(scalar), anchor);
            }
            Event::MappingStart(_, anchor, _) => {
                let id = self.add(Node::Mapping(Vec::new()), anchor);
                self.open.push((id, None));
            }
            Event::SequenceStart(_, anchor, _) => {
                let id = self.add(Node::Sequence(Vec::new()), anchor);
                self.open.push((id, None));
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                // An alias inside the node that it names would make a circle. What is open is in the order of its numbers.
                Some(id) if self.open.binary_search_by_key(id, |(open, _)| *open).is_err() => {
                    self.tree.aliases = true;
                    self.attach(*id);
                }
                _ => drop(self.add(Node::Sequence(Vec::new()), 0)),
            },
            Event::UnresolvedAlias(_) => drop(self.add(Node::Sequence(Vec::new()), 0)),
            Event::DocumentEnd => self.close_all(),
            _ => {}
        }
    }

    fn scalar(
        &self,
        value: Cow<'_, str>,
        style: ScalarStyle,
        range: std::ops::Range<usize>,
        text: &str,
        tagged: bool,
    ) -> Scalar {
        let raw = &text[range.clone()];
        let mut span = Span::new(range.start, range.end);
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) && raw.len() >= 2 {
            span = Span::new(span.start + 1, span.end - 1);
        } else {
            // A block scalar's span runs on over the indentation of the next line.
            span.end = span.start + raw.trim_end().len();
        }
        let shown = self
            .original
            .map(|original| &original[span.start..span.end])
            .filter(|original| original.contains("{{"));
        let text = shown.map_or_else(|| value.into_owned(), str::to_owned);
        Scalar {
            text,
            span,
            tagged,
            block: style == ScalarStyle::Literal,
        }
    }

    fn add(&mut self, node: Node, anchor: usize) -> Id {
        let id = self.tree.nodes.len();
        self.tree.weight += match &node {
            Node::Scalar(scalar) => Work::weight(scalar.text.len()),
            _ => 1,
        };
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id);
        id
    }

    fn attach(&mut self, id: Id) {
        self.tree.weight += 1;
        let Some((parent, key)) = self.open.last_mut() else {
            return self.tree.documents.push(id);
        };
        match (&mut self.tree.nodes[*parent], key.take()) {
            (Node::Sequence(items), _) => items.push(id),
            (Node::Mapping(entries), Some(key)) => entries.push((key, id)),
            (Node::Mapping(_), None) => *key = Some(id),
            (Node::Scalar(_), _) => {}
        }
    }

    fn close_all(&mut self) {
        self.open.clear();
    }

    /// The tree so far; names of nodes end with their document.
    fn take(&mut self) -> Tree {
        self.anchors.clear();
        let next = Tree {
            nodes: Vec::with_capacity(ENOUGH * 5 / 4),
            work: self.tree.work.clone(),
            ..Tree::default()
        };
        std::mem::replace(&mut self.tree, next)
    }
}

/// The text with bytes that are not UTF-8 replaced by `?`, so that every offset keeps its meaning.
fn same_length_utf8(bytes: &[u8]) -> Cow<'_, str> {
    // Control characters, which YAML forbids: somebody's colours in a comment hide no finding.
    let is_control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7F;
    let odd = bytes.iter().any(|byte| is_control(*byte));
    if let (Ok(text), false) = (std::str::from_utf8(bytes), odd) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid().chars();
        text.extend(valid.map(|char| match u8::try_from(char) {
            Ok(byte) if is_control(byte) => '?',
            _ => char,
        }));
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_hide_nothing() {
        let tree = Tree::parse(b"# \x1b[1mbold\x07\na: \"x\x7f\xFF\"\nb: 1\n", &Work::default());
        assert!(tree.errors.is_empty(), "{:?}", tree.errors);
        assert_eq!(tree.text(tree.documents[0], "b"), Some("1"));
    }

    use super::*;

    fn value<'a>(tree: &'a Tree, document: usize, key: &str) -> &'a Scalar {
        tree.scalar(tree.get(tree.documents[document], key).unwrap())
            .unwrap()
    }

    #[test]
    fn scalars_know_where_they_stand() {
        let text = "a: plain  # c\nb: 'single'\nc: \"dou\\\"ble\"\nd: |\n  block\n  two\ne: ü{{ .x }}\n";
        let tree = Tree::parse(text.as_bytes(), &Work::default());
        for (key, raw, read) in [
            ("a", "plain", "plain"),
            ("b", "single", "single"),
            ("c", "dou\\\"ble", "dou\"ble"),
            ("d", "block\n  two", "block\ntwo\n"),
            ("e", "ü{{ .x }}", "ü{{ .x }}"),
        ] {
            let scalar = value(&tree, 0, key);
            assert_eq!(
                (&text[scalar.span.start..scalar.span.end], scalar.text.as_str()),
                (raw, read)
            );
        }
    }

    #[test]
    fn a_broken_document_does_not_end_the_stream() {
        let tree = Tree::parse(
            b"a: 1\nb: [\n---\nc: 2\n---\n\td: x\n---\ne: 3\n",
            &Work::default(),
        );
        assert!(!tree.errors.is_empty());
        assert_eq!(value(&tree, 0, "a").text, "1");
        assert_eq!(
            tree.documents
                .iter()
                .filter_map(|root| tree.text(*root, "e"))
                .collect::<Vec<_>>(),
            ["3"]
        );
    }

    #[test]
    fn a_long_stream_comes_in_parts_and_loses_nothing() {
        let text: String = (0..9000)
            .map(|n| format!("a: &x {{k: v{n}}}\nb: *x\n---\n"))
            .collect();
        let (mut seen, mut parts) = (0, 0);
        let error = Tree::each(text.as_bytes(), &Work::default(), |tree| {
            parts += 1;
            for root in &tree.documents {
                let Some(b) = tree.get(*root, "b") else { continue };
                let scalar = tree.scalar(tree.get(b, "k").unwrap()).unwrap();
                assert_eq!(
                    (scalar.text.as_str(), tree.raw(scalar.span)),
                    (format!("v{seen}").as_str(), scalar.text.as_str())
                );
                seen += 1;
            }
        });
        assert_eq!((seen, error), (9000, None));
        assert!(parts > 1, "{parts}");
    }

    #[test]
    fn aliases_share_a_node_and_circles_are_cut() {
        let tree = Tree::parse(
            b"a: &x {k: v}\nb: *x\nc: &y [*y]\nd: *nowhere\n",
            &Work::default(),
        );
        assert_eq!(tree.get(tree.documents[0], "a"), tree.get(tree.documents[0], "b"));
        assert!(tree.errors.is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_keep_their_place() {
        let tree = Tree::parse(b"a: \xFF\xFE\nb: x\n", &Work::default());
        assert_eq!(value(&tree, 0, "b").span, Span::new(9, 10));
    }
}
