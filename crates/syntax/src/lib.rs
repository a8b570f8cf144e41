//! The context of a piece of text in its file.
//!
//! A lexical reader for all languages and formats finds the name that a literal is assigned to
//! ([`assignment`], [`assigned_name`]). If a program has a candidate, its grammar determines what kind of
//! text it is ([`place`]) and to which parameters literals are passed ([`Tree::arguments`]). Without the
//! feature `grammars`, only the line is used.

mod assigned;
mod kind;
mod known;
mod language;
mod lexical;
mod line;
#[cfg(not(feature = "grammars"))]
mod no_tree;
mod place;
pub mod readers;
#[cfg(feature = "grammars")]
mod tree;

use keysift_finding::Span;

pub use assigned::assigned_name;
pub use kind::{Kind, Quoting};
pub use language::{Concatenation, Grammar, Language};
pub use lexical::{Assignment, assignment, may_be_argument};
pub use place::{Place, place};

#[cfg(not(feature = "grammars"))]
pub use no_tree::Tree;
#[cfg(feature = "grammars")]
pub use tree::Tree;

/// A literal that is passed to a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter.
    pub name: String,
    /// The literal, without quotes.
    pub value: Span,
}
