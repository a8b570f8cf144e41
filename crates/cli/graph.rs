//! `keysift graph`: who can read which Secret, and through what.

use anyhow::{Context, Result};
use keysift::Outcome;

use crate::{
    args::Graph,
    output::{self, print},
};

/// Reads all manifests and prints the graph. What could not be read is reported, and is exit 2.
pub(crate) fn graph(args: &Graph) -> Result<Outcome> {
    let source = keysift_source::Options {
        ignore_files: !args.no_ignore,
        ..keysift_source::Options::of(args.paths.clone())
    };
    let graph = keysift::graph::Graph::read(&source).context("cannot start the threads")?;
    print(|out| graph.write(args.format, args.all, out))?;
    for what in &graph.unread {
        output::complain(&anyhow::anyhow!("cannot read {}: {}", what.what, what.why));
    }
    Ok(match graph.unread.is_empty() {
        true => Outcome::Clean,
        false => Outcome::Incomplete,
    })
}
