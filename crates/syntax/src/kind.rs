//! The kind of a file, and the quoting of a value.

use crate::Language;

/// The kind of a file: it decides whether a value without quotes is a literal or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A programming language: literals are quoted.
    Code,
    /// Configuration, shell scripts, environment files: values may be unquoted.
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
