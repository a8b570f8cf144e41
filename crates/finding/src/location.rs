//! Where a file lies: what reports call it, and what opens it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file, or a member of an archive, with two names: its path, which is the same whatever the user typed to reach it, and what the user
/// would type to open it.
///
/// Fingerprints, baselines, settings and reports for machines use the path, reports for people the other name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    path: PathBuf,
    shown: PathBuf,
    base: Arc<Path>,
    medium: Medium,
}

/// What holds the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Medium {
    Disk,
    /// The archive of that name, as shown.
    Archive(PathBuf),
    /// No file: an object of git, bytes that a caller has named.
    Memory,
}

impl Location {
    /// A file on disk: its `path` from `base`, which is the top of its repository or else the folder that the user asked for, and the
    /// name that opens it. `base`, too, is written so that it can be opened.
    pub fn on(base: Arc<Path>, path: PathBuf, opened_as: PathBuf) -> Self {
        let shown = match opened_as.strip_prefix(".") {
            Ok(below) if !below.as_os_str().is_empty() => below.to_owned(),
            _ => opened_as,
        };
        Self {
            path,
            shown,
            base,
            medium: Medium::Disk,
        }
    }

    /// A text that has a name and is no file on disk.
    pub fn named(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            shown: path.clone(),
            path,
            base: Arc::from(Path::new("")),
            medium: Medium::Memory,
        }
    }

    /// A member of the archive that is here. `name` is put behind the archive's; with an empty one it is the archive itself.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        if name.is_empty() {
            return self.clone();
        }
        let joined = |path: &Path| {
            let mut whole = path.as_os_str().to_owned();
            whole.push(name);
            PathBuf::from(whole)
        };
        Self {
            path: joined(&self.path),
            shown: joined(&self.shown),
            base: Arc::clone(&self.base),
            medium: match &self.medium {
                Medium::Archive(archive) => Medium::Archive(archive.clone()),
                Medium::Disk | Medium::Memory => Medium::Archive(self.shown.clone()),
            },
        }
    }

    /// The path that identifies the file: from the top of its repository, else from the folder that the user asked for.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path to show to a person, who may be in another folder than [`base`](Self::base).
    pub fn shown(&self) -> &Path {
        &self.shown
    }

    /// The folder that [`path`](Self::path) starts from; empty if it is not known.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The path that opens the file; none for a member of an archive, and for what is no file.
    pub fn on_disk(&self) -> Option<&Path> {
        matches!(self.medium, Medium::Disk).then_some(&*self.shown)
    }

    /// The outermost archive that holds the file.
    pub fn archive(&self) -> Option<&Path> {
        match &self.medium {
            Medium::Archive(archive) => Some(archive),
            Medium::Disk | Medium::Memory => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_both_names_and_are_not_on_disk() {
        let base: Arc<Path> = Arc::from(Path::new(".."));
        let outer = Location::on(base, "svc/a.zip".into(), "./a.zip".into());
        assert_eq!(outer.on_disk(), Some(Path::new("a.zip")));
        assert_eq!(outer.member(""), outer);
        let inner = outer.member("!/b.tar").member("!/c.txt");
        assert_eq!(inner.path(), Path::new("svc/a.zip!/b.tar!/c.txt"));
        assert_eq!(inner.shown(), Path::new("a.zip!/b.tar!/c.txt"));
        assert_eq!(
            (inner.on_disk(), inner.archive()),
            (None, Some(Path::new("a.zip")))
        );
        assert_eq!(inner.base(), Path::new(".."));
    }

    #[test]
    fn a_name_is_no_file() {
        let named = Location::named("a!/b");
        assert_eq!((named.on_disk(), named.archive()), (None, None));
        assert_eq!(
            (named.path(), named.shown()),
            (Path::new("a!/b"), Path::new("a!/b"))
        );
    }
}
