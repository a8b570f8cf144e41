//! keysift as a library: finds secrets, and insecure handling of secrets, in bytes, trees, git repositories and container images.
//!
//! `source -> document -> analyzers (patterns | manifests) -> resolver -> join -> policy -> report`; [`Engine::run`] is that page.

pub mod builtin;
mod engine;
mod error;
mod join;
mod run;
mod workspace;

pub use engine::{Builder, Engine, Source};
pub use error::Error;
pub use keysift_scan::Scan;
pub use run::Observer;
