//! XML and HTML: elements, attributes, names and values in attributes or sibling elements, property lists.

use std::borrow::Cow;

use keysift_finding::Span;
use memchr::{memchr, memmem, memrchr};

use super::{
    LONGEST_VALUE, Reading, Value,
    lines::{holds, trim_end},
    siblings,
};
use crate::Quoting;

/// How far before a word its tag may begin, in bytes.
const BACK: usize = 512;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let floor = word.start.saturating_sub(BACK);
    let Some(open) = memrchr(b'<', &text[floor..word.start]).map(|at| floor + at) else {
        return Reading::Unknown;
    };
    let Some(close) = tag_end(text, open) else {
        return Reading::Unknown;
    };
    if close < word.start {
        return content(text, Span::new(open, close), word);
    }
    if matches!(text.get(open + 1), Some(b'/' | b'!' | b'?')) {
        return if text[open + 1] == b'/' {
            Reading::Nothing
        } else {
            Reading::Unknown
        };
    }
    let element = name_at(text, open + 1);
    if holds(element, word) {
        if let Some(value) =
            attributes(text, element.end, close).find(|(name, _)| siblings::values(local(name.of(text))))
        {
            return Reading::one(value.1.named(element));
        }
        if text[close - 1] == b'/' {
            return Reading::Nothing;
        }
        return element_text(text, close)
            .map_or(Reading::Unknown, |value| Reading::one(value.named(element)));
    }
    let mut named: Option<Span> = None;
    let mut value = None;
    for (name, found) in attributes(text, element.end, close) {
        if holds(name, word) {
            return Reading::one(found.named(name));
        }
        if holds(found.span, word) && siblings::names(local(name.of(text))) {
            named = Some(found.span);
        } else if value.is_none() && siblings::values(local(name.of(text))) {
            value = Some(found);
        }
    }
    let Some(named) = named else {
        return Reading::Unknown;
    };
    if let Some(value) = value {
        return Reading::one(siblings::entry(text, named, value));
    }
    if text[close - 1] == b'/' {
        return Reading::Nothing;
    }
    // `<property name="password">x</property>`, `<setting name="Password"><value>x</value>`
    let value = element_text(text, close).or_else(|| {
        let open = next_tag(text, close + 1)?;
        let inner = name_at(text, open + 1);
        siblings::values(local(inner.of(text)))
            .then(|| element_text(text, tag_end(text, open)?))
            .flatten()
    });
    value.map_or(Reading::Unknown, |value| {
        Reading::one(siblings::entry(text, named, value))
    })
}

/// `<key>db_password</key><string>x</string>`, `<name>password</name><value>x</value>`.
fn content<'t>(text: &'t [u8], tag: Span, word: Span) -> Reading<'t> {
    let element = name_at(text, tag.start + 1);
    let Some(name) = element_text(text, tag.end).filter(|name| holds(name.span, word)) else {
        return Reading::Unknown;
    };
    if !siblings::names(local(element.of(text))) || name.text.contains(&b' ') {
        return Reading::Unknown;
    }
    let value = || {
        let closing = memchr(b'<', &text[name.span.end..])? + name.span.end;
        let open = next_tag(text, tag_end(text, closing)? + 1)?;
        let inner = name_at(text, open + 1);
        let is_value = siblings::values(local(inner.of(text)))
            || element.of(text) == b"key" && inner.of(text) == b"string";
        is_value
            .then(|| element_text(text, tag_end(text, open)?))
            .flatten()
    };
    Reading::maybe(value().map(|value| siblings::entry(text, name.span, value)))
}

fn name_at(text: &[u8], at: usize) -> Span {
    let len = text[at.min(text.len())..]
        .iter()
        .take(100)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
        .count();
    Span::new(at, at + len)
}

/// A name without its namespace prefix.
fn local(name: &[u8]) -> &[u8] {
    &name[name.iter().rposition(|byte| *byte == b':').map_or(0, |at| at + 1)..]
}

/// The position of the `>` that ends the tag at `open`.
fn tag_end(text: &[u8], open: usize) -> Option<usize> {
    let mut quote = None;
    let rest = text[open..].iter().take(4 * LONGEST_VALUE).enumerate();
    for (at, byte) in rest {
        match (quote, byte) {
            (None, b'>') => return Some(open + at),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), _) if open == *byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The next tag, if only white space precedes it.
fn next_tag(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let at = at
        + rest
            .iter()
            .take(200)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    (text.get(at) == Some(&b'<')).then_some(at)
}

/// The text of the element whose tag ends at `close`.
fn element_text<'t>(text: &'t [u8], close: usize) -> Option<Value<'t>> {
    let start = close + 1;
    let ceiling = text.len().min(start + LONGEST_VALUE);
    let rest = text.get(start..ceiling)?;
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    const DATA: &[u8] = b"<![CDATA[";
    if rest[blanks..].starts_with(DATA) {
        let from = start + blanks + DATA.len();
        let len = memmem::find(&text[from..ceiling], b"]]>")?;
        let mut value = Value::plain(text, Span::new(from, from + len));
        value.quoting = Quoting::Quoted;
        return (len > 0).then_some(value);
    }
    let len = memchr(b'<', rest)?;
    let span = trim_end(text, Span::new(start + blanks.min(len), start + len));
    (!span.is_empty()).then(|| value(text, span))
}

fn value<'t>(text: &'t [u8], span: Span) -> Value<'t> {
    let mut value = Value::plain(text, span);
    value.quoting = Quoting::Quoted;
    value.text = entities(span.of(text));
    value
}

/// The attributes in a range.
fn attributes<'t>(text: &'t [u8], start: usize, end: usize) -> impl Iterator<Item = (Span, Value<'t>)> {
    let mut at = start;
    std::iter::from_fn(move || {
        loop {
            at += text[at..end.max(at)]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            if at >= end {
                return None;
            }
            let name = name_at(text, at);
            let sign = name.end
                + text[name.end..end.max(name.end)]
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace())
                    .count();
            if name.is_empty() || text.get(sign) != Some(&b'=') {
                at = name.end.max(at + 1);
                continue;
            }
            let open = sign
                + 1
                + text[sign + 1..end.max(sign + 1)]
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace())
                    .count();
            let quote = *text.get(open).filter(|byte| matches!(byte, b'"' | b'\''))?;
            let len = memchr(quote, &text[open + 1..end.max(open + 1)])?;
            at = open + len + 2;
            return Some((name, value(text, Span::new(open + 1, open + 1 + len))));
        }
    })
}

/// A text with its entities replaced.
pub(crate) fn entities(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'&', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    const NAMED: &[(&[u8], u8)] = &[
        (b"amp", b'&'),
        (b"lt", b'<'),
        (b"gt", b'>'),
        (b"quot", b'"'),
        (b"apos", b'\''),
    ];
    let (mut out, mut at) = (Vec::with_capacity(raw.len()), 0);
    while at < raw.len() {
        let end = raw[at..]
            .iter()
            .take(10)
            .position(|byte| *byte == b';')
            .filter(|_| raw[at] == b'&');
        let entity = end.map(|len| &raw[at + 1..at + len]);
        let char = entity.and_then(|entity| {
            let number = || {
                let digits = std::str::from_utf8(entity.strip_prefix(b"#")?).ok()?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                char::from_u32(code)
            };
            NAMED
                .iter()
                .find(|(name, _)| *name == entity)
                .map(|(_, byte)| char::from(*byte))
                .or_else(number)
        });
        match (char, end) {
            (Some(char), Some(len)) => {
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                at += len + 1;
            }
            _ => {
                out.push(raw[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}
