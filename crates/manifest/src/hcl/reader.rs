//! Reads HCL by recursive descent, in one pass.

use std::borrow::Cow;

use keysift_finding::Span;

use super::{Attribute, Block, Body, Expr, Text};

/// Deeper blocks and expressions are skipped as text.
const DEEPEST: usize = 64;

pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    pub(super) fn file(mut self) -> Body<'t> {
        self.body()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn starts(&self, word: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes())
    }

    /// Skips blanks and comments, and newlines if `lines`.
    fn blanks(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' if !lines => return,
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.line(),
                b'/' if self.starts("//") => self.line(),
                b'/' if self.starts("/*") => {
                    let end = self.text[self.at..].find("*/");
                    self.at = end.map_or(self.text.len(), |end| self.at + end + 2);
                }
                _ => return,
            }
        }
    }

    /// Skips to the end of the line.
    fn line(&mut self) {
        let end = memchr::memchr(b'\n', &self.text.as_bytes()[self.at..]);
        self.at = end.map_or(self.text.len(), |end| self.at + end);
    }

    /// An identifier, which may have dashes in it.
    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
        let length = match rest.starts_with(|char: char| char.is_alphabetic() || char == '_') {
            true => rest.find(|char| !is_part(char)).unwrap_or(rest.len()),
            false => 0,
        };
        self.at += length;
        &rest[..length]
    }

    /// Attributes and blocks up to the closing brace, which is consumed.
    fn body(&mut self) -> Body<'t> {
        let mut body = Body::default();
        loop {
            self.blanks(true);
            match self.peek() {
                None => return body,
                Some(b'}') => {
                    self.at += 1;
                    if self.depth > 0 {
                        return body;
                    }
                    continue;
                }
                Some(_) => {}
            }
            let start = self.at;
            // Nomad takes names in quotes too.
            let (name, quoted) = match self.peek() == Some(b'"') {
                true => (self.quoted().map_or("", |text| text.raw), true),
                false => (self.word(), false),
            };
            let name_span = Span::new(
                start + usize::from(quoted),
                start + usize::from(quoted) + name.len(),
            );
            self.blanks(false);
            match self.peek() {
                Some(b'=') if !name.is_empty() && !self.starts("==") => {
                    self.at += 1;
                    self.blanks(false);
                    let value = self.expression(false);
                    body.attributes.push(Attribute {
                        name: Cow::Borrowed(name),
                        name_span,
                        value,
                    });
                }
                Some(b'"' | b'{') if !name.is_empty() => match self.block(name, start) {
                    Some(block) => body.blocks.push(block),
                    None => self.line(),
                },
                _ => {
                    // Never stands still.
                    self.at = self.at.max(start + 1);
                    while !self.text.is_char_boundary(self.at) {
                        self.at += 1;
                    }
                    self.line();
                }
            }
        }
    }

    fn block(&mut self, kind: &'t str, start: usize) -> Option<Block<'t>> {
        let mut labels = Vec::new();
        let mut end = start + kind.len();
        loop {
            match self.peek()? {
                b'"' => {
                    labels.push(self.quoted()?.raw);
                    end = self.at;
                }
                b'{' => break,
                _ => {
                    let word = self.word();
                    if word.is_empty() {
                        return None;
                    }
                    labels.push(word);
                    end = self.at;
                }
            }
            self.blanks(false);
        }
        if self.depth == DEEPEST {
            self.balanced();
            return None;
        }
        self.at += 1;
        self.depth += 1;
        let body = self.body();
        self.depth -= 1;
        Some(Block {
            kind,
            labels,
            head: Span::new(start, end),
            body,
        })
    }

    /// An expression up to its end: the line's, or inside brackets that of the item.
    fn expression(&mut self, inside: bool) -> Expr<'t> {
        let start = self.at;
        let first = self.primary();
        self.blanks(inside);
        let ends = match self.peek() {
            None | Some(b'\n' | b',' | b'}' | b']' | b')') => true,
            // The next item of an object begins without a comma after a newline.
            Some(_) => {
                inside && self.text[start..self.at].trim_end().len() < self.at - start && {
                    self.text[..self.at].trim_end_matches([' ', '\t']).ends_with('\n')
                }
            }
        };
        if let (true, Some(first)) = (ends, first) {
            return first;
        }
        self.at = self.at.max(start);
        self.operation();
        let raw = self.text[start..self.at].trim_end();
        Expr::Other(raw, Span::new(start, start + raw.len()))
    }

    /// Skips the rest of an operation: to the end of the line or of the item, over everything in brackets and quotes.
    fn operation(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b',' | b'}' | b']' | b')' => return,
                b'#' => return,
                b'/' if self.starts("//") || self.starts("/*") => return,
                b'"' => drop(self.quoted()),
                b'{' | b'[' | b'(' => self.balanced(),
                _ => self.at += 1,
            }
        }
    }

    /// Skips from an opening bracket to the one that closes it.
    fn balanced(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    if self.quoted().is_none() {
                        self.line();
                    }
                    continue;
                }
                b'<' if self.starts("<<") => {
                    if self.heredoc().is_none() {
                        self.at += 2;
                    }
                    continue;
                }
                b'#' => {
                    self.line();
                    continue;
                }
                b'/' if self.starts("//") => {
                    self.line();
                    continue;
                }
                b'{' | b'[' | b'(' => open += 1,
                b'}' | b']' | b')' => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    /// A literal, a collection, a call, or a word; `None` if it begins as anything else.
    fn primary(&mut self) -> Option<Expr<'t>> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.quoted().map(Expr::Text),
            b'<' if self.starts("<<") => self.heredoc().map(Expr::Text),
            b'[' | b'{' if self.depth == DEEPEST || self.is_for() => {
                self.balanced();
                Some(Expr::Other(&self.text[start..self.at], Span::new(start, self.at)))
            }
            b'[' => {
                self.at += 1;
                Some(Expr::List(self.items(b']')))
            }
            b'{' => Some(Expr::Object(self.object())),
            _ => {
                let name = self.word();
                if !name.is_empty() && self.peek() == Some(b'(') && self.depth < DEEPEST {
                    self.at += 1;
                    let arguments = self.items(b')');
                    return Some(Expr::Call { name, arguments });
                }
                let rest = self.text[self.at..].bytes();
                self.at += rest
                    .take_while(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'*')
                    })
                    .count();
                let raw = &self.text[start..self.at];
                (!raw.is_empty()).then_some(Expr::Other(raw, Span::new(start, self.at)))
            }
        }
    }

    /// Whether a bracket opens `[for x in y : …]`.
    fn is_for(&self) -> bool {
        let inside = self.text[self.at + 1..].trim_start();
        inside
            .strip_prefix("for")
            .is_some_and(|rest| rest.starts_with([' ', '\t', '\n']))
    }

    /// Expressions up to a closing bracket, which is consumed.
    fn items(&mut self, close: u8) -> Vec<Expr<'t>> {
        let mut found = Vec::new();
        self.depth += 1;
        loop {
            self.blanks(true);
            match self.peek() {
                None => break,
                Some(byte) if byte == close => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.at += 1,
                // A bracket of another kind: the text is broken here.
                Some(b'}' | b']' | b')') => break,
                Some(_) => {
                    let start = self.at;
                    found.push(self.expression(true));
                    if self.at == start {
                        break;
                    }
                }
            }
        }
        self.depth -= 1;
        found
    }

    /// `{ key = value, "key" : value }`.
    fn object(&mut self) -> Vec<Attribute<'t>> {
        let mut found = Vec::new();
        self.at += 1;
        self.depth += 1;
        loop {
            self.blanks(true);
            let start = self.at;
            match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                Some(b']' | b')') => break,
                Some(_) => {}
            }
            let (name, name_span) = match self.peek() {
                Some(b'"') => match self.quoted() {
                    Some(text) => (text.raw, text.span),
                    None => break,
                },
                Some(b'(') => {
                    self.balanced();
                    (&self.text[start..self.at], Span::new(start, self.at))
                }
                _ => {
                    let rest = self.text[self.at..].bytes();
                    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
                    self.at += rest.take_while(part).count();
                    (&self.text[start..self.at], Span::new(start, self.at))
                }
            };
            self.blanks(false);
            match self.peek() {
                Some(b'=' | b':') if !name.is_empty() => {
                    self.at += 1;
                    self.blanks(true);
                    let value = self.expression(true);
                    found.push(Attribute {
                        name: Cow::Borrowed(name),
                        name_span,
                        value,
                    });
                }
                _ => {
                    if self.at == start {
                        break;
                    }
                    self.operation();
                }
            }
        }
        self.depth -= 1;
        found
    }

    /// A text in quotes, with the expressions in it: `"${lower("a")}"`. `None` if its line ends first.
    fn quoted(&mut self) -> Option<Text<'t>> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let (mut at, mut open) = (start, 0_usize);
        loop {
            let Some(byte) = bytes.get(at) else {
                self.at = bytes.len();
                return None;
            };
            match *byte {
                b'\\' => at += 1,
                b'$' | b'%' if open == 0 && bytes.get(at + 1) == Some(&b'{') => {
                    // `$${` is a dollar sign.
                    open = usize::from(at == start || bytes[at - 1] != bytes[at]);
                    at += 1;
                }
                b'{' if open > 0 => open += 1,
                b'}' if open > 0 => open -= 1,
                b'"' if open == 0 => break,
                b'\n' => {
                    self.at = at;
                    return None;
                }
                _ => {}
            }
            at += 1;
        }
        self.at = at + 1;
        Some(Text {
            raw: self.text.get(start..at)?,
            span: Span::new(start, at),
            block: false,
        })
    }

    /// `<<EOF` or `<<-EOF`, up to the line that is the word alone.
    fn heredoc(&mut self) -> Option<Text<'t>> {
        let rest = &self.text[self.at + 2..];
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let (word, _) = rest.split_once('\n')?;
        let word = word.trim();
        let named = !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !named {
            return None;
        }
        let start = self.at + self.text[self.at..].find('\n')? + 1;
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            if line.trim() == word {
                // The newline ends the attribute.
                self.at = end + line.trim_end_matches(['\n', '\r']).len();
                return Some(Text {
                    raw: &self.text[start..end],
                    span: Span::new(start, end),
                    block: true,
                });
            }
            end += line.len();
        }
        self.at = self.text.len();
        Some(Text {
            raw: &self.text[start..],
            span: Span::new(start, self.text.len()),
            block: true,
        })
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
