//! One blob in, findings out: prefilter -> pattern -> validate -> checks -> collapse.
//!
//! A [`Scanner`] is built once and shared by all threads. It sees no files and no configuration: [`Options`] are its own.

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
pub use scanner::{Options, Scan, Scanner, literals};
pub use self_test::self_test;
pub use trace::Attempt;
