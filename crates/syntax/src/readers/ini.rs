//! INI files: sections of names and values, systemd units, git configuration, AWS profiles, MySQL option
//! files, and configuration of daemons with a name and a value without a sign between them.

use keysift_finding::Span;

use super::{
    Entry, Reading, Value, dotenv,
    lines::{comment, holds, is_blank, line_around, skip_blanks, skip_comment, trim_end},
    quotes::{Escapes, quoted},
    shell,
};

/// Directives that take a password and are not sensitive names: Redis, OpenLDAP and nslcd, kickstart,
/// HAProxy, keepalived.
const SECRETS: &[&str] = &[
    "requirepass",
    "masterauth",
    "bindpw",
    "rootbindpw",
    "rootpwmodpw",
    "rootpw",
    "insecure-password",
    "auth_pass",
];

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let start = skip_comment(text, line, b"#;");
    if text.get(start) == Some(&b'[') {
        return Reading::Unknown;
    }
    let Some(operator) = text[start..line.end]
        .iter()
        .position(|byte| matches!(byte, b'=' | b':'))
    else {
        return directive(text, Span::new(start, line.end), word);
    };
    let mut operator = start + operator;
    // `//registry.example.org/:_authToken=…`: the registry is part of the name.
    if text[start..].starts_with(b"//")
        && let Some(at) = text[operator..line.end].iter().position(|byte| *byte == b'=')
    {
        operator += at;
    }
    let mut name = trim_end(text, Span::new(start, operator));
    if let Some(at) = name.of(text).iter().rposition(|byte| *byte == b':') {
        name.start += at + 1;
    }
    if name.of(text) == b"Environment" {
        return environment(text, Span::new(operator + 1, line.end), word);
    }
    let names = name.of(text).iter().filter(|byte| is_blank(**byte)).count();
    // `bindpw a=b`: the sign is part of the value.
    if names == 1
        && holds(name, word)
        && name.end == operator
        && let Reading::Entries(entries) = directive(text, Span::new(start, line.end), word)
    {
        return Reading::Entries(entries);
    }
    if !holds(name, word) || names > 0 && text[operator] == b':' || names > 2 {
        return match holds(name, word) {
            true => directive(text, Span::new(start, line.end), word),
            false => Reading::Unknown,
        };
    }
    let at = skip_blanks(text, operator + 1, line.end);
    let found = value(text, at, line.end);
    if start > skip_blanks(text, line.start, line.end)
        && found.as_ref().is_some_and(|value| value.text.contains(&b' '))
    {
        return Reading::Unknown; // a sentence in a comment
    }
    found.map_or(Reading::Nothing, |value| Reading::one(value.named(name)))
}

/// A value, quoted or up to a comment or the end of the line.
fn value(text: &[u8], at: usize, end: usize) -> Option<Value<'_>> {
    let quote = matches!(text.get(at), Some(b'"' | b'\''));
    if quote
        && let Some(value) =
            quoted(text, at, Escapes::Backslash, false).filter(|value| closes(text, value.end))
    {
        return Some(value);
    }
    let span = Span::new(at, end.max(at));
    let span = trim_end(text, Span::new(at, comment(text, span, b"#;")));
    (!span.is_empty()).then(|| Value::plain(text, span))
}

/// Returns whether a quoted value ends here: at the end of the line, a comment, or a closing brace.
fn closes(text: &[u8], at: usize) -> bool {
    let rest = skip_blanks(text, at, text.len());
    dotenv::ends(text, at) || matches!(text.get(rest), Some(b'}' | b',' | b']'))
}

/// `Environment=` of systemd: words, each an assignment.
fn environment(text: &[u8], list: Span, word: Span) -> Reading<'_> {
    let mut at = list.start;
    while at < list.end {
        at = skip_blanks(text, at, list.end);
        if let Some(quote @ (b'"' | b'\'')) = text.get(at).filter(|_| at < list.end) {
            let Some(value) = quoted(text, at, Escapes::Backslash, false) else {
                return Reading::Unknown;
            };
            if holds(value.span, word) {
                let _ = quote;
                return Reading::maybe(shell::pair_within(text, value, word));
            }
            at = value.end;
        } else {
            let len = text[at..list.end]
                .iter()
                .take_while(|byte| !is_blank(**byte))
                .count();
            let span = Span::new(at, at + len);
            if holds(span, word) {
                return Reading::maybe(shell::pair_within(text, Value::plain(text, span), word));
            }
            at += len.max(1);
        }
    }
    Reading::Unknown
}

/// HAProxy: `stats auth user:password`.
fn login_of(text: &[u8], login: Span, name: Span) -> Reading<'_> {
    let colon = login.of(text).iter().position(|byte| *byte == b':');
    let Some(colon) = colon.filter(|at| *at > 0 && at + 1 < login.len()) else {
        return Reading::Unknown;
    };
    let value = Value::plain(text, Span::new(login.start + colon + 1, login.end));
    Reading::one(Entry {
        known: true,
        ..value.named(name)
    })
}

/// `bindpw X`, `requirepass X`, `user admin insecure-password X`: a name, spaces, and one word up to the end
/// of the line.
pub(crate) fn directive(text: &[u8], line: Span, word: Span) -> Reading<'_> {
    let mut at = line.start;
    let mut name: Option<Span> = None;
    for words in 0..5 {
        at = skip_blanks(text, at, line.end);
        if let Some(name) = name {
            // `rootpw --plaintext X`
            while text[at..line.end].starts_with(b"--") {
                at += text[at..line.end]
                    .iter()
                    .take_while(|byte| !is_blank(**byte))
                    .count();
                at = skip_blanks(text, at, line.end);
            }
            let found = value(text, at, line.end).filter(|value| !value.text.contains(&b' '));
            if let Some(login) = found.as_ref().filter(|_| name.of(text) == b"auth") {
                return login_of(text, login.span, name);
            }
            return found.map_or(Reading::Unknown, |value| {
                Reading::one(Entry {
                    known: SECRETS.iter().any(|known| known.as_bytes() == name.of(text)),
                    ..value.named(name)
                })
            });
        }
        let len = text[at..line.end]
            .iter()
            .take_while(|byte| !is_blank(**byte))
            .count();
        let span = Span::new(at, at + len);
        if holds(span, word) {
            let plain = span
                .of(text)
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
            // `the password is`: more words before a name make a sentence, with few exceptions.
            if !plain || words > 2 {
                return Reading::Unknown;
            }
            name = Some(span);
        }
        at = span.end;
    }
    Reading::Unknown
}
