//! HCL: attributes, here-documents, blocks whose label or `key` is the name.

use keysift_finding::Span;

use super::{
    LONGEST_VALUE, Reading, Value,
    json::name_before,
    lines::{line_around, next_line, skip_blanks, trim_end},
    quotes::{Escapes, quoted},
    siblings,
};
use crate::Quoting;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some((name, behind)) = name_before(text, word) else {
        return Reading::Unknown;
    };
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let operator = skip_blanks(text, behind, line.end);
    match text.get(operator) {
        Some(b'=' | b':') if operator < line.end && text.get(operator + 1) != Some(&b'=') => {}
        // `variable "db_password" {`
        Some(b'{') if operator < line.end && text[name.end..].starts_with(b"\"") => {
            return siblings::default_in(text, name, operator, b"=:");
        }
        _ => return siblings::lines(text, line, word, b'=').or(|| siblings::braced(text, word, b"=:")),
    }
    let at = skip_blanks(text, operator + 1, line.end);
    match value(text, at) {
        Some(value) => Reading::one(value.named(name)),
        None if text.get(at) == Some(&b'"') => Reading::Unknown,
        // An expression, which may call a function with a literal.
        None if text[at..line.end].contains(&b'"') => Reading::Unknown,
        None => Reading::Nothing,
    }
}

/// A string or a here-document that begins at `at`.
pub(crate) fn value(text: &[u8], at: usize) -> Option<Value<'_>> {
    match text.get(at)? {
        b'"' => quoted(text, at, Escapes::Unicode, false),
        b'<' if text[at..].starts_with(b"<<") => here(text, at),
        _ => None,
    }
}

fn here(text: &[u8], at: usize) -> Option<Value<'_>> {
    let line = line_around(text, at)?;
    let mark = text[at + 2..line.end].trim_ascii();
    let mark = mark.strip_prefix(b"-").unwrap_or(mark);
    let first = next_line(text, line.end)?;
    let mut last = first;
    while last.of(text).trim_ascii() != mark {
        last = next_line(text, last.end).filter(|line| line.end < at + LONGEST_VALUE)?;
    }
    let start = skip_blanks(text, first.start, first.end);
    let span = trim_end(text, Span::new(start.min(last.start), last.start));
    let mut value = Value::plain(text, span);
    value.quoting = Quoting::Quoted;
    (!span.is_empty()).then_some(value)
}
