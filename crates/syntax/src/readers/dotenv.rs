//! Environment files, in the dialects of compose, docker, Node, Ruby and shells. Where they differ, the
//! longest value is used.

use keysift_finding::Span;

use super::{
    Reading, Value,
    lines::{comment, holds, line_around, skip_blanks, skip_comment, trim_end},
    quotes::{Escapes, quoted},
};

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let mut at = skip_comment(text, line, b"#");
    for before in [&b"export "[..], b"set ", b"setenv "] {
        if text[at..line.end].starts_with(before) {
            at = skip_blanks(text, at + before.len(), line.end);
        }
    }
    let len = text[at..line.end]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    let name = Span::new(at, at + len);
    let operator = skip_blanks(text, name.end, line.end);
    // Ruby's dialect also has `name: value`.
    let assigned = matches!(text.get(operator), Some(b'=')) || text[operator..line.end].starts_with(b": ");
    if !assigned || !holds(name, word) {
        return Reading::Unknown;
    }
    let start = skip_blanks(text, operator + 1, line.end);
    match text.get(start) {
        Some(b'`') if operator == name.end && text[operator] == b'=' && start == operator + 1 => {
            // Node also has backquotes; a shell command in them contains spaces.
            match quoted(text, start, Escapes::None, true).filter(|value| !value.text.contains(&b' ')) {
                Some(value) => Reading::one(value.named(name)),
                None => Reading::Unknown,
            }
        }
        Some(quote @ (b'"' | b'\'')) => {
            let escapes = if *quote == b'"' {
                Escapes::Backslash
            } else {
                Escapes::None
            };
            match quoted(text, start, escapes, true).filter(|value| ends(text, value.end)) {
                Some(value) => Reading::one(value.named(name)),
                None => Reading::maybe(to_the_end(text, start, line.end).map(|value| value.named(name))),
            }
        }
        _ => match to_the_end(text, start, line.end) {
            Some(value) => Reading::one(value.named(name)),
            None => Reading::Nothing,
        },
    }
}

/// Returns whether nothing but a comment follows on the line.
pub(crate) fn ends(text: &[u8], at: usize) -> bool {
    let rest = skip_blanks(text, at, text.len());
    matches!(text.get(rest), None | Some(b'\n' | b'\r'))
        || text.get(rest) == Some(&b'#') && rest > at
        || matches!(text.get(rest), Some(b';')) // a shell sources it
}

/// An unquoted value, up to a comment or the end of the line. In Node's dialect `#` begins a comment without
/// a space before it; the longer value is used.
pub(crate) fn to_the_end(text: &[u8], start: usize, end: usize) -> Option<Value<'_>> {
    let span = Span::new(start, end.max(start));
    if text.get(start) == Some(&b'#') && end > start + 1 && text[start + 1] == b' ' {
        return None;
    }
    let span = trim_end(text, Span::new(start, comment(text, span, b"#")));
    (!span.is_empty()).then(|| Value::plain(text, span))
}
