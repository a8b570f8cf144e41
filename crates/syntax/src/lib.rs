//! What a piece of text is in its file.
//!
//! For now one lexical question: to which name is the value at a place assigned? The answer reads the line before the value, in the
//! way most languages and formats write an assignment.

mod assigned;

pub use assigned::assigned_name;
