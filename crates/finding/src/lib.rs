//! The nouns of keysift: what every room of the house talks about, and nothing that does anything.
//!
//! A [`Blob`] is bytes with an [`Origin`]. A rule or a check is described by one [`RuleMeta`]; what it says about a blob is a
//! [`Finding`]. What was not read is a [`Skip`] (by design, counted) or an [`Unread`] (asked for and failed, told one by one).

mod blob;
mod coverage;
mod fingerprint;
mod layer;
mod location;
mod reason;
mod rule;
mod score;
mod text;
mod work;

pub use blob::{Blob, Commit, Origin, Position, Span};
pub use coverage::{Coverage, Skip, Unread};
pub use fingerprint::{Fingerprint, fingerprint};
pub use layer::{FileState, FileStatus, FileStatusCell, Layer};
pub use location::Location;
pub use reason::Reason;
pub use rule::{Confidence, Edit, Elsewhere, Finding, Related, RuleMeta, Severity, Term};
pub use score::Step;
pub use text::head;
pub use work::{Cancel, Counts, Work};
