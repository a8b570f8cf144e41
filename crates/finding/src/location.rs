//! The path of a file in reports, and the path that opens it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file or archive member with two names: a path that does not depend on how the user reached it, and the
/// name that the user would type to open it.
///
/// Fingerprints, baselines, settings and machine-readable reports use the path; reports for people use the
/// other name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    path: PathBuf,
    shown: PathBuf,
    base: Arc<Path>,
    medium: Medium,
}

/// What contains the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Medium {
    Disk,
    /// The archive with this name, as shown.
    Archive(PathBuf),
    /// Not a file: a git object, or bytes that a caller named.
    Memory,
}

impl Location {
    /// Creates the location of a file on disk. `path` is relative to `base`, the root of its repository or
    /// else the folder that the user named; `opened_as` is the name that opens it. `base` is a path that can
    /// be opened as well.
    pub fn on(base: Arc<Path>, path: PathBuf, opened_as: PathBuf) -> Self {
        let shown = match opened_as.strip_prefix(".") {
            Ok(below) if !below.as_os_str().is_empty() => below.to_owned(),
            _ => opened_as,
        };
        Self {
            path: with_slashes(path),
            shown: with_slashes(shown),
            base,
            medium: Medium::Disk,
        }
    }

    /// Creates the location of a named text that is not a file on disk.
    pub fn named(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            shown: path.clone(),
            path,
            base: Arc::from(Path::new("")),
            medium: Medium::Memory,
        }
    }

    /// Returns the location of a member of this archive: `name` is appended to the archive's name. An empty
    /// `name` is the archive itself.
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

    /// Returns the path that identifies the file, relative to the root of its repository or else to the
    /// folder that the user named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path to display, valid even if the user is not in [`base`](Self::base).
    pub fn shown(&self) -> &Path {
        &self.shown
    }

    /// Returns the folder that [`path`](Self::path) is relative to; empty if unknown.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Returns the path that opens the file; `None` for archive members and for texts that are not files.
    pub fn on_disk(&self) -> Option<&Path> {
        matches!(self.medium, Medium::Disk).then_some(&*self.shown)
    }

    /// Returns the outermost archive that contains the file.
    pub fn archive(&self) -> Option<&Path> {
        match &self.medium {
            Medium::Archive(archive) => Some(archive),
            Medium::Disk | Medium::Memory => None,
        }
    }
}

/// Returns the path with `/` as separator, also on Windows: reports, settings and rules about paths do not depend on the system. Windows opens such a path, except one that begins with `\\?\`.
fn with_slashes(path: PathBuf) -> PathBuf {
    match path.to_str() {
        Some(text) if cfg!(windows) && !text.starts_with(r"\\?\") => text.replace('\\', "/").into(),
        _ => path,
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
    fn a_backslash_is_a_separator_on_windows_only() {
        let file = Location::on(Arc::from(Path::new("")), r"a\b.env".into(), r".\a\b.env".into());
        let wanted = match cfg!(windows) {
            true => ("a/b.env", "a/b.env"),
            false => (r"a\b.env", r".\a\b.env"),
        };
        assert_eq!(
            (file.path(), file.shown()),
            (Path::new(wanted.0), Path::new(wanted.1))
        );
    }

    #[test]
    fn a_named_text_is_not_a_file() {
        let named = Location::named("a!/b");
        assert_eq!((named.on_disk(), named.archive()), (None, None));
        assert_eq!(
            (named.path(), named.shown()),
            (Path::new("a!/b"), Path::new("a!/b"))
        );
    }
}
