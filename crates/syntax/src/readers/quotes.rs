//! Quoted values, and the escapes of the formats.

use std::borrow::Cow;

use keysift_finding::Span;

use super::{LONGEST_VALUE, Value};
use crate::Quoting;

/// The escapes inside quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// Nothing: the next quote ends the value.
    None,
    /// A quote is escaped by doubling.
    Doubled,
    /// A backslash escapes the next character; `\n`, `\t` and `\r` are control characters.
    Backslash,
    /// A backslash before `"`, `\`, `$` and a backtick.
    Shell,
    /// Backslashes with `\uXXXX`, `\xXX` and `\UXXXXXXXX`: JSON, TOML, HCL, and YAML, which folds lines too.
    Unicode,
    /// Double-quoted YAML.
    Yaml,
}

/// The value whose opening quote is at `open`; over several lines only if `lines`.
pub(crate) fn quoted(text: &[u8], open: usize, escapes: Escapes, lines: bool) -> Option<Value<'_>> {
    let quote = *text.get(open)?;
    let start = open + 1;
    let ceiling = text.len().min(start + LONGEST_VALUE);
    let (mut at, mut changed) = (start, false);
    while at < ceiling {
        match text[at] {
            b'\\' if !matches!(escapes, Escapes::None | Escapes::Doubled) => {
                changed = true;
                at += 1;
            }
            b'\n' if !lines => return None,
            b'\n' => changed = true,
            byte if byte == quote => {
                if escapes != Escapes::Doubled || text.get(at + 1) != Some(&quote) {
                    break;
                }
                changed = true;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    if at >= ceiling || text[at] != quote {
        return None;
    }
    let span = Span::new(start, at);
    let raw = span.of(text);
    let folds = escapes == Escapes::Yaml || escapes == Escapes::Doubled && lines;
    Some(Value {
        span,
        text: if changed {
            Cow::Owned(decoded(raw, escapes, quote, folds))
        } else {
            Cow::Borrowed(raw)
        },
        quoting: Quoting::Quoted,
        end: at + 1,
    })
}

fn decoded(raw: &[u8], escapes: Escapes, quote: u8, folds: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let byte = raw[at];
        at += 1;
        match byte {
            b'\\' if !matches!(escapes, Escapes::None | Escapes::Doubled) => {
                at = escape(raw, at, escapes, &mut out)
            }
            b'\n' if folds => {
                let blank = out
                    .iter()
                    .rev()
                    .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
                    .count();
                out.truncate(out.len() - blank);
                out.push(b' ');
                at += raw[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace())
                    .count();
            }
            byte if byte == quote && escapes == Escapes::Doubled => {
                out.push(byte);
                at += 1;
            }
            byte => out.push(byte),
        }
    }
    out
}

/// Writes the character of the escape after the backslash; returns the position after it.
pub(crate) fn escape(raw: &[u8], at: usize, escapes: Escapes, out: &mut Vec<u8>) -> usize {
    let Some(byte) = raw.get(at).copied() else {
        out.push(b'\\');
        return at;
    };
    if escapes == Escapes::Shell {
        if !matches!(byte, b'"' | b'\\' | b'$' | b'`' | b'\n') {
            out.push(b'\\');
        }
        if byte != b'\n' {
            out.push(byte);
        }
        return at + 1;
    }
    let digits = match byte {
        b'u' => 4,
        b'U' => 8,
        b'x' => 2,
        _ => 0,
    };
    if digits > 0
        && escapes != Escapes::Backslash
        && let Some(hex) = raw.get(at + 1..at + 1 + digits)
        && let Ok(hex) = std::str::from_utf8(hex)
        && let Ok(code) = u32::from_str_radix(hex, 16)
    {
        let char = char::from_u32(code).unwrap_or('\u{fffd}');
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        return at + 1 + digits;
    }
    match byte {
        b'n' => out.push(b'\n'),
        b't' => out.push(b'\t'),
        b'r' => out.push(b'\r'),
        // YAML: the line continues.
        b'\n' => {
            return at
                + 1
                + raw[at + 1..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace())
                    .count();
        }
        other => out.push(other),
    }
    at + 1
}
