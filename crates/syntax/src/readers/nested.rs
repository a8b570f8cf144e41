//! Reads texts inside strings of another format: JSON in a string, the lines of a notebook's cells. They are
//! read without the outer escapes, and entries have their positions in the file.

use keysift_finding::Span;

use super::{
    Reading, Syntax, json,
    lines::{holds, line_around},
    quotes::{Escapes, escape, quoted},
};

/// Reads the value of a name in escaped quotes: `"{\"password\": \"x\"}"`; in YAML also in `'{"password":
/// "x"}'`.
pub(crate) fn read(text: &[u8], word: Span, syntax: Syntax) -> Reading<'_> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ');
    let floor = word.start.saturating_sub(100);
    let start = word.start - text[floor..word.start].iter().rev().take_while(is_name).count();
    let escaped = text[..start].ends_with(b"\\\"");
    if !(escaped || syntax == Syntax::Yaml && text[..start].ends_with(b"\"")) {
        return Reading::Unknown;
    }
    let Some(line) = line_around(text, word.start).filter(|line| word.end <= line.end) else {
        return Reading::Unknown;
    };
    if !escaped {
        let lead = Span::new(line.start, start).of(text);
        let open = memchr::memmem::find(lead, b" '").map(|at| line.start + at + 1);
        return open.map_or(Reading::Unknown, |open| {
            inside(text, open, word, Syntax::Json, Escapes::Doubled)
        });
    }
    let quote = |at: &usize| text[*at] == b'"' && (*at == line.start || text[*at - 1] != b'\\');
    let Some(open) = (line.start..start).rev().find(quote) else {
        return Reading::Unknown;
    };
    inside(text, open, word, Syntax::Json, Escapes::Unicode)
}

/// Reads the value of a name in the source of a notebook cell, where each line is a JSON string.
pub(crate) fn notebook(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start).filter(|line| word.end <= line.end) else {
        return Reading::Unknown;
    };
    let quote = |at: usize| {
        text[at..line.end]
            .iter()
            .position(|byte| *byte == b'"')
            .map(|len| at + len)
    };
    let mut open = quote(line.start);
    while let Some(at) = open.filter(|at| *at < word.start) {
        let Some(string) = quoted(text, at, Escapes::Unicode, false) else {
            break;
        };
        if holds(string.span, word) {
            return inside(text, at, word, Syntax::Code, Escapes::Unicode);
        }
        open = quote(string.end);
    }
    Reading::Unknown
}

/// Parses the content of the string that opens at `open` separately.
fn inside(text: &[u8], open: usize, word: Span, syntax: Syntax, escapes: Escapes) -> Reading<'static> {
    let Some(string) = quoted(text, open, escapes, false).filter(|string| holds(string.span, word)) else {
        return Reading::Unknown;
    };
    let raw = string.span.of(text);
    let (mut out, mut places, mut at) = (
        Vec::with_capacity(raw.len()),
        Vec::with_capacity(raw.len() + 1),
        0,
    );
    while at < raw.len() {
        let next = match escapes {
            Escapes::Unicode if raw[at] == b'\\' => escape(raw, at + 1, escapes, &mut out),
            _ => {
                out.push(raw[at]);
                at + 1 + usize::from(escapes == Escapes::Doubled && raw[at] == b'\'')
            }
        };
        places.resize(out.len(), string.span.start + at);
        at = next;
    }
    places.push(string.span.end);
    let place = |at: usize| places.binary_search(&at).ok();
    let (Some(start), Some(end)) = (place(word.start), place(word.end)) else {
        return Reading::Unknown;
    };
    let inner = Span::new(start, end);
    let reading = match syntax {
        Syntax::Json => json::read(&out, inner).or(|| read(&out, inner, syntax)),
        _ => super::read(&out, inner, syntax),
    };
    match reading {
        Reading::Entries(entries) => {
            let outer = |span: Span| Span::new(places[span.start], places[span.end]);
            let entries = entries.into_iter().map(|entry| super::Entry {
                name: outer(entry.name),
                value: outer(entry.value),
                text: entry.text.into_owned().into(),
                ..entry
            });
            Reading::Entries(entries.collect())
        }
        Reading::Nothing => Reading::Nothing,
        Reading::Unknown => Reading::Unknown,
    }
}
