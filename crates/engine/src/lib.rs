//! keysift as a library: finds secrets, and insecure handling of secrets, in bytes, trees, git repositories and container images.
//!
//! `source -> document -> analyzers (patterns | manifests) -> resolver -> join -> policy -> report`; [`Engine::run`] is that page.
//!
//! ```
//! use std::path::Path;
//!
//! use keysift::{Engine, Outcome, Source};
//! use keysift_report::Format;
//!
//! let engine = Engine::builder().build()?;
//!
//! // Bytes, as the content of a file of this name.
//! let made_up: String = "Nv4ZbTr9WmL2q7kX".chars().rev().collect();
//! let finished = engine.scan_bytes(Path::new("app.env"), format!("DB_PASSWORD={made_up}\n").into_bytes());
//! assert_eq!(finished.outcome(), Outcome::Findings);
//!
//! // A folder, a file, an archive or a container image.
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("README"), "Nothing to see.")?;
//! let finished = engine.run(&Source::path(folder.path()), &())?;
//! assert_eq!(finished.outcome(), Outcome::Clean);
//!
//! let mut report = Vec::new();
//! finished.write(Format::Json, &mut report)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod builtin;
pub mod check;
mod engine;
mod error;
mod explain;
pub mod fix;
pub mod graph;
pub mod hook;
pub mod inputs;
mod join;
mod pipeline;
mod run;
mod sink;
pub mod units;
pub mod whole_file;
mod workspace;

pub use engine::{Builder, Engine, Source};
pub use error::Error;
pub use explain::{Explanation, NoExplanation};
pub use keysift_policy::{Outcome, Policy};
pub use keysift_scan::Scan;
pub use pipeline::Pipeline;
pub use run::Observer;
