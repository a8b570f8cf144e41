//! Maps paths as the user typed them to paths in their repositories.

use std::{
    collections::HashMap,
    env,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use keysift_finding::Location;

/// A folder that the user named, with its position in its repository.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    /// The folder as the user wrote it.
    folder: PathBuf,
    /// The root of its repository, as a path that can be opened; without a repository the folder itself.
    base: Arc<Path>,
    /// The path from `base` to the folder.
    prefix: PathBuf,
}

impl Folder {
    /// Finds the innermost repository that contains the folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let (top, prefix) = top(folder).unwrap_or_else(|| (folder.to_owned(), PathBuf::new()));
        Self {
            folder: folder.to_owned(),
            base: Arc::from(top),
            prefix,
        }
    }

    /// Returns the location of a file below the folder; `file` begins with the folder as it was written.
    pub(crate) fn file(&self, file: &Path) -> Location {
        let below = file.strip_prefix(&self.folder).unwrap_or(file);
        let path = if self.prefix.as_os_str().is_empty() {
            below.to_owned()
        } else {
            self.prefix.join(below)
        };
        Location::on(Arc::clone(&self.base), path, file.to_owned())
    }
}

/// Locates files that the user named one by one. Results are cached by folder: a git hook names thousands of
/// files in a few folders.
#[derive(Debug, Default)]
pub(crate) struct Named(Mutex<HashMap<PathBuf, Option<Folder>>>);

impl Named {
    /// Returns the location of a file: relative to its repository, or else to the current folder.
    pub(crate) fn file(&self, file: &Path) -> Location {
        let parent = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let find = || top(parent).map(|_| Folder::of(parent));
        let folder = folders.entry(parent.to_owned()).or_insert_with(find);
        let name = file.file_name().unwrap_or_default();
        match folder {
            Some(folder) => {
                let found = folder.file(&parent.join(name));
                Location::on(Arc::from(found.base()), found.path().to_owned(), file.to_owned())
            }
            None => Location::on(Arc::from(Path::new("")), from_here(file), file.to_owned()),
        }
    }
}

/// Returns the location of a file on disk; see `Named::file`.
pub fn locate(file: &Path) -> Location {
    Named::default().file(file)
}

/// Returns the root of a folder's repository, as a path that can be opened, and the path from there to the
/// folder.
fn top(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let real = folder.canonicalize().ok()?;
    // `.git` is a folder, or a file in worktrees and submodules.
    let top = real.ancestors().find(|above| above.join(".git").exists())?;
    let prefix = real.strip_prefix(top).ok()?.to_owned();
    let written: PathBuf = clean(folder);
    let mut base = written.clone();
    let goes_back = (0..prefix.components().count()).all(|_| base.pop());
    // Without links in between, the folder's name ends with the path from the root.
    if !(written.ends_with(&prefix) && goes_back) {
        base = prefix.components().fold(written, |base, _| base.join(".."));
    }
    if base.as_os_str().is_empty() {
        base.push(".");
    }
    Some((base, prefix))
}

/// Removes `.` components from a path.
fn clean(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| !matches!(part, Component::CurDir))
        .collect()
}

/// Returns a path relative to the current folder if it is below it, otherwise as it was written.
fn from_here(file: &Path) -> PathBuf {
    let below = |here: PathBuf| file.strip_prefix(here).ok().map(Path::to_owned);
    match file.is_absolute() {
        true => env::current_dir()
            .ok()
            .and_then(below)
            .unwrap_or_else(|| file.to_owned()),
        false => clean(file),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_has_one_path_however_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let repository = dir.path().join("repository");
        fs::create_dir_all(repository.join("svc/in ner")).unwrap();
        fs::create_dir(repository.join(".git")).unwrap();
        let file = repository.join("svc/in ner/c.py");
        fs::write(&file, "x").unwrap();
        let wanted = Path::new("svc/in ner/c.py");
        for folder in [
            "",
            ".",
            "svc",
            "svc/in ner",
            "./svc/.",
            "svc/../svc",
            "svc/in ner/..",
        ] {
            let folder = Folder::of(&repository.join(folder));
            let entry = folder.folder.join(wanted.strip_prefix(&folder.prefix).unwrap());
            let found = folder.file(&entry);
            assert_eq!(found.path(), wanted, "{folder:?}");
            assert_eq!(
                found.on_disk().unwrap().canonicalize().unwrap(),
                file,
                "{folder:?}"
            );
            assert_eq!(
                found.base().join(found.path()).canonicalize().unwrap(),
                file,
                "{folder:?}"
            );
        }
        for name in ["svc/in ner/c.py", "./svc/in ner/c.py", "svc/../svc/in ner/c.py"] {
            let found = locate(&repository.join(name));
            assert_eq!(
                (found.path(), found.on_disk().unwrap().exists()),
                (wanted, true),
                "{name}"
            );
        }
    }

    #[test]
    fn without_a_repository_the_named_folder_is_the_base() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::of(dir.path());
        let found = folder.file(&dir.path().join("a/b"));
        assert_eq!((found.path(), found.base()), (Path::new("a/b"), dir.path()));
        assert_eq!(locate(Path::new("./a/./b")).path(), Path::new("a/b"));
    }
}
