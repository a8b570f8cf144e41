//! Literals in templates of other formats: `{{ … }}` of Go and Helm, `<%= … %>` of Ruby.

use keysift_finding::Span;

use super::{
    Value,
    quotes::{Escapes, quoted},
};

/// Functions whose literal argument is the value or the fallback.
const GIVES: &[&str] = &[
    "b64enc", "coalesce", "default", "printf", "quote", "squote", "toString", "toYaml", "trim",
];

/// The literal of a scalar that begins with a template action: the result of the action, or the text between
/// actions.
pub(crate) fn action<'t>(text: &'t [u8], scalar: Span) -> Option<Value<'t>> {
    let mut at = scalar.start;
    while at < scalar.end {
        let rest = Span::new(at, scalar.end).of(text);
        if rest.starts_with(b"{{") {
            let close = memchr::memmem::find(rest, b"}}")?;
            if let Some(value) = pipeline(text, Span::new(at + 2, at + close)) {
                return Some(value);
            }
            at += close + 2;
            continue;
        }
        // `{{ if .Values.x }}"…"{{ else }}"…"{{ end }}`
        if matches!(rest[0], b'"' | b'\'') {
            let value = quoted(text, at, Escapes::Yaml, false).filter(|value| value.end <= scalar.end)?;
            if !value.text.is_empty() && memchr::memmem::find(&value.text, b"{{").is_none() {
                return Some(value);
            }
            at = value.end;
            continue;
        }
        at += 1;
    }
    None
}

/// The literal result of a pipeline: `"…" | b64enc`, `b64enc "…" | quote`, `.Values.x | default "…"`,
/// `default "…" .Values.x`.
fn pipeline<'t>(text: &'t [u8], action: Span) -> Option<Value<'t>> {
    let mut at = action.start;
    let (mut gives, mut formats) = (true, false);
    while at < action.end {
        match text[at] {
            b'"' | b'`' => {
                let escapes = if text[at] == b'"' {
                    Escapes::Unicode
                } else {
                    Escapes::None
                };
                let value = quoted(text, at, escapes, false).filter(|value| value.end <= action.end)?;
                if gives && !value.text.is_empty() && !(formats && value.text.contains(&b'%')) {
                    return Some(value);
                }
                at = value.end;
            }
            b'|' => (at, gives, formats) = (at + 1, true, false),
            b' ' | b'-' | b'(' | b')' => at += 1,
            byte if byte.is_ascii_alphabetic() => {
                let len = Span::new(at, action.end)
                    .of(text)
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                    .count();
                let word = &text[at..at + len];
                gives = GIVES.iter().any(|function| function.as_bytes() == word);
                formats |= word == b"printf";
                at += len;
            }
            _ => {
                at += Span::new(at, action.end)
                    .of(text)
                    .iter()
                    .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'|' | b')'))
                    .count()
                    .max(1);
            }
        }
    }
    None
}

/// The fallback of a Ruby expression: `<%= ENV["X"] || "…" %>`, `<%= ENV.fetch("X", "…") %>`, or the literal
/// itself.
pub(crate) fn embedded<'t>(text: &'t [u8], scalar: Span) -> Option<Value<'t>> {
    let raw = scalar.of(text);
    let close = memchr::memmem::find(raw, b"%>")?;
    let literal = raw[..close]
        .iter()
        .rposition(|byte| matches!(byte, b'"' | b'\''))
        .and_then(|end| raw[..end].iter().rposition(|byte| *byte == raw[end]))?;
    let before = raw[..literal].trim_ascii_end();
    let falls = before.ends_with(b"||") || before.ends_with(b",") || before == b"<%=";
    falls
        .then(|| quoted(text, scalar.start + literal, Escapes::Backslash, false))
        .flatten()
}
