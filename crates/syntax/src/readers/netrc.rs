//! netrc, the login file of ftp and curl: the word after `password` is the password.

use keysift_finding::Span;

use super::{
    LONGEST_VALUE, Reading, Value,
    quotes::{Escapes, quoted},
};

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let blank = |at: usize| text.get(at).is_none_or(u8::is_ascii_whitespace);
    let len = text[word.start..]
        .iter()
        .take(10)
        .take_while(|byte| !byte.is_ascii_whitespace())
        .count();
    let name = Span::new(word.start, word.start + len);
    if name.start > 0 && !blank(name.start - 1) || !matches!(name.of(text), b"password" | b"passwd") {
        return Reading::Unknown;
    }
    let blanks = text[name.end..]
        .iter()
        .take(80)
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let at = name.end + blanks;
    if text.get(at) == Some(&b'"') {
        return Reading::maybe(quoted(text, at, Escapes::Backslash, false).map(|value| value.named(name)));
    }
    let len = text[at..]
        .iter()
        .take(LONGEST_VALUE)
        .take_while(|byte| !byte.is_ascii_whitespace())
        .count();
    if len == 0 || len == LONGEST_VALUE {
        return Reading::Nothing;
    }
    let mut value = Value::plain(text, Span::new(at, at + len));
    if value.text.contains(&b'\\') {
        value.text = value
            .text
            .iter()
            .copied()
            .filter(|byte| *byte != b'\\')
            .collect::<Vec<_>>()
            .into();
    }
    Reading::one(value.named(name))
}
