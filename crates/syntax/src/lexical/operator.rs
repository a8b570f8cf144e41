//! The operator between a name and its literal: signs, calls, directives.

use keysift_finding::Span;
use memchr::memchr;

use super::{cursor::Cursor, name::is_name};
use crate::{Kind, line::line_before};

/// The operator between a name and its literal.
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

impl Cursor<'_> {
    /// Reads the operator after a name, with spaces around it.
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
        // `("password", "x")`. After `$(PASSWORD)", "x"` another value begins, and `` `DB_PASS`, `PGPASS` ``
        // are names in a sentence.
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

    /// Returns whether a quoted name that ends at `end` is an item of a list but not the first, so that the
    /// next item is not its value. A source map has lists of a thousand names. Arguments of calls and options
    /// (`"--password", "x"`) are pairs.
    fn is_item(&self, end: usize) -> bool {
        /// How far before the name the bracket of the list is searched, in bytes.
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

    /// Skips the type between a name and the sign: `string = "…"` of Go, `As String = "…"` of Visual Basic.
    fn typed(&mut self) -> bool {
        let rest = self.rest();
        let Some(sign) = rest.iter().take(40).position(|byte| *byte == b'=') else {
            return false;
        };
        let kind = &rest[..sign];
        // An attribute has no space before its sign.
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

    /// Returns whether the name that ends at `end` and the literal after it are a pair in braces: `{password,
    /// "…"}` of Erlang and C++.
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

    /// `#define NAME "…"`, `set NAME "…"`, `password "…"` at the start of a statement, and in configuration
    /// `password …` alone on its line.
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
        let quote = matches!(rest.first(), Some(b'"' | b'\'')) && !goes_on(rest);
        // `password request)` ends a sentence of the line before.
        let prose = rest.ends_with(b",") || rest.ends_with(b")") && !rest.contains(&b'(');
        let alone = starts && kind == Kind::Config && !rest.is_empty() && !rest.contains(&b' ') && !prose;
        (quote || alone).then_some(Operator::Flag)
    }

    /// Skips the type of a declaration: `: String = `, `: str = `. Returns whether there was one.
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
}

/// Returns whether a sentence continues after a quoted text: `pass "earlyprintk" on the kernel command line`.
fn goes_on(quoted: &[u8]) -> bool {
    let close = quoted.iter().skip(1).position(|byte| *byte == quoted[0]);
    let behind = close.map_or(&[][..], |at| &quoted[at + 2..]);
    behind.starts_with(b" ") && behind.get(1).is_some_and(u8::is_ascii_lowercase)
}

/// Returns whether these words assign the name after them: `#define`, `set`, `set -x`, `setenv`, CMake's
/// `set(`.
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

/// Returns whether a statement or a pair begins here, not at the start of the line: `{ password "…"`, `;
/// password "…"`, `:password "…"`.
fn begins_inside(before: &[u8]) -> bool {
    let keyword = before
        .strip_suffix(b":")
        .is_some_and(|rest| rest.is_empty() || b" \t{([".contains(&rest[rest.len() - 1]));
    keyword || matches!(before.trim_ascii_end().last(), Some(b'{' | b';'))
}
