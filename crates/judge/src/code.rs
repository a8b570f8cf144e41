//! Pieces of code: templates, calls and paths of names, regular expressions.

use crate::{credential::GIBBERISH, is_dense, wordiness::wordiness, words::contains_any};

/// Where the first template of these marks stands, with what it holds: `{x}`, `{{ x }}`, `${x}`, `<%= x %>`.
fn hole(text: &str) -> Option<(usize, usize)> {
    const HOLES: &[(&str, &str)] = &[
        ("${", "}"),
        ("{{", "}}"),
        ("$(", ")"),
        ("#{", "}"),
        ("<%", "%>"),
        ("{", "}"),
    ];
    if !text.contains(['{', '(', '<']) {
        return None;
    }
    HOLES.iter().find_map(|(open, close)| {
        let start = text.find(open)?;
        let inner = start + open.len();
        let len = text[inner..].find(close)?;
        Some((start, inner + len + close.len()))
    })
}

/// A format string, a template, escapes.
pub(crate) fn is_template(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "%s", "%d", "%v", "%q", "{}", "{0", "<%", "${", "$(", "#{", "{{", "\\x", "\\u", "\\t", "...",
        "\u{2026}", "[^", "(?", "\\s", "\u{fffd}", "</", "/>",
    ];
    // An ellipsis shortens a value: no generator makes one.
    if text.contains(['\u{fffd}', '\u{2026}']) || text.chars().any(char::is_control) {
        return true;
    }
    let mark = |byte: &u8| byte.is_ascii_punctuation() && !matches!(byte, b'!' | b'?' | b'=' | b'*');
    let bytes = text.as_bytes();
    // `###PASSWORD###`, `@@TOKEN@@`.
    let wrapped = bytes.len() > 4
        && mark(&bytes[0])
        && bytes.starts_with(&[bytes[0]; 2])
        && bytes.ends_with(&[bytes[0]; 2]);
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        let last = scheme.rsplit([' ', '"', '\'', '(']).next().unwrap_or_default();
        last.bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'+' | b'.' | b':' | b'-' | b'0'..=b'9'))
    });
    let dense = is_dense(text);
    // What is left when the hole is taken out decides whether it was one: braces stand in generated values too.
    let template = hole(text).is_some_and(|(start, end)| {
        let spelled = wordiness(&text[start..end]).bits < GIBBERISH;
        (spelled || !dense) && !is_dense(&[&text[..start], &text[end..]].concat())
    });
    template
        || scheme
        || wrapped
        || !dense && contains_any(text, MARKS)
        || text.starts_with('$') && !text.contains(|char: char| char.is_ascii_digit())
}

/// A piece of code: a call, a path of names, a list of words.
pub(crate) fn is_code(text: &str) -> bool {
    let call = text.ends_with(')') && text.contains('(')
        || text.ends_with(';')
        || contains_any(text, &["::", "=>", "->"]);
    // A list of literals, a text in JSON.
    if contains_any(
        text,
        &["','", "\",\"", "', '", "\", \"", "\":", "\\\":", "'],", "\"],"],
    ) {
        return true;
    }
    // Characters by their numbers, as minified programs write signs: `\\u3299\\ufe0f`.
    if text.starts_with("\\u") && text.split("\\u").skip(1).all(|part| part.len() == 4) {
        return true;
    }
    let marks = text
        .bytes()
        .filter(|byte| matches!(byte, b'.' | b'/' | b',' | b':' | b'_' | b'-' | b'*'))
        .count();
    let plain = text.bytes().all(|byte| {
        byte.is_ascii_alphabetic()
            || matches!(byte, b'.' | b'/' | b',' | b':' | b'_' | b'-' | b'[' | b']' | b'*')
    });
    let path = text.split('/').count() >= 4 && text.split('/').all(|part| part.len() <= 16);
    call && !is_dense(text) || path || plain && marks > 0 && wordiness(text).bits < GIBBERISH
}

/// A regular expression: a class of characters with a repetition, an escape for a class or a border, a group that looks around.
pub(crate) fn is_regex(text: &str) -> bool {
    if !text.contains(['\\', '[', '(']) {
        return false;
    }
    let bytes = text.as_bytes();
    // `[^&]+`, `[a-z0-9]{8,32}`, `[\\w-]*`: ranges, an escape or a `^` in it tell it from brackets of a password.
    let range = |ends: &[u8]| ends[1] == b'-' && ends[0].is_ascii_alphanumeric() && ends[0] < ends[2];
    let class = text.match_indices('[').any(|(start, _)| {
        text[start..].find(']').is_some_and(|len| {
            let inside = &text[start + 1..start + len];
            let is_class = inside.starts_with('^')
                || inside.contains('\\')
                || inside.bytes().filter(u8::is_ascii_punctuation).count() >= 5
                || inside.as_bytes().windows(3).filter(|ends| range(ends)).count() >= 2;
            is_class
                && matches!(
                    bytes.get(start + len + 1),
                    Some(b'+' | b'*' | b'?' | b'{' | b')') | None
                )
        })
    });
    let escapes = bytes
        .windows(2)
        .filter(|pair| pair[0] == b'\\' && b"wdsbAzZWDSB.+*?()[]|/".contains(&pair[1]))
        .count();
    let groups = contains_any(text, &["(?:", "(?=", "(?!", "(?<", "(?P<", "(?i"]);
    let repeated = contains_any(text, &[".*", ".+", ")*", ")+", ")?"]);
    class || groups || escapes >= 2 || escapes == 1 && repeated
}
