//! Names and the literals that they are given, read from the text around a word.
//!
//! One lexical reader for all languages and formats: an assignment, a member of an object, an argument of that name, a comparison, an
//! attribute, an element, a flag, the fallback of a variable that is not set. What is an expression is no literal, and gives nothing.

use keysift_finding::Span;
use keysift_judge as judge;
use memchr::{memchr, memchr3};

use crate::{Language, known::known_secret, line::line_before};

/// What kind of text a file is: where a value without quotes is a literal, and where it is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A programming language: literals have quotes.
    Code,
    /// Configuration, scripts of a shell, environment files: values stand bare.
    Config,
    /// Text for people, and everything else.
    Prose,
}

impl Kind {
    /// The kind of a file, by its name.
    pub fn of(path: &str) -> Self {
        let file = path
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let by_ending = Language::of(&file).map(|language| language.kind);
        let configuration = file.contains(".env") || file.contains("dockerfile") || !file.contains('.');
        match by_ending {
            None | Some(Kind::Prose) if configuration => Kind::Config,
            by_ending => by_ending.unwrap_or(Kind::Prose),
        }
    }
}

/// Whether a value is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// In quotes, or in an element.
    Quoted,
    /// Without quotes, to the end of the word or line.
    Bare,
}

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

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;

/// How far behind the name a literal may begin, and how long it may be, in bytes.
const REACH: usize = 240;
const LONGEST_VALUE: usize = 1024;

/// The name around `word`, and the literal it is given, if it is given one on its line.
pub fn assignment(text: &[u8], word: Span, kind: Kind) -> Option<Assignment> {
    let mut name = name_around(text, word)?;
    for method in [
        ".equals",
        ".equalsIgnoreCase",
        ".eql",
        ".eq",
        ".toEqual",
        ".to_owned",
    ] {
        // The comparison is no part of the name.
        if text[name.start..name.end].ends_with(method.as_bytes()) && name.end - method.len() > word.start {
            name.end -= method.len();
        }
    }
    let line_end = text[name.end..text.len().min(name.end + REACH)]
        .iter()
        .position(|byte| *byte == b'\n');
    let end = line_end.map_or(text.len().min(name.end + REACH), |at| name.end + at);
    let flag = text[..name.start].ends_with(b"-") || text[name.start..].starts_with(b"-");
    let mut cursor = Cursor {
        text,
        at: name.end,
        end,
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
    if let Some(value) = cursor.quoted() {
        let closed = matches!(
            text.get(value.end + 1),
            Some(b')' | b',' | b'"' | b'\\' | b';' | b']')
        );
        let refused = operator == Operator::Call && (!closed || does_something(&text[name.start..name.end]));
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

/// Whether a literal may be handed to the parameter (`def connect(user, password)`) or function (`HTTPBasicAuth("app", "…")`) in whose
/// name the word stands: then the program must be parsed to know what is handed over. `sensitive` says which parameters matter, `credible`
/// which literals under a name: parsing for words like `"json"` took a third of the time of a generated monorepo.
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

/// Whether a literal that counts begins within the next 80 bytes of the line. One that does not end on the line may be anything.
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
        // An escape may be that of a quote, and the literal longer.
        if literal.contains(&b'\\') || credible(literal) {
            return true;
        }
        at = start + len + 1;
    }
    false
}

/// The function in whose list of parameters a name stands on the same line; for a constructor, its class.
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
    // The bracket first: most lines in which a name stands have none before it.
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

/// Whether a function is called with a literal that counts somewhere.
fn is_called(text: &[u8], function: &[u8], credible: impl Fn(&[u8]) -> bool) -> bool {
    let finder = memchr::memmem::Finder::new(function);
    let mut calls = finder.find_iter(text).map(|at| &text[at + function.len()..]);
    calls.any(|rest| rest.starts_with(b"(") && literal_on_line(rest, &credible))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// A function that reads or works out something: its argument is no credential.
fn does_something(name: &[u8]) -> bool {
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
fn name_around(text: &[u8], word: Span) -> Option<Span> {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Assign,
    Colon,
    Compare,
    Comma,
    Call,
    Flag,
    Fallback,
    Element,
}

struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..self.end]
    }

    fn skip(&mut self, class: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take_while(|byte| class(**byte)).count();
        self.at += count;
        count
    }

    fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text.as_bytes());
        self.at += if there { text.len() } else { 0 };
        there
    }

    /// What closes a name: quotes, brackets. Whether there was a quote.
    fn closers(&mut self) -> bool {
        let start = self.at;
        self.skip(|byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\' | b')'));
        self.text[start..self.at]
            .iter()
            .any(|byte| matches!(byte, b'"' | b'\'' | b'`'))
    }

    /// The operator behind a name, with blanks around it.
    fn operator(&mut self, quoted: bool, flag: bool) -> Option<Operator> {
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
            // Go: `password string = "…"`.
            if blanks > 0 && (self.take("string = ") || self.take("string := ")) {
                return Some(Operator::Assign);
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

    /// `#define NAME "…"`, `password "…"` at the start of a line, and in configuration `password …` alone on its line.
    fn directive(&self, kind: Kind, name: Span) -> Option<Operator> {
        let before = line_before(self.text, name.start);
        let starts = before.iter().all(u8::is_ascii_whitespace) || before.trim_ascii() == b"#define";
        let blank = self.text[..self.at].ends_with(b" ") || self.text[..self.at].ends_with(b"\t");
        if !starts || !blank {
            return None;
        }
        let rest = self.rest().trim_ascii_end();
        let quote = matches!(rest.first(), Some(b'"' | b'\''));
        // `password request)` ends a sentence that began on the line before.
        let prose = rest.ends_with(b",") || rest.ends_with(b")") && !rest.contains(&b'(');
        let alone = kind == Kind::Config && !rest.is_empty() && !rest.contains(&b' ') && !prose;
        (quote || alone).then_some(Operator::Flag)
    }

    /// `: String = `, `: str = `: the type of a declaration. Whether there was one.
    fn annotation(&mut self) -> bool {
        let rest = self.rest();
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
    fn openers(&mut self) {
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
    fn quoted(&mut self) -> Option<Span> {
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
    fn until(&self, byte: u8) -> Option<Span> {
        let ceiling = self.text.len().min(self.at + LONGEST_VALUE);
        let len = memchr(byte, &self.text[self.at..ceiling])?;
        one_line(self.text, self.at, len)
    }

    /// The fallback of an expression that reads the environment or the configuration: `getenv("X") || "…"`, `os.environ.get("X", "…")`.
    fn fallback(&mut self) -> Option<Span> {
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
    fn bare(&mut self, kind: Kind, operator: Operator, name: Span) -> Option<Span> {
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

/// Whether a place lies inside a string of its line: an odd number of quotes stands before it.
pub(crate) fn in_string(text: &[u8], at: usize) -> bool {
    let line = line_before(text, at);
    let odd = |quote: u8| line.iter().filter(|byte| **byte == quote).count() % 2 == 1;
    odd(b'"') || odd(b'\'') || odd(b'`')
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The literal that stands by the word `password` or `token` in a line.
    fn read(kind: Kind, line: &str) -> Option<(String, String)> {
        let lower = line.to_ascii_lowercase();
        let (at, word) = ["password", "token"]
            .iter()
            .find_map(|word| lower.find(word).map(|at| (at, *word)))
            .unwrap();
        let found = assignment(line.as_bytes(), Span::new(at, at + word.len()), kind)?;
        Some((
            line[found.name.start..found.name.end].to_owned(),
            line[found.value.start..found.value.end].to_owned(),
        ))
    }

    #[test]
    fn a_value_without_quotes_is_read_whole_or_not_at_all() {
        for (length, whole) in [
            (230, true),
            (250, true),
            (1000, true),
            (1500, false),
            (9000, false),
        ] {
            let value: String = (0..length)
                .map(|number| char::from(b'a' + (number * 7 % 26) as u8))
                .collect();
            let found = read(Kind::Config, &format!("password={value}"));
            assert_eq!(found.map(|(_, found)| found), whole.then_some(value), "{length}");
        }
    }

    #[test]
    fn literals_in_quotes_in_fifty_syntaxes() {
        for line in [
            r#"password = "@@""#,
            r#"password: '@@',"#,
            r#""password": "@@""#,
            r#"password := "@@""#,
            r#"String password = "@@";"#,
            r#":password => '@@'"#,
            r#"config['password'] = '@@'"#,
            r#"password: str = "@@""#,
            r#"val password: String = "@@""#,
            r#"<password>@@</password>"#,
            r#"<add key="password" value="@@" />"#,
            r#"password="@@""#,
            r#"setPassword("@@")"#,
            r#".password("@@")"#,
            r#"put("password", "@@")"#,
            r#"if password == "@@":"#,
            r#"if (password !== '@@') {"#,
            r#"password = os.getenv("DB_PASS", "@@")"#,
            r#"password = process.env.PW || "@@";"#,
            r#"password = ENV.fetch("X", "@@")"#,
            r#"os.environ.get("PASSWORD") or "@@""#,
            r#"{\"password\": \"@@\"}"#,
            r#"password = b"@@""#,
            r#"password := []byte("@@")"#,
            r#"var password string = "@@""#,
            r#"$password = '@@';"#,
            r#"password -> none; --password "@@""#,
            r#"const password = `@@`"#,
        ] {
            let line = &line.replace("password -> none; ", "");
            let (_, value) = read(Kind::Code, line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(value, "@@", "{line}");
        }
    }

    #[test]
    fn bare_values_where_values_are_bare() {
        for line in [
            "PASSWORD=@a",
            "password: @a",
            "db.password=@a",
            "export DB_PASSWORD=@a",
            "cmd --password @a --x",
            "docker run -e PASSWORD=@a img",
            "password = @a",
        ] {
            let line = &line.replace("@a", "kq7zr");
            assert_eq!(
                read(Kind::Config, line).unwrap_or_else(|| panic!("{line}")).1,
                "kq7zr",
                "{line}"
            );
        }
        for line in [
            "password = config.get",
            "f(password=other)",
            "password: string",
            "let token = next_token;",
        ] {
            assert_eq!(read(Kind::Code, line), None, "{line}");
        }
        assert_eq!(
            read(Kind::Code, r#"conn = "host=db;password=kq7zr;x=1""#)
                .unwrap()
                .1,
            "kq7zr"
        );
        // Was a finding of the bench that has nothing planted.
        assert_eq!(read(Kind::Config, "  password kq7zr").unwrap().1, "kq7zr");
        assert_eq!(
            (
                read(Kind::Config, "\tpassword kq7zr)"),
                read(Kind::Config, "password kq7zr,")
            ),
            (None, None)
        );
        assert_eq!(read(Kind::Prose, "the password = something"), None);
        assert_eq!(
            read(Kind::Prose, "run it with PASSWORD=kq7zr first").unwrap().1,
            "kq7zr"
        );
    }

    #[test]
    fn a_reference_in_a_list_is_not_given_the_next_item() {
        // Found in our own pages: `$(PASSWORD)", "x"` was read as a pair.
        assert_eq!(
            read(Kind::Config, r#"[ "X=$(password)", "FILE=/run/kq7zr9!" ]"#),
            None
        );
        assert_eq!(
            read(Kind::Code, r#"set("password", "kq7zr")"#).unwrap().1,
            "kq7zr"
        );
    }

    #[test]
    fn names_in_a_sentence_are_not_given_each_other() {
        for line in [
            "words such as `password`, `kq7zr9x` and others",
            "`token`, kq7zr9x",
        ] {
            assert_eq!(read(Kind::Prose, line), None, "{line}");
            assert_eq!(read(Kind::Code, line), None, "{line}");
        }
    }

    #[test]
    fn items_of_a_list_are_not_given_each_other() {
        let long = format!("[{}\"password\",\"kq7zr9x\"]", "\"seenBefore\",".repeat(40));
        for line in [r#"["failure", "password", "kq7zr9x", "url"]"#, &long] {
            assert_eq!(read(Kind::Code, line), None, "{line}");
            assert_eq!(read(Kind::Config, line), None, "{line}");
        }
        for line in [
            r#"["password", "kq7zr9x"]"#,
            r#"Map.of("user", "app", "password", "kq7zr9x", "port", "1")"#,
            r#"{"user", "password", "kq7zr9x"}"#,
            r#"["tool", "--password", "kq7zr9x", "-v"]"#,
        ] {
            assert_eq!(
                read(Kind::Code, line).map(|found| found.1),
                Some("kq7zr9x".to_owned()),
                "{line}"
            );
        }
    }

    #[test]
    fn a_verb_is_a_whole_word() {
        for line in [
            r#"token("kq7zr")"#,
            r#"loginPassword("kq7zr")"#,
            r#"setToken("kq7zr")"#,
        ] {
            assert_eq!(
                read(Kind::Code, line).unwrap_or_else(|| panic!("{line}")).1,
                "kq7zr",
                "{line}"
            );
        }
        for line in [
            r#"getToken("kq7zr")"#,
            r#"is_token("kq7zr")"#,
            r#"toPassword("kq7zr")"#,
        ] {
            assert_eq!(read(Kind::Code, line), None, "{line}");
        }
    }

    #[test]
    fn expressions_and_sentences_are_no_literals() {
        for line in [
            "password: $(cat x)",
            "password: ${X}",
            "password: see the manual",
            "PASSWORD=`cat x`",
            "token: *anchor",
        ] {
            assert_eq!(read(Kind::Config, line), None, "{line}");
        }
    }

    #[test]
    fn the_whole_name_is_read() {
        assert_eq!(
            read(Kind::Config, "spring.datasource.password=kq7zr").unwrap().0,
            "spring.datasource.password"
        );
        assert_eq!(
            read(Kind::Code, r#"this.$accessToken = "kq7zr""#).unwrap().0,
            "this.$accessToken"
        );
    }
}
