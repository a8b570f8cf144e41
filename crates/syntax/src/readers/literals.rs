//! Literals in programs that the lexical reader of assignments does not read: in conversions, after declared
//! types of several words, in calls with the name as another argument.

use keysift_finding::Span;

use super::{
    Entry, Reading, Value,
    json::name_before,
    lines::{line_around, skip_blanks},
    quotes::{Escapes, quoted},
};
use crate::{known::known_method, lexical::is_converted};

/// Functions that only convert the type of a literal.
const WRAPPERS: &[&str] = &[
    "from",
    "new",
    "str",
    "string",
    "bytes",
    "bytearray",
    "some",
    "ok",
    "of",
    "valueof",
    "asutf8bytes",
    "secretstr",
    "secretstring",
    "securestring",
    "into",
    "tostring",
    "wstring",
    "cstring",
    "text",
    "quote",
    "tobytes",
    "encode",
    "freeze",
    "secret",
];

/// Functions that copy the second argument to the first.
const COPIES: &[&str] = &[
    "strcpy", "strncpy", "strcat", "memcpy", "strlcpy", "sprintf", "setenv", "putenv", "lstrcpy", "wcscpy",
];

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    // All forms below have a quoted literal on the line of the name. Most lines of code have none.
    if memchr::memchr3(b'"', b'\'', b'`', line.of(text)).is_none() {
        return Reading::Unknown;
    }
    if let Some(entry) = characters(text, word, line) {
        return Reading::one(Entry { known: true, ..entry });
    }
    let Some((name, behind)) = name_before(text, word) else {
        return Reading::Unknown;
    };
    if name.end > line.end || behind > line.end {
        return Reading::Unknown;
    }
    let before = Span::new(line.start, name.start).of(text);
    let known = argument(text, name, line).or_else(|| tuple(text, name, line));
    if let Some(value) = known {
        return Reading::one(Entry {
            known: true,
            ..value.named(short(name, word))
        });
    }
    let value = placeholder(text, before, name, line)
        .or_else(|| copied(text, before, name, line))
        .or_else(|| default(text, name, behind, line))
        .or_else(|| declared(text, behind, line).and_then(|at| literal(text, at, line)));
    Reading::maybe(value.map(|value| value.named(short(name, word))))
}

/// The name if it is short enough to show, otherwise the word in it.
fn short(name: Span, word: Span) -> Span {
    if name.len() > 100 { word } else { name }
}

/// A literal, quoted or in calls that only convert its type.
fn literal<'t>(text: &'t [u8], at: usize, line: Span) -> Option<Value<'t>> {
    let mut at = skip_blanks(text, at, line.end);
    for _ in 0..3 {
        let rest = Span::new(at.min(line.end), line.end).of(text);
        let rest = rest.strip_prefix(b"new ").unwrap_or(rest);
        at = line.end - rest.len();
        let prefix = rest
            .iter()
            .take(3)
            .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'&'))
            .count();
        if matches!(rest.get(prefix), Some(b'"' | b'\'' | b'`')) {
            return quoted(text, at + prefix, Escapes::Unicode, false);
        }
        let path = rest
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'!' | b'$')
            })
            .count();
        let last = rest[..path]
            .rsplit(|byte| matches!(byte, b'.' | b':' | b'!'))
            .next()
            .unwrap_or_default();
        let last = String::from_utf8_lossy(last)
            .replace('_', "")
            .to_ascii_lowercase();
        if rest.get(path) != Some(&b'(') || !WRAPPERS.contains(&last.as_str()) {
            return None;
        }
        at = skip_blanks(text, at + path + 1, line.end);
    }
    None
}

/// The position after the sign of a declaration (`: &'static str =`, `[] =`, `{ get; set; } =`) or of an
/// assignment.
fn declared(text: &[u8], behind: usize, line: Span) -> Option<usize> {
    let mut at = behind;
    if text.get(at) == Some(&b']') {
        at += 1;
    }
    at = skip_blanks(text, at, line.end);
    let rest = Span::new(at, line.end).of(text);
    let kind = match rest.first()? {
        b':' if matches!(rest[1..].trim_ascii_start().first(), Some(b'"' | b'\'' | b'`')) => {
            return Some(at + 1);
        }
        b':' if rest.get(1) != Some(&b':') => {
            rest[1..]
                .iter()
                .take(60)
                .position(|byte| matches!(byte, b'=' | b'"' | b'(' | b'{' | b','))?
                + 1
        }
        b'[' => rest.iter().take(40).position(|byte| *byte == b']')? + 1,
        b'{' => rest.iter().take(60).position(|byte| *byte == b'}')? + 1,
        _ => 0,
    };
    let at = skip_blanks(text, at + kind, line.end);
    let rest = Span::new(at, line.end).of(text);
    let sign = if rest.starts_with(b":=") { 2 } else { 1 };
    (matches!(rest.first(), Some(b'=')) && rest.get(1) != Some(&b'=') || sign == 2).then_some(at + sign)
}

/// `@Value("${db.password:x}")`: the text after the colon is the default.
fn placeholder<'t>(text: &'t [u8], before: &[u8], name: Span, line: Span) -> Option<Value<'t>> {
    let path = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        .count();
    let at = line.start + before.len() - path;
    let body = if text[at..].starts_with(b"${") { at + 2 } else { at };
    if !(text[..body].ends_with(b"${")) {
        let open = text[name.start..name.end]
            .windows(2)
            .position(|pair| pair == b"${")?;
        return fallback(text, name.start + open + 2, line);
    }
    fallback(text, body, line)
}

fn fallback(text: &[u8], body: usize, line: Span) -> Option<Value<'_>> {
    let rest = Span::new(body, line.end).of(text);
    let close = rest.iter().position(|byte| *byte == b'}')?;
    let colon = rest[..close].iter().position(|byte| *byte == b':')?;
    // `${token ? a : b}` is an expression.
    if !rest[..colon]
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    {
        return None;
    }
    let span = Span::new(body + colon + 1, body + close);
    (!span.is_empty()).then(|| Value::plain(text, span))
}

/// `parser.add_argument("--password", default="x")`, `password = Field(default="x")`.
fn default<'t>(text: &'t [u8], name: Span, behind: usize, line: Span) -> Option<Value<'t>> {
    let rest = Span::new(behind, line.end).of(text);
    let at = [
        "default=",
        "default =",
        "default: ",
        "defaultValue: ",
        "defaultValue = ",
        "default_value=",
        "default_value = ",
    ]
    .iter()
    .find_map(|word| memchr::memmem::find(rest, word.as_bytes()).map(|at| behind + at + word.len()))?;
    let between = &rest[..at - behind];
    // If another name is between, the default belongs to that name.
    let other = between.iter().filter(|byte| **byte == b'=').count();
    let opens = between.iter().any(|byte| matches!(byte, b'(' | b',' | b'{'));
    (other <= 2 && opens && name.end <= behind)
        .then(|| literal(text, at, line))
        .flatten()
}

/// `auth=("user", "x")`: the second of two literals.
fn tuple<'t>(text: &'t [u8], name: Span, line: Span) -> Option<Value<'t>> {
    if !name.of(text).ends_with(b"auth") {
        return None;
    }
    let at = skip_blanks(text, name.end, line.end);
    let at = skip_blanks(text, (text.get(at) == Some(&b'=')).then_some(at + 1)?, line.end);
    let open = matches!(text.get(at), Some(b'(' | b'[')).then_some(at + 1)?;
    let mut found = arguments(text, open, line);
    (found.len() == 2).then(|| found.pop().flatten()).flatten()
}

/// The literal that a known function takes as its password. Ruby and Groovy also call without brackets.
fn argument<'t>(text: &'t [u8], name: Span, line: Span) -> Option<Value<'t>> {
    let known = known_method(name.of(text))?;
    let open = name.end + 1;
    let opens = match text.get(name.end)? {
        b'(' => true,
        b' ' => known.of > 1 && matches!(text.get(open), Some(b'"' | b'\'')),
        _ => false,
    };
    if !opens || open > line.end {
        return None;
    }
    let mut found = arguments(text, open, line);
    (found.len() >= known.of && known.at < found.len())
        .then(|| found.swap_remove(known.at))
        .flatten()
}

/// Java calls that take a password as characters: `keyStore.load(in, "…".toCharArray())`.
const CHARACTERS: &[&str] = &[
    "load",
    "store",
    "init",
    "getKey",
    "setKeyEntry",
    "loadKeyMaterial",
    "loadTrustMaterial",
    "getInstance",
    "PBEKeySpec",
    "PasswordProtection",
];

/// The literal before `toCharArray`, among the arguments of a call that takes a password this way.
fn characters<'t>(text: &'t [u8], word: Span, line: Span) -> Option<Entry<'t>> {
    let lead = Span::new(line.start, word.start).of(text);
    let lead = lead.strip_suffix(b"\".")?;
    if !text[word.start..].starts_with(b"toCharArray(") {
        return None;
    }
    let escaped = |at: usize| {
        let backslashes = lead[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        backslashes % 2 == 1
    };
    let open = (0..lead.len())
        .rev()
        .find(|at| lead[*at] == b'"' && !escaped(*at))?;
    let call = lead[..open].iter().rposition(|byte| *byte == b'(')?;
    let function = lead[..call].rsplit(|byte| !byte.is_ascii_alphanumeric()).next()?;
    let takes = CHARACTERS.iter().any(|known| known.as_bytes() == function);
    let value = quoted(text, line.start + open, Escapes::Unicode, false).filter(|_| takes)?;
    let name = Span::new(line.start + call - function.len(), line.start + call);
    Some(value.named(name))
}

/// The arguments of a call on one line: those that are single literals.
fn arguments<'t>(text: &'t [u8], open: usize, line: Span) -> Vec<Option<Value<'t>>> {
    let (mut at, mut found) = (open, Vec::new());
    while at < line.end && found.len() < 8 {
        at = skip_blanks(text, at, line.end);
        let value = literal(text, at, line);
        let mut depth = 0usize;
        at = value.as_ref().map_or(at, |value| value.end.min(line.end));
        let behind = at;
        while at < line.end {
            match text[at] {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => {
                    found.push(value.filter(|_| is_whole(text, behind, at)));
                    return found;
                }
                b')' | b']' | b'}' => depth -= 1,
                b',' if depth == 0 => break,
                b'"' | b'\'' => {
                    let Some(inner) = quoted(text, at, Escapes::Backslash, false) else {
                        return Vec::new();
                    };
                    at = inner.end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        found.push(value.filter(|_| is_whole(text, behind, at)));
        at += 1;
    }
    // A call without brackets ends with its line; one with brackets may continue.
    if text[..open].ends_with(b" ") {
        found
    } else {
        Vec::new()
    }
}

/// Returns whether the literal that ends at `behind` is not concatenated: only a bracket or a method follows
/// before `end`.
fn is_whole(text: &[u8], behind: usize, end: usize) -> bool {
    let rest = &text[behind.min(end)..end];
    rest.iter().all(|byte| matches!(byte, b' ' | b')' | b';')) || is_converted(rest)
}

/// `strcpy(password, "x")`, Ruby's `set :db_password, 'x'`.
fn copied<'t>(text: &'t [u8], before: &[u8], name: Span, line: Span) -> Option<Value<'t>> {
    let comma = skip_blanks(text, name.end, line.end);
    if text.get(comma) != Some(&b',') {
        return None;
    }
    let head = before.trim_ascii();
    let call = head.strip_suffix(b"(").map(|head| {
        let start = head
            .iter()
            .rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .map_or(0, |at| at + 1);
        &head[start..]
    });
    let copies = call.is_some_and(|function| COPIES.iter().any(|copy| copy.as_bytes() == function));
    let symbol = head.ends_with(b"set :") || head == b":";
    (copies || symbol)
        .then(|| literal(text, comma + 1, line))
        .flatten()
}
