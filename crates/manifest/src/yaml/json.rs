//! JSON as a tree. The YAML parser reads it too, and takes ten times as long: Kubernetes has 10 MB of OpenAPI documents in JSON.
//!
//! Format: RFC 8259, strictly. What is anything else is left to the YAML parser. Libraries give no spans of scalars (serde_json), or build
//! a tree of their own by recursion.

use keysift_finding::{Span, Work};

use super::{Node, build::Builder};

/// Deeper documents are left to the YAML parser, which has a limit of its own.
const DEEPEST: usize = 512;

/// Reads a text into a tree. Returns `false` if it is not one JSON value; the tree is then of no use.
pub(super) fn read(text: &str, work: &Work, builder: &mut Builder<'_>) -> bool {
    text.trim_ascii_start().starts_with(['{', '['])
        && Reader { text, at: 0 }.document(work, builder).is_some()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    /// The value of the document, and nothing after it.
    fn document(&mut self, work: &Work, builder: &mut Builder<'_>) -> Option<()> {
        loop {
            let start = self.at;
            self.value(builder)?;
            if !work.bytes(self.at - start) {
                return Some(()); // cut: what was read counts
            }
            if self.closed(builder)? {
                return Some(());
            }
        }
    }

    /// A scalar, an empty collection, or the start of one up to its first value.
    fn value(&mut self, builder: &mut Builder<'_>) -> Option<()> {
        loop {
            let (node, close) = match self.peek()? {
                b'"' => return self.string(builder),
                b'{' => (Node::Mapping(Vec::new()), b'}'),
                b'[' => (Node::Sequence(Vec::new()), b']'),
                _ => return self.word(builder),
            };
            self.at += 1;
            builder.open(node);
            if builder.depth() > DEEPEST {
                return None;
            }
            if self.peek()? == close {
                return Some(());
            }
            if close == b'}' {
                self.key(builder)?;
            }
        }
    }

    /// Closes what ends after a value, and goes on to the next value. Returns whether the document ends here.
    fn closed(&mut self, builder: &mut Builder<'_>) -> Option<bool> {
        loop {
            let Some(is_mapping) = builder.is_mapping() else {
                self.skip_blanks();
                return (self.at == self.text.len()).then_some(true);
            };
            match (self.peek()?, is_mapping) {
                (b'}', true) | (b']', false) => builder.close(),
                (b',', true) => {
                    self.at += 1;
                    self.key(builder)?;
                    return Some(false);
                }
                (b',', false) => {
                    self.at += 1;
                    return Some(false);
                }
                _ => return None,
            }
            self.at += 1;
        }
    }

    fn key(&mut self, builder: &mut Builder<'_>) -> Option<()> {
        (self.peek()? == b'"').then_some(())?;
        self.string(builder)?;
        (self.peek()? == b':').then_some(())?;
        self.at += 1;
        Some(())
    }

    fn string(&mut self, builder: &mut Builder<'_>) -> Option<()> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        let mut escaped = false;
        loop {
            end += memchr::memchr2(b'"', b'\\', bytes.get(end..)?)?;
            if bytes[end] == b'"' {
                break;
            }
            escaped = true;
            end += 2;
        }
        let raw = &self.text[start..end];
        if raw.bytes().any(|byte| byte < 0x20) {
            return None;
        }
        let text = if escaped { unescaped(raw)? } else { raw.to_owned() };
        self.at = end + 1;
        builder.scalar_at(text, Span::new(start, end));
        Some(())
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self, builder: &mut Builder<'_>) -> Option<()> {
        let rest = &self.text[self.at..];
        let len = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            .count();
        let word = &rest[..len];
        let is_json = matches!(word, "true" | "false" | "null")
            || word.starts_with(|char: char| char == '-' || char.is_ascii_digit())
                && word.parse::<f64>().is_ok();
        is_json.then_some(())?;
        builder.scalar_at(word.to_owned(), Span::new(self.at, self.at + len));
        self.at += len;
        Some(())
    }

    fn skip_blanks(&mut self) {
        let blanks = self.text.as_bytes()[self.at..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at += blanks.count();
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.text.as_bytes().get(self.at).copied()
    }
}

/// A string without its escapes. Nothing if an escape is wrong, or half of a surrogate pair.
fn unescaped(raw: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{raw}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::*;

    /// The scalars of a tree with their places, in their order, and the shape of the collections.
    fn outline(tree: &Tree) -> Vec<String> {
        tree.nodes()
            .iter()
            .map(|node| match node {
                Node::Scalar(scalar) => format!("{:?} {:?}", scalar.text, scalar.span),
                other => format!("{other:?}"),
            })
            .collect()
    }

    fn json(text: &str) -> Option<Tree> {
        let mut builder = Builder::default();
        read(text, &Work::default(), &mut builder).then(|| builder.finish())
    }

    #[test]
    fn the_tree_is_that_of_the_yaml_parser() {
        for text in [
            "{}",
            "[]",
            " [ ] ",
            "{\"a\": 1, \"b\": [true, false, null, -1.5e3, \"x\"], \"c\": {\"d\": {}}}\n",
            "[[[]], {\"a\": [{}]}, \"\"]",
            "{\n  \"esc\": \"a\\\"b\\\\c\\/\\n\\u00e9\",\n  \"plain\": \"é, [x] {y}: #z\"\n}",
            "{\"a\":\"b\",\"a\":\"c\"}",
        ] {
            let tree = json(text).unwrap_or_else(|| panic!("{text}"));
            let other = Tree::by_yaml(text, None, &Work::default(), None);
            assert!(other.errors.is_empty(), "{text}: {:?}", other.errors);
            assert_eq!(outline(&tree), outline(&other), "{text}");
            assert_eq!(tree.documents, other.documents, "{text}");
            assert_eq!(tree.weight, other.weight, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_left_to_the_yaml_parser() {
        let deep = "[".repeat(DEEPEST + 1) + &"]".repeat(DEEPEST + 1);
        for text in [
            "a: 1",
            "{a: 1}",
            "{\"a\": 1,}",
            "[1, 2",
            "{\"a\": 1} x",
            "{\"a\" 1}",
            "{\"a\": yes}",
            "{\"a\": 'x'}",
            "{\"a\": \"\\x41\"}",
            "{\"a\": \"\\ud800\"}",
            "{\"a\": \"two\nlines\"}",
            "[1] # comment",
            "{\"a\": 1}}",
            "\"x",
            &deep,
        ] {
            assert!(json(text).is_none(), "{text}");
        }
    }
}
