//! Errors in rule files, with their positions.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
};

/// An error in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// The error at this position.
    pub message: String,
    /// Further errors in the file.
    pub others: Vec<Error>,
}

impl std::error::Error for Error {}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{}:{line}:{column}: {message}", self.file.display())?;
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))
    }
}

impl Error {
    /// Combines several errors into one; `Ok` if there are none.
    pub(crate) fn all(errors: Vec<Self>) -> Result<(), Self> {
        let mut errors = errors.into_iter();
        match errors.next() {
            None => Ok(()),
            Some(first) => Err(Self {
                others: errors.collect(),
                ..first
            }),
        }
    }
}
