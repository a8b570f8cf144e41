//! Where git looks for hooks.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{command::Git, log};
use crate::Stop;

/// The folder of a repository's hooks, wherever `core.hooksPath` or a linked worktree puts it.
///
/// # Errors
/// If git is not there, or the folder is no repository.
pub fn hooks(folder: &Path) -> io::Result<PathBuf> {
    let stop = Stop::default();
    let git = Git { folder, stop: &stop };
    let output = git.hooks()?;
    Ok(folder.join(log::path(output.strip_suffix(b"\n").unwrap_or(&output))))
}
