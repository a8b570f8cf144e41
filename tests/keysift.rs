//! All integration tests of the program in one binary, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests may panic, and print what they skip"
)]

#[path = "allocations.rs"]
mod allocations;
#[path = "architecture.rs"]
mod architecture;
#[path = "archives.rs"]
mod archives;
#[path = "book.rs"]
mod book;
#[path = "common/mod.rs"]
mod common;
#[path = "contents.rs"]
mod contents;
#[path = "context.rs"]
mod context;
#[path = "coverage.rs"]
mod coverage;
#[path = "docs.rs"]
mod docs;
#[path = "faults.rs"]
#[cfg(unix)]
mod faults;
#[path = "first_run.rs"]
#[cfg(unix)]
mod first_run;
#[path = "fixes.rs"]
#[cfg(unix)]
mod fixes;
#[path = "../crates/syntax/tests/formats/mod.rs"]
mod formats;
#[path = "git.rs"]
mod git;
#[path = "git_contents.rs"]
mod git_contents;
#[path = "git_trust.rs"]
#[cfg(unix)]
mod git_trust;
#[path = "growth.rs"]
mod growth;
#[path = "hostile.rs"]
#[cfg(unix)]
mod hostile;
#[path = "hygiene.rs"]
mod hygiene;
#[path = "image.rs"]
mod image;
#[path = "infrastructure.rs"]
mod infrastructure;
#[path = "input.rs"]
mod input;
#[path = "kinds.rs"]
mod kinds;
#[path = "leaks.rs"]
mod leaks;
#[path = "manifests.rs"]
mod manifests;
#[path = "paths.rs"]
mod paths;
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
#[path = "spans.rs"]
mod spans;
#[path = "surroundings.rs"]
mod surroundings;
#[path = "words.rs"]
mod words;
