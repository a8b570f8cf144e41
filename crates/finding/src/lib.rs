//! The data types that all crates of keysift share.
//!
//! A [`Blob`] is bytes with an [`Origin`]. A [`RuleMeta`] describes a rule or check; a result of it in a blob
//! is a [`Finding`]. What was not read is a [`Skip`] (on purpose, counted) or an [`Unread`] (requested and
//! failed, listed).

mod blob;
mod coverage;
pub mod date;
mod fingerprint;
mod keystore;
mod layer;
mod location;
mod reason;
mod rule;
mod score;
mod text;
mod work;

pub use blob::{Blob, Commit, Origin, Position, Span};
pub use coverage::{Coverage, Skip, Unread};
pub use fingerprint::{Fingerprint, ValueFingerprint, ValueKey, fingerprint};
pub use keystore::keystore;
pub use layer::{FileState, FileStatus, FileStatusCell, Layer};
pub use location::Location;
pub use reason::Reason;
pub use rule::{Confidence, Edit, Elsewhere, Finding, Related, RuleMeta, Severity, Term};
pub use score::{Step, Tests};
pub use text::head;
pub use work::{Cancel, Counts, Work};
