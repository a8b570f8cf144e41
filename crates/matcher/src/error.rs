//! Errors of building a matcher.

use std::fmt;

use crate::{Builder, Context};

/// The reason why a matcher cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A literal is shorter than [`Builder::MIN_LEN`] or longer than [`Builder::MAX_LEN`]; the value is its
    /// number.
    Length(usize),
    /// A context has more than [`Context::MAX_LEN`] sets on a side; the value is the literal's number.
    Context(usize),
    /// Too many literals, or too many distinct sets in their contexts.
    TooMany,
    /// The plan was made for other literals.
    Plan,
    /// The requested kernel is unknown, or not available on this machine.
    Kernel(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Length(literal) => {
                write!(
                    f,
                    "literal {literal} is not between {} and {} bytes long",
                    Builder::MIN_LEN,
                    Builder::MAX_LEN
                )
            }
            Error::Context(literal) => {
                write!(
                    f,
                    "the context of literal {literal} is longer than {} bytes",
                    Context::MAX_LEN
                )
            }
            Error::TooMany => write!(f, "too many literals"),
            Error::Plan => write!(f, "the plan is not for these literals"),
            Error::Kernel(name) => write!(f, "the kernel `{name}` is not available on this machine"),
        }
    }
}

impl std::error::Error for Error {}
