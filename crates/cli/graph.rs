//! `keysift graph`: who can read which Secret, and through what.

use std::sync::Mutex;

use anyhow::{Context, Result};
use keysift_finding::Unread;
use keysift_manifest::{Cluster, Facts, Format, View, check};
use keysift_report::Outcome;

use crate::{
    args::{Graph, GraphFormat},
    output, rules,
};

/// Reads all manifests and prints the graph. What could not be read is told, and is exit 2.
pub(crate) fn graph(args: &Graph) -> Result<Outcome> {
    let source = keysift_source::Options {
        roots: args.paths.clone(),
        ignore_files: !args.no_ignore,
        hidden: true,
        max_file_bytes: 64 << 20,
        threads: 0,
        archives: false,
        base: Default::default(),
        platform: None,
        stop: Default::default(),
    };
    let facts: Mutex<Vec<Facts>> = Mutex::default();
    let unread: Mutex<Vec<Unread>> = Mutex::default();
    keysift_source::each_blob(
        &source,
        |blob| {
            let outcome = check(blob.origin.path(), blob.bytes());
            if let Some(mut found) = outcome.facts {
                found.path = blob.origin.shown().to_string_lossy().into_owned();
                facts.lock().expect("no thread panics with it").push(found);
            }
        },
        |what| unread.lock().expect("no thread panics with it").push(what),
    )
    .context("cannot start the threads")?;
    let format = match args.format {
        GraphFormat::Text => Format::Text,
        GraphFormat::Mermaid => Format::Mermaid,
        GraphFormat::Dot => Format::Dot,
        GraphFormat::Json => Format::Json,
    };
    let cluster = Cluster::new(facts.into_inner().expect("all threads are done"));
    rules::print(|out| write!(out, "{}", View::new(&cluster).write(format)))?;
    let unread = unread.into_inner().expect("all threads are done");
    for what in &unread {
        output::complain(&anyhow::anyhow!("cannot read {}: {}", what.what, what.why));
    }
    Ok(if unread.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Incomplete
    })
}
