//! Locates the hooks of a repository.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{command::Git, log};
use crate::Stop;

/// Returns the folder of a repository's hooks, with `core.hooksPath` and linked worktrees considered.
///
/// # Errors
/// If git is not installed, or the folder is not in a repository.
pub fn hooks(folder: &Path) -> io::Result<PathBuf> {
    let stop = Stop::default();
    let git = Git { folder, stop: &stop };
    let output = git.hooks()?;
    Ok(folder.join(log::path(output.strip_suffix(b"\n").unwrap_or(&output))))
}

/// The files that are staged for the next commit, from the top of the repository. Deleted ones are not among them.
///
/// # Errors
/// If git is not there, or the folder is no repository.
pub fn staged(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let stop = Stop::default();
    Git { folder, stop: &stop }.staged_paths()
}
