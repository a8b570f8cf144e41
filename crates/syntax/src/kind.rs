//! What kind of text a file is, and how a value is written.

use crate::Language;

/// What kind of text a file is: where a value without quotes is a literal, and where it is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A programming language: literals have quotes.
    Code,
    /// Configuration, scripts of a shell, environment files: values stand bare.
    Config,
    /// Text for people, and everything else.
    Prose,
}

impl Kind {
    /// The kind of a file, by its name.
    pub fn of(path: &str) -> Self {
        let file = path
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let by_ending = Language::of(&file).map(|language| language.kind);
        let configuration = file.contains(".env") || file.contains("dockerfile") || !file.contains('.');
        match by_ending {
            None | Some(Kind::Prose) if configuration => Kind::Config,
            by_ending => by_ending.unwrap_or(Kind::Prose),
        }
    }
}

/// Whether a value is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// In quotes, or in an element.
    Quoted,
    /// Without quotes, to the end of the word or line.
    Bare,
}
