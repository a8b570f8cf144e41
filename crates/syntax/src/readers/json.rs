//! JSON, JSON5 and JSON with comments. serde_json has no positions, and parsers with positions read only
//! whole documents.

use keysift_finding::Span;
use memchr::memmem;

use super::{
    Entry, LONGEST_VALUE, Reading, Value,
    lines::line_around,
    quotes::{Escapes, quoted},
    siblings,
};
use crate::Quoting;

/// The maximum length of a name, in bytes.
const LONGEST_NAME: usize = 100;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some((name, behind)) = name_before(text, word) else {
        return Reading::Unknown;
    };
    let colon = skip(text, behind);
    if text.get(colon) != Some(&b':') {
        return siblings::braced(text, word, b":");
    }
    let at = skip(text, colon + 1);
    match text.get(at) {
        Some(b'"' | b'\'') => match quoted(text, at, Escapes::Unicode, false) {
            Some(value) if name.of(text) == b"auth" => Reading::one(login(text, name, value)),
            Some(value) => Reading::one(value.named(name)),
            None => Reading::Unknown,
        },
        Some(b'{') => siblings::default_in(text, name, at, b":"),
        Some(b'[') => elements(text, name, at),
        Some(b'-' | b'0'..=b'9') => Reading::Nothing,
        _ => Reading::Unknown,
    }
}

/// `"auth": "…"` of Docker's configuration: the password of `user:password` in base64, or any other value
/// unchanged.
fn login<'t>(text: &[u8], name: Span, value: Value<'t>) -> Entry<'t> {
    let digits = value.span.of(text).trim_ascii_end();
    let digits = digits
        .strip_suffix(b"==")
        .or(digits.strip_suffix(b"="))
        .unwrap_or(digits);
    let decoded = data_encoding::BASE64_NOPAD.decode(digits).unwrap_or_default();
    let printable = decoded.iter().all(u8::is_ascii_graphic);
    let mut entry = value.named(name);
    if let Some(colon) = decoded
        .iter()
        .position(|byte| *byte == b':')
        .filter(|at| printable && *at > 0 && at + 1 < decoded.len())
    {
        (entry.known, entry.text) = (true, decoded[colon + 1..].to_vec().into());
    }
    entry
}

/// The strings of a list.
fn elements(text: &[u8], name: Span, open: usize) -> Reading<'_> {
    const MOST: usize = 16;
    let mut entries = Vec::new();
    let mut at = skip(text, open + 1);
    while entries.len() < MOST
        && matches!(text.get(at), Some(b'"' | b'\''))
        && let Some(value) = quoted(text, at, Escapes::Unicode, false)
    {
        at = skip(text, value.end);
        entries.push(value.named(name));
        if text.get(at) != Some(&b',') {
            break;
        }
        at = skip(text, at + 1);
    }
    match entries.is_empty() {
        true => Reading::Nothing,
        false => Reading::Entries(entries),
    }
}

/// The name that contains a word, quoted or not, and the position after it and its quote.
pub(crate) fn name_before(text: &[u8], word: Span) -> Option<(Span, usize)> {
    let is_name = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || *byte >= 0x80
    };
    let floor = word.start.saturating_sub(LONGEST_NAME);
    let before = &text[floor..word.start];
    let plain = Span::new(
        word.start - before.iter().rev().take_while(|byte| is_name(byte)).count(),
        word.end
            + text[word.end..]
                .iter()
                .take(LONGEST_NAME)
                .take_while(|byte| is_name(byte))
                .count(),
    );
    // A quoted name may contain anything: `Database password`, `//registry/:_authToken`.
    let open = before
        .iter()
        .rposition(|byte| matches!(byte, b'"' | b'\'' | b'\n' | b'=' | b',' | b'{' | b'`'))
        .map(|at| floor + at)
        .filter(|at| matches!(text[*at], b'"' | b'\''));
    if let Some(open) = open {
        let ceiling = text.len().min(word.end + LONGEST_NAME);
        let close = text[word.end..ceiling]
            .iter()
            .position(|byte| *byte == text[open] || *byte == b'\n');
        if let Some(close) = close
            .map(|at| word.end + at)
            .filter(|at| text[*at] == text[open] && text[*at - 1] != b'\\')
        {
            return Some((Span::new(open + 1, close), close + 1));
        }
        return None;
    }
    (plain.len() < LONGEST_NAME).then_some((plain, plain.end))
}

/// The next position that is neither white space nor in a comment.
pub(crate) fn skip(text: &[u8], mut at: usize) -> usize {
    let ceiling = text.len().min(at + LONGEST_VALUE);
    loop {
        at += text[at.min(ceiling)..ceiling]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let rest = &text[at.min(ceiling)..ceiling];
        if rest.starts_with(b"/*") {
            let Some(end) = memmem::find(rest, b"*/") else {
                return ceiling;
            };
            at += end + 2;
        } else if rest.starts_with(b"//") {
            let Some(line) = line_around(text, at) else {
                return ceiling;
            };
            at = line.end;
        } else {
            return at;
        }
    }
}

/// A value between three quotes.
pub(crate) fn triple(text: &[u8], open: usize, escapes: Escapes) -> Option<Value<'_>> {
    let quotes = text.get(open..open + 3)?;
    let start = open + 3;
    let start = start + usize::from(text.get(start) == Some(&b'\n'));
    let ceiling = text.len().min(start + LONGEST_VALUE);
    let mut len = memmem::find(&text[start..ceiling], quotes)?;
    // The quote before it may be escaped, so that the next three close.
    if escapes != Escapes::None
        && text[..start + len].ends_with(b"\\")
        && text.get(start + len + 3) == Some(&quotes[0])
    {
        len += 1;
    }
    let span = Span::new(start, start + len);
    let span = super::lines::trim_end(text, span);
    let mut value = Value::plain(text, span);
    (value.quoting, value.end) = (Quoting::Quoted, start + len + 3);
    if escapes != Escapes::None && span.of(text).contains(&b'\\') {
        let (mut out, mut at) = (Vec::new(), 0);
        let raw = span.of(text);
        while at < raw.len() {
            if raw[at] == b'\\' {
                at = super::quotes::escape(raw, at + 1, escapes, &mut out);
            } else {
                out.push(raw[at]);
                at += 1;
            }
        }
        value.text = out.into();
    }
    Some(value)
}
