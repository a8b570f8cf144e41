//! Texts become trees: the events of the parser, documents of long streams in parts.

use std::{borrow::Cow, collections::HashMap, rc::Rc};

use granit_parser::{Event, Parser, ScalarStyle};
use keysift_finding::{Span, Work};

use super::{Id, Node, Scalar, Tree, json, mask, plain, quoted, stream};

/// More errors than this in one text, and it is no YAML.
const MAX_ERRORS: usize = 50;

/// A text shorter than this is read as one tree.
const SHORT: usize = 1 << 16;

/// A tree of a long stream is handed over when it has this many nodes: a megabyte or so, which stays in the cache. All documents of 8 MB in one
/// tree took 15 times the text and 1.6 times as long.
const ENOUGH: usize = 20_000;

impl Tree {
    /// Reads a text like [`parse`](Self::parse), and hands a long stream over in several trees of whole documents. Returns what was wrong
    /// first.
    pub(crate) fn each(bytes: &[u8], work: &Work, mut on_tree: impl FnMut(&Self)) -> Option<String> {
        let text = same_length_utf8(bytes);
        // A short text is not worth parts, and may be read a second time.
        if text.len() < SHORT || mask::mask(&text, false).is_some() {
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
        // kubectl reads quoted text whose last line is indented as its key is.
        if tree.errors.iter().any(|error| error.contains("multiline quoted"))
            && let Some(joined) = quoted::join(masked.as_deref().unwrap_or(&text))
        {
            let other = Self::read_parts(&text, Some(&joined), work, None);
            if other.errors.len() < tree.errors.len() {
                tree = other;
            }
        }
        tree.text = text.into();
        tree.template = masked.is_some();
        tree.admit();
        tree
    }

    /// A tree that is built by hand for a text of another language. The text has to be as long as the file.
    pub(crate) fn build(text: &str, work: &Work, fill: impl FnOnce(&mut Builder<'_>)) -> Self {
        let mut builder = Builder::new(None, work);
        fill(&mut builder);
        let mut tree = builder.finish();
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
        on_part: Option<&mut dyn FnMut(Self)>,
    ) -> Self {
        if masked.is_none() {
            let mut builder = Builder::new(None, work);
            if json::read(text, work, &mut builder) {
                return builder.finish();
            }
        }
        match masked {
            None => Self::by_documents(text, work, on_part),
            Some(_) => Self::by_yaml(text, masked, work, on_part),
        }
    }

    /// The same document by document: what is plain is read by [`plain`], which takes a fifth of the time of the YAML parser.
    pub(super) fn by_documents(text: &str, work: &Work, mut on_part: Option<&mut dyn FnMut(Self)>) -> Self {
        // Directives and marks of ends are about several documents.
        let has = |mark: &str| {
            text.starts_with(mark)
                || memchr::memmem::find(text.as_bytes(), format!("\n{mark}").as_bytes()).is_some()
        };
        if has("%") || has("...") {
            return Self::by_yaml(text, None, work, on_part);
        }
        let mut builder = Builder::new(None, work);
        builder.tree.nodes.reserve((text.len() / 10).min(ENOUGH * 5 / 4));
        for range in stream::documents(text) {
            let before = builder.state();
            // The line of `---` says nothing else.
            let first = text[range.clone()]
                .find('\n')
                .map_or(range.end, |end| range.start + end + 1);
            let marked = text[range.start..first].strip_prefix("---");
            let start = match marked {
                Some(rest) if rest.trim_end().is_empty() => first,
                _ => range.start,
            };
            if plain::read(text, start..range.end, &mut builder) {
                if !work.bytes(range.len()) {
                    break;
                }
            } else {
                builder.back_to(before);
                let read = &text[range.clone()];
                if !builder.read_events(read, (range.start, text), &mut None) {
                    break;
                }
            }
            builder.close_all();
            builder.anchors.clear();
            if let Some(on_part) = on_part.as_mut().filter(|_| builder.tree.nodes.len() >= ENOUGH) {
                on_part(builder.take());
            }
        }
        builder.finish()
    }

    /// The same by the YAML parser.
    pub(super) fn by_yaml(
        text: &str,
        masked: Option<&str>,
        work: &Work,
        mut on_part: Option<&mut dyn FnMut(Self)>,
    ) -> Self {
        let mut builder = Builder::new(masked.is_some().then_some(text), work);
        let read = masked.unwrap_or(text);
        // A node to about ten bytes: growing the arena copies it.
        builder.tree.nodes.reserve((read.len() / 10).min(ENOUGH * 5 / 4));
        builder.read_events(read, (0, read), &mut on_part);
        builder.finish()
    }
}

/// Builds a tree from events.
#[derive(Default)]
pub(crate) struct Builder<'t> {
    tree: Tree,
    /// Collections that are open: the node, and for a mapping the key that waits for its value.
    open: Vec<(Id, Option<Id>)>,
    anchors: HashMap<usize, Id>,
    /// The text before templates were masked.
    original: Option<&'t str>,
}

/// How much a builder has built.
#[derive(Clone, Copy)]
struct State {
    nodes: usize,
    documents: usize,
    weight: u64,
    merges: bool,
}

impl<'t> Builder<'t> {
    fn new(original: Option<&'t str>, work: &Work) -> Self {
        let mut builder = Self {
            original,
            ..Self::default()
        };
        builder.tree.work = work.clone();
        builder
    }

    /// Adds a collection, to which everything is added until it is closed.
    pub(crate) fn open(&mut self, collection: Node) {
        let id = self.add(collection, 0);
        self.open.push((id, None));
    }

    /// Closes the innermost collection.
    pub(crate) fn close(&mut self) {
        self.open.pop();
    }

    /// Whether the innermost open collection is a mapping; `None` if none is open.
    pub(super) fn is_mapping(&self) -> Option<bool> {
        let (id, _) = self.open.last()?;
        Some(matches!(self.tree.nodes[*id], Node::Mapping(_)))
    }

    /// The number of open collections.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Adds a scalar.
    pub(crate) fn scalar_at(&mut self, text: String, span: Span) {
        self.text_at(text, span, false);
    }

    /// Adds a scalar; `block` if its lines are those of the file.
    pub(crate) fn text_at(&mut self, text: String, span: Span, block: bool) {
        self.tree.merges |= text == "<<";
        let scalar = Scalar {
            text,
            span,
            tagged: false,
            block,
        };
        self.add(Node::Scalar(scalar), 0);
    }

    /// The tree of everything that was added.
    pub(super) fn finish(mut self) -> Tree {
        self.close_all();
        self.tree
    }

    /// Reads what begins at an offset of a text with the YAML parser. Returns `false` if the budget is used up, or it is no YAML.
    fn read_events(
        &mut self,
        read: &str,
        (base, text): (usize, &str),
        on_part: &mut Option<&mut dyn FnMut(Tree)>,
    ) -> bool {
        let options = granit_parser::options! { emit_unresolved_aliases: true, emit_comments: false };
        let mut parser = Parser::new_from_str_with_options(read, options);
        loop {
            match parser.next_event() {
                Some(Ok((event, span))) => {
                    let ends = matches!(event, Event::DocumentEnd);
                    let range = span.byte_range().unwrap_or(0..0);
                    if !self.tree.work.bytes(range.len()) {
                        return false;
                    }
                    self.event(event, range.start + base..range.end + base, text);
                    if let Some(on_part) = on_part
                        .as_mut()
                        .filter(|_| ends && self.tree.nodes.len() >= ENOUGH)
                    {
                        on_part(self.take());
                    }
                }
                Some(Err(error)) => {
                    self.close_all();
                    let before = memchr::memchr_iter(b'\n', &text.as_bytes()[..base]).count();
                    let line = before + error.marker().line();
                    self.tree.errors.push(format!("line {line}: {}", error.info()));
                    if self.tree.errors.len() >= MAX_ERRORS {
                        return false;
                    }
                    if !parser.proceed_next_document().unwrap_or(false) {
                        return true;
                    }
                }
                None => return true,
            }
        }
    }

    /// What has to be restored to take out what is added from now on.
    fn state(&self) -> State {
        State {
            nodes: self.tree.nodes.len(),
            documents: self.tree.documents.len(),
            weight: self.tree.weight,
            merges: self.tree.merges,
        }
    }

    fn back_to(&mut self, state: State) {
        self.tree.nodes.truncate(state.nodes);
        self.tree.documents.truncate(state.documents);
        self.tree.weight = state.weight;
        self.tree.merges = state.merges;
        self.open.clear();
    }

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
