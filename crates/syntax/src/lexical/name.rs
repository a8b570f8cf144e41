//! Names of variables, members, options and functions.

use keysift_finding::Span;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// Returns whether a name is that of a function which reads or computes something, so that its argument is
/// not a credential.
pub(super) fn is_action(name: &[u8]) -> bool {
    const VERBS: &[&str] = &[
        "get", "find", "is", "has", "check", "parse", "search", "validate", "verify", "read", "load",
        "fetch", "make", "create", "gen", "hash", "encode", "decode", "test", "assert", "quote", "unquote",
        "strip", "to", "format", "print", "log", "expect", "lookup", "delete", "remove", "next", "match",
        "count",
    ];
    let last = name
        .rsplit(|byte| matches!(byte, b'.' | b'$'))
        .next()
        .unwrap_or_default();
    let lower = last.to_ascii_lowercase();
    // A whole word: `token(…)` does not begin with `to`. Python's `splitpasswd` is written as one word.
    let ends = |at: usize| {
        last.get(at)
            .is_none_or(|byte| *byte == b'_' || byte.is_ascii_uppercase())
    };
    lower.starts_with(b"split")
        || VERBS
            .iter()
            .any(|verb| lower.starts_with(verb.as_bytes()) && ends(verb.len()))
}

/// The whole name that contains a word.
pub(super) fn name_around(text: &[u8], word: Span) -> Option<Span> {
    let floor = word.start.saturating_sub(LONGEST_NAME);
    let before = text[floor..word.start]
        .iter()
        .rev()
        .take_while(|byte| is_name(**byte))
        .count();
    let behind = text[word.end..]
        .iter()
        .take(LONGEST_NAME)
        .take_while(|byte| is_name(**byte) && **byte != b'$')
        .count();
    let mut name = Span::new(word.start - before, word.end + behind);
    while name.start < word.start && matches!(text[name.start], b'-' | b'.' | b'$') {
        name.start += 1;
    }
    while name.end > word.end && matches!(text[name.end - 1], b'-' | b'.') {
        name.end -= 1;
    }
    // `AWS::IAM::AccessKey`: the path of a type.
    let in_path = text[..name.start].ends_with(b"::") || in_urn(text, name);
    (name.len() < LONGEST_NAME && !in_path).then_some(name)
}

/// Returns whether a name is part of a URN (`arn:aws:secretsmanager:eu-west-1:1234:secret:db`): at least
/// three colons before it, between letters, digits and some punctuation.
fn in_urn(text: &[u8], name: Span) -> bool {
    /// Bytes before the name that are searched.
    const REACH: usize = 200;
    let closed = text.get(name.end) == Some(&b':')
        && text
            .get(name.end + 1)
            .is_some_and(|byte| !byte.is_ascii_whitespace());
    if !closed || !text[..name.start].ends_with(b":") {
        return false;
    }
    let floor = name.start.saturating_sub(REACH);
    let part =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'.' | b'/' | b'*');
    let before = text[floor..name.start].iter().rev().take_while(part);
    before.filter(|byte| **byte == b':').count() >= 3
}
