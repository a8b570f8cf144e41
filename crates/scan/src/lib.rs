//! Scans one blob: prefilter -> pattern -> validate -> checks -> collapse.
//!
//! A [`Scanner`] is built once and shared by all threads. It has no access to files or settings, except its
//! own [`Options`].

mod candidates;
mod collapse;
mod decode;
mod matched;
mod names;
mod pairs;
mod pass;
mod prefilter;
mod rewrite;
mod runs;
mod scanner;
mod self_test;
mod trace;

pub use matched::lower_samples;
pub use scanner::{Options, Plans, Scan, Scanner, line_literals, literals};
pub use self_test::self_test;
pub use trace::Attempt;
