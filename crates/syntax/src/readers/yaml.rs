//! Reads YAML by lines: scalars of all kinds, flow mappings, names and values in siblings. A complete parser
//! (granit-parser, for the checks of manifests) stops at templates and syntax errors, and would have to read
//! every file that contains the word `token`.

use std::borrow::Cow;

use keysift_finding::Span;

use super::{
    Entry, LONGEST_VALUE, Reading, Value,
    json::name_before,
    lines::{
        comment, holds, is_blank, line_above, line_around, next_line, skip_blanks, skip_comment, trim_end,
    },
    quotes::{Escapes, quoted},
    shell, siblings, templates,
};
use crate::Quoting;

/// The maximum number of lines of a block that are read.
const LINES: usize = 16;

/// How far above an alias its anchor is searched, in bytes.
const BACK: usize = 16 * 1024;

/// A key of a block mapping.
#[derive(Clone, Copy, Debug)]
struct Key {
    span: Span,
    /// The position after the colon.
    behind: usize,
    /// The column in which it begins.
    column: usize,
    /// The column of the list dash, if it is the first key of an item.
    dash: Option<usize>,
}

/// The kind of a value.
enum Scalar<'t> {
    Is(Value<'t>),
    /// Nothing on the line: a nested block, or none at all.
    Empty,
    /// A reference, or a syntax error.
    No,
    /// A template, or text after the closing quote.
    Unknown,
}

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let from = skip_comment(text, line, b"#");
    let key = key(text, line, from);
    if let Some(key) = key.filter(|key| holds(key.span, word)) {
        return if key.span.of(text) == b"chpasswd" {
            accounts(text, line, key)
        } else if plausible(key.span.of(text)) {
            given(text, line, key)
        } else {
            Reading::Unknown
        };
    }
    flow(text, line, word)
        .or(|| match key {
            Some(key) if siblings::names(key.span.of(text)) => beside(text, line, key, word),
            _ => Reading::Unknown,
        })
        .or(|| item(text, line, key, from, word))
}

/// The key at the start of a line.
fn key(text: &[u8], line: Span, from: usize) -> Option<Key> {
    let (mut at, mut dash) = (skip_blanks(text, from, line.end), None);
    while text[at..line.end].starts_with(b"- ") {
        dash = dash.or(Some(at - line.start));
        at = skip_blanks(text, at + 2, line.end);
    }
    let key = |span: Span, colon: usize| {
        let is =
            colon < line.end && text[colon] == b':' && (colon + 1 == line.end || is_blank(text[colon + 1]));
        (is && !span.is_empty()).then_some(Key {
            span,
            behind: colon + 1,
            column: at - line.start,
            dash,
        })
    };
    match text.get(at).filter(|_| at < line.end)? {
        quote @ (b'"' | b'\'') => {
            let escapes = if *quote == b'"' {
                Escapes::Yaml
            } else {
                Escapes::Doubled
            };
            let name = quoted(text, at, escapes, false)?;
            key(name.span, skip_blanks(text, name.end, line.end))
        }
        b'{' | b'[' | b'#' | b'|' | b'>' | b'%' => None,
        _ => {
            let ends = |at: &usize| text[*at] == b':' && (*at + 1 == line.end || is_blank(text[*at + 1]));
            let colon = (at..line.end).find(ends)?;
            key(trim_end(text, Span::new(at, colon)), colon)
        }
    }
}

/// Returns whether a key is plausible; scripts and sentences occur in blocks too.
fn plausible(name: &[u8]) -> bool {
    name.len() <= 100
        && name.iter().filter(|byte| **byte == b' ').count() <= 3
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-./$@: ".contains(byte) || *byte >= 0x80)
}

/// Reads the value of a key: a scalar, or the default of a block.
fn given<'t>(text: &'t [u8], line: Span, key: Key) -> Reading<'t> {
    match scalar(text, key.behind, line, key.column) {
        Scalar::Is(value) => Reading::one(value.named(key.span)),
        Scalar::No => Reading::Nothing,
        Scalar::Unknown => Reading::Unknown,
        Scalar::Empty => {
            below(text, line, key).map_or(Reading::Nothing, |value| Reading::one(value.named(key.span)))
        }
    }
}

/// The scalar after a colon.
fn scalar<'t>(text: &'t [u8], behind: usize, line: Span, column: usize) -> Scalar<'t> {
    let mut at = skip_blanks(text, behind, line.end);
    // Tags and anchors.
    while at < line.end && matches!(text[at], b'!' | b'&') {
        let len = text[at..line.end]
            .iter()
            .take_while(|byte| !is_blank(**byte))
            .count();
        if at + len == line.end && text[at] == b'!' && len > 12 {
            return Scalar::No;
        }
        at = skip_blanks(text, at + len, line.end);
    }
    if at >= line.end || text[at] == b'#' && is_blank(text[at - 1]) {
        return Scalar::Empty;
    }
    let is = |value: Option<Value<'t>>| value.map_or(Scalar::Unknown, Scalar::Is);
    match text[at] {
        quote @ (b'"' | b'\'') => {
            let escapes = if quote == b'"' {
                Escapes::Yaml
            } else {
                Escapes::Doubled
            };
            is(quoted(text, at, escapes, true).filter(|value| closed(text, value.end)))
        }
        b'|' | b'>'
            if text[at + 1..line.end]
                .iter()
                .all(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9' | b' ')) =>
        {
            block(text, line, column, text[at] == b'|').map_or(Scalar::No, Scalar::Is)
        }
        b'*' if text[at + 1..line.end]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_- ".contains(byte)) =>
        {
            anchored(text, at, line).map_or(Scalar::No, Scalar::Is)
        }
        b'{' if text[at..].starts_with(b"{{") => {
            templates::action(text, Span::new(at, line.end)).map_or(Scalar::Unknown, Scalar::Is)
        }
        b'<' if text[at..].starts_with(b"<%") => {
            templates::embedded(text, Span::new(at, line.end)).map_or(Scalar::No, Scalar::Is)
        }
        b'{' | b'[' if flows(text, at, line) => Scalar::Unknown,
        b'$' if text[at..line.end].starts_with(b"${{") => {
            fallback(text, at, line).map_or(Scalar::Unknown, Scalar::Is)
        }
        _ => is(Some(plain(text, at, line, column))),
    }
}

/// The literal of a workflow expression: `${{ secrets.X || 'x' }}`.
fn fallback(text: &[u8], at: usize, line: Span) -> Option<Value<'_>> {
    let or = memchr::memmem::rfind(&text[at..line.end], b"|| '")?;
    quoted(text, at + or + 3, Escapes::Doubled, false)
}

/// The scalar of an alias: of the nearest anchor above with its name, on one line.
fn anchored<'t>(text: &'t [u8], at: usize, line: Span) -> Option<Value<'t>> {
    let name = Span::new(at + 1, line.end).of(text).trim_ascii();
    let floor = at.saturating_sub(BACK);
    let before = &text[floor..at];
    let anchor = memchr::memmem::rfind_iter(before, name).find(|found| {
        found.checked_sub(1).is_some_and(|mark| before[mark] == b'&')
            && before.get(found + name.len()).is_some_and(|byte| is_blank(*byte))
    })?;
    let anchor = floor + anchor;
    let line = line_around(text, anchor)?;
    match scalar(text, anchor + name.len(), line, indent(text, line)) {
        Scalar::Is(value) if value.span.end <= line.end => Some(value),
        _ => None,
    }
}

/// Returns whether a bracket opens a collection: it is closed, or the rest of the line is empty.
fn flows(text: &[u8], at: usize, line: Span) -> bool {
    let rest = Span::new(at, line.end).of(text).trim_ascii_end();
    rest.len() == 1 || matches!(rest.last(), Some(b'}' | b']' | b',')) || rest.contains(&b' ')
}

/// Returns whether only a comment follows.
fn closed(text: &[u8], at: usize) -> bool {
    let rest = skip_blanks(text, at, text.len());
    matches!(text.get(rest), None | Some(b'\n' | b'\r')) || rest > at && text[rest] == b'#'
}

fn indent(text: &[u8], line: Span) -> usize {
    line.of(text).iter().take_while(|byte| **byte == b' ').count()
}

/// An unquoted scalar, with its continuation lines.
fn plain<'t>(text: &'t [u8], at: usize, line: Span, column: usize) -> Value<'t> {
    let first = trim_end(text, Span::new(at, comment(text, Span::new(at, line.end), b"#")));
    let mut value = Value::plain(text, first);
    let mut last = line;
    while let Some(next) = next_line(text, last.end).filter(|_| last.end - at < LONGEST_VALUE) {
        let inner = next.of(text).trim_ascii();
        let goes_on = indent(text, next) > column
            && !inner.is_empty()
            && !matches!(inner[0], b'#' | b'{' | b'-' | b'}' | b'<')
            && !inner.ends_with(b":")
            && !inner.windows(2).any(|pair| pair == b": ")
            && first.end == trim_end(text, line).end;
        if !goes_on {
            break;
        }
        let mut folded = value.text.into_owned();
        folded.push(b' ');
        folded.extend_from_slice(inner);
        value.text = Cow::Owned(folded);
        value.span.end = trim_end(text, next).end;
        last = next;
    }
    value.end = value.span.end;
    value
}

/// A block scalar: the following lines that are indented further.
fn block<'t>(text: &'t [u8], line: Span, column: usize, literal: bool) -> Option<Value<'t>> {
    let mut out = Vec::new();
    let mut span: Option<Span> = None;
    let mut last = line;
    while let Some(next) = next_line(text, last.end) {
        let inner = trim_end(text, Span::new(skip_blanks(text, next.start, next.end), next.end));
        if !inner.is_empty() && indent(text, next) <= column {
            break;
        }
        last = next;
        if inner.is_empty() {
            continue;
        }
        let start = span.map_or(inner.start, |span| span.start);
        if inner.end - start > LONGEST_VALUE {
            return None;
        }
        if !out.is_empty() {
            out.push(if literal { b'\n' } else { b' ' });
        }
        out.extend_from_slice(inner.of(text));
        span = Some(Span::new(start, inner.end));
    }
    let mut value = Value::plain(text, span?);
    value.quoting = Quoting::Quoted;
    value.text = Cow::Owned(out);
    Some(value)
}

/// The value on the lines below a key: a scalar, or a block with a default.
fn below<'t>(text: &'t [u8], line: Span, key: Key) -> Option<Value<'t>> {
    let mut inside: Option<usize> = None;
    let mut last = line;
    for _ in 0..LINES {
        last = next_line(text, last.end)?;
        let inner = last.of(text).trim_ascii();
        if inner.is_empty() || inner.starts_with(b"#") {
            continue;
        }
        let column = indent(text, last);
        if column <= key.column {
            return None;
        }
        let Some(child) = self::key(text, last, last.start) else {
            let start = last.start + column;
            // A scalar on the line below `password:`.
            let scalar = inside.is_none() && !matches!(text[start], b'-' | b'{' | b'[');
            return match scalar.then(|| scalar_at(text, start, last, key.column))? {
                Scalar::Is(value) => Some(value),
                _ => None,
            };
        };
        if child.dash.is_some() || inside.is_some_and(|inside| column < inside) {
            return None;
        }
        inside = inside.or(Some(column));
        if inside == Some(column) && siblings::defaults(child.span.of(text)) {
            return match scalar_at(text, child.behind, last, column) {
                Scalar::Is(value) => Some(value),
                _ => None,
            };
        }
    }
    None
}

/// cloud-init `chpasswd`: lines or items of `user:password` below `list`.
fn accounts<'t>(text: &'t [u8], line: Span, key: Key) -> Reading<'t> {
    let lines = std::iter::successors(next_line(text, line.end), |line| next_line(text, line.end));
    let mut found = Vec::new();
    let mut listed = false;
    for line in lines.take(LINES) {
        if line.of(text).trim_ascii().is_empty() || indent(text, line) <= key.column {
            break;
        }
        let inner = line.of(text).trim_ascii();
        if inner.starts_with(b"list:") {
            listed = true;
            continue;
        }
        let start = line.end - line.of(text).trim_ascii_start().len();
        let start = start + if inner.starts_with(b"- ") { 2 } else { 0 };
        let login = trim_end(text, Span::new(start, line.end));
        let colon = login.of(text).iter().position(|byte| *byte == b':');
        if let Some(colon) = colon.filter(|at| listed && *at > 0 && *at + 1 < login.len()) {
            let value = Value::plain(text, Span::new(login.start + colon + 1, login.end));
            found.push(Entry {
                known: true,
                ..value.named(Span::new(login.start, login.start + colon))
            });
        }
    }
    match found.is_empty() {
        true => Reading::Unknown,
        false => Reading::Entries(found),
    }
}

/// `- --password`, with its value in the next item.
fn option<'t>(text: &'t [u8], line: Span, option: Span) -> Reading<'t> {
    let name = Span::new(option.start + 2, option.end);
    let plain = name
        .of(text)
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let next = next_line(text, line.end).filter(|next| plain && indent(text, *next) == indent(text, line));
    let item = next.filter(|next| next.of(text).trim_ascii_start().starts_with(b"- "));
    let Some(next) = item else {
        return Reading::Unknown;
    };
    match scalar(
        text,
        next.start + indent(text, next) + 2,
        next,
        indent(text, next),
    ) {
        Scalar::Is(value) if !value.text.starts_with(b"-") => Reading::one(value.named(name)),
        _ => Reading::Nothing,
    }
}

fn scalar_at<'t>(text: &'t [u8], at: usize, line: Span, column: usize) -> Scalar<'t> {
    scalar(text, at, line, column)
}

/// `name: DB_PASSWORD` with `value: …` on a line beside it.
fn beside<'t>(text: &'t [u8], line: Span, key: Key, word: Span) -> Reading<'t> {
    let Scalar::Is(name) = scalar(text, key.behind, line, key.column) else {
        return Reading::Unknown;
    };
    if !holds(name.span, word) || name.text.len() > 100 || name.text.contains(&b' ') {
        return Reading::Unknown;
    }
    let value = |line: Span| -> Result<Option<Value<'t>>, ()> {
        let inner = line.of(text).trim_ascii();
        if inner.is_empty() || inner.starts_with(b"#") || inner.starts_with(b"{{") {
            return Ok(None);
        }
        let Some(other) = self::key(text, line, line.start) else {
            return if indent(text, line) > key.column {
                Ok(None)
            } else {
                Err(())
            };
        };
        if other.column < key.column {
            return Err(());
        }
        if other.column == key.column && siblings::values(other.span.of(text)) {
            return match scalar(text, other.behind, line, other.column) {
                Scalar::Is(value) => Ok(Some(value)),
                _ => Err(()),
            };
        }
        Ok(None)
    };
    let found = |value: Value<'t>| Reading::one(siblings::entry(text, name.span, value));
    let mut last = line;
    for _ in 0..LINES {
        let Some(next) = next_line(text, last.end) else {
            break;
        };
        last = next;
        // The next item of the list begins.
        if self::key(text, last, last.start).is_some_and(|key| key.dash.is_some())
            && indent(text, last) < key.column
        {
            break;
        }
        match value(last) {
            Ok(Some(value)) => return found(value),
            Ok(None) => {}
            Err(()) => break,
        }
    }
    let mut last = line;
    for _ in 0..LINES {
        // The first key of an item has no siblings above.
        if self::key(text, last, last.start)
            .is_some_and(|first| first.dash.is_some() && first.column == key.column)
        {
            break;
        }
        let Some(above) = line_above(text, last.start) else {
            break;
        };
        last = above;
        match value(last) {
            Ok(Some(value)) => return found(value),
            Ok(None) => {}
            Err(()) => break,
        }
    }
    Reading::Unknown
}

/// A pair inside braces: `{user: app, password: x}`.
fn flow<'t>(text: &'t [u8], line: Span, word: Span) -> Reading<'t> {
    let before = Span::new(line.start, word.start).of(text);
    let opened = before.iter().rposition(|byte| *byte == b'{');
    let closed = before.iter().rposition(|byte| *byte == b'}');
    if opened.is_none()
        || closed > opened
        || before.ends_with(b"{{")
        || before.windows(2).any(|pair| pair == b"{{")
    {
        return Reading::Unknown;
    }
    let Some((name, behind)) = name_before(text, word) else {
        return Reading::Unknown;
    };
    let colon = skip_blanks(text, behind, line.end);
    let spaced = text.get(colon + 1).is_some_and(u8::is_ascii_whitespace) || behind > name.end;
    if text.get(colon) != Some(&b':') || colon >= line.end || !spaced {
        return flow_beside(text, line, word);
    }
    let at = skip_blanks(text, colon + 1, line.end);
    let value = flow_scalar(text, at, line);
    value.map_or(Reading::Unknown, |value| Reading::one(value.named(name)))
}

fn flow_scalar<'t>(text: &'t [u8], at: usize, line: Span) -> Option<Value<'t>> {
    match text.get(at).filter(|_| at < line.end)? {
        quote @ (b'"' | b'\'') => quoted(
            text,
            at,
            if *quote == b'"' {
                Escapes::Yaml
            } else {
                Escapes::Doubled
            },
            false,
        ),
        b'{' | b'[' | b'*' | b'&' | b'!' => None,
        _ => {
            let len = text[at..line.end]
                .iter()
                .take_while(|byte| !matches!(byte, b',' | b'}' | b']'))
                .count();
            let span = trim_end(text, Span::new(at, at + len));
            (!span.is_empty()).then(|| Value::plain(text, span))
        }
    }
}

/// `{name: DB_PASSWORD, value: x}` on one line.
fn flow_beside<'t>(text: &'t [u8], line: Span, word: Span) -> Reading<'t> {
    let before = Span::new(line.start, word.start).of(text);
    let Some(open) = before
        .iter()
        .rposition(|byte| *byte == b'{')
        .map(|at| line.start + at)
    else {
        return Reading::Unknown;
    };
    let (mut at, mut name, mut found) = (open + 1, None, None);
    while at < line.end {
        at = skip_blanks(text, at, line.end);
        let quote = usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
        let len = text[at + quote..line.end]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let key = Span::new(at + quote, at + quote + len);
        let colon = skip_blanks(text, key.end + quote, line.end);
        if len == 0 || text.get(colon) != Some(&b':') {
            break;
        }
        let Some(value) = flow_scalar(text, skip_blanks(text, colon + 1, line.end), line) else {
            break;
        };
        at = skip_blanks(text, value.end, line.end);
        if siblings::names(key.of(text)) && holds(value.span, word) {
            name = Some(value.span);
        } else if siblings::values(key.of(text)) {
            found = found.or(Some(value));
        }
        if text.get(at) != Some(&b',') {
            break;
        }
        at += 1;
    }
    Reading::maybe(
        name.zip(found)
            .map(|(name, value)| siblings::entry(text, name, value)),
    )
}

/// A scalar that is an assignment, `- POSTGRES_PASSWORD=x`, and lines of files and scripts inside a block.
fn item<'t>(text: &'t [u8], line: Span, key: Option<Key>, from: usize, word: Span) -> Reading<'t> {
    let mut at = key.map_or(from, |key| key.behind);
    at = skip_blanks(text, at, line.end);
    let mut list = false;
    while text[at..line.end].starts_with(b"- ") {
        list = true;
        at = skip_blanks(text, at + 2, line.end);
    }
    if let Some(quote @ (b'"' | b'\'')) = text.get(at).filter(|_| at < line.end) {
        let escapes = if *quote == b'"' {
            Escapes::Yaml
        } else {
            Escapes::Doubled
        };
        let value = quoted(text, at, escapes, false).filter(|value| holds(value.span, word));
        if list
            && let Some(value) = value.as_ref().filter(|value| value.text.starts_with(b"--"))
            && !value.text.contains(&b'=')
        {
            return option(text, line, value.span);
        }
        return Reading::maybe(value.and_then(|value| shell::pair_within(text, value, word)));
    }
    if key.is_some() {
        return Reading::Unknown;
    }
    let whole = trim_end(
        text,
        Span::new(
            at,
            if list {
                comment(text, Span::new(at, line.end), b"#")
            } else {
                line.end
            },
        ),
    );
    if list && whole.of(text).starts_with(b"--") && !whole.of(text).contains(&b'=') {
        return option(text, line, whole);
    }
    if whole.is_empty() || whole.of(text).contains(&b' ') {
        return shell::read(text, word, super::Syntax::Shell);
    }
    Reading::maybe(shell::pair_within(text, Value::plain(text, whole), word))
}
