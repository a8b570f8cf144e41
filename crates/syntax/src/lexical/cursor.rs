//! Reads what follows a name: a closing quote, an operator, opening delimiters, the literal.

use keysift_finding::Span;
use keysift_judge as judge;
use memchr::{memchr, memchr3};

use super::{LONGEST_VALUE, REACH, in_string, is_converted, line_end, operator::Operator};
use crate::{Kind, line::line_before};

/// A position in a text, and the end of its line.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Cursor<'_> {
    pub(super) fn rest(&self) -> &[u8] {
        &self.text[self.at..self.end]
    }

    pub(super) fn skip(&mut self, class: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take_while(|byte| class(**byte)).count();
        self.at += count;
        count
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text.as_bytes());
        self.at += if there { text.len() } else { 0 };
        there
    }

    /// Skips what closes a name: quotes, brackets. Returns whether there was a quote.
    pub(super) fn closers(&mut self) -> bool {
        let start = self.at;
        self.skip(|byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\' | b')'));
        self.text[start..self.at]
            .iter()
            .any(|byte| matches!(byte, b'"' | b'\'' | b'`'))
    }

    /// The literal on the next line, if this line ends after the operator: `password =`, `password = (`,
    /// `setPassword(`, `("password",`.
    pub(super) fn wrapped(&self, operator: Operator) -> Option<Span> {
        let rest = self.rest().trim_ascii();
        let bracket = rest == b"(" || operator == Operator::Call;
        if !matches!(rest, b"" | b"(" | b"\\") || self.text.get(self.end) != Some(&b'\n') {
            return None;
        }
        let blanks = self.text[self.end..]
            .iter()
            .take(REACH)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let at = self.end + blanks;
        let mut inner = Cursor {
            text: self.text,
            at,
            end: line_end(self.text, at),
        };
        inner.openers();
        let value = inner.quoted()?;
        let behind = &self.text[(value.end + 1).min(self.text.len())..];
        let behind = &behind[..behind.len().min(REACH)];
        let comma = behind.strip_prefix(b",").unwrap_or(behind);
        let last = comma.trim_ascii_start().starts_with(b")") || is_converted(behind);
        let ends = match operator {
            Operator::Comma => last,
            _ if bracket => last,
            Operator::Assign | Operator::Colon | Operator::Fallback => ends_statement(behind),
            _ => false,
        };
        ends.then_some(value)
    }

    /// Skips what precedes a literal: string prefixes, constructors, casts.
    pub(super) fn openers(&mut self) {
        self.take("new ");
        let constructor = self
            .rest()
            .iter()
            .take(40)
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let rest = &self.rest()[constructor..];
        if constructor > 0
            && rest.starts_with(b"(")
            && matches!(rest.get(1), Some(b'"' | b'\''))
            && self.rest()[0].is_ascii_uppercase()
        {
            self.at += constructor + 1;
        }
        for prefix in [
            "String(",
            "[]byte(",
            "Buffer.from(",
            "SecureString(",
            "std::string(",
            "string(",
            "{",
            "[",
            "(",
        ] {
            let rest = self.rest();
            let opens = rest.starts_with(prefix.as_bytes())
                && matches!(
                    rest[prefix.len()..].trim_ascii_start().first(),
                    Some(b'"' | b'\'' | b'`')
                );
            if opens && self.take(prefix) {
                self.skip(|byte| byte == b' ');
                break;
            }
        }
        for prefix in ["b", "r", "u", "f", "L", "@", "$@", "N", "&"] {
            let rest = self.rest();
            if rest.starts_with(prefix.as_bytes()) && matches!(rest.get(prefix.len()), Some(b'"' | b'\'')) {
                self.at += prefix.len();
                break;
            }
        }
    }

    /// A quoted literal, also with typographic quotes. Escaped quotes are part of a string inside a string.
    pub(super) fn quoted(&mut self) -> Option<Span> {
        let rest = self.rest();
        for (open, close) in [
            ("\\\"", &b"\\\""[..]),
            ("\\'", b"\\'"),
            ("\u{2018}", "\u{2019}".as_bytes()),
            ("\u{201c}", "\u{201d}".as_bytes()),
        ] {
            if rest.starts_with(open.as_bytes()) {
                let start = self.at + open.len();
                let ceiling = self.text.len().min(start + LONGEST_VALUE);
                let len = memchr::memmem::find(&self.text[start..ceiling], close)?;
                return one_line(self.text, start, len);
            }
        }
        let quote = *rest.first().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
        let triple = rest.starts_with(&[quote; 3]);
        let start = self.at + if triple { 3 } else { 1 };
        let ceiling = self.text.len().min(start + LONGEST_VALUE);
        let mut at = start;
        while at < ceiling {
            match self.text[at] {
                b'\\' => at += 1,
                b'\n' => return None,
                byte if byte == quote => return one_line(self.text, start, at - start),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The text up to a byte, on this line.
    pub(super) fn until(&self, byte: u8) -> Option<Span> {
        let ceiling = self.text.len().min(self.at + LONGEST_VALUE);
        let len = memchr(byte, &self.text[self.at..ceiling])?;
        one_line(self.text, self.at, len)
    }

    /// The fallback of an expression that reads the environment or the configuration: `getenv("X") || "…"`, `os.environ.get("X", "…")`.
    pub(super) fn fallback(&mut self) -> Option<Span> {
        let rest = self.rest();
        // Without a quote there is no fallback; most lines end here.
        memchr3(b'"', b'\'', b'`', rest)?;
        let word = |byte: u8| -> &[u8] {
            match byte.to_ascii_lowercase() {
                b'e' => b"env",
                b'c' => b"config",
                b's' => b"settings",
                b'o' => b"option",
                b'a' => b"arg",
                b'p' => b"param",
                b'f' => b"fetch",
                b'g' => b"getproperty",
                _ => b"\n", // stands on no line
            }
        };
        let starts = |(at, byte): (usize, &u8)| {
            let word = word(*byte);
            rest.get(at..at + word.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        let reads = rest.iter().enumerate().any(starts);
        if !reads {
            return None;
        }
        for mark in ["|| ", "?? ", "?: ", " or ", "', ", "\", "] {
            if let Some(at) = memchr::memmem::rfind(self.rest(), mark.as_bytes()) {
                let mut inner = Cursor {
                    text: self.text,
                    at: self.at + at + mark.len(),
                    end: self.end,
                };
                if let Some(value) = inner.quoted() {
                    return Some(value);
                }
            }
        }
        None
    }

    /// An unquoted value.
    pub(super) fn bare(&mut self, kind: Kind, operator: Operator, name: Span) -> Option<Span> {
        let tight = self.text[name.end..self.at]
            .iter()
            .all(|byte| !byte.is_ascii_whitespace());
        let inside = in_string(self.text, name.start);
        let allowed = match (kind, operator) {
            (_, Operator::Compare | Operator::Fallback) => false,
            (_, Operator::Flag) => kind != Kind::Code || inside,
            (Kind::Code, _) => tight && inside && operator == Operator::Assign,
            (Kind::Config, _) => true,
            (Kind::Prose, Operator::Assign) => tight,
            // `- password: x` in a list or a block of configuration.
            (Kind::Prose, _) => line_before(self.text, name.start).iter().all(|byte| {
                matches!(
                    byte,
                    b' ' | b'\t' | b'-' | b'*' | b'#' | b'>' | b'|' | b'/' | b'{'
                )
            }),
        };
        if !allowed {
            return None;
        }
        let stops = |byte: u8| {
            byte.is_ascii_whitespace()
                || matches!(
                    byte,
                    b'"' | b'\'' | b'`' | b';' | b',' | b'&' | b'<' | b'>' | b'|' | b'\\'
                )
                || inside && matches!(byte, b')' | b'}' | b']')
        };
        // A longer value would be reported in part, and the rest would not be redacted.
        let ceiling = self.text.len().min(self.at + LONGEST_VALUE);
        let rest = &self.text[self.at..ceiling];
        let len = rest.iter().take_while(|byte| !stops(**byte)).count();
        if len == LONGEST_VALUE {
            return None;
        }
        let value = Span::new(self.at, self.at + len);
        let behind = self.text[value.end..self.end.max(value.end)].trim_ascii_start();
        // More words on the line: a sentence or a comment.
        let alone = operator != Operator::Colon
            || behind.is_empty()
            || behind.starts_with(b"#")
            || matches!(behind.first(), Some(b'"' | b'\'' | b',' | b'\\'));
        (len > 0 && alone && !is_expression(&self.text[value.start..value.end])).then_some(value)
    }
}

/// A span, if it is on one line.
fn one_line(text: &[u8], start: usize, len: usize) -> Option<Span> {
    (len > 0 && memchr(b'\n', &text[start..start + len]).is_none()).then(|| Span::new(start, start + len))
}

/// Returns whether the literal before this text is not concatenated: it ends its line, and the next does not
/// begin with an operator.
fn ends_statement(behind: &[u8]) -> bool {
    let mut lines = behind.splitn(2, |byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    match lines.next().unwrap_or_default().first() {
        None => !lines.next().is_some_and(|rest| {
            matches!(
                rest.first(),
                Some(b'+' | b'.' | b'"' | b'\'' | b'&' | b'<' | b'|')
            )
        }),
        Some(b';' | b',' | b')' | b'}' | b']' | b'/' | b'#') => true,
        Some(_) => is_converted(behind),
    }
}

/// Returns whether a value is an expression: a call, a variable, a command.
fn is_expression(value: &[u8]) -> bool {
    let has = |byte: u8| value.contains(&byte);
    // Generated values have brackets too, but a call has a word before them.
    let dense = || std::str::from_utf8(value).is_ok_and(judge::is_dense);
    (has(b'(') || has(b'{') || has(b'[')) && !dense()
        || has(b'*') && value.iter().all(|byte| *byte == b'*')
        || value.starts_with(b"*")
        || value.starts_with(b"$")
        || value.starts_with(b"%")
        || value.starts_with(b"@")
        || value.starts_with(b"!")
        || value.starts_with(b"&")
        || value.starts_with(b"<")
}
