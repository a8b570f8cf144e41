//! Files of logins, one per line, in which passwords have no names: only the file name identifies them.

use keysift_finding::Span;

use super::{
    Entry, Value,
    lines::{is_blank, line_from_start, next_line, skip_blanks},
    quotes::{Escapes, quoted},
    syntax::file_name,
};

/// The layout of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// `host:port:database:user:password`, with a backslash before `:` and `\`.
    Pgpass,
    /// `client server secret addresses`: words, quoted or not.
    Chap,
    /// `destination user:password`: a Postfix lookup table.
    Map,
    /// `user:{PLAIN}password`: a user file with password schemes.
    Users,
}

/// File names.
const FILES: &[(&str, Layout)] = &[
    (".pgpass", Layout::Pgpass),
    ("pgpass", Layout::Pgpass),
    ("pgpass.conf", Layout::Pgpass),
    ("chap-secrets", Layout::Chap),
    ("pap-secrets", Layout::Chap),
    ("sasl_passwd", Layout::Map),
    ("smtp_sasl_password_map", Layout::Map),
    (".htpasswd", Layout::Users),
    ("htpasswd", Layout::Users),
];

/// The maximum number of lines that are read.
const LINES: usize = 1000;

/// Prefixes of plaintext schemes.
const PLAIN: &[&str] = &["{PLAIN}", "{CLEAR}", "{CLEARTEXT}", "{PLAIN-MD5}"];

/// The passwords of a login file; empty for other files.
pub fn logins<'t>(text: &'t [u8], path: &str) -> Vec<Entry<'t>> {
    let file = file_name(path);
    let Some((_, layout)) = FILES.iter().find(|(name, _)| file.eq_ignore_ascii_case(name)) else {
        return Vec::new();
    };
    std::iter::successors(line_from_start(text), |line| next_line(text, line.end))
        .take(LINES)
        .filter(|line| !matches!(line.of(text).trim_ascii_start().first(), None | Some(b'#')))
        .filter_map(|line| login(text, line, *layout))
        .collect()
}

/// The password of a line. Its name is what precedes it: the user or the host.
fn login(text: &[u8], line: Span, layout: Layout) -> Option<Entry<'_>> {
    let start = skip_blanks(text, line.start, line.end);
    let value = match layout {
        Layout::Pgpass => pgpass(text, Span::new(start, line.end)),
        Layout::Chap => word(text, start, line.end)
            .and_then(|client| word(text, client.end, line.end))
            .and_then(|server| word(text, server.end, line.end)),
        Layout::Map => word(text, start, line.end).and_then(|place| {
            let login = word(text, place.end, line.end)?;
            let colon = login.span.of(text).iter().position(|byte| *byte == b':')?;
            Some(Value::plain(
                text,
                Span::new(login.span.start + colon + 1, login.span.end),
            ))
        }),
        Layout::Users => {
            let raw = Span::new(start, line.end).of(text);
            let at = raw.iter().position(|byte| *byte == b':')? + 1;
            let scheme = PLAIN.iter().find(|scheme| {
                raw[at..]
                    .get(..scheme.len())
                    .is_some_and(|mark| mark.eq_ignore_ascii_case(scheme.as_bytes()))
            })?;
            Some(Value::plain(text, Span::new(start + at + scheme.len(), line.end)))
        }
    }?;
    // `*` matches any secret name in these files; it is not a value.
    if value.text.is_empty() || *value.text == *b"*" {
        return None;
    }
    let name = Span::new(start, value.span.start);
    let name = Span::new(start, name.end - trailing(text, name));
    Some(Entry {
        known: true,
        ..value.named(name)
    })
}

/// The number of bytes between a name and its value.
fn trailing(text: &[u8], name: Span) -> usize {
    name.of(text)
        .iter()
        .rev()
        .take_while(|byte| is_blank(**byte) || b":\"'{}".contains(byte))
        .count()
}

/// The text after the fourth colon that is not escaped.
fn pgpass(text: &[u8], line: Span) -> Option<Value<'_>> {
    let (mut at, mut fields) = (line.start, 0);
    while at < line.end && fields < 4 {
        match text[at] {
            b'\\' => at += 1,
            b':' => fields += 1,
            _ => {}
        }
        at += 1;
    }
    if fields < 4 || at >= line.end {
        return None;
    }
    let span = Span::new(at, line.end);
    let mut value = Value::plain(text, span);
    if span.of(text).contains(&b'\\') {
        let (mut out, mut escaped) = (Vec::new(), false);
        for byte in span.of(text) {
            escaped = *byte == b'\\' && !escaped;
            if !escaped {
                out.push(*byte);
            }
        }
        value.text = out.into();
    }
    Some(value)
}

/// The word at or after `at`, quoted or not.
fn word(text: &[u8], at: usize, end: usize) -> Option<Value<'_>> {
    let at = skip_blanks(text, at, end);
    if matches!(text.get(at).filter(|_| at < end)?, b'"' | b'\'') {
        return quoted(text, at, Escapes::Backslash, false);
    }
    let len = text[at..end].iter().take_while(|byte| !is_blank(**byte)).count();
    Some(Value::plain(text, Span::new(at, at + len)))
}
