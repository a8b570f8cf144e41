//! Java properties, with escapes and continued lines.

use std::borrow::Cow;

use keysift_finding::Span;

use super::{
    LONGEST_VALUE, Reading, Value,
    lines::{holds, is_blank, line_around, next_line, skip_blanks, skip_comment, trim_end},
    quotes::{Escapes, escape},
};
use crate::Quoting;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let start = skip_comment(text, line, b"#!");
    let mut at = start;
    while at < line.end && !matches!(text[at], b'=' | b':') && !is_blank(text[at]) {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    let name = Span::new(start, at.min(line.end));
    if !holds(name, word) {
        return Reading::Unknown;
    }
    let mut at = skip_blanks(text, name.end, line.end);
    if matches!(text.get(at), Some(b'=' | b':')) && at < line.end {
        at = skip_blanks(text, at + 1, line.end);
    } else if start > line.start || text[at..line.end].contains(&b' ') {
        // A sentence, usually in a comment: `password of the user`.
        return Reading::Nothing;
    }
    match value(text, at, line.end) {
        Some(value) => Reading::one(value.named(name)),
        None => Reading::Nothing,
    }
}

/// The value that begins at `start`, with its continuation lines.
fn value(text: &[u8], start: usize, end: usize) -> Option<Value<'_>> {
    let (mut end, mut at) = (end, start);
    let mut out = Vec::new();
    let mut changed = false;
    while at < end && at < start + LONGEST_VALUE {
        if text[at] != b'\\' {
            out.push(text[at]);
            at += 1;
        } else if at + 1 < end {
            changed = true;
            at = escape(text, at + 1, Escapes::Unicode, &mut out);
        } else {
            // The line continues.
            changed = true;
            let Some(next) = next_line(text, end) else {
                at = end;
                break;
            };
            at = skip_blanks(text, next.start, next.end);
            end = next.end;
        }
    }
    let span = trim_end(text, Span::new(start, at.min(text.len())));
    if span.is_empty() || at < end {
        return None;
    }
    let mut value = Value::plain(text, span);
    value.quoting = Quoting::Bare;
    if changed {
        let blanks = out
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        out.truncate(out.len() - blanks);
        value.text = Cow::Owned(out);
    }
    Some(value)
}
