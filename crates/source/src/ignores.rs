//! Checks ignore files before the walk reads them, because the crate `ignore` reads any file with their names
//! to its end.
//!
//! An ignore file that is not a regular file of reasonable size (a link to a device, a FIFO, a gigabyte) is
//! not read. Its folder is walked without ignore rules, so that more is scanned rather than less.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Names of ignore files.
const NAMES: [&str; 3] = [".gitignore", ".ignore", KEYSIFT];

/// Name of keysift's own ignore file.
pub(crate) const KEYSIFT: &str = ".keysiftignore";

/// Maximum size in bytes of one ignore file, and of all of them: a mebibyte of patterns takes 430 MB of
/// memory.
const LARGEST: u64 = 256 << 10;
const MOST: u64 = 2 << 20;

/// Maximum size in bytes of a `.git` file or `commondir`, which name a git folder.
const LARGEST_LINK: u64 = 64 << 10;

/// The ignore files seen in one walk.
pub(crate) struct Ignores {
    left: AtomicU64,
    /// Folders to walk without ignore rules.
    unreadable: Mutex<Vec<PathBuf>>,
}

impl Default for Ignores {
    fn default() -> Self {
        Self {
            left: AtomicU64::new(MOST),
            unreadable: Mutex::default(),
        }
    }
}

impl Ignores {
    /// Returns whether the ignore files in a folder can be read. If not, the folder is recorded to be walked
    /// without them.
    pub(crate) fn admits(&self, folder: &Path) -> bool {
        let admitted = self.can_read(folder);
        if !admitted {
            self.unreadable
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(folder.to_owned());
        }
        admitted
    }

    /// Returns and clears the recorded folders.
    pub(crate) fn take_unreadable(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.unreadable.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether the ignore files of a root and of all folders above it can be read.
    pub(crate) fn can_read_above(&self, root: &Path) -> bool {
        let Ok(root) = root.canonicalize() else {
            return true;
        };
        root.ancestors().all(|folder| self.can_read(folder))
    }

    /// Returns whether the ignore files in a folder can be read.
    pub(crate) fn can_read(&self, folder: &Path) -> bool {
        NAMES
            .iter()
            .all(|name| self.readable(&folder.join(name), LARGEST))
            && self.git(folder)
    }

    /// Checks `info/exclude`, and the files that lead to it from a linked worktree.
    fn git(&self, folder: &Path) -> bool {
        let git = folder.join(".git");
        let Ok(kind) = fs::metadata(&git) else { return true };
        if kind.is_dir() {
            return self.readable(&git.join("info/exclude"), LARGEST);
        }
        if !kind.is_file() {
            return true;
        }
        if !self.readable(&git, LARGEST_LINK) {
            return false;
        }
        let Some(real) = line(&git).and_then(|line| line.strip_prefix("gitdir: ").map(PathBuf::from)) else {
            return true;
        };
        let common = real.join("commondir");
        if !self.readable(&common, LARGEST_LINK) {
            return false;
        }
        line(&common).is_none_or(|line| self.readable(&real.join(line).join("info/exclude"), LARGEST))
    }

    /// Returns whether a file is absent, or regular and small enough.
    fn readable(&self, path: &Path, largest: u64) -> bool {
        let Ok(kind) = fs::metadata(path) else { return true };
        if kind.is_dir() {
            return true;
        }
        // Kernel files have size 0, and some never end.
        let link = kind.len() == 0 && fs::symlink_metadata(path).is_ok_and(|kind| kind.is_symlink());
        if !kind.is_file() || link || kind.len() > largest {
            return false;
        }
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(kind.len())
            });
        taken.is_ok()
    }
}

/// Returns the first line of a small file.
fn line(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = crate::read::open(path).ok()?;
    file.take(LARGEST_LINK).read_to_string(&mut text).ok()?;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_and_oversized_ignore_files_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let ignores = Ignores::default();
        fs::write(folder.path().join(".gitignore"), "target/\n").unwrap();
        assert!(ignores.admits(folder.path()));
        for (name, size) in [(".ignore", LARGEST + 1), (".git", LARGEST_LINK + 1)] {
            let file = folder.path().join(name);
            fs::File::create(&file).unwrap().set_len(size).unwrap();
            assert!(!ignores.admits(folder.path()), "{name}");
            fs::remove_file(file).unwrap();
        }
        assert_eq!(ignores.take_unreadable().len(), 2);
        // The limit for all ignore files together.
        let file = fs::File::create(folder.path().join(".ignore")).unwrap();
        file.set_len(LARGEST).unwrap();
        let admitted = (0..100).filter(|_| ignores.admits(folder.path())).count();
        assert_eq!(admitted, 7);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_devices_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for target in ["/dev/zero", "/proc/kmsg"] {
            let link = folder.path().join(KEYSIFT);
            std::os::unix::fs::symlink(target, &link).unwrap();
            let there = fs::exists(target).unwrap();
            assert_eq!(Ignores::default().admits(folder.path()), !there, "{target}");
            fs::remove_file(link).unwrap();
        }
    }
}
