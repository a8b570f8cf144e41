//! What is checked out.

use std::path::Path;

use super::command::Git;
use crate::Stop;

/// What is checked out; empty is what is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The branch.
    pub branch: String,
    /// The commit, in full.
    pub commit: String,
    /// The address of the remote `origin`.
    pub remote: String,
}

/// Asks what is checked out in a folder.
pub fn head(folder: &Path) -> Head {
    let stop = Stop::default();
    let git = Git { folder, stop: &stop };
    let ask = |args: &[&str]| git.line(args).unwrap_or_default();
    Head {
        branch: ask(&["symbolic-ref", "--quiet", "--short", "HEAD"]),
        commit: ask(&["rev-parse", "--verify", "--quiet", "HEAD"]),
        remote: ask(&["config", "--get", "remote.origin.url"]),
    }
}
