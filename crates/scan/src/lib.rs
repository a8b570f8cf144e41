//! One blob in, findings out: prefilter -> pattern -> validate -> checks -> collapse.
//!
//! A [`Scanner`] is built once and shared by all threads. It sees no files and no configuration: [`Options`] are its own.

mod candidates;
mod collapse;
mod decode;
mod looks;
mod names;
mod pairs;
mod rewrite;
mod runs;
mod scanner;
mod self_test;

pub use looks::{Look, what_would_change};
pub use scanner::{Options, Scan, Scanner, doubt};
pub use self_test::self_test;
