//! Reads CSV: names are in the header, values in the rows below. The csv crate reads streams and has no
//! positions of fields.

use keysift_finding::Span;
use memchr::memchr;

use super::{
    Entry, Reading, Value,
    lines::{holds, line_from_start, next_line},
    quotes::{Escapes, quoted},
};

/// The maximum number of rows that are read.
const ROWS: usize = 1000;

/// Reads the values of the column named by `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    // Only the first line is the header. Other lines may contain the word in a value.
    if memchr(b'\n', &text[..word.start.min(2048)]).is_some() || word.start > 2048 {
        return Reading::Unknown;
    }
    let Some(header) = line_from_start(text) else {
        return Reading::Unknown;
    };
    let Some(mark) = b",;\t|"
        .iter()
        .max_by_key(|mark| header.of(text).iter().filter(|byte| byte == mark).count())
    else {
        return Reading::Unknown;
    };
    let names = fields(text, header, *mark);
    let Some((column, name)) = names.iter().enumerate().find(|(_, name)| holds(name.span, word)) else {
        return Reading::Unknown;
    };
    if names.len() < 2 {
        return Reading::Unknown;
    }
    let rows = std::iter::successors(next_line(text, header.end), |row| next_line(text, row.end)).take(ROWS);
    let entries: Vec<Entry<'_>> = rows
        .filter_map(|row| fields(text, row, *mark).into_iter().nth(column))
        .filter(|value| !value.text.is_empty())
        .map(|value| value.named(name.span))
        .collect();
    if entries.is_empty() {
        Reading::Nothing
    } else {
        Reading::Entries(entries)
    }
}

/// The fields of a row.
fn fields(text: &[u8], row: Span, mark: u8) -> Vec<Value<'_>> {
    let (mut at, mut found) = (row.start, Vec::new());
    while at <= row.end {
        let value = match text.get(at).filter(|_| at < row.end) {
            Some(b'"') => quoted(text, at, Escapes::Doubled, false),
            _ => None,
        };
        let value = value.unwrap_or_else(|| {
            let len = memchr(mark, &text[at..row.end]).unwrap_or(row.end - at);
            Value::plain(text, Span::new(at, at + len))
        });
        at = value.end + 1;
        found.push(value);
    }
    found
}
