//! Names and values in siblings: `name: DB_PASSWORD` beside `value: …`, and blocks labelled with the name.

use keysift_finding::Span;

use super::{
    Entry, Reading, Value,
    json::{name_before, skip},
    lines::{holds, line_above, next_line, skip_blanks},
    quotes::{Escapes, quoted},
    toml,
};

/// Keys whose value is a name: Kubernetes, ECS, Azure, Postman and HAR (`name`, `key`), CloudFormation
/// (`ParameterKey`), Terraform providers (`secret_name`, `variable_name`, `parameter_name`).
const NAMES: &[&str] = &[
    "name",
    "key",
    "variable",
    "var",
    "setting",
    "property",
    "option",
    "field",
    "parameter",
    "env",
    "envvar",
    "parameterkey",
    "parametername",
    "secretname",
    "variablename",
    "settingname",
    "optionname",
    "keyname",
];

/// Keys whose value belongs to the name beside them.
const VALUES: &[&str] = &[
    "value",
    "plaintextvalue",
    "parametervalue",
    "secretvalue",
    "secretstring",
    "stringvalue",
    "default",
    "defaultvalue",
    "optionvalue",
    "settingvalue",
    "initialvalue",
    "plaintext",
];

/// Keys of a block whose value belongs to the block's label: variables of Terraform and GitLab, parameters of
/// CloudFormation and ARM, workflow inputs.
const DEFAULTS: &[&str] = &["default", "defaultvalue", "value", "initialvalue"];

/// How far a block is read, in bytes and in lines.
const FORTH: usize = 4096;
const BACK: usize = 1024;
const LINES: usize = 12;

fn among(list: &[&str], name: &[u8]) -> bool {
    let mut plain = [0; 16];
    let mut len = 0;
    for byte in name.iter().filter(|byte| !matches!(byte, b'_' | b'-')) {
        let Some(place) = plain.get_mut(len) else {
            return false;
        };
        *place = byte.to_ascii_lowercase();
        len += 1;
    }
    list.iter().any(|listed| listed.as_bytes() == &plain[..len])
}

/// Returns whether the value of a key is a name.
pub(crate) fn names(name: &[u8]) -> bool {
    among(NAMES, name)
}

/// Returns whether the value of a key belongs to the name beside it.
pub(crate) fn values(name: &[u8]) -> bool {
    among(VALUES, name)
}

/// Returns whether the value of a key belongs to the block's label.
pub(crate) fn defaults(name: &[u8]) -> bool {
    among(DEFAULTS, name)
}

/// Calls `each` with the names and strings directly in the block that opens at `open`. `signs` are between a
/// name and its value.
fn pairs<'t>(text: &'t [u8], open: usize, signs: &[u8], mut each: impl FnMut(Span, Value<'t>)) {
    let ceiling = text.len().min(open + FORTH);
    let mut at = open + 1;
    while at < ceiling {
        at = skip(text, at);
        match text.get(at) {
            None | Some(b'}') => return,
            Some(b',' | b';') => at += 1,
            Some(b'#') => {
                at += text[at..ceiling]
                    .iter()
                    .take_while(|byte| **byte != b'\n')
                    .count()
            }
            Some(b'{' | b'[' | b'(') => at = behind(text, at, ceiling),
            Some(quote @ (b'"' | b'\'')) => {
                let _ = quote;
                let Some(name) = quoted(text, at, Escapes::Unicode, false) else {
                    return;
                };
                at = pair(text, name.span, name.end, signs, &mut each);
            }
            Some(_) => {
                let len = text[at..ceiling]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
                    .count();
                at = pair(text, Span::new(at, at + len), at + len.max(1), signs, &mut each);
            }
        }
    }
}

/// Reports a name if a string follows it. Returns the position after it.
fn pair<'t>(
    text: &'t [u8],
    name: Span,
    behind: usize,
    signs: &[u8],
    each: &mut impl FnMut(Span, Value<'t>),
) -> usize {
    let sign = skip(text, behind);
    if !text.get(sign).is_some_and(|byte| signs.contains(byte)) {
        return behind.max(sign);
    }
    let at = skip(text, sign + 1);
    if !matches!(text.get(at), Some(b'"' | b'\'')) {
        return at;
    }
    match quoted(text, at, Escapes::Unicode, false) {
        Some(value) => {
            let end = value.end;
            each(name, value);
            end
        }
        None => at + 1,
    }
}

/// The position after the bracket that closes the one at `open`.
fn behind(text: &[u8], open: usize, ceiling: usize) -> usize {
    let (mut depth, mut at) = (0usize, open);
    while at < ceiling {
        match text[at] {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b'"' => {
                if let Some(value) = quoted(text, at, Escapes::Unicode, true) {
                    at = value.end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    ceiling
}

/// Reads the value beside a name, both strings in one block with braces: the word is in the value of `name`.
pub(crate) fn braced<'t>(text: &'t [u8], word: Span, signs: &[u8]) -> Reading<'t> {
    // Most words are in no value of a pair.
    let Some((held, _)) = name_before(text, word) else {
        return Reading::Unknown;
    };
    if held.start == 0 || !matches!(text[held.start - 1], b'"' | b'\'') {
        return Reading::Unknown;
    }
    let before = text[..held.start - 1]
        .iter()
        .rev()
        .take(40)
        .find(|byte| !byte.is_ascii_whitespace());
    if !before.is_some_and(|byte| signs.contains(byte)) {
        return Reading::Unknown;
    }
    let floor = word.start.saturating_sub(BACK);
    let mut depth = 0;
    let open = (floor..word.start).rev().find(|at| match text[*at] {
        b'}' => {
            depth += 1;
            false
        }
        b'{' if depth == 0 => true,
        b'{' => {
            depth -= 1;
            false
        }
        _ => false,
    });
    let Some(open) = open else {
        return Reading::Unknown;
    };
    let (mut name, mut value) = (None, None);
    pairs(text, open, signs, |key, found| {
        if names(key.of(text)) && holds(found.span, word) {
            name = Some(found.span);
        } else if value.is_none() && values(key.of(text)) {
            value = Some(found);
        }
    });
    Reading::maybe(
        name.zip(value)
            .map(|(name, value)| value.named(last_part(text, name))),
    )
}

/// Reads the value of a block labelled with the name, whose brace is at `open`.
pub(crate) fn default_in<'t>(text: &'t [u8], name: Span, open: usize, signs: &[u8]) -> Reading<'t> {
    let mut value = None;
    pairs(text, open, signs, |key, found| {
        if value.is_none() && defaults(key.of(text)) {
            value = Some(found);
        }
    });
    value.map_or(Reading::Nothing, |value| Reading::one(value.named(name)))
}

/// Reads the value beside a name, on separate lines without brackets: TOML tables.
pub(crate) fn lines<'t>(text: &'t [u8], line: Span, word: Span, sign: u8) -> Reading<'t> {
    let pair = |line: Span| -> Option<(Span, Value<'t>)> {
        let at = skip_blanks(text, line.start, line.end);
        let len = text[at..line.end]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let operator = skip_blanks(text, at + len, line.end);
        (len > 0 && operator < line.end && text[operator] == sign)
            .then(|| toml::value(text, skip_blanks(text, operator + 1, line.end)))
            .flatten()
            .map(|value| (Span::new(at, at + len), value))
    };
    let Some((_, name)) = pair(line).filter(|(key, value)| names(key.of(text)) && holds(value.span, word))
    else {
        return Reading::Unknown;
    };
    let down = std::iter::successors(next_line(text, line.end), |line| next_line(text, line.end));
    let up = std::iter::successors(line_above(text, line.start), |line| line_above(text, line.start));
    let inside = |line: &Span| !matches!(line.of(text).trim_ascii().first(), None | Some(b'['));
    let mut beside = down
        .take(LINES)
        .take_while(inside)
        .chain(up.take(LINES).take_while(inside))
        .filter_map(pair);
    let value = beside.find(|(key, _)| values(key.of(text)));
    Reading::maybe(value.map(|(_, value)| value.named(last_part(text, name.span))))
}

/// The last part of a path: `/prod/db/password`.
pub(crate) fn last_part(text: &[u8], name: Span) -> Span {
    let slash = name.of(text).iter().rposition(|byte| *byte == b'/');
    Span::new(name.start + slash.map_or(0, |at| at + 1), name.end)
}

/// The entry of a name and a value that were read separately.
pub(crate) fn entry<'t>(text: &'t [u8], name: Span, value: Value<'t>) -> Entry<'t> {
    value.named(last_part(text, name))
}
