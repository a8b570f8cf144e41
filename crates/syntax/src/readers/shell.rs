//! Shell scripts: assignments, options, quoted words, defaults of variables; batch files; words of
//! Dockerfiles.

use std::borrow::Cow;

use keysift_finding::Span;

use super::{
    Entry, LONGEST_VALUE, Reading, Syntax, Value,
    lines::{holds, is_blank, line_around, skip_blanks, trim_end},
    quotes::{Escapes, quoted},
};
use crate::{Quoting, lexical::in_string};

/// Reads the value of the name around `word`.
pub(crate) fn read<'t>(text: &'t [u8], word: Span, syntax: Syntax) -> Reading<'t> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    let Some(name) = name_around(text, line, word) else {
        return Reading::Unknown;
    };
    let before = Span::new(line.start, name.start).of(text);
    let rest = Span::new(name.end, line.end).of(text);
    if before.ends_with(b"${") {
        return Reading::maybe(default(text, name, line));
    }
    if syntax == Syntax::Batch {
        return batch(text, name, line);
    }
    let last = before.last().copied().unwrap_or(b' ');
    if matches!(last, b'"' | b'\'') && rest.starts_with(b"=") {
        let escapes = if last == b'"' {
            Escapes::Shell
        } else {
            Escapes::None
        };
        let whole = quoted(text, name.start - 1, escapes, false);
        return Reading::maybe(whole.and_then(|whole| pair_within(text, whole, word)));
    }
    if syntax == Syntax::Docker
        && let Some(reading) = docker(text, name, line)
    {
        return reading;
    }
    // csh `setenv NAME x`, fish `set -x NAME x`.
    let sets = matches!(
        before.trim_ascii(),
        b"setenv" | b"set -x" | b"set -gx" | b"set -Ux" | b"set -g"
    );
    let flag = last == b'-' || sets;
    let apart = rest.first().is_some_and(|byte| is_blank(*byte));
    let assigned = rest.starts_with(b"=")
        && !rest.starts_with(b"==")
        && (flag || before.is_empty() || b" \t;&|(`".contains(&last));
    if !(assigned || flag && apart) || in_string(text, name.start) {
        return Reading::Unknown;
    }
    let at = if assigned {
        name.end + 1
    } else {
        skip_blanks(text, name.end, line.end)
    };
    if let Some(value) = whole_line(text, name, line) {
        return Reading::one(value.named(name));
    }
    let Some(value) = word_at(text, at, line.end) else {
        return Reading::Unknown;
    };
    if value.text.is_empty() || flag && apart && value.text.starts_with(b"-") {
        return Reading::Nothing;
    }
    // Helm's `--set a=x,b=y` is a list.
    let listed = before.windows(6).any(|word| word == b"--set ")
        || before.windows(12).any(|word| word == b"--set-string");
    if listed && let Some(comma) = value.span.of(text).iter().position(|byte| *byte == b',') {
        let span = Span::new(value.span.start, value.span.start + comma);
        return if span.is_empty() {
            Reading::Nothing
        } else {
            Reading::one(Value::plain(text, span).named(name))
        };
    }
    Reading::one(value.named(name))
}

/// The name of a variable, an option or a property around a word.
fn name_around(text: &[u8], line: Span, word: Span) -> Option<Span> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before = Span::new(line.start, word.start).of(text);
    let mut start = word.start - before.iter().rev().take_while(is_name).count();
    let end = word.end
        + text[word.end..line.end.max(word.end)]
            .iter()
            .take_while(is_name)
            .count();
    while start < word.start && matches!(text[start], b'-' | b'.') {
        start += 1;
    }
    // `-Dspring.datasource.password=…`
    let property = text[..start].ends_with(b"-") && text[start] == b'D' && text[start..end].contains(&b'.');
    let start = start + usize::from(property);
    (word.end <= line.end && end - start <= 100).then_some(Span::new(start, end))
}

/// `${NAME:-literal}`.
fn default<'t>(text: &'t [u8], name: Span, line: Span) -> Option<Entry<'t>> {
    let rest = Span::new(name.end, line.end).of(text);
    let sign = [&b":-"[..], b":=", b"-", b"="]
        .iter()
        .find(|sign| rest.starts_with(sign))?
        .len();
    let start = name.end + sign;
    let span = Span::new(
        start,
        start + text[start..line.end].iter().position(|byte| *byte == b'}')?,
    );
    let mut value = Value::plain(text, span);
    if let Some(Value { span, text, .. }) =
        quoted(text, start, Escapes::Shell, false).filter(|inner| inner.end == span.end)
    {
        (value.span, value.text) = (span, text);
    }
    value.quoting = Quoting::Quoted;
    (!value.text.is_empty()).then(|| value.named(name))
}

/// `set NAME=value`, up to the end of the line.
fn batch<'t>(text: &'t [u8], name: Span, line: Span) -> Reading<'t> {
    let before = Span::new(line.start, name.start)
        .of(text)
        .trim_ascii_end()
        .to_ascii_lowercase();
    if !(before.ends_with(b"set") || before.ends_with(b"set \"")) || text.get(name.end) != Some(&b'=') {
        return Reading::Unknown;
    }
    let quote = before.ends_with(b"\"");
    let mut span = trim_end(text, Span::new(name.end + 1, line.end));
    if quote && let Some(close) = span.of(text).iter().rposition(|byte| *byte == b'"') {
        span.end = span.start + close;
    }
    let mut value = Value::plain(text, span);
    // A caret escapes the next character.
    if !quote && span.of(text).contains(&b'^') {
        value.text = span
            .of(text)
            .iter()
            .copied()
            .filter(|byte| *byte != b'^')
            .collect::<Vec<_>>()
            .into();
    }
    if span.is_empty() {
        Reading::Nothing
    } else {
        Reading::one(value.named(name))
    }
}

/// `ENV NAME value`, up to the end of the line.
fn docker<'t>(text: &'t [u8], name: Span, line: Span) -> Option<Reading<'t>> {
    let before = Span::new(line.start, name.start).of(text).trim_ascii();
    let spaced =
        before.eq_ignore_ascii_case(b"env") && text.get(name.end).is_some_and(|byte| is_blank(*byte));
    if !spaced {
        return None;
    }
    let at = skip_blanks(text, name.end, line.end);
    let span = trim_end(text, Span::new(at, line.end));
    let quotes = matches!(text.get(at), Some(b'"' | b'\''));
    let value = if quotes {
        word_at(text, at, line.end)
    } else {
        Some(Value::plain(text, span))
    };
    // Continuation lines are read by the Dockerfile reader.
    Some(
        match value.filter(|_| !span.is_empty() && !span.of(text).ends_with(b"\\")) {
            Some(value) => Reading::one(value.named(name)),
            None => Reading::Unknown,
        },
    )
}

/// The rest of the line in a here-document, which is a line of a file, not of a script.
fn whole_line<'t>(text: &'t [u8], name: Span, line: Span) -> Option<Value<'t>> {
    let before = Span::new(line.start, name.start).of(text).trim_ascii();
    if !(before.is_empty() || before == b"export")
        || text.get(name.end) != Some(&b'=')
        || !in_document(text, line)
    {
        return None;
    }
    let at = name.end + 1;
    match text.get(at) {
        Some(b'"' | b'\'' | b'`') => None,
        Some(b'$') if matches!(text.get(at + 1), Some(b'(' | b'{')) => None,
        _ => super::dotenv::to_the_end(text, at, line.end),
    }
}

/// How far above a line the beginning of its here-document is searched, in bytes.
const DOCUMENT: usize = 4096;

/// Returns whether a line is in a here-document: between `<<WORD` and a line of that word.
fn in_document(text: &[u8], line: Span) -> bool {
    let floor = line.start.saturating_sub(DOCUMENT);
    let above = &text[floor..line.start];
    let Some(open) = memchr::memmem::rfind(above, b"<<") else {
        return false;
    };
    let rest = &above[open + 2..];
    let rest = rest.strip_prefix(b"-").unwrap_or(rest).trim_ascii_start();
    let quote = usize::from(matches!(rest.first(), Some(b'"' | b'\'' | b'\\')));
    let len = rest[quote..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let mark = &rest[quote..quote + len];
    let mut lines = rest.split(|byte| *byte == b'\n').skip(1);
    len > 0 && rest.contains(&b'\n') && !lines.any(|line| line.trim_ascii() == mark)
}

/// The shell word that begins at `at`, with quotes and escapes resolved.
pub(crate) fn word_at(text: &[u8], start: usize, end: usize) -> Option<Value<'_>> {
    let (mut at, mut out, mut pieces, mut changed) = (start, Vec::new(), 0, false);
    while at < end && at - start < LONGEST_VALUE {
        match text[at] {
            byte if byte.is_ascii_whitespace() || b";|&<>()".contains(&byte) => break,
            quote @ (b'"' | b'\'') => {
                let escapes = if quote == b'"' {
                    Escapes::Shell
                } else {
                    Escapes::None
                };
                let inner = quoted(text, at, escapes, true)?;
                if at == start {
                    let next = text.get(inner.end).filter(|_| inner.end < end);
                    if next.is_none_or(|byte| byte.is_ascii_whitespace() || b";|&<>()`".contains(byte)) {
                        return Some(inner);
                    }
                }
                pieces += 1;
                out.extend_from_slice(&inner.text);
                at = inner.end;
            }
            b'\\' => {
                changed = true;
                at += 1;
                if at < end {
                    out.push(text[at]);
                    at += 1;
                }
            }
            b'$' if text.get(at + 1) == Some(&b'(') => {
                let close = text[at..end].iter().rposition(|byte| *byte == b')')?;
                out.extend_from_slice(&text[at..at + close + 1]);
                at += close + 1;
            }
            b'`' => return None,
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    let span = Span::new(start, at.min(end.max(start)));
    let mut value = Value::plain(text, span);
    if pieces > 0 || changed {
        value.text = Cow::Owned(out);
        value.quoting = if pieces > 0 {
            Quoting::Quoted
        } else {
            Quoting::Bare
        };
    }
    Some(value)
}

/// Splits `NAME=value` in a scalar of another format at the first `=`.
pub(crate) fn pair_within<'t>(text: &'t [u8], whole: Value<'t>, word: Span) -> Option<Entry<'t>> {
    let raw = whole.span.of(text);
    let sign = raw.iter().position(|byte| *byte == b'=')?;
    let lead = raw[..sign]
        .iter()
        .rposition(|byte| is_blank(*byte))
        .map_or(0, |at| at + 1);
    let dashes = raw[lead..sign].iter().take_while(|byte| **byte == b'-').count();
    let name = Span::new(whole.span.start + lead + dashes, whole.span.start + sign);
    let plain = name
        .of(text)
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let exported = lead == 0 || matches!(raw[..lead].trim_ascii(), b"export" | b"set" | b"setx");
    if !plain || !exported || !holds(name, word) || raw.get(sign + 1) == Some(&b'=') {
        return None;
    }
    let span = Span::new(name.end + 1, whole.span.end);
    // Quotes inside the scalar are part of the assignment.
    if let Some(inner) = quoted(text, span.start, Escapes::Shell, false)
        .filter(|inner| matches!(text.get(span.start), Some(b'"' | b'\'')) && inner.end == span.end)
    {
        return Some(inner.named(name));
    }
    let mut value = Value::plain(text, span);
    value.quoting = whole.quoting;
    if let Cow::Owned(decoded) = whole.text {
        let sign = decoded.iter().position(|byte| *byte == b'=')?;
        value.text = Cow::Owned(decoded[sign + 1..].to_vec());
    }
    (!span.is_empty()).then(|| value.named(name))
}
