//! Credentials of any length in `Authorization` headers: in programs, commands and recorded requests.

use keysift_finding::Span;

use super::{Entry, LONGEST_VALUE, Reading, Value};

/// Schemes whose credential is a plain token.
const SCHEMES: &[&str] = &[
    "bearer",
    "token",
    "apikey",
    "api-key",
    "apitoken",
    "api-token",
    "pat",
];

/// The minimum length of a token, in bytes.
const SHORTEST: usize = 8;

/// Reads the header that begins at `word`: `Authorization: Bearer x`, `"Authorization": "Bearer x"`,
/// `{"name": "Authorization", "value": "Bearer x"}`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    const HEADER: &[u8] = b"authorization";
    let header = text.get(word.start..word.start + HEADER.len());
    if !header.is_some_and(|header| header.eq_ignore_ascii_case(HEADER)) {
        return Reading::Unknown;
    }
    let name = Span::new(word.start, word.start + HEADER.len());
    Reading::maybe(token(text, name.end).map(|value| Entry {
        known: true,
        ..value.named(name)
    }))
}

fn token(text: &[u8], at: usize) -> Option<Value<'_>> {
    let mut at = sign(text, at)?;
    let beside = text[at..].strip_prefix(b"value");
    if beside.is_some_and(|rest| rest.starts_with(b"\"")) {
        at = sign(text, at + b"value".len())?;
    }
    let len = text[at..]
        .iter()
        .take(12)
        .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-')
        .count();
    let scheme = &text[at..at + len];
    if !SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()))
    {
        return None;
    }
    let blanks = text[at + len..]
        .iter()
        .take(4)
        .take_while(|byte| **byte == b' ')
        .count();
    let start = at + len + blanks;
    let is_token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._~+/=-".contains(byte);
    let len = text[start..]
        .iter()
        .take(LONGEST_VALUE)
        .take_while(is_token)
        .count();
    let ends = text
        .get(start + len)
        .is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`\\,;)".contains(byte));
    (blanks > 0 && len >= SHORTEST && ends).then(|| Value::plain(text, Span::new(start, start + len)))
}

/// Skips the closing quote of a name, the sign, and the opening quote of a value.
fn sign(text: &[u8], mut at: usize) -> Option<usize> {
    let skip = |at: usize, class: &[u8]| {
        at + text[at..]
            .iter()
            .take(8)
            .take_while(|byte| class.contains(byte))
            .count()
    };
    at = skip(at, b"\"'`]\\ ");
    let signs = skip(at, b":=>,(") - at;
    (signs > 0).then(|| skip(at + signs, b" \"'`\\"))
}
