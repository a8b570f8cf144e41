//! Quoted text over several lines, made one line: kubectl's parser allows its lines to be indented as its key is, ours does not.

/// The longest quoted text that is looked for, in bytes.
const LONGEST: usize = 1 << 16;

/// `text` with the line ends inside of quoted values replaced by blanks, which mean the same; `None` if there are none.
pub(super) fn join(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let (mut at, mut changed) = (0, false);
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
        let mut next = end + 1;
        if let Some(open) = value(&bytes[at..end]).map(|open| at + open)
            && let Some(close) = close(bytes, open).filter(|close| *close > end)
        {
            for byte in out[open..close]
                .iter_mut()
                .filter(|byte| matches!(byte, b'\n' | b'\r'))
            {
                *byte = b' ';
                changed = true;
            }
            // What follows the closing quote on its line opens no value.
            next = memchr::memchr(b'\n', &bytes[close..]).map_or(bytes.len(), |end| close + end + 1);
        }
        at = next;
    }
    changed.then(|| String::from_utf8(out).ok()).flatten()
}

/// Where the value of a line begins, if it is quoted.
fn value(line: &[u8]) -> Option<usize> {
    let mut at = line.iter().position(|byte| *byte != b' ')?;
    while line[at..].starts_with(b"- ") {
        at += 2 + line[at + 2..].iter().position(|byte| *byte != b' ')?;
    }
    if !matches!(line[at], b'"' | b'\'') {
        at += memchr::memmem::find(&line[at..], b": ")? + 2;
        at += line[at..].iter().position(|byte| *byte != b' ')?;
    }
    matches!(line[at], b'"' | b'\'').then_some(at)
}

/// Where the quote at `open` is closed.
fn close(bytes: &[u8], open: usize) -> Option<usize> {
    let quote = bytes[open];
    let inside = &bytes[open + 1..bytes.len().min(open + 1 + LONGEST)];
    let mut at = 0;
    while at < inside.len() {
        match inside[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote && quote == b'\'' && inside.get(at + 1) == Some(&quote) => at += 1,
            byte if byte == quote => return Some(open + 1 + at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use keysift_finding::Work;

    use super::{super::Tree, join};

    #[test]
    fn lines_inside_of_quotes_are_joined() {
        let text = "a: 'x\n  y'\n- \"it\\\"s\nz\"\nb: 'one' # 'c\n";
        assert_eq!(
            join(text).as_deref(),
            Some("a: 'x   y'\n- \"it\\\"s z\"\nb: 'one' # 'c\n")
        );
        assert_eq!(join("a: 'x'\nb: y\n"), None);
    }

    #[test]
    fn text_that_ends_at_the_indentation_of_its_key_hides_nothing() {
        let text = "m:\n  a: '[\n    {}\n  ]'\n  b: 1\n";
        let tree = Tree::parse(text.as_bytes(), &Work::default());
        assert!(tree.errors.is_empty(), "{:?}", tree.errors);
        let m = tree.at(tree.documents[0]).get("m");
        assert_eq!(
            (m.get("b").str(), m.get("a").str()),
            (Some("1"), Some("[     {}   ]"))
        );
    }
}
