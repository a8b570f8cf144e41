//! Text for people: code blocks of other languages, `name = value`, "Password: value", table rows.

use keysift_finding::Span;

use super::{
    Reading, Syntax, Value,
    lines::{holds, is_blank, line_above, line_around, skip_blanks},
};

/// How many lines above a word the start of its code block is searched.
const LINES: usize = 60;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    // Most words are in sentences: without a sign after them nothing is read.
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before = Span::new(line.start, word.start).of(text);
    let mut name = Span::new(
        word.start - before.iter().rev().take_while(is_name).count(),
        word.end.min(line.end)
            + text[word.end.min(line.end)..line.end]
                .iter()
                .take_while(is_name)
                .count(),
    );
    while name.start < word.start && matches!(text[name.start], b'-' | b'.') {
        name.start += 1;
    }
    let rest = Span::new(name.end, line.end).of(text);
    if name.len() > 100
        || !rest.iter().any(|byte| matches!(byte, b'=' | b':' | b'|' | b'"')) && !rest.starts_with(b" is ")
    {
        return Reading::Unknown;
    }
    block(text, line)
        .map_or(Reading::Unknown, |syntax| super::read(text, word, syntax))
        .or(|| given(text, line, name))
}

/// The language of the fenced block that contains a line, in Markdown, AsciiDoc or reStructuredText.
fn block(text: &[u8], line: Span) -> Option<Syntax> {
    let mut above = line;
    for _ in 0..LINES {
        above = line_above(text, above.start)?;
        let inner = above.of(text).trim_ascii();
        let fence = inner.strip_prefix(b"```").or_else(|| inner.strip_prefix(b"~~~"));
        let language = match fence {
            Some([]) => return None,
            Some(info) => info,
            None => match inner
                .strip_prefix(b"[source,")
                .or_else(|| inner.strip_prefix(b".. code-block::"))
            {
                Some(info) => info,
                None => continue,
            },
        };
        let language = String::from_utf8_lossy(language).trim().to_ascii_lowercase();
        let language = language
            .split([' ', ',', ']', '{', ':'])
            .find(|word| !word.is_empty())?;
        return Some(of_language(language));
    }
    None
}

/// Languages by their names in fenced blocks, if these are not file extensions.
fn of_language(language: &str) -> Syntax {
    match language {
        "dotenv" => Syntax::Dotenv,
        "shell" | "console" | "shell-session" | "shellscript" => Syntax::Shell,
        "terraform" => Syntax::Hcl,
        "docker" | "dockerfile" => Syntax::Docker,
        "python" | "javascript" | "typescript" | "ruby" | "csharp" | "kotlin" | "rust" | "golang" => {
            Syntax::Code
        }
        "mysql" | "postgresql" => Syntax::Sql,
        "nginx" | "apache" | "systemd" => Syntax::Ini,
        other => match Syntax::of(&["x.", other].concat(), b"") {
            Syntax::Prose => Syntax::Other,
            syntax => syntax,
        },
    }
}

/// `Password: x`, `client_secret = x`, `the password is x`, `| password | x |`.
fn given<'t>(text: &'t [u8], line: Span, name: Span) -> Reading<'t> {
    let marks = |byte: &u8| matches!(byte, b'*' | b'_' | b'`' | b')');
    let mut at = name.end
        + text[name.end..line.end]
            .iter()
            .take_while(|byte| marks(byte))
            .count();
    at = skip_blanks(text, at, line.end);
    let sentence = text[at..line.end].starts_with(b"is ");
    let table = text.get(at) == Some(&b'|') && at < line.end;
    if sentence {
        at += 2;
    } else if table || at < line.end && matches!(text[at], b'=' | b':') {
        at += 1;
    } else {
        return Reading::Unknown;
    }
    let spaced = text.get(at).is_some_and(|byte| is_blank(*byte));
    if text
        .get(at)
        .is_some_and(|byte| matches!(byte, b'=' | b':' | b'/'))
    {
        return Reading::Unknown;
    }
    at = skip_blanks(text, at, line.end);
    let stars = text[at..line.end]
        .iter()
        .take_while(|byte| **byte == b'*')
        .count();
    at = skip_blanks(text, at + stars.min(2), line.end);
    if at >= line.end {
        return Reading::Unknown;
    }
    if text[at] == b'`' {
        let code = text[at + 1..line.end].iter().position(|byte| *byte == b'`');
        let Some(len) = code.filter(|len| *len > 0) else {
            return Reading::Unknown;
        };
        let mut entry = Value::plain(text, Span::new(at + 1, at + 1 + len)).named(name);
        entry.loose = true;
        return Reading::one(entry);
    }
    if matches!(text[at], b'"' | b'\'' | b'<' | b'[' | b'|') {
        return Reading::Unknown;
    }
    let len = text[at..line.end]
        .iter()
        .take_while(|byte| !is_blank(**byte))
        .count();
    let mut span = Span::new(at, at + len);
    let rest = text[span.end..line.end].trim_ascii();
    let alone = rest.is_empty() && !sentence && !table;
    if !alone {
        while matches!(text[span.end - 1], b'.' | b',' | b';' | b')' | b'*') && span.len() > 1 {
            span.end -= 1;
        }
    }
    // `the password is base64 encoded`: a description continues; a value ends its clause or looks generated.
    let goes_on = sentence
        && text[span.end..line.end]
            .trim_ascii_start()
            .first()
            .is_some_and(u8::is_ascii_lowercase);
    if goes_on && !std::str::from_utf8(span.of(text)).is_ok_and(keysift_judge::looks_random) {
        return Reading::Unknown;
    }
    if spaced || alone {
        let mut entry = Value::plain(text, span).named(name);
        // Alone on its line, a value may be chosen by a person; in a sentence only generated values can be
        // distinguished from words.
        entry.loose = !alone || !first_on_line(text, line, name);
        return if holds(line, span) {
            Reading::one(entry)
        } else {
            Reading::Unknown
        };
    }
    Reading::Unknown
}

/// Returns whether only list marks precede a name.
fn first_on_line(text: &[u8], line: Span, name: Span) -> bool {
    let before = Span::new(line.start, name.start).of(text);
    before.iter().all(|byte| {
        matches!(
            byte,
            b' ' | b'\t' | b'-' | b'*' | b'#' | b'>' | b'|' | b'/' | b'{' | b'_' | b'`'
        )
    })
}
