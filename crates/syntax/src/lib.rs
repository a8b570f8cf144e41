//! What a piece of text is in its file.
//!
//! For now one lexical question: to which name is the value at a place assigned? The answer reads the line before the value, in the
//! way most languages and formats write an assignment.

mod assigned;
mod assignment;

pub use assigned::assigned_name;
pub use assignment::{Assignment, How, Kind, assignment};
