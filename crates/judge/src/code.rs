//! Code in values: templates, calls, paths of names, regular expressions.

use crate::{credential::GIBBERISH, is_dense, wordiness::wordiness, words::contains_any};

/// The position of the first template expression (`{x}`, `{{ x }}`, `${x}`, `<%= x %>`) and its content.
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

/// Returns whether a value is a format string or a template, or has escapes.
pub(crate) fn is_template(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "%s", "%d", "%v", "%q", "{}", "{0", "<%", "${", "$(", "#{", "{{", "\\x", "\\u", "\\t", "...",
        "\u{2026}", "[^", "(?", "\\s", "\u{fffd}", "</", "/>",
    ];
    // An ellipsis shortens a value; generators do not write one.
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
    // Braces occur in generated values too, so what remains without the expression decides.
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

/// Returns whether a value is code: a call, a path of names, a list of words.
pub(crate) fn is_code(text: &str) -> bool {
    let call = text.ends_with(')') && text.contains('(')
        || text.ends_with(';')
        || contains_any(text, &["::", "=>", "->"]);
    // A list of literals, JSON.
    if contains_any(
        text,
        &["','", "\",\"", "', '", "\", \"", "\":", "\\\":", "'],", "\"],"],
    ) {
        return true;
    }
    // Characters as escapes, as minifiers write symbols: `\\u3299\\ufe0f`.
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

/// Returns whether a value is a regular expression: it has a character class with a repetition, an escape for
/// a class or a boundary, or a lookaround.
pub(crate) fn is_regex(text: &str) -> bool {
    if !text.contains(['\\', '[', '(']) {
        return false;
    }
    let bytes = text.as_bytes();
    // `[^&]+`, `[a-z0-9]{8,32}`, `[\\w-]*`: ranges, an escape or a `^` distinguish a class from brackets in a
    // password.
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
