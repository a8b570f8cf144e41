//! A node of a tree with what is below it, read key by key: `node.get("spec").get("name").str()`.

use keysift_finding::Span;

use super::{Id, Scalar, Tree};

/// A place in a tree; what is missing is a cursor too, with nothing below it, so that a chain of keys needs no `?`. All that it reads is
/// within the budget of the text, as [`Tree::get`] and [`Tree::list`] are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'t> {
    tree: &'t Tree,
    id: Option<Id>,
}

impl Tree {
    /// A cursor at a node.
    pub(crate) fn at(&self, id: Id) -> Cursor<'_> {
        Cursor {
            tree: self,
            id: Some(id),
        }
    }
}

impl<'t> Cursor<'t> {
    fn to(self, id: Option<Id>) -> Self {
        Self { id, ..self }
    }

    /// Whether there is a node.
    pub(crate) fn exists(self) -> bool {
        self.id.is_some()
    }

    /// The value of a key.
    pub(crate) fn get(self, key: &str) -> Self {
        self.to(self.id.and_then(|id| self.tree.get(id, key)))
    }

    /// The value at a path of keys.
    pub(crate) fn path(self, keys: &[&str]) -> Self {
        keys.iter().fold(self, |node, key| node.get(key))
    }

    /// The scalar that it is.
    pub(crate) fn scalar(self) -> Option<&'t Scalar> {
        self.id.and_then(|id| self.tree.scalar(id))
    }

    /// The text of the scalar that it is.
    pub(crate) fn str(self) -> Option<&'t str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// Whether it is a scalar with this text.
    pub(crate) fn is(self, text: &str) -> bool {
        self.str() == Some(text)
    }

    /// Where it begins; of a missing node the start of the file.
    pub(crate) fn span(self) -> Span {
        self.id.map_or_else(Span::default, |id| self.tree.span(id))
    }

    /// The items of the sequence that it is.
    pub(crate) fn items(self) -> impl DoubleEndedIterator<Item = Self> {
        let items = self.id.map_or(&[][..], |id| self.tree.afforded(id));
        items.iter().map(move |id| self.to(Some(*id)))
    }

    /// The items of the sequence under a key.
    pub(crate) fn list(self, key: &str) -> impl DoubleEndedIterator<Item = Self> {
        self.get(key).items()
    }

    /// Whether a scalar at or below it has a text in it.
    pub(crate) fn mentions(self, text: &str) -> bool {
        let mut walk = self.tree.walk(self.id, ());
        while let Some((node, ())) = walk.next() {
            if self
                .tree
                .scalar(node)
                .is_some_and(|scalar| scalar.text.contains(text))
            {
                return true;
            }
            walk.below(node, ());
        }
        false
    }

    /// The entries of the mapping that it is.
    pub(crate) fn entries(self) -> Vec<(&'t Scalar, Self)> {
        let entries = self.id.map(|id| self.tree.entries(id)).unwrap_or_default();
        entries
            .into_iter()
            .map(|(key, value)| (key, self.to(Some(value))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use keysift_finding::Work;

    use super::*;

    #[test]
    fn chains_of_keys_end_in_nothing_where_one_is_missing() {
        let tree = Tree::parse(b"a: {b: [x, {c: y}], d: z}\n", &Work::default());
        let root = tree.at(tree.documents[0]);
        assert_eq!(root.path(&["a", "d"]).str(), Some("z"));
        assert_eq!(
            root.get("a")
                .list("b")
                .filter_map(|item| item.get("c").str())
                .collect::<Vec<_>>(),
            ["y"]
        );
        assert!(!root.get("x").get("y").exists() && root.get("x").list("y").next().is_none());
        assert_eq!(root.get("a").entries().len(), 2);
    }
}
