//! Reads what follows a name: its closing quote, an operator, an opening delimiter, the literal.

use keysift_finding::Span;
use keysift_judge as judge;
use memchr::{memchr, memchr3};

use super::{LONGEST_VALUE, REACH, in_string, is_converted, line_end, name::is_name};
use crate::{Kind, line::line_before};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Assign,
    Colon,
    Compare,
    Comma,
    Call,
    Flag,
    Fallback,
    Element,
}

pub(super) struct Cursor<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Cursor<'_> {
    pub(super) fn rest(&self) -> &[u8] {
        &self.text[self.at..self.end]
    }

    fn skip(&mut self, class: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take_while(|byte| class(**byte)).count();
        self.at += count;
        count
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text.as_bytes());
        self.at += if there { text.len() } else { 0 };
        there
    }

    /// What closes a name: quotes, brackets. Whether there was a quote.
    pub(super) fn closers(&mut self) -> bool {
        let start = self.at;
        self.skip(|byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\' | b')'));
        self.text[start..self.at]
            .iter()
            .any(|byte| matches!(byte, b'"' | b'\'' | b'`'))
    }

    /// The operator behind a name, with blanks around it.
    pub(super) fn operator(&mut self, quoted: bool, flag: bool) -> Option<Operator> {
        let start = self.text[..self.at]
            .iter()
            .rposition(|byte| is_name(*byte))
            .map_or(self.at, |at| at + 1);
        let blanks = self.skip(|byte| matches!(byte, b' ' | b'\t'));
        const OPERATORS: &[(&str, Operator)] = &[
            ("===", Operator::Compare),
            ("!==", Operator::Compare),
            ("==", Operator::Compare),
            ("!=", Operator::Compare),
            ("=>", Operator::Assign),
            ("<-", Operator::Assign),
            (":=", Operator::Assign),
            ("?=", Operator::Assign),
            ("+=", Operator::Assign),
            ("||=", Operator::Assign),
            ("=", Operator::Assign),
            ("||", Operator::Fallback),
            ("??", Operator::Fallback),
            ("?:", Operator::Fallback),
            ("or ", Operator::Fallback),
            (":", Operator::Colon),
        ];
        // `("password", "x")`; behind `$(PASSWORD)", "x"` another value begins, and `` `DB_PASS`, `PGPASS` `` are names in a sentence.
        let call = self.text[start..self.at].contains(&b')') || self.text[start..self.at].contains(&b'`');
        if quoted && !call && !self.is_item(start) && self.take(",") {
            self.skip(|byte| matches!(byte, b' ' | b'\t'));
            return Some(Operator::Comma);
        }
        if !quoted && blanks == 0 {
            if self.take(">") {
                return Some(Operator::Element);
            }
            if self.rest().starts_with(b"{\"") && self.take("{") {
                return Some(Operator::Assign);
            }
            if [".equals(", ".equalsIgnoreCase(", ".eql?(", ".eq(", "("]
                .iter()
                .any(|call| self.take(call))
            {
                return Some(Operator::Call);
            }
            if self.rest().starts_with(b"?:") {
                self.at += 1; // TypeScript: `password?: string = "…"`
            }
        }
        let Some((taken, operator)) = OPERATORS
            .iter()
            .find(|(text, _)| self.rest().starts_with(text.as_bytes()))
        else {
            // `key="password" value="…"`, `--password VALUE`.
            if quoted && (self.take("value=") || self.take("content=")) {
                return Some(Operator::Assign);
            }
            if blanks > 0 && self.typed() {
                return Some(Operator::Assign);
            }
            if !quoted && blanks == 0 && self.is_tuple(start) && self.take(",") {
                self.skip(|byte| byte == b' ');
                return Some(Operator::Comma);
            }
            return (flag && blanks > 0).then_some(Operator::Flag);
        };
        self.at += taken.len();
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
        if *operator == Operator::Colon && !quoted && self.annotation() {
            return Some(Operator::Assign);
        }
        Some(*operator)
    }

    /// Whether a quoted name that ends at `end` is an item of a list, and not its first: the next item is not its value. A source map has
    /// lists of a thousand names. Arguments of calls and options (`"--password", "x"`) are pairs.
    fn is_item(&self, end: usize) -> bool {
        /// How far back the bracket of the list is looked for, in bytes.
        const NEAR: usize = 256;
        let name = self.text[..end]
            .iter()
            .rposition(|byte| !is_name(*byte))
            .map_or(0, |at| at + 1);
        let before = &self.text[name.saturating_sub(NEAR)..name.saturating_sub(1)];
        let opens = before.iter().rposition(|byte| b"([{".contains(byte));
        before.trim_ascii_end().ends_with(b",")
            && !self.text[name..].starts_with(b"-")
            && opens.is_none_or(|at| before[at] == b'[')
    }

    /// `string = "…"` of Go, `As String = "…"` of Visual Basic: a type between a name and the sign. Moves to the literal.
    fn typed(&mut self) -> bool {
        let rest = self.rest();
        let Some(sign) = rest.iter().take(40).position(|byte| *byte == b'=') else {
            return false;
        };
        let kind = &rest[..sign];
        // An attribute has no blank before its sign.
        let kind = kind.strip_suffix(b":").unwrap_or(kind);
        let spaced = kind.ends_with(b" ");
        let kind = kind.trim_ascii_end();
        let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.*[]<>? ".contains(byte);
        let blanks = kind.iter().filter(|byte| **byte == b' ').count();
        let literal = rest[sign + 1..].trim_ascii_start();
        let typed = spaced
            && !kind.is_empty()
            && blanks < 2
            && kind.iter().all(is_type)
            && matches!(literal.first(), Some(b'"' | b'\'' | b'`'));
        if typed {
            self.at += rest.len() - literal.len();
        }
        typed
    }

    /// Whether the name that ends at `end` and the literal behind it are a pair in braces: `{password, "…"}` of Erlang and C++.
    fn is_tuple(&self, end: usize) -> bool {
        let name = self.text[..end]
            .iter()
            .rposition(|byte| !is_name(*byte))
            .map_or(0, |at| at + 1);
        let literal = self.rest().strip_prefix(b",").map(<[u8]>::trim_ascii_start);
        let Some(literal) = literal.and_then(|rest| rest.strip_prefix(b"\"")) else {
            return false;
        };
        let close = memchr(b'"', literal);
        self.text[..name].ends_with(b"{")
            && close.is_some_and(|at| literal[at + 1..].trim_ascii_start().starts_with(b"}"))
    }

    /// `#define NAME "…"`, `set NAME "…"`, `password "…"` where a statement begins, and in configuration `password …` alone on its line.
    pub(super) fn directive(&self, kind: Kind, name: Span) -> Option<Operator> {
        let blank = self.text[..self.at].ends_with(b" ") || self.text[..self.at].ends_with(b"\t");
        if !blank {
            return None;
        }
        let before = line_before(self.text, name.start);
        let starts = before.iter().all(u8::is_ascii_whitespace) || sets(before.trim_ascii());
        let inside = begins_inside(before);
        if !starts && !inside {
            return None;
        }
        let rest = self.rest().trim_ascii_end();
        let quote = matches!(rest.first(), Some(b'"' | b'\''));
        // `password request)` ends a sentence that began on the line before.
        let prose = rest.ends_with(b",") || rest.ends_with(b")") && !rest.contains(&b'(');
        let alone = starts && kind == Kind::Config && !rest.is_empty() && !rest.contains(&b' ') && !prose;
        (quote || alone).then_some(Operator::Flag)
    }

    /// The literal on the next line, if this one ends behind the operator: `password =`, `password = (`, `setPassword(`, `("password",`.
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

    /// `: String = `, `: str = `: the type of a declaration. Whether there was one.
    fn annotation(&mut self) -> bool {
        let rest = self.rest();
        if matches!(rest.first(), Some(b'\'')) {
            return false; // a literal with a `=` in it
        }
        let kind = rest
            .iter()
            .take(40)
            .take_while(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(
                        byte,
                        b'_' | b'<' | b'>' | b'[' | b']' | b'?' | b'.' | b'&' | b'\''
                    )
            })
            .count();
        let blanks = rest[kind..].iter().take_while(|byte| **byte == b' ').count();
        let is =
            kind > 0 && rest[kind + blanks..].starts_with(b"=") && !rest[kind + blanks..].starts_with(b"==");
        if is {
            self.at += kind + blanks + 1;
            self.skip(|byte| byte == b' ');
        }
        is
    }

    /// What opens a literal: prefixes of strings, constructors, casts.
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

    /// A literal in quotes; a typographic quote counts. Escaped quotes are those of text inside a string.
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

    /// Up to a byte, on this line.
    pub(super) fn until(&self, byte: u8) -> Option<Span> {
        let ceiling = self.text.len().min(self.at + LONGEST_VALUE);
        let len = memchr(byte, &self.text[self.at..ceiling])?;
        one_line(self.text, self.at, len)
    }

    /// The fallback of an expression that reads the environment or the configuration: `getenv("X") || "…"`, `os.environ.get("X", "…")`.
    pub(super) fn fallback(&mut self) -> Option<Span> {
        let rest = self.rest();
        // Without a quote there is no literal to fall back on: most lines end here.
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

    /// A value without quotes.
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
        // A value that is longer than what is read would be reported in part, and its tail stay unmasked.
        let ceiling = self.text.len().min(self.at + LONGEST_VALUE);
        let rest = &self.text[self.at..ceiling];
        let len = rest.iter().take_while(|byte| !stops(**byte)).count();
        if len == LONGEST_VALUE {
            return None;
        }
        let value = Span::new(self.at, self.at + len);
        let behind = self.text[value.end..self.end.max(value.end)].trim_ascii_start();
        // More words on the line: a sentence, or a comment.
        let alone = operator != Operator::Colon
            || behind.is_empty()
            || behind.starts_with(b"#")
            || matches!(behind.first(), Some(b'"' | b'\'' | b',' | b'\\'));
        (len > 0 && alone && !is_expression(&self.text[value.start..value.end])).then_some(value)
    }
}

/// A span on one line, or nothing.
fn one_line(text: &[u8], start: usize, len: usize) -> Option<Span> {
    (len > 0 && memchr(b'\n', &text[start..start + len]).is_none()).then(|| Span::new(start, start + len))
}

/// Whether nothing is put together with the literal before this text: it ends its line, and no operator begins the next.
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

/// Whether these words set the name behind them: `#define`, `set`, `set -x`, `setenv`, `set(` of CMake.
fn sets(before: &[u8]) -> bool {
    let mut words = before
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    (first == b"#define"
        || [&b"set"[..], b"setenv", b"set("]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word)))
        && words.all(|word| word.starts_with(b"-"))
}

/// Whether a statement or a pair of a map begins here, not at the start of the line: `{ password "…"`, `; password "…"`, `:password "…"`.
fn begins_inside(before: &[u8]) -> bool {
    let keyword = before
        .strip_suffix(b":")
        .is_some_and(|rest| rest.is_empty() || b" \t{([".contains(&rest[rest.len() - 1]));
    keyword || matches!(before.trim_ascii_end().last(), Some(b'{' | b';'))
}

/// A value that some program works out: a call, a variable, a command.
fn is_expression(value: &[u8]) -> bool {
    let has = |byte: u8| value.contains(&byte);
    // Generated values have brackets too, and calls have words before them.
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
