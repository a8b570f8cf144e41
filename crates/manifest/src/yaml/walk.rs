//! The one way down a tree: a cursor that visits each node once, within the budget of the text.

use std::{collections::HashSet, hash::Hash};

use super::{Id, Node, Tree};

/// A walk down a tree, depth first. Aliases give a node several parents, and a few hundred bytes of them ask for more visits than a machine
/// has memory; therefore no check goes down a tree by itself:
///
/// ```ignore
/// let mut walk = tree.walk(tree.documents.iter().copied(), ());
/// while let Some((node, ())) = walk.next() {
///     if let Some(run) = tree.text(node, "run") { … }
///     walk.below(node, ());
/// }
/// ```
///
/// The second half is a context that the walker hands down, a key or a container's name for instance; `()` where there is none. A node is
/// visited once for each context that it is reached with, so a context must come from near the node, not from its whole path.
/// Each visit asks the [`Work`](keysift_finding::Work) of the text. When that is used up the walk ends, and the text is reported as read in
/// part.
#[derive(Debug)]
pub(crate) struct Walk<'t, C> {
    tree: &'t Tree,
    /// What is to be visited, the next one last.
    todo: Vec<(Id, C)>,
    /// What was visited, where a node may have several parents.
    seen: HashSet<(Id, C)>,
}

impl Tree {
    /// A walk that begins at these nodes.
    pub(crate) fn walk<C: Copy + Eq + Hash>(
        &self,
        roots: impl IntoIterator<Item = Id, IntoIter: DoubleEndedIterator>,
        context: C,
    ) -> Walk<'_, C> {
        Walk {
            tree: self,
            todo: roots.into_iter().rev().map(|root| (root, context)).collect(),
            seen: HashSet::new(),
        }
    }
}

impl<C: Copy + Eq + Hash> Walk<'_, C> {
    /// The next node, in the order of the text; `None` at the end, and when the budget is used up.
    pub(crate) fn next(&mut self) -> Option<(Id, C)> {
        loop {
            let (node, context) = self.todo.pop()?;
            if self.tree.aliases && !self.seen.insert((node, context)) {
                continue;
            }
            return self
                .tree
                .work
                .visit(self.tree.cost(node))
                .then_some((node, context));
        }
    }

    /// Goes on with one node, before all that waits.
    pub(crate) fn enter(&mut self, node: Id, context: C) {
        self.todo.push((node, context));
    }

    /// Goes on with the values of a mapping or the items of a sequence.
    pub(crate) fn below(&mut self, node: Id, context: C) {
        match self.tree.node(node) {
            Node::Mapping(entries) => self
                .todo
                .extend(entries.iter().rev().map(|(_, value)| (*value, context))),
            Node::Sequence(items) => self.todo.extend(items.iter().rev().map(|item| (*item, context))),
            Node::Scalar(_) => {}
        }
    }

    /// Goes on with the keys of a mapping too: they may be anything.
    pub(crate) fn keys(&mut self, node: Id, context: C) {
        if let Node::Mapping(entries) = self.tree.node(node) {
            self.todo
                .extend(entries.iter().rev().map(|(key, _)| (*key, context)));
        }
    }
}

#[cfg(test)]
mod tests {
    use keysift_finding::Work;

    use super::*;

    fn tower(levels: usize, width: usize) -> String {
        let mut text = "x0: &x0 {password: v}\n".to_owned();
        for level in 1..levels {
            let below = format!("*x{}, ", level - 1).repeat(width);
            text += &format!("x{level}: &x{level} [{below}]\n");
        }
        text
    }

    /// Visits everything below all documents, with the name of the nearest key as a context.
    fn visits(tree: &Tree) -> u64 {
        let before = tree.work.counts().nodes;
        let mut walk = tree.walk(tree.documents.iter().copied(), None);
        while let Some((node, parent)) = walk.next() {
            match tree.node(node) {
                Node::Mapping(entries) => entries.iter().for_each(|(key, value)| {
                    walk.enter(*value, tree.scalar(*key).map(|key| key.text.as_str()))
                }),
                _ => walk.below(node, parent),
            }
        }
        tree.work.counts().nodes - before
    }

    #[test]
    fn towers_of_aliases_cost_what_stands_in_them() {
        let work = |levels| {
            let tree = Tree::parse(tower(levels, 9).as_bytes(), &Work::default());
            (visits(&tree), tree.work.was_cut())
        };
        // Ten levels of nine aliases are 3 thousand million nodes.
        let (few, many) = (work(5), work(10));
        assert_eq!((few.1, many.1), (None, None));
        assert!(few.0 > 40 && many.0 < 5 * few.0, "{few:?} {many:?}");
    }

    #[test]
    fn contexts_that_multiply_end_with_the_budget_and_that_is_known() {
        let tree = Tree::parse(tower(3_000, 1).as_bytes(), &Work::default());
        let visits = visits(&tree);
        assert!(visits < 200_000, "{visits}");
        assert!(tree.work.was_cut().is_some());
    }

    #[test]
    fn merged_mappings_are_followed_so_far_and_no_further() {
        let mut text = "a0: &a0 {token: v}\n".to_owned();
        for level in 1..5 {
            let list = (0..30)
                .map(|number| format!("&b{level}x{number} {{<<: *a{}}}", level - 1))
                .collect::<Vec<_>>();
            text += &format!("l{level}: [{}]\n", list.join(", "));
            let names = (0..30)
                .map(|number| format!("*b{level}x{number}"))
                .collect::<Vec<_>>();
            text += &format!("a{level}: &a{level} {{<<: [{}]}}\n", names.join(", "));
        }
        let tree = Tree::parse(text.as_bytes(), &Work::default());
        let root = tree.documents[0];
        let top = tree.get(root, "a4").unwrap();
        (0..1000).for_each(|_| assert_eq!(tree.get(top, "missing"), None));
        assert!(tree.work.was_cut().is_some());
        let low = tree.get(root, "a1").unwrap();
        assert_eq!(tree.text(low, "token"), Some("v"));
        assert_eq!(tree.entries(low).len(), 1);
    }

    #[test]
    fn a_long_text_that_is_named_often_is_not_read_each_time() {
        let text = format!(
            "a: &s {}\nb: [{}]\n",
            "x".repeat(100_000),
            "{run: *s}, ".repeat(1000)
        );
        let tree = Tree::parse(text.as_bytes(), &Work::default());
        let b = tree.get(tree.documents[0], "b").unwrap();
        let read: usize = tree
            .items(b)
            .iter()
            .filter_map(|item| tree.text(*item, "run"))
            .map(str::len)
            .sum();
        // A thousand names of 100 kB would be 100 MB.
        assert!(read < 50 * text.len() && tree.work.was_cut().is_some(), "{read}");
    }

    #[test]
    fn large_mappings_have_an_index() {
        let mut text: String = (0..500).map(|number| format!("k{number}: {number}\n")).collect();
        text += "k7: last\n";
        let tree = Tree::parse(text.as_bytes(), &Work::default());
        let root = tree.documents[0];
        assert_eq!(
            [
                tree.text(root, "k7"),
                tree.text(root, "k499"),
                tree.text(root, "k500")
            ],
            [Some("last"), Some("499"), None]
        );
    }
}
