//! Decides whether a program must be parsed, because a literal may be the argument of a sensitive parameter.

use keysift_finding::Span;
use memchr::{memchr, memchr3};

use super::name::{is_name, name_around};
use crate::{known::known_secret, line::line_before};

/// Returns whether a literal may be passed to a parameter (`def connect(user, password)`) or function
/// (`HTTPBasicAuth("app", "…")`) with this word in its name, so that the program has to be parsed.
/// `sensitive` selects parameters by name, `credible` literals under a name: parsing for words like `"json"`
/// took a third of the time of a generated monorepo.
pub fn may_be_argument(
    text: &[u8],
    word: Span,
    sensitive: impl Fn(&[u8]) -> bool,
    credible: impl Fn(&[u8], &[u8]) -> bool,
) -> bool {
    let Some(name) = name_around(text, word) else {
        return false;
    };
    let rest = &text[name.end..text.len().min(name.end + 80)];
    match rest.trim_ascii_start().first() {
        Some(b'(') => {
            let function = name
                .of(text)
                .rsplit(|byte| matches!(byte, b'.' | b'$'))
                .next()
                .unwrap_or_default();
            known_secret(function).is_some()
                && literal_on_line(rest, |literal| credible(b"password", literal))
        }
        Some(b',' | b')' | b':' | b'=' | b's') if sensitive(name.of(text)) => declared(text, name)
            .is_some_and(|function| is_called(text, function, |literal| credible(name.of(text), literal))),
        _ => false,
    }
}

/// Returns whether a credible literal begins within the next 80 bytes of the line. One that does not end on
/// the line is credible.
fn literal_on_line(text: &[u8], credible: impl Fn(&[u8]) -> bool) -> bool {
    const LINE: usize = 512;
    let line = memchr(b'\n', &text[..text.len().min(LINE)])
        .map_or(&text[..text.len().min(LINE)], |end| &text[..end]);
    let mut at = 0;
    while let Some(start) = memchr3(
        b'"',
        b'\'',
        b'`',
        line.get(at..80.min(line.len())).unwrap_or_default(),
    )
    .map(|found| at + found + 1)
    {
        let Some(len) = memchr(line[start - 1], &line[start..]) else {
            return true;
        };
        let literal = &line[start..start + len];
        // The escape may be that of a quote, so that the literal is longer.
        if literal.contains(&b'\\') || credible(literal) {
            return true;
        }
        at = start + len + 1;
    }
    false
}

/// The function that declares a parameter on the same line; for a constructor, its class.
fn declared(text: &[u8], name: Span) -> Option<&[u8]> {
    const DECLARES: &[&[u8]] = &[
        b"def ",
        b"func",
        b"fun ",
        b"fn ",
        b"constructor(",
        b"void ",
        b"public ",
        b"private ",
        b"protected ",
        b"static ",
        b"String ",
    ];
    let line = line_before(text, name.start);
    // The bracket is checked first, because most lines with a name have none before it.
    let open = memchr(b'(', line).filter(|_| line.len() < 300)?;
    if !DECLARES
        .iter()
        .any(|word| line.windows(word.len()).any(|part| part == *word))
    {
        return None;
    }
    let before = line[..open].trim_ascii_end();
    let function = &before[before
        .iter()
        .rposition(|byte| !is_name(*byte))
        .map_or(0, |at| at + 1)..];
    if !matches!(
        function,
        b"__init__" | b"constructor" | b"initialize" | b"__construct"
    ) {
        return (!function.is_empty()).then_some(function);
    }
    let class = memchr::memmem::rfind(&text[..name.start], b"class ")? + b"class ".len();
    let len = text[class..].iter().take_while(|byte| is_name(**byte)).count();
    (len > 0).then(|| &text[class..class + len])
}

/// Returns whether a function is called with a credible literal.
fn is_called(text: &[u8], function: &[u8], credible: impl Fn(&[u8]) -> bool) -> bool {
    let finder = memchr::memmem::Finder::new(function);
    let mut calls = finder.find_iter(text).map(|at| &text[at + function.len()..]);
    calls.any(|rest| rest.starts_with(b"(") && literal_on_line(rest, &credible))
}
