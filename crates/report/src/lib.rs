//! Findings to text, JSON and JSON lines.
//!
//! A [`Report`] takes blobs with their findings from many threads, works out lines, excerpts and fingerprints while the text is still
//! there, and writes everything in order at the end: any number of threads gives the same report. A secret leaves this crate redacted,
//! unless [`Options::reveal`] is set.

mod anchor;
mod collect;
mod excerpt;
mod gitlab;
mod html;
mod json;
mod lines;
mod markdown;
mod redact;
mod remarks;
mod sarif;
mod text;

pub use anchor::Anchors;
pub use collect::{
    Allowed, Excuse, Finished, Format, Group, Known, Looks, Options, Outcome, Question, Report,
    SecretQuestion, Totals,
};
pub use redact::visible;
pub use remarks::Remarks;
