//! The tests of the whole: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails; what is skipped is told"
)]

#[path = "architecture.rs"]
mod architecture;
#[path = "archives.rs"]
mod archives;
#[path = "common/mod.rs"]
mod common;
#[path = "context.rs"]
mod context;
#[path = "faults.rs"]
#[cfg(unix)]
mod faults;
#[path = "../crates/syntax/tests/formats/mod.rs"]
mod formats;
#[path = "git.rs"]
mod git;
#[path = "hygiene.rs"]
mod hygiene;
#[path = "image.rs"]
mod image;
#[path = "input.rs"]
mod input;
#[path = "manifests.rs"]
mod manifests;
#[path = "patterns.rs"]
mod patterns;
#[path = "planted.rs"]
mod planted;
#[path = "reading.rs"]
mod reading;
#[path = "recall.rs"]
mod recall;
#[cfg(feature = "registry")]
#[path = "registry.rs"]
mod registry;
#[path = "report.rs"]
mod report;
#[path = "rules.rs"]
mod rules;
