//! Connection strings inside values of other formats: ADO.NET and ODBC with semicolons, libpq with spaces.

use std::borrow::Cow;

use keysift_finding::Span;

use super::{
    Entry, LONGEST_VALUE, Reading, Value,
    lines::{line_around, skip_blanks},
};
use crate::{Quoting, line::line_before};

/// Keys of libpq; every string has one of them.
const LIBPQ: &[&[u8]] = &[b"host=", b"hostaddr=", b"dbname=", b"user=", b"service="];

/// Keys of ADO.NET and ODBC; every string has one of them.
const PAIRS: &[&str] = &[
    "server",
    "datasource",
    "host",
    "hostname",
    "driver",
    "dsn",
    "user",
    "userid",
    "username",
    "uid",
    "database",
    "initialcatalog",
    "endpoint",
    "address",
    "addr",
    "provider",
    "accountname",
];

/// Reads the value of the name around `word` inside a connection string.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let name = name_around(text, word);
    let sign = skip_blanks(text, name.end, text.len().min(name.end + 4));
    if text.get(sign) != Some(&b'=') {
        return Reading::Unknown;
    }
    let Some(line) = line_around(text, word.start).filter(|line| name.end <= line.end) else {
        return Reading::Unknown;
    };
    let Some(string) = enclosing(text, line, name) else {
        return Reading::Unknown;
    };
    let lead = Span::new(string.start, name.start).of(text);
    let before = lead.trim_ascii_end();
    // A comparison, unless a pair ends directly before it.
    if text.get(sign + 1) == Some(&b'=') && !before.ends_with(b";") {
        return Reading::Unknown;
    }
    let whole = string.of(text);
    let at = skip_blanks(text, sign + 1, string.end);
    if text.get(at) == Some(&b'"') && !in_quotes(text, string) {
        return Reading::Unknown; // attributes, arguments
    }
    let value = if (before.is_empty() || before.ends_with(b";")) && has_pair(whole) {
        pair(text, at, string, is_odbc(whole))
    } else if lead.last().is_none_or(u8::is_ascii_whitespace) && is_libpq(whole) {
        libpq(text, at, string)
    } else {
        return Reading::Unknown;
    };
    match value {
        // `PWD` alone may be a folder.
        Some(value) => Reading::one(Entry {
            known: name.of(text).eq_ignore_ascii_case(b"pwd"),
            ..value.named(name)
        }),
        None => Reading::Nothing,
    }
}

fn in_quotes(text: &[u8], string: Span) -> bool {
    string.start > 0 && matches!(text[string.start - 1], b'"' | b'\'' | b'`')
}

/// The name around a word: letters and digits.
fn name_around(text: &[u8], word: Span) -> Span {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let floor = word.start.saturating_sub(40);
    let before = text[floor..word.start].iter().rev().take_while(is_name).count();
    let behind = text[word.end.min(text.len())..]
        .iter()
        .take(40)
        .take_while(is_name)
        .count();
    Span::new(word.start - before, word.end + behind)
}

/// The string of the line that contains a name, or the text after the first assignment before it.
fn enclosing(text: &[u8], line: Span, name: Span) -> Option<Span> {
    let before = line_before(text, name.start);
    let from = name.start - before.len();
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < before.len() {
        match (open, before[at]) {
            (None, b'"' | b'`' | b'\'') => open = Some(at),
            (Some(_), b'\\') => at += 1,
            (Some(quote), byte) if byte == before[quote] => open = None,
            _ => {}
        }
        at += 1;
    }
    let Some(open) = open else {
        let sign = before
            .iter()
            .position(|byte| matches!(byte, b'=' | b':' | b'>'))?;
        let start = skip_blanks(text, from + sign + 1, name.start);
        let rest = Span::new(name.end, line.end).of(text);
        let element = rest.iter().position(|byte| *byte == b'<' && before[sign] == b'>');
        return Some(Span::new(start, element.map_or(line.end, |len| name.end + len)));
    };
    let quote = before[open];
    let mut end = name.end;
    while end < line.end && text[end] != quote {
        end += if text[end] == b'\\' { 2 } else { 1 };
    }
    Some(Span::new(from + open + 1, end.min(line.end)))
}

/// Returns whether a text is a list of keys and values separated by semicolons.
fn has_pair(text: &[u8]) -> bool {
    text.contains(&b';')
        && text.split(|byte| *byte == b';').any(|pair| {
            let sign = pair.iter().position(|byte| *byte == b'=');
            sign.is_some_and(|sign| {
                let key = String::from_utf8_lossy(&pair[..sign]).to_ascii_lowercase();
                PAIRS.contains(&&*key.replace(' ', ""))
            })
        })
}

/// Returns whether a text names an ODBC driver in braces. A format string would have two each, and other
/// braces are fields.
fn is_odbc(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let driver = memchr::memmem::find(&lower, b"driver={");
    driver.is_some_and(|at| lower.get(at + b"driver={".len()) != Some(&b'{'))
}

fn is_libpq(text: &[u8]) -> bool {
    text.split(u8::is_ascii_whitespace)
        .any(|word| LIBPQ.iter().any(|key| word.starts_with(key)))
}

/// A value of ADO.NET or ODBC: in quotes or braces, where the closing one is escaped by doubling, or up to
/// the semicolon.
fn pair<'t>(text: &'t [u8], at: usize, string: Span, odbc: bool) -> Option<Value<'t>> {
    let end = string.end.min(at + LONGEST_VALUE);
    let rest = Span::new(at.min(end), end).of(text);
    // In a string literal the inner quotes are escaped, or doubled in verbatim C#.
    let escape = usize::from(rest.starts_with(b"\\"));
    if let Some(quote @ (b'"' | b'\'')) = rest.get(escape).copied() {
        return delimited(text, at + escape + 1, end, quote, escape);
    }
    if odbc && rest.first() == Some(&b'{') {
        return delimited(text, at + 1, end, b'}', 0);
    }
    let len = rest.iter().position(|byte| *byte == b';').unwrap_or(rest.len());
    let span = Span::new(at, at + rest[..len].trim_ascii_end().len());
    (!span.is_empty() && !is_template(span.of(text))).then(|| Value::plain(text, span))
}

/// A value up to a delimiter, which is escaped by doubling.
fn delimited<'t>(text: &'t [u8], start: usize, end: usize, close: u8, escape: usize) -> Option<Value<'t>> {
    let (mut at, mut out) = (start, Vec::new());
    loop {
        let byte = *text.get(at).filter(|_| at < end)?;
        if byte == b'\\' && escape > 0 && text.get(at + 1) == Some(&close) {
            break;
        }
        if byte == close && escape == 0 {
            if text.get(at + 1) != Some(&close) || at + 1 >= end {
                break;
            }
            at += 1;
        }
        out.push(byte);
        at += 1;
    }
    let span = Span::new(start, at);
    let mut value = Value::plain(text, span);
    value.quoting = Quoting::Quoted;
    if out.len() != span.len() {
        value.text = Cow::Owned(out);
    }
    (!span.is_empty() && (close == b'}' || !is_template(span.of(text)))).then_some(value)
}

/// A value of libpq: in single quotes with backslashes, or up to the next space.
fn libpq<'t>(text: &'t [u8], at: usize, string: Span) -> Option<Value<'t>> {
    let end = string.end.min(at + LONGEST_VALUE);
    let quote = usize::from(text.get(at) == Some(&b'\'') && at < end);
    let (mut place, mut out) = (at + quote, Vec::new());
    while place < end {
        match text[place] {
            b'\\' if place + 1 < end => place += 1,
            b'\'' if quote == 1 => break,
            byte if quote == 0 && byte.is_ascii_whitespace() => break,
            _ => {}
        }
        out.push(text[place]);
        place += 1;
    }
    let span = Span::new(at + quote, place);
    let mut value = Value::plain(text, span);
    if quote == 1 {
        value.quoting = Quoting::Quoted;
    }
    if out.len() != span.len() {
        value.text = Cow::Owned(out);
    }
    (!span.is_empty() && !is_template(span.of(text))).then_some(value)
}

/// Whether a text begins with a replacement field: `{pw}`, `{0}`, `{config["Pw"]}`, `{{pw}}`.
fn is_field(text: &[u8]) -> bool {
    let inner = &text[text.iter().take_while(|byte| **byte == b'{').count()..];
    let name = inner
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        .count();
    match inner.get(name) {
        Some(b'}') => true,
        // An index, a call, a conversion: `{config["Pw"]}`.
        Some(next) => name > 0 && b"[(:!,?".contains(next),
        None => false,
    }
}

/// Returns whether a value is a field that a program fills in: `{pw}`, `%s`, `%(pw)s`, `${pw}`, `@pw`,
/// `#{pw}`, `<password>`.
fn is_template(value: &[u8]) -> bool {
    let percent = value.strip_prefix(b"%").is_some_and(|rest| {
        matches!(rest, b"s" | b"d" | b"v" | b"q" | b"@" | b"ls")
            || rest.starts_with(b"(") && rest.ends_with(b")s")
            || rest.ends_with(b"%") && rest.len() > 2
            || rest.ends_with(b"$s")
    });
    let reference = [&b"${"[..], b"#{", b"$(", b"{{", b"<%", b"@{"]
        .iter()
        .any(|open| value.starts_with(open));
    let placeholder =
        value.starts_with(b"<") && value.ends_with(b">") || value.starts_with(b"[") && value.ends_with(b"]");
    // The string ends inside the field if the field has quotes.
    let field =
        value.starts_with(b"{") && (value.ends_with(b"}") || !value.contains(&b'}')) && is_field(value);
    percent || reference || placeholder || field
}
