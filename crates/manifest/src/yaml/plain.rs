//! Plain YAML as a tree: block mappings and sequences, scalars and flow collections of one line, literal block scalars, ASCII. Nearly all
//! manifests are written so, and the YAML parser takes five times as long. Whatever else is in a document, it is left to that parser, so
//! that there is one meaning of every text: a test compares both.
//!
//! Format: YAML 1.2, <https://yaml.org/spec/1.2.2/>, chapters 7 and 8.

use std::ops::Range;

use keysift_finding::Span;

use super::{Node, build::Builder};

/// Deeper documents are left to the YAML parser, which has a limit of its own.
const DEEPEST: usize = 64;

/// Longer keys are left to the YAML parser, which allows 1024 characters.
const LONGEST_KEY: usize = 1000;

/// Reads the document at a range of a text. Returns `false` if it is anything but plain; what was added to the builder then has to be
/// taken out again.
pub(super) fn read(text: &str, range: Range<usize>, builder: &mut Builder<'_>) -> bool {
    let document = &text.as_bytes()[range.clone()];
    // A newline at the end spares a case of every scalar.
    let plain = document.is_ascii()
        && document.ends_with(b"\n")
        && memchr::memchr3(b'\t', b'\r', 0x0B, document).is_none();
    let mut reader = Reader {
        text,
        at: range.start,
        end: range.end,
        depth: 0,
        builder,
    };
    plain && reader.document().is_some()
}

struct Reader<'t, 'b, 'o> {
    text: &'t str,
    /// Where the next line begins that was not read.
    at: usize,
    end: usize,
    depth: usize,
    builder: &'b mut Builder<'o>,
}

/// A line with something on it.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    /// Where its text begins.
    text: usize,
    /// Where its newline is.
    end: usize,
}

impl Line {
    fn indent(self) -> usize {
        self.text - self.start
    }
}

impl Reader<'_, '_, '_> {
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes()[at]
    }

    fn document(&mut self) -> Option<()> {
        let line = self.peek()?;
        self.node(line, line.text)?;
        self.peek().is_none().then_some(())
    }

    /// The next line that is not blank and no comment.
    fn peek(&mut self) -> Option<Line> {
        let bytes = self.text.as_bytes();
        while self.at < self.end {
            let end = self.at + memchr::memchr(b'\n', &bytes[self.at..self.end])?;
            let blanks = bytes[self.at..end]
                .iter()
                .take_while(|byte| **byte == b' ')
                .count();
            let text = self.at + blanks;
            if text < end && bytes[text] != b'#' {
                return Some(Line {
                    start: self.at,
                    text,
                    end,
                });
            }
            self.at = end + 1;
        }
        None
    }

    /// Where the next word of a line is; `None` if there is none, or a comment.
    fn word(&self, from: usize, line: Line) -> Option<usize> {
        let blanks = self.text.as_bytes()[from..line.end]
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
        let at = from + blanks;
        (at < line.end && self.byte(at) != b'#').then_some(at)
    }

    fn is_item(&self, at: usize) -> bool {
        self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n')
    }

    /// A block collection that begins at a place of a line.
    fn node(&mut self, line: Line, at: usize) -> Option<()> {
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        if self.is_item(at) {
            self.sequence(line, at)?;
        } else {
            self.mapping(line, at)?;
        }
        self.depth -= 1;
        Some(())
    }

    fn mapping(&mut self, mut line: Line, mut at: usize) -> Option<()> {
        let column = at - line.start;
        self.builder.open(Node::Mapping(Vec::new()));
        loop {
            let colon = self.key(line, at)?;
            match self.word(colon + 1, line) {
                Some(value) => self.value(line, value, column)?,
                None => {
                    self.at = line.end + 1;
                    match self.peek() {
                        Some(next) if next.indent() > column => self.below(next, column)?,
                        Some(next) if next.indent() == column && self.is_item(next.text) => {
                            self.node(next, next.text)?
                        }
                        _ => self
                            .builder
                            .scalar_at("~".to_owned(), Span::new(colon + 1, colon + 1)),
                    }
                }
            }
            match self.peek() {
                Some(next) if next.indent() > column => return None,
                Some(next) if next.indent() == column => (line, at) = (next, next.text),
                _ => break,
            }
            if self.is_item(at) {
                return None;
            }
        }
        self.builder.close();
        Some(())
    }

    fn sequence(&mut self, mut line: Line, mut at: usize) -> Option<()> {
        let column = at - line.start;
        self.builder.open(Node::Sequence(Vec::new()));
        loop {
            match self.word(at + 1, line) {
                Some(item) if self.is_item(item) || self.key_end(line, item).is_some() => {
                    self.node(line, item)?
                }
                Some(item) => self.value(line, item, column)?,
                None => {
                    self.at = line.end + 1;
                    match self.peek() {
                        Some(next) if next.indent() > column => self.below(next, column)?,
                        _ => self.builder.scalar_at("~".to_owned(), Span::new(at + 1, at + 1)),
                    }
                }
            }
            match self.peek() {
                Some(next) if next.indent() > column => return None,
                Some(next) if next.indent() == column && self.is_item(next.text) => {
                    (line, at) = (next, next.text)
                }
                _ => break,
            }
        }
        self.builder.close();
        Some(())
    }

    /// A value on the lines below its key: a collection, or a scalar of one line.
    fn below(&mut self, line: Line, column: usize) -> Option<()> {
        match self.is_item(line.text) || self.key_end(line, line.text).is_some() {
            true => self.node(line, line.text),
            false => self.value(line, line.text, column),
        }
    }

    /// Where the colon behind a key is; `None` if a line has no key at a place.
    fn key_end(&self, line: Line, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let first = bytes[at];
        let mut from = at;
        if matches!(first, b'"' | b'\'') {
            from = at + 1 + memchr::memchr(first, &bytes[at + 1..line.end])? + 1;
            return (bytes[from] == b':' && matches!(bytes[from + 1], b' ' | b'\n')).then_some(from);
        }
        if is_indicator(first) || matches!(first, b':' | b'?') {
            return None;
        }
        loop {
            let colon = from + memchr::memchr(b':', &bytes[from..line.end])?;
            if matches!(bytes[colon + 1], b' ' | b'\n') {
                let key = &bytes[at..colon];
                let plain = key.len() <= LONGEST_KEY
                    && key.last() != Some(&b' ')
                    && memchr::memmem::find(key, b" #").is_none();
                return plain.then_some(colon);
            }
            from = colon + 1;
        }
    }

    /// Adds a key. Returns where its colon is.
    fn key(&mut self, line: Line, at: usize) -> Option<usize> {
        let colon = self.key_end(line, at)?;
        if matches!(self.byte(at), b'"' | b'\'') {
            let inner = Span::new(at + 1, colon - 1);
            let text = &self.text[inner.start..inner.end];
            if text.contains(['\\', '\'']) {
                return None;
            }
            self.builder.scalar_at(text.to_owned(), inner);
        } else {
            self.builder
                .scalar_at(self.text[at..colon].to_owned(), Span::new(at, colon));
        }
        Some(colon)
    }

    /// A scalar or a flow collection up to the end of its line, or a block scalar.
    fn value(&mut self, line: Line, at: usize, column: usize) -> Option<()> {
        let end = match self.byte(at) {
            b'|' => return self.block(line, at, column),
            b'"' | b'\'' => self.quoted(line, at)?,
            b'[' | b'{' => self.flow(line, at)?,
            _ => self.plain(line, at)?,
        };
        if self.word(end, line).is_some() || end < line.end && self.byte(end) == b'#' {
            return None;
        }
        self.at = line.end + 1;
        Some(())
    }

    /// A plain scalar outside of flow collections. Returns where it ends.
    fn plain(&mut self, line: Line, at: usize) -> Option<usize> {
        let whole = &self.text[at..line.end];
        let text = whole
            .find(" #")
            .map_or(whole, |comment| &whole[..comment])
            .trim_end_matches(' ');
        let first = text.as_bytes()[0];
        if is_indicator(first)
            || first == b':' && text.len() == 1
            || text == "---"
            || text == "..."
            || text.ends_with(':')
            || text.contains(": ")
            || matches!(first, b'-' | b'?') && matches!(text.as_bytes().get(1), None | Some(b' '))
        {
            return None;
        }
        let end = at + text.len();
        self.builder.scalar_at(text.to_owned(), Span::new(at, end));
        Some(end)
    }

    /// A quoted scalar of one line. Returns where it ends.
    fn quoted(&mut self, line: Line, at: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..line.end];
        let quote = bytes[at];
        let mut close = at + 1;
        let mut doubled = false;
        loop {
            close += memchr::memchr2(quote, b'\\', bytes.get(close..)?)?;
            if bytes[close] == b'\\' {
                if quote == b'"' {
                    return None;
                }
            } else if quote == b'\'' && bytes.get(close + 1) == Some(&b'\'') {
                doubled = true;
                close += 1;
            } else {
                break;
            }
            close += 1;
        }
        let text = &self.text[at + 1..close];
        let text = if doubled {
            text.replace("''", "'")
        } else {
            text.to_owned()
        };
        self.builder.scalar_at(text, Span::new(at + 1, close));
        Some(close + 1)
    }

    /// A flow collection of one line. Returns where it ends.
    fn flow(&mut self, line: Line, at: usize) -> Option<usize> {
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        let is_mapping = self.byte(at) == b'{';
        let close = if is_mapping { b'}' } else { b']' };
        self.builder.open(match is_mapping {
            true => Node::Mapping(Vec::new()),
            false => Node::Sequence(Vec::new()),
        });
        let mut at = self.word(at + 1, line)?;
        while self.byte(at) != close {
            if is_mapping {
                at = self.flow_scalar(line, at)?;
                // `"a":1` and `a: 1`; `a : 1` is left to the YAML parser.
                if self.byte(at) != b':' || self.byte(at + 1) != b' ' {
                    return None;
                }
                at = self.word(at + 1, line)?;
            }
            at = match self.byte(at) {
                b'[' | b'{' => self.flow(line, at)?,
                _ => self.flow_scalar(line, at)?,
            };
            at = self.word(at, line)?;
            match self.byte(at) {
                b',' => {
                    at = self.word(at + 1, line)?;
                    if self.byte(at) == b',' {
                        return None;
                    }
                }
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.builder.close();
        self.depth -= 1;
        Some(at + 1)
    }

    /// A scalar in a flow collection. Returns where it ends.
    fn flow_scalar(&mut self, line: Line, at: usize) -> Option<usize> {
        if matches!(self.byte(at), b'"' | b'\'') {
            return self.quoted(line, at);
        }
        let bytes = &self.text.as_bytes()[at..line.end];
        let ends = |at: usize| match bytes[at] {
            b',' | b'[' | b']' | b'{' | b'}' => true,
            b':' => matches!(
                bytes.get(at + 1),
                None | Some(b' ' | b',' | b'[' | b']' | b'{' | b'}')
            ),
            _ => false,
        };
        let length = (0..bytes.len()).find(|at| ends(*at))?;
        let text = self.text[at..at + length].trim_end_matches(' ');
        let first = *text.as_bytes().first()?;
        // A blank before the colon of a key is left to the YAML parser.
        let spaced = bytes[length] == b':' && text.len() < length;
        let dash = first == b'-' && matches!(text.as_bytes().get(1), None | Some(b' '));
        if is_indicator(first) || dash || matches!(first, b'?' | b':') || text.contains(" #") || spaced {
            return None;
        }
        self.builder
            .scalar_at(text.to_owned(), Span::new(at, at + text.len()));
        Some(at + length)
    }

    /// A literal block scalar: `|` or `|-`.
    fn block(&mut self, line: Line, at: usize, column: usize) -> Option<()> {
        let strips = self.byte(at + 1) == b'-';
        let header = at + 1 + usize::from(strips);
        if self.byte(header) != b'\n' && (self.byte(header) != b' ' || self.word(header, line).is_some()) {
            return None;
        }
        self.at = line.end + 1;
        let first = self.at;
        let content = self.text.as_bytes()[first..self.end]
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
        // Blank lines at the beginning, and no content at all, are left to the YAML parser.
        if content <= column
            || self
                .text
                .as_bytes()
                .get(first + content)
                .is_none_or(|byte| *byte == b'\n')
        {
            return None;
        }
        let (mut text, mut last) = (String::new(), first);
        while self.at < self.end {
            let end = self.at + memchr::memchr(b'\n', &self.text.as_bytes()[self.at..self.end])?;
            let own = &self.text[self.at..end];
            let indent = own.len() - own.trim_start_matches(' ').len();
            if indent == own.len() {
                // Blanks beyond the indentation are content.
                if indent > content {
                    return None;
                }
                text.push('\n');
            } else if indent >= content {
                text.push_str(&own[content..]);
                text.push('\n');
                last = self.at + own.trim_end_matches(' ').len();
            } else if indent > column {
                return None;
            } else {
                break;
            }
            self.at = end + 1;
        }
        text.truncate(text.trim_end_matches('\n').len() + usize::from(!strips));
        self.builder.text_at(text, Span::new(first + content, last), true);
        Some(())
    }
}

/// Characters that begin something else than a plain scalar.
fn is_indicator(byte: u8) -> bool {
    matches!(
        byte,
        b'[' | b']'
            | b'{'
            | b'}'
            | b','
            | b'#'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
    )
}

#[cfg(test)]
mod tests {
    use keysift_finding::Work;

    use super::super::{Node, Tree};

    /// The number of errors of a tree, and what it is, for comparisons; what is empty has no place of its own.
    fn shape(tree: &Tree) -> (usize, String) {
        let nodes = tree.nodes().iter().map(|node| match node {
            Node::Scalar(scalar) if scalar.text == "~" && scalar.span.is_empty() => "null".to_owned(),
            Node::Scalar(scalar) if scalar.text.is_empty() => "empty".to_owned(),
            node => format!("{node:?}"),
        });
        let nodes: Vec<String> = nodes.collect();
        (
            tree.errors.len(),
            format!("{:?} {}\n{}", tree.documents, tree.merges, nodes.join("\n")),
        )
    }

    fn both(text: &str) -> [(usize, String); 2] {
        let by_documents = Tree::by_documents(text, &Work::default(), None);
        let by_yaml = Tree::by_yaml(text, None, &Work::default(), None);
        [shape(&by_documents), shape(&by_yaml)]
    }

    /// Numbers that look random, always the same.
    fn next(state: &mut u64) -> usize {
        *state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (*state >> 33) as usize
    }

    #[test]
    fn texts_mean_the_same_as_to_the_yaml_parser() {
        const PIECES: &[&str] = &[
            "a",
            "b: ",
            "k: v",
            "- ",
            "\n",
            "\n",
            "\n  ",
            "\n    ",
            "\n- ",
            "'x'",
            "\"y\"",
            "{k: v}",
            "[1, 2]",
            "|\n",
            "|-\n    t\n",
            " # c",
            ":",
            "\n---\n",
            "~",
            "''",
            "#",
            "\"",
            "&a ",
            "*a",
            "? ",
            "-",
            ",",
            "{",
            "}",
            "[",
            "]",
            " ",
            "x y",
            "http://h:80/",
            "\n\n",
            "!t ",
            "<<: ",
            "\"q\": ",
            "...",
            "|",
            ">",
            "'it''s'",
            "-1",
            "%",
        ];
        let mut state = 7;
        for _ in 0..60_000 {
            let length = 1 + next(&mut state) % 16;
            let mut text: String = (0..length)
                .map(|_| PIECES[next(&mut state) % PIECES.len()])
                .collect();
            text.push('\n');
            let [ours, theirs] = both(&text);
            // A broken document may be kept up to another place.
            assert_eq!(ours.0 == 0, theirs.0 == 0, "{text:?}\n{}\n\n{}", ours.1, theirs.1);
            if theirs.0 == 0 {
                assert_eq!(ours.1, theirs.1, "{text:?}");
            }
        }
    }

    #[test]
    fn manifests_are_plain() {
        let text = "apiVersion: v1  # c\nkind: \"Pod\"\nmetadata:\n  name: 'a'\n  labels: {app: a, \"b\": [1, 2]}\nspec:\n  containers:\n  - name: x\n    \
                    args: [\"-a\", --b=c]\n    command:\n      - sh\n      - |\n        echo a\n\n          b\n    env:\n    - {name: A, value: \"1\"}\n  \
                    empty:\n  list:\n    -\n    - - a\n      - b\n";
        let mut builder = super::Builder::default();
        assert!(super::read(text, 0..text.len(), &mut builder));
        let [ours, theirs] = both(&format!("{text}---\n{text}"));
        assert_eq!(ours, theirs);
    }
}
