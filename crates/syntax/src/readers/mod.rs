//! Readers of formats: what a name is given, exactly as the format's own grammar defines it.
//!
//! All are local: they read the lines around a word, never the file, so that a large file costs nothing and a broken part of it loses
//! nothing else. The parsers at hand read whole documents only (and most of them give no places of values), which for every file with the
//! word `token` in it would cost more than the whole search. What a reader has no answer for is left to the lexical reader.

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

/// The longest value that a reader follows, in bytes: what is longer is no password, and hostile texts stay cheap.
pub(crate) const LONGEST_VALUE: usize = 1024;

/// A name and the whole value it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The span of the name.
    pub name: Span,
    /// The span of the value, without its quotes.
    pub value: Span,
    /// The value, escapes resolved.
    pub text: Cow<'t, [u8]>,
    /// Whether it has quotes.
    pub quoting: Quoting,
    /// Whether the text only may be an assignment: words of a sentence. Then the value must look like a secret by itself.
    pub loose: bool,
    /// Whether the place alone says that it is a secret, whatever the name: an option of a program.
    pub known: bool,
}

/// What a reader makes of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'t> {
    /// The word stands in a name, and this is what it is given.
    Entries(Vec<Entry<'t>>),
    /// The word stands in a name that is given no literal.
    Nothing,
    /// The grammar does not say: the word stands in a value, or the text is broken.
    Unknown,
}

impl<'t> Reading<'t> {
    /// One entry.
    pub(crate) fn one(entry: Entry<'t>) -> Self {
        Reading::Entries(vec![entry])
    }

    /// One entry, if there is one; the next reader's answer if not.
    pub(crate) fn maybe(entry: Option<Entry<'t>>) -> Self {
        entry.map_or(Reading::Unknown, Reading::one)
    }

    /// This answer, or another where it is none.
    pub(crate) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self == Reading::Unknown { other() } else { self }
    }
}

/// A value as it was read: where it stands without its quotes, what it says, how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value<'t> {
    pub(crate) span: Span,
    pub(crate) text: Cow<'t, [u8]>,
    pub(crate) quoting: Quoting,
    /// Where the text goes on: behind the closing quote.
    pub(crate) end: usize,
}

impl<'t> Value<'t> {
    /// A value that says what stands there.
    pub(crate) fn plain(text: &'t [u8], span: Span) -> Self {
        Value {
            span,
            text: Cow::Borrowed(span.of(text)),
            quoting: Quoting::Bare,
            end: span.end,
        }
    }

    /// The entry that this value makes with a name.
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

/// What the name around `word` is given in a file of this syntax.
pub fn read<'t>(text: &'t [u8], word: Span, syntax: Syntax) -> Reading<'t> {
    commands::read(text, word, syntax)
        .or(|| headers::read(text, word))
        .or(|| nested::read(text, word, syntax))
        .or(|| connection::read(text, word))
        .or(|| by_syntax(text, word, syntax))
}

/// What the reader of a syntax reads.
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
