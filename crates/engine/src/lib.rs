//! keysift as a library: finds secrets, and insecure handling of secrets, in bytes, trees, git repositories
//! and container images.
//!
//! The flow is `source -> document -> analyzers (patterns | manifests) -> resolver -> join -> policy ->
//! report`; see [`Engine::run`].
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
//! // A folder, a file or an archive.
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("README"), "Nothing to see.")?;
//! let finished = engine.run(&Source::path(folder.path()), &())?;
//! assert_eq!(finished.outcome(), Outcome::Clean);
//!
//! // A container image, as `docker save` writes it.
//! # // One entry of a tar archive for each name and content.
//! # let tar = |files: &[(&str, &[u8])]| {
//! #     let mut archive = Vec::new();
//! #     for (name, content) in files {
//! #         let mut header = [0; 512];
//! #         header[..name.len()].copy_from_slice(name.as_bytes());
//! #         header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
//! #         header[148..156].fill(b' ');
//! #         header[156] = b'0';
//! #         header[257..265].copy_from_slice(b"ustar\x0000");
//! #         let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
//! #         header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
//! #         archive.extend_from_slice(&header);
//! #         archive.extend_from_slice(content);
//! #         archive.resize(archive.len().next_multiple_of(512), 0);
//! #     }
//! #     archive.resize(archive.len() + 1024, 0);
//! #     archive
//! # };
//! # let layer = tar(&[("srv/app.env", format!("DB_PASSWORD={made_up}\n").as_bytes())]);
//! # let manifest = br#"[{"Config":"config.json","RepoTags":["app:1"],"Layers":["layer.tar"]}]"#;
//! # let config = br#"{"rootfs":{"type":"layers","diff_ids":["sha256:0"]}}"#;
//! # let image = tar(&[("manifest.json", manifest), ("config.json", config), ("layer.tar", &layer)]);
//! # std::fs::write(folder.path().join("image.tar"), image)?;
//! let finished = engine.run(&Source::path(folder.path().join("image.tar")), &())?;
//! let finding = finished.findings().next().expect("the password in the layer");
//! assert_eq!(finding.origin().path(), Path::new("srv/app.env"));
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
pub mod guard;
pub mod hook;
pub mod init;
pub mod inputs;
mod join;
mod pipeline;
pub mod rule_page;
mod run;
mod sink;
mod subject;
pub mod units;
pub mod whole_file;
mod workspace;

pub use engine::{Builder, Engine, Source};
pub use error::Error;
pub use explain::{ExplainError, Explanation};
pub use keysift_policy::{Outcome, Policy};
pub use keysift_scan::Scan;
pub use pipeline::Pipeline;
pub use run::Observer;
pub use subject::subject;
