//! Names of variables, members, options and functions around a word.

use keysift_finding::Span;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// A function that reads or works out something: its argument is no credential.
pub(super) fn does_something(name: &[u8]) -> bool {
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
    // A whole word: `token(…)` does not begin with `to`. Python's `splitpasswd` is written in one.
    let ends = |at: usize| {
        last.get(at)
            .is_none_or(|byte| *byte == b'_' || byte.is_ascii_uppercase())
    };
    lower.starts_with(b"split")
        || VERBS
            .iter()
            .any(|verb| lower.starts_with(verb.as_bytes()) && ends(verb.len()))
}

/// The whole name in which a word stands.
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
    (name.len() < LONGEST_NAME && !text[..name.start].ends_with(b"::")).then_some(name)
}
