//! Escapes text from files and names for each output language.
//!
//! A [`Untrusted`] text has no `Display`: it can be written only [`to`](Foreign::to) a language, so that no format can forget to escape.

use std::{
    fmt::{self, Display, Formatter, Write},
    marker::PhantomData,
    path::Path,
};

use serde::{Serialize, Serializer};

/// A text that a stranger may have written: a line of a file, the name of a file or an object, an error that quotes one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(String);

impl Untrusted {
    /// A text of a stranger.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name of a file. Bytes that are not UTF-8 become U+FFFD.
    pub fn path(path: &Path) -> Self {
        Self(path.to_string_lossy().into_owned())
    }

    /// The text as `L` writes plain text.
    pub fn to<L: Language>(&self) -> Escaped<L> {
        let mut text = String::with_capacity(self.0.len() + 16);
        L::escape(&self.0, &mut text);
        Escaped {
            text,
            language: PhantomData,
        }
    }

    /// The text itself, for comparisons and for what has no language (hashes, JSON, which serde escapes).
    pub(crate) fn raw(&self) -> &str {
        &self.0
    }
}

/// JSON needs no escapes of ours beside those of `json::write`.
impl Serialize for Untrusted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A language of reports, and how it writes plain text.
pub trait Language {
    /// Adds `text` to `out`, so that a reader of the language finds plain text and nothing else.
    fn escape(text: &str, out: &mut String);
}

/// Text in the form of a language. Only [`Untrusted::to`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escaped<L> {
    text: String,
    language: PhantomData<L>,
}

impl<L> Escaped<L> {
    /// The text in that form.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<L> Display for Escaped<L> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One line of a terminal or of a build log.
#[derive(Clone, Copy, Debug)]
pub struct Terminal;

/// Markdown between blocks: in a paragraph, a cell of a table, an element of a list. Words between backticks become code.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

/// The text of an element of XML or HTML, or the value of an attribute between double quotes.
#[derive(Clone, Copy, Debug)]
pub struct Xml;

/// A cell of CSV (RFC 4180).
#[derive(Clone, Copy, Debug)]
pub struct Csv;

/// The label of a node or an edge in Mermaid, between double quotes.
#[derive(Clone, Copy, Debug)]
pub struct Mermaid;

/// A string of Graphviz, its quotes included.
#[derive(Clone, Copy, Debug)]
pub struct Dot;

/// The message of a workflow command of GitHub.
#[derive(Clone, Copy, Debug)]
pub struct GithubData;

/// A property of a workflow command of GitHub.
#[derive(Clone, Copy, Debug)]
pub struct GithubProperty;

/// The text of a message in SARIF, where brackets make links.
#[derive(Clone, Copy, Debug)]
pub struct Sarif;

impl Language for Terminal {
    /// Hidden characters are made visible. Build services read commands in what a step prints: GitHub at the start of a line (`::`), Azure
    /// and TeamCity anywhere (`##vso[`, `##teamcity[`).
    fn escape(text: &str, out: &mut String) {
        if !may_hold_command(text) {
            return see_all(text, out);
        }
        for (at, char) in text.char_indices() {
            match char {
                char if is_command(text, at) => {
                    let _ = write!(out, "\\x{:02x}", u32::from(char));
                }
                char => see(char, out),
            }
        }
    }
}

/// Adds a character in a form that a reader sees.
fn see(char: char, out: &mut String) {
    let _ = match char {
        '\t' => write!(out, "    "),
        char if is_hidden(char) && u32::from(char) < 0x100 => write!(out, "\\x{:02x}", u32::from(char)),
        char if is_hidden(char) => write!(out, "\\u{{{:x}}}", u32::from(char)),
        char => {
            out.push(char);
            Ok(())
        }
    };
}

fn see_all(text: &str, out: &mut String) {
    each_hidden(text, out, see);
}

/// Adds a text, and gives each hidden character to `put`. What is between them is copied at once: reports are long, and have few of them.
pub(crate) fn each_hidden(text: &str, out: &mut String, put: impl Fn(char, &mut String)) {
    let mut rest = text;
    while let Some((at, char)) = first_hidden(rest) {
        out.push_str(&rest[..at]);
        put(char, out);
        rest = &rest[at + char.len_utf8()..];
    }
    out.push_str(rest);
}

/// The first hidden character of a text, and where it is.
pub(crate) fn first_hidden(text: &str) -> Option<(usize, char)> {
    let mut from = 0;
    loop {
        let is_odd = |byte: &u8| !matches!(byte, b' '..=b'~');
        from += text.as_bytes()[from..].iter().position(is_odd)?;
        let char = text[from..].chars().next()?;
        if is_hidden(char) {
            return Some((from, char));
        }
        from += char.len_utf8();
    }
}

/// Text with everything hidden made visible. What a build service would take for a command is left.
pub(crate) fn seen(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    see_all(text, &mut out);
    out
}

/// Text in which no build service reads a command, with as many characters as before.
pub(crate) fn defused(text: &str) -> String {
    if !may_hold_command(text) {
        return text.to_owned();
    }
    text.char_indices()
        .map(|(at, char)| if is_command(text, at) { '·' } else { char })
        .collect()
}

/// Whether a command could be in a text: most have none of these signs, and need not be read character by character.
fn may_hold_command(text: &str) -> bool {
    text.contains("::") || text.contains("##")
}

/// Whether what a build service reads as a command begins here.
fn is_command(text: &str, at: usize) -> bool {
    let rest = &text[at..];
    rest.starts_with("::") && text[..at].trim().is_empty()
        || rest.starts_with("##") && is_service_command(rest)
}

/// `##vso[`, `##[`: after the second sign letters, and a bracket.
fn is_service_command(text: &str) -> bool {
    text.strip_prefix("##").is_some_and(|rest| {
        rest.trim_start_matches(|char: char| char.is_ascii_alphanumeric())
            .starts_with('[')
    })
}

/// Characters that a reader does not see, or that move what is around them: control characters (C0, DEL, C1), directions, characters
/// without width, separators of lines, tags.
pub(crate) fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{FFFE}'
                | '\u{FFFF}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Text with everything hidden made visible, as [`Terminal`] writes it.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    Terminal::escape(text, &mut out);
    out
}

impl Language for Markdown {
    /// A reference to a character (`&#124;`) is never structure in CommonMark, and no cell of a table ends at it. Code is written as an
    /// element of HTML and not between backticks, because no escape holds between those; it is always closed.
    fn escape(text: &str, out: &mut String) {
        let mut in_code = false;
        let shown = visible(text);
        for (at, char) in shown.char_indices() {
            match char {
                '`' => {
                    out.push_str(if in_code { "</code>" } else { "<code>" });
                    in_code = !in_code;
                }
                // No mention of a person, no address.
                '@' => out.push_str("&#64;&#8203;"),
                // At the start marks and numbers make lists, headings and quotes.
                char if char != ' ' && !char.is_alphabetic() && shown[..at].trim().is_empty() => {
                    reference(char, out)
                }
                ':' | '.' if is_link(&shown, at) => reference(char, out),
                '&' | '<' | '>' | '|' | '*' | '_' | '[' | ']' | '#' | '~' | '\\' | '$' | '!' | '"' => {
                    reference(char, out)
                }
                char => out.push(char),
            }
        }
        if in_code {
            out.push_str("</code>");
        }
    }
}

/// Whether what GitHub would make a link of begins or goes on here: `://`, `www.`, `mailto:`, `xmpp:`.
fn is_link(text: &str, at: usize) -> bool {
    text[at..].starts_with("://")
        || ["www", "mailto", "xmpp"].iter().any(|word| {
            at.checked_sub(word.len())
                .and_then(|start| text.get(start..at))
                .is_some_and(|before| before.eq_ignore_ascii_case(word))
        })
}

fn reference(char: char, out: &mut String) {
    let _ = write!(out, "&#{};", u32::from(char));
}

impl Language for Xml {
    fn escape(text: &str, out: &mut String) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let line = visible(line);
            let mut rest = line.as_str();
            while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
                out.push_str(&rest[..at]);
                out.push_str(match rest.as_bytes()[at] {
                    b'&' => "&amp;",
                    b'<' => "&lt;",
                    b'>' => "&gt;",
                    b'"' => "&quot;",
                    _ => "&#39;",
                });
                rest = &rest[at + 1..];
            }
            out.push_str(rest);
        }
    }
}

impl Language for Csv {
    /// What a spreadsheet would take for a formula begins with an apostrophe, behind a separator of other countries too.
    fn escape(text: &str, out: &mut String) {
        let text = visible(text);
        let mut safe = String::with_capacity(text.len() + 2);
        let mut fresh = true;
        for char in text.chars() {
            let formula = matches!(char, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
            if fresh && formula {
                safe.push('\'');
            }
            fresh = match char {
                ';' | ',' | '|' | '"' => true,
                ' ' => fresh,
                _ => false,
            };
            safe.push(char);
        }
        if safe.contains([',', '"', ';', '|']) {
            out.push('"');
            out.push_str(&safe.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&safe);
        }
    }
}

impl Language for Mermaid {
    /// Mermaid writes a character as `#35;`; its labels are Markdown and HTML for it otherwise.
    fn escape(text: &str, out: &mut String) {
        for char in visible(text).chars() {
            match char {
                ' ' | '-' | '_' | '.' | '/' | ',' => out.push(char),
                char if char.is_alphanumeric() => out.push(char),
                char => {
                    let _ = write!(out, "#{};", u32::from(char));
                }
            }
        }
    }
}

impl Language for Dot {
    fn escape(text: &str, out: &mut String) {
        out.push('"');
        for char in visible(text).chars() {
            if matches!(char, '"' | '\\') {
                out.push('\\');
            }
            out.push(char);
        }
        out.push('"');
    }
}

impl Language for GithubData {
    fn escape(text: &str, out: &mut String) {
        out.push_str(&visible(text).replace('%', "%25"));
    }
}

impl Language for GithubProperty {
    fn escape(text: &str, out: &mut String) {
        let text = visible(text).replace('%', "%25");
        out.push_str(&text.replace(':', "%3A").replace(',', "%2C"));
    }
}

impl Language for Sarif {
    fn escape(text: &str, out: &mut String) {
        for char in visible(text).chars() {
            if matches!(char, '[' | ']' | '\\') {
                out.push('\\');
            }
            out.push(char);
        }
    }
}
