//! The line around a word.

use keysift_finding::Span;
use memchr::{memchr, memrchr};

/// How far before a word its line may begin, and how far after it may end, in bytes.
const BACK: usize = 512;
const FORTH: usize = 2048;

/// The line around a position without its line break. `None` if the line is longer than people write.
pub(crate) fn line_around(text: &[u8], at: usize) -> Option<Span> {
    let floor = at.saturating_sub(BACK);
    let start = match memrchr(b'\n', &text[floor..at]) {
        Some(newline) => floor + newline + 1,
        None if floor == 0 => 0,
        None => return None,
    };
    // A word may begin with the line break itself.
    line_from(text, start, at).filter(|line| line.end >= at)
}

/// The line that begins at `start` and extends beyond `at`.
fn line_from(text: &[u8], start: usize, at: usize) -> Option<Span> {
    let ceiling = text.len().min(at + FORTH);
    let end = match memchr(b'\n', &text[at..ceiling]) {
        Some(newline) => at + newline,
        None if ceiling == text.len() => ceiling,
        None => return None,
    };
    let end = if end > start && text[end - 1] == b'\r' {
        end - 1
    } else {
        end
    };
    Some(Span::new(start, end.max(start)))
}

/// The line after the one that ends at `end`.
pub(crate) fn next_line(text: &[u8], end: usize) -> Option<Span> {
    let newline = match text.get(end) {
        Some(b'\r') => end + 1,
        _ => end,
    };
    (text.get(newline) == Some(&b'\n') && newline + 1 < text.len())
        .then(|| line_from(text, newline + 1, newline + 1))
        .flatten()
}

/// The line before the one that begins at `start`.
pub(crate) fn line_above(text: &[u8], start: usize) -> Option<Span> {
    let end = start.checked_sub(1)?;
    let floor = end.saturating_sub(FORTH);
    let begin = match memrchr(b'\n', &text[floor..end]) {
        Some(newline) => floor + newline + 1,
        None if floor == 0 => 0,
        None => return None,
    };
    let end = if end > begin && text[end - 1] == b'\r' {
        end - 1
    } else {
        end
    };
    Some(Span::new(begin, end))
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The first position in `at..end` that is not a space.
pub(crate) fn skip_blanks(text: &[u8], at: usize, end: usize) -> usize {
    at + text[at..end.max(at)]
        .iter()
        .take_while(|byte| is_blank(**byte))
        .count()
}

/// `span` without spaces at its end.
pub(crate) fn trim_end(text: &[u8], span: Span) -> Span {
    let blanks = span
        .of(text)
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    Span::new(span.start, span.end - blanks)
}

/// Where a comment begins in `span`: at a mark after a space.
pub(crate) fn comment(text: &[u8], span: Span, marks: &[u8]) -> usize {
    (span.start + 1..span.end)
        .find(|at| marks.contains(&text[*at]) && is_blank(text[at - 1]))
        .unwrap_or(span.end)
}

/// Returns whether a span contains another.
pub(crate) fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The position after comment marks at the start of a line, so that commented-out code is read as code.
pub(crate) fn skip_comment(text: &[u8], line: Span, marks: &[u8]) -> usize {
    let mut at = skip_blanks(text, line.start, line.end);
    while at < line.end && marks.contains(&text[at]) {
        at = skip_blanks(text, at + 1, line.end);
    }
    at
}

/// The first line of a text.
pub(crate) fn line_from_start(text: &[u8]) -> Option<Span> {
    line_from(text, 0, 0)
}
