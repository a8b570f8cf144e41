//! Reads a name and the literal assigned to it, around a word.
//!
//! One lexical reader serves all languages and formats: assignments, members of objects, named arguments,
//! comparisons, attributes, elements, flags, fallbacks of variables. Expressions are not literals.

mod argument;
mod cursor;
mod name;
mod operator;
#[cfg(test)]
mod tests;

use keysift_finding::Span;

use crate::{Kind, Quoting, line::line_before};
use cursor::Cursor;
use name::{is_action, name_around};
use operator::Operator;

pub use argument::may_be_argument;

/// A name and the literal assigned to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name, with the path before it (`spring.datasource.password`).
    pub name: Span,
    /// The literal, without quotes.
    pub value: Span,
    /// Whether it is quoted.
    pub quoting: Quoting,
}

/// The maximum distance between a name and its literal, and the maximum length of a literal, in bytes.
const REACH: usize = 240;
const LONGEST_VALUE: usize = 1024;

/// The name around `word` and the literal assigned to it, on the same line or, in a program, on the next if
/// the line ends after the operator.
pub fn assignment(text: &[u8], word: Span, kind: Kind) -> Option<Assignment> {
    let name = without_comparison(text, name_around(text, word)?, word);
    let flag = text[..name.start].ends_with(b"-") || text[name.start..].starts_with(b"-");
    let mut cursor = Cursor {
        text,
        at: name.end,
        end: line_end(text, name.end),
    };
    let quoted = cursor.closers();
    let operator = cursor
        .operator(quoted, flag)
        .or_else(|| cursor.directive(kind, name))?;
    let found = |value: Span, quoting| Some(Assignment { name, value, quoting });
    if operator == Operator::Element {
        return cursor.until(b'<').and_then(|value| found(value, Quoting::Quoted));
    }
    cursor.openers();
    if kind == Kind::Config && cursor.rest().starts_with(b"`") {
        return None; // a command
    }
    let acts = operator == Operator::Call && is_action(name.of(text));
    if kind == Kind::Code
        && !acts
        && let Some(value) = cursor.wrapped(operator)
    {
        return found(value, Quoting::Quoted);
    }
    if let Some(value) = cursor.quoted() {
        let behind = &text[(value.end + 1).min(text.len())..];
        let closed =
            matches!(behind.first(), Some(b')' | b',' | b'"' | b'\\' | b';' | b']')) || is_converted(behind);
        // `POWER_PW("dpio-tx", &domains)`: a row of a table.
        let row = kind == Kind::Code && behind.starts_with(b",") && is_macro(name.of(text));
        let refused = operator == Operator::Call && (!closed || acts || row);
        return if refused {
            None
        } else {
            found(value, Quoting::Quoted)
        };
    }
    match operator {
        Operator::Call | Operator::Comma | Operator::Fallback => None,
        _ => cursor
            .fallback()
            .map(|value| (value, Quoting::Quoted))
            .or_else(|| {
                cursor
                    .bare(kind, operator, name)
                    .map(|value| (value, Quoting::Bare))
            })
            .and_then(|(value, quoting)| found(value, quoting)),
    }
}

/// Returns whether a name is that of a macro: capitals, digits and underscores.
fn is_macro(name: &[u8]) -> bool {
    name.contains(&b'_')
        && name
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// The name without the comparison after it: `password.equals("…")`.
fn without_comparison(text: &[u8], mut name: Span, word: Span) -> Span {
    for method in [
        ".equals",
        ".equalsIgnoreCase",
        ".eql",
        ".eq",
        ".toEqual",
        ".to_owned",
    ] {
        if name.of(text).ends_with(method.as_bytes()) && name.end - method.len() > word.start {
            name.end -= method.len();
        }
    }
    name
}

/// The end of the line, limited to where a literal may begin.
fn line_end(text: &[u8], at: usize) -> usize {
    let ceiling = text.len().min(at + REACH);
    memchr::memchr(b'\n', &text[at..ceiling]).map_or(ceiling, |len| at + len)
}

/// Methods that convert the type of a literal: Java, C#, Kotlin, Rust, Python, Ruby.
const CONVERSIONS: &[&str] = &[
    "as_bytes",
    "bytes",
    "encode",
    "encodetobytearray",
    "freeze",
    "getbytes",
    "into",
    "into_bytes",
    "to_owned",
    "to_string",
    "to_vec",
    "tobytearray",
    "tochararray",
    "tostring",
    "trim",
];

/// Returns whether the literal that ends here is only converted to another type: `"…".toCharArray()`.
pub(crate) fn is_converted(behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b".") else {
        return false;
    };
    let len = rest
        .iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let method = String::from_utf8_lossy(&rest[..len]).to_ascii_lowercase();
    CONVERSIONS.contains(&method.as_str())
}

/// Returns whether a position is inside a string of its line: an odd number of quotes precedes it.
pub(crate) fn in_string(text: &[u8], at: usize) -> bool {
    let line = line_before(text, at);
    let odd = |quote: u8| line.iter().filter(|byte| **byte == quote).count() % 2 == 1;
    odd(b'"') || odd(b'\'') || odd(b'`')
}
