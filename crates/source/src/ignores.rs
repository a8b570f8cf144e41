//! Ignore files, before the walk reads them: `ignore` opens whatever has their names, and reads it to its end.
//!
//! What is no file of a sensible size (a link to a device, a FIFO, a gigabyte) is not read: its folder is walked as if nothing were
//! ignored in it, so more is scanned and nothing is lost.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The files that say what is left out of their folder.
const NAMES: [&str; 3] = [".gitignore", ".ignore", KEYSIFT];

/// Ours.
pub(crate) const KEYSIFT: &str = ".keysiftignore";

/// The largest ignore file that is read, and how much of all of them, in bytes: a mebibyte of patterns takes 430 MB of memory.
const LARGEST: u64 = 256 << 10;
const MOST: u64 = 2 << 20;

/// The largest file that names a folder of git.
const LARGEST_LINK: u64 = 64 << 10;

/// What was seen of ignore files in one walk.
pub(crate) struct Ignores {
    left: AtomicU64,
    /// Folders that are to be walked without them.
    apart: Mutex<Vec<PathBuf>>,
}

impl Default for Ignores {
    fn default() -> Self {
        Self {
            left: AtomicU64::new(MOST),
            apart: Mutex::default(),
        }
    }
}

impl Ignores {
    /// Whether the ignore files in a folder can be read; one where they cannot is kept, to be walked without them.
    pub(crate) fn admits(&self, folder: &Path) -> bool {
        let admitted = self.sound(folder);
        if !admitted {
            self.apart
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(folder.to_owned());
        }
        admitted
    }

    /// The folders that were kept.
    pub(crate) fn apart(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.apart.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the ignore files of a folder that the user named, and of those above it, can be read.
    pub(crate) fn sound_above(&self, root: &Path) -> bool {
        let Ok(root) = root.canonicalize() else {
            return true;
        };
        root.ancestors().all(|folder| self.sound(folder))
    }

    /// Whether the ignore files in a folder can be read.
    pub(crate) fn sound(&self, folder: &Path) -> bool {
        NAMES
            .iter()
            .all(|name| self.readable(&folder.join(name), LARGEST))
            && self.git(folder)
    }

    /// `info/exclude`, and the files that lead there from a linked work tree.
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

    /// Whether a file that may be there ends, and soon.
    fn readable(&self, path: &Path, largest: u64) -> bool {
        let Ok(kind) = fs::metadata(path) else { return true };
        if kind.is_dir() {
            return true;
        }
        // Files of the kernel claim to be empty, and some never end.
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

/// The first line of a small file.
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
    fn what_is_no_file_and_what_is_too_large_is_kept_apart() {
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
        assert_eq!(ignores.apart().len(), 2);
        // All of them together.
        let file = fs::File::create(folder.path().join(".ignore")).unwrap();
        file.set_len(LARGEST).unwrap();
        let admitted = (0..100).filter(|_| ignores.admits(folder.path())).count();
        assert_eq!(admitted, 7);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_devices_are_no_files() {
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
