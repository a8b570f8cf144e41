//! Literals, their occurrences, and the work of a search.

use crate::{Context, runs::Run};

/// Whether ASCII letters of a literal match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// Match the literal's bytes exactly.
    Exact,
    /// Match ASCII letters in either case.
    Ignore,
}

/// One occurrence of one literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// The number returned by [`Builder::literal`](crate::Builder::literal).
    pub literal: usize,
    /// Offset of its first byte in the haystack.
    pub start: usize,
}

/// An occurrence of a literal, or a long run of token characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A literal.
    Hit(Hit),
    /// A run.
    Run(Run),
}

/// A literal as it was added.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) case: Case,
    pub(crate) context: Context,
}
