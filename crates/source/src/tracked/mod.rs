//! Finds files that git tracks although ignore rules match them, such as a `.env` that was committed before
//! `.gitignore` was written. Everyone who clones the repository has them, so a scan of the tree reads them.

mod index;

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::Stop;
use index::Entry;

/// Maximum size of an index in bytes. A million files need 100 MB.
const LARGEST: u64 = 1 << 30;

/// The repositories that a walk enters, and hashes of the files that it read. Outside of repositories nothing
/// is recorded.
#[derive(Default)]
pub(crate) struct Tracked {
    any: AtomicBool,
    repositories: Mutex<BTreeSet<PathBuf>>,
    read: Mutex<HashSet<u64>>,
    key: RandomState,
}

/// What the walk skipped although git tracks it.
#[derive(Debug, Default)]
pub(crate) struct SkippedFiles {
    /// Files and all their parent folders, relative to the root of the walk.
    pub(crate) files: HashSet<PathBuf>,
    /// Those of them that are checked-out submodules.
    pub(crate) submodules: HashSet<PathBuf>,
    /// Number of submodules that are not checked out.
    pub(crate) absent: u64,
    /// Repositories whose index could not be read, and why.
    pub(crate) unread: Vec<(PathBuf, String)>,
}

impl Tracked {
    /// Records the repository of the root of a walk, if there is one.
    pub(crate) fn root(&self, root: &Path) {
        let Ok(whole) = root.canonicalize() else { return };
        if let Some(top) = whole.ancestors().find(|folder| folder.join(".git").exists()) {
            self.add(top.to_owned());
        }
    }

    /// Records a folder below the root if it is a repository.
    pub(crate) fn folder(&self, folder: &Path) {
        if folder.join(".git").symlink_metadata().is_ok() {
            self.add(folder.to_owned());
        }
    }

    /// Records that the walk read a file.
    pub(crate) fn file(&self, path: &Path) {
        if self.any.load(Ordering::Acquire) {
            let hash = self.key.hash_one(path);
            lock(&self.read).insert(hash);
        }
    }

    fn add(&self, repository: PathBuf) {
        lock(&self.repositories).insert(repository);
        self.any.store(true, Ordering::Release);
    }

    fn was_read(&self, path: &Path) -> bool {
        lock(&self.read).contains(&self.key.hash_one(path))
    }

    /// Returns what git tracks below `root` and the walk did not read. Paths are those of the walk.
    pub(crate) fn skipped(&self, root: &Path, stop: &Stop) -> SkippedFiles {
        let mut skipped = SkippedFiles::default();
        let repositories = std::mem::take(&mut *lock(&self.repositories));
        let whole = match repositories.is_empty() {
            true => return skipped,
            false => root.canonicalize().unwrap_or_else(|_| root.to_owned()),
        };
        for repository in &repositories {
            let entries = match entries(repository, stop) {
                Ok(entries) => entries,
                Err(why) => {
                    skipped.unread.push((repository.clone(), why));
                    continue;
                }
            };
            let Some((base, above)) = place(repository, root, &whole) else {
                continue;
            };
            for entry in entries {
                // In the repository that contains the root, only what is below the root.
                let Some(below) = entry.path.strip_prefix(above.as_slice()) else {
                    continue;
                };
                let path = base.join(crate::git::path(below));
                // An empty folder at the path of a submodule was walked as well.
                let walked = match entry.submodule {
                    true => repositories.contains(&path),
                    false => self.was_read(&path),
                };
                if walked || !plain(below) {
                    continue;
                }
                if entry.submodule {
                    if !path.join(".git").exists() {
                        skipped.absent += 1;
                        continue;
                    }
                    skipped.submodules.insert(path.clone());
                }
                let folders = path.ancestors().take_while(|folder| *folder != root);
                skipped.files.extend(folders.map(Path::to_owned));
            }
        }
        skipped
    }
}

/// Returns the folder of the walk in which a repository's files are, and the prefix of their names in the
/// index. The repository around the root is known by its real path, those below the root by the path of the
/// walk.
fn place(repository: &Path, root: &Path, whole: &Path) -> Option<(PathBuf, Vec<u8>)> {
    if repository != whole && repository.starts_with(root) {
        return Some((repository.to_owned(), Vec::new()));
    }
    let above = whole.strip_prefix(repository).ok()?;
    let mut names: Vec<u8> = Vec::new();
    for part in above {
        names.extend_from_slice(part.as_encoded_bytes());
        names.push(b'/');
    }
    Some((root.to_owned(), names))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether an index path has only normal components, so that it stays inside the repository.
fn plain(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/')
        .all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Parses arbitrary bytes as an index.
#[cfg(fuzzing)]
pub(crate) fn fuzz(data: &[u8]) {
    let named = index::entries(data).unwrap_or_default();
    assert!(named.iter().all(|entry| !entry.path.is_empty()));
}

/// Returns the entries of a repository's index. A repository without an index tracks nothing.
fn entries(repository: &Path, stop: &Stop) -> Result<Vec<Entry>, String> {
    let Some(index) = folder(repository).map(|folder| folder.join("index")) else {
        return Ok(Vec::new());
    };
    // Opening a FIFO would block.
    let Ok(meta) = fs::metadata(&index) else {
        return Ok(Vec::new());
    };
    if !meta.is_file() || meta.len() > LARGEST {
        return Err("git's index is not a file, or too large".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(&index)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|error| crate::error::why(&error))?;
    index::entries(&bytes).or_else(|why| {
        // git can read an index that is split over several files.
        let names =
            crate::git::tracked(repository, stop).map_err(|error| format!("{why}, and git says: {error}"))?;
        Ok(names
            .into_iter()
            .map(|(path, submodule)| Entry { path, submodule })
            .collect())
    })
}

/// Returns the folder with the index: `.git`, or the folder that a `.git` file names (linked worktrees,
/// submodules).
fn folder(repository: &Path) -> Option<PathBuf> {
    let git = repository.join(".git");
    let meta = fs::metadata(&git).ok()?;
    if meta.is_dir() {
        return Some(git);
    }
    if !meta.is_file() {
        return None;
    }
    let mut text = Vec::new();
    File::open(&git).ok()?.take(1 << 16).read_to_end(&mut text).ok()?;
    let path = text.strip_prefix(b"gitdir:")?.trim_ascii();
    Some(repository.join(crate::git::path(path)))
}
