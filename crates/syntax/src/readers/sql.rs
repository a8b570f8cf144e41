//! SQL: `PASSWORD 'x'`, and rows inserted into a password column.

use keysift_finding::Span;
use memchr::memrchr;

use super::{
    Entry, Reading, Value,
    lines::trim_end,
    quotes::{Escapes, quoted},
};

/// The limits of a statement, in bytes and in rows.
const FORTH: usize = 16 * 1024;
const ROWS: usize = 200;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let floor = word.start.saturating_sub(100);
    let name = Span::new(
        word.start - text[floor..word.start].iter().rev().take_while(is_name).count(),
        word.end + text[word.end..].iter().take(100).take_while(is_name).count(),
    );
    let mut at = name.end + usize::from(matches!(text.get(name.end), Some(b'`' | b'"' | b']')));
    at = skip(text, at);
    if matches!(text.get(at), Some(b',' | b')')) {
        return rows(text, name, at);
    }
    for sign in [&b":="[..], b"=", b"("] {
        if text[at..].starts_with(sign) {
            at = skip(text, at + sign.len());
        }
    }
    if text[at..].len() > 9 && text[at..at + 9].eq_ignore_ascii_case(b"password(") {
        at += 9;
    }
    at += usize::from(matches!(text.get(at..at + 2), Some(b"N'" | b"E'")));
    if text.get(at) != Some(&b'\'') {
        return Reading::Unknown;
    }
    Reading::maybe(literal(text, at).map(|value| value.named(name)))
}

fn skip(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..]
        .iter()
        .take(200)
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// A quote is escaped by doubling; MySQL also uses backslashes.
fn literal(text: &[u8], at: usize) -> Option<Value<'_>> {
    quoted(text, at, Escapes::Doubled, false)
}

/// Reads the values of one column of `INSERT INTO t (…) VALUES (…), (…)`.
fn rows<'t>(text: &'t [u8], name: Span, behind: usize) -> Reading<'t> {
    let floor = name.start.saturating_sub(1024);
    let Some(open) = memrchr(b'(', &text[floor..name.start]).map(|at| floor + at) else {
        return Reading::Unknown;
    };
    let before = &text[floor..open];
    let into = before.len().saturating_sub(120);
    let inserts = before[into..].to_ascii_lowercase();
    if !inserts.windows(5).any(|word| word == b"into ") || text[open..name.start].contains(&b')') {
        return Reading::Unknown;
    }
    let column = text[open..name.start]
        .iter()
        .filter(|byte| **byte == b',')
        .count();
    let Some(close) = text[behind..].iter().take(1024).position(|byte| *byte == b')') else {
        return Reading::Unknown;
    };
    let mut at = skip(text, behind + close + 1);
    if !text
        .get(at..at + 6)
        .is_some_and(|word| word.eq_ignore_ascii_case(b"values"))
    {
        return Reading::Unknown;
    }
    at = skip(text, at + 6);
    let mut found: Vec<Entry<'t>> = Vec::new();
    while text.get(at) == Some(&b'(') && found.len() < ROWS && at < behind + FORTH {
        let Some(end) = fields(text, at + 1, |number, value| {
            if number == column {
                found.extend(value.map(|value| value.named(name)));
            }
        }) else {
            break;
        };
        at = skip(text, end);
        if text.get(at) != Some(&b',') {
            break;
        }
        at = skip(text, at + 1);
    }
    if found.is_empty() {
        Reading::Unknown
    } else {
        Reading::Entries(found)
    }
}

/// Calls `each` with the string fields of a row. Returns the position after its bracket.
fn fields<'t>(text: &'t [u8], start: usize, mut each: impl FnMut(usize, Option<Value<'t>>)) -> Option<usize> {
    let (mut at, mut number) = (start, 0);
    loop {
        at = skip(text, at);
        at += usize::from(matches!(text.get(at..at + 2), Some(b"N'" | b"E'")));
        if matches!(text.get(at)?, b'\'' | b'"') {
            let value = literal(text, at)?;
            at = skip(text, value.end);
            each(number, Some(value));
        } else {
            let len = text[at..]
                .iter()
                .take(400)
                .position(|byte| matches!(byte, b',' | b')' | b'\n'))?;
            let _ = trim_end(text, Span::new(at, at + len));
            each(number, None);
            at = skip(text, at + len);
        }
        match text.get(at)? {
            b',' => (at, number) = (at + 1, number + 1),
            b')' => return Some(at + 1),
            _ => return None,
        }
    }
}
