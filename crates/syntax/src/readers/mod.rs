//! Readers of formats: the value of a name, as the grammar of the format defines it.
//!
//! All read only the lines around a word, so that large files cost nothing and a syntax error affects nothing
//! else. Existing parsers read only whole documents, most of them without positions; running one on every
//! file with the word `token` would take longer than the rest of the search. If a reader has no result, the
//! lexical reader is used.

mod commands;
mod connection;
mod csv;
mod diff;
mod dotenv;
mod hcl;
mod headers;
mod ini;
mod json;
mod lines;
mod literals;
mod logins;
mod nested;
mod netrc;
mod properties;
mod prose;
mod quotes;
mod shell;
mod siblings;
mod sql;
mod syntax;
mod templates;
mod toml;
mod xml;
mod yaml;

use std::borrow::Cow;

use keysift_finding::Span;

use crate::Quoting;

pub use commands::TRIGGERS;
pub use logins::logins;
pub use syntax::Syntax;

/// The maximum length of a value, in bytes. Longer ones are not passwords, and the limit bounds the work on
/// hostile texts.
pub(crate) const LONGEST_VALUE: usize = 1024;

/// A name and the whole value assigned to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The span of the name.
    pub name: Span,
    /// The span of the value, without its quotes.
    pub value: Span,
    /// The value, with escapes resolved.
    pub text: Cow<'t, [u8]>,
    /// Whether it is quoted.
    pub quoting: Quoting,
    /// Whether it is an assignment only by the words of a sentence. Then the value must look like a secret by
    /// itself.
    pub loose: bool,
    /// Whether its place alone makes it a secret under any name: an option of a program.
    pub known: bool,
}

/// The result of reading at a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'t> {
    /// The word is in a name, and these are its values.
    Entries(Vec<Entry<'t>>),
    /// The word is in a name without a literal value.
    Nothing,
    /// Undecided: the word is in a value, or the syntax is broken.
    Unknown,
}

impl<'t> Reading<'t> {
    /// One entry.
    pub(crate) fn one(entry: Entry<'t>) -> Self {
        Reading::Entries(vec![entry])
    }

    /// One entry if there is one, otherwise undecided.
    pub(crate) fn maybe(entry: Option<Entry<'t>>) -> Self {
        entry.map_or(Reading::Unknown, Reading::one)
    }

    /// This result, or another if it is undecided.
    pub(crate) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self == Reading::Unknown { other() } else { self }
    }
}

/// A value: its span without quotes, its text with escapes resolved, its quoting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value<'t> {
    pub(crate) span: Span,
    pub(crate) text: Cow<'t, [u8]>,
    pub(crate) quoting: Quoting,
    /// The position after the value and its closing quote.
    pub(crate) end: usize,
}

impl<'t> Value<'t> {
    /// A value without escapes.
    pub(crate) fn plain(text: &'t [u8], span: Span) -> Self {
        Value {
            span,
            text: Cow::Borrowed(span.of(text)),
            quoting: Quoting::Bare,
            end: span.end,
        }
    }

    /// The entry of this value with a name.
    pub(crate) fn named(self, name: Span) -> Entry<'t> {
        Entry {
            name,
            value: self.span,
            text: self.text,
            quoting: self.quoting,
            loose: false,
            known: false,
        }
    }
}

/// Reads the value of the name around `word`, in a file of this syntax.
pub fn read<'t>(text: &'t [u8], word: Span, syntax: Syntax) -> Reading<'t> {
    commands::read(text, word, syntax)
        .or(|| headers::read(text, word))
        .or(|| nested::read(text, word, syntax))
        .or(|| connection::read(text, word))
        .or(|| by_syntax(text, word, syntax))
}

/// Reads with the reader of a syntax.
fn by_syntax<'t>(text: &'t [u8], word: Span, syntax: Syntax) -> Reading<'t> {
    match syntax {
        Syntax::Csv => csv::read(text, word),
        Syntax::Diff => diff::read(text, word),
        Syntax::Dotenv => dotenv::read(text, word),
        Syntax::Hcl => hcl::read(text, word),
        Syntax::Ini => ini::read(text, word),
        Syntax::Json => json::read(text, word),
        Syntax::Netrc => netrc::read(text, word),
        Syntax::Properties => properties::read(text, word),
        Syntax::Prose => prose::read(text, word),
        Syntax::Shell | Syntax::Batch | Syntax::Docker => shell::read(text, word, syntax),
        Syntax::Sql => sql::read(text, word),
        Syntax::Toml => toml::read(text, word),
        Syntax::Xml => xml::read(text, word),
        Syntax::Yaml => yaml::read(text, word),
        Syntax::Code => literals::read(text, word),
        Syntax::Notebook => nested::notebook(text, word),
        Syntax::Other => Reading::Unknown,
    }
}
