//! Names and the literals that they are given, read from the text around a word.
//!
//! One lexical reader for all languages and formats: an assignment, a member of an object, an argument of that name, a comparison, an
//! attribute, an element, a flag, the fallback of a variable that is not set. What is an expression is no literal, and gives nothing.

mod argument;
mod cursor;
mod name;
mod operator;
#[cfg(test)]
mod tests;

use keysift_finding::Span;

use crate::{Kind, Quoting, line::line_before};
use cursor::Cursor;
use name::{does_something, name_around};
use operator::Operator;

pub use argument::may_be_argument;

/// A name and the literal it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name, with the path before it (`spring.datasource.password`).
    pub name: Span,
    /// The literal, without quotes.
    pub value: Span,
    /// Whether it is quoted.
    pub quoting: Quoting,
}

/// How far behind the name a literal may begin, and how long it may be, in bytes.
const REACH: usize = 240;
const LONGEST_VALUE: usize = 1024;

/// The name around `word`, and the literal it is given, on its line or, in a program, where the line ends behind the operator, on the next.
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
    let acts = operator == Operator::Call && does_something(name.of(text));
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

/// Whether a name is that of a macro: capitals, digits and underscores.
fn is_macro(name: &[u8]) -> bool {
    name.contains(&b'_')
        && name
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// The name without a comparison behind it: `password.equals("…")`.
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

/// The end of the line, as far as a literal may begin behind a name.
fn line_end(text: &[u8], at: usize) -> usize {
    let ceiling = text.len().min(at + REACH);
    memchr::memchr(b'\n', &text[at..ceiling]).map_or(ceiling, |len| at + len)
}

/// Methods that give the text of a literal in another type: Java, C#, Kotlin, Rust, Python, Ruby.
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

/// Whether a method that only changes its type is called on the literal that ends here: `"…".toCharArray()`.
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

/// Whether a place lies inside a string of its line: an odd number of quotes stands before it.
pub(crate) fn in_string(text: &[u8], at: usize) -> bool {
    let line = line_before(text, at);
    let odd = |quote: u8| line.iter().filter(|byte| **byte == quote).count() % 2 == 1;
    odd(b'"') || odd(b'\'') || odd(b'`')
}
