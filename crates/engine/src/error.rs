//! What can go wrong before and while a scan runs.

use std::{io, path::PathBuf};

/// Why a scan cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder with rules cannot be read.
    #[error("cannot read the rules in {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder was named for its rules and holds none.
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
        /// The provider of the rule that was there first.
        first: String,
        /// The provider of the other.
        second: String,
    },
    /// The built-in rules do not fit this build: `keysift rules embed` was not run.
    #[error("the built-in rules: {0}")]
    Embedded(String),
    /// The matcher refuses the literals of the rules.
    #[error(transparent)]
    Matcher(#[from] keysift_matcher::Error),
    /// The source cannot be read at all: no such repository or revision, git is missing, no thread can be started.
    #[error("{0}")]
    Source(#[from] io::Error),
}
