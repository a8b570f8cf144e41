//! What a piece of text is in its file.
//!
//! A lexical reader of all languages and formats says which name a literal is given ([`assignment`], [`assigned_name`]). Where a candidate
//! stands in a program, its grammar says what kind of thing it is ([`place`]) and to which parameters literals are handed
//! ([`Tree::arguments`]); without the feature `grammars` the line alone answers.

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

/// A literal that is handed to a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter.
    pub name: String,
    /// The literal, without quotes.
    pub value: Span,
}
