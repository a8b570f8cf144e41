//! TOML: strings of four kinds. The `toml` crate has positions but reads only whole documents.

use keysift_finding::Span;

use super::{
    Reading, Value,
    json::{name_before, triple},
    lines::{line_around, skip_blanks},
    quotes::{Escapes, quoted},
    siblings,
};

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some((name, behind)) = name_before(text, word) else {
        return Reading::Unknown;
    };
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let operator = skip_blanks(text, behind, line.end);
    if text.get(operator) != Some(&b'=') || operator >= line.end {
        return siblings::lines(text, line, word, b'=').or(|| siblings::braced(text, word, b"="));
    }
    let at = skip_blanks(text, operator + 1, line.end);
    match value(text, at) {
        Some(value) => Reading::one(value.named(name)),
        None if matches!(text.get(at), Some(b'"' | b'\'')) => Reading::Unknown,
        // Numbers, dates, lists; and what only resembles TOML.
        None => Reading::Unknown,
    }
}

/// A string that begins at `at`.
pub(crate) fn value(text: &[u8], at: usize) -> Option<Value<'_>> {
    match text.get(at)? {
        b'"' if text[at..].starts_with(b"\"\"\"") => triple(text, at, Escapes::Unicode),
        b'\'' if text[at..].starts_with(b"'''") => triple(text, at, Escapes::None),
        b'"' => quoted(text, at, Escapes::Unicode, false),
        b'\'' => quoted(text, at, Escapes::None, false),
        _ => None,
    }
}
