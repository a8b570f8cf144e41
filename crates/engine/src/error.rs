//! Errors before and during a scan.

use std::{io, path::PathBuf};

/// Why a scan cannot start or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder with rules cannot be read.
    #[error("cannot read the rules in {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A folder of rules has no rule file.
    #[error("no rule files (*.yaml) in {}", .0.display())]
    NoRules(PathBuf),
    /// A rule file is malformed.
    #[error(transparent)]
    Rule(#[from] keysift_rules::Error),
    /// Two rules have the same id.
    #[error("two rules have the id `{id}` (of {first} and {second})")]
    DuplicateRule {
        /// The id.
        id: String,
        /// The provider of the first rule.
        first: String,
        /// The provider of the second rule.
        second: String,
    },
    /// The embedded rules do not match this build: run `keysift rules embed`.
    #[error("the built-in rules: {0}")]
    Embedded(String),
    /// The matcher rejects the literals of the rules.
    #[error(transparent)]
    Matcher(#[from] keysift_matcher::Error),
    /// The source cannot be read: no such repository or revision, git is missing, or no thread can be
    /// started.
    #[error(transparent)]
    Source(#[from] io::Error),
}
