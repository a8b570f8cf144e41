//! Gives checks access to other files of the scanned tree.

use std::{
    cell::RefCell,
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Confidence, Finding, Origin, Severity};
use keysift_manifest::Surroundings;
use keysift_scan::Scanner;
use regex::bytes::{Regex, RegexBuilder};

/// Maximum number of files listed for a build context or repository. Listing a tree of a million files takes
/// a second.
const MOST_FILES: usize = 200_000;

/// Maximum size of a file that is read for a check, in bytes.
const LONGEST: u64 = 1 << 20;

/// Which credential files contain secrets, so that none is scanned twice.
#[derive(Debug, Default)]
pub(crate) struct ScannedFiles(Mutex<HashMap<String, bool>>);

impl ScannedFiles {
    /// Records whether a file has secrets, if its name is that of a credential file.
    pub(crate) fn add(&self, blob: &Blob<'_>, findings: &[Finding]) {
        let Origin::File(_) = blob.origin else { return };
        if !keysift_manifest::is_credential_file(&blob.origin.path().to_string_lossy()) {
            return;
        }
        let path = slashes(&blob.origin.shown());
        let holds = findings.iter().any(is_secret);
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(path)
            .or_default() |= holds;
    }

    fn get(&self, path: &str) -> Option<bool> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)
            .copied()
    }
}

/// Returns whether a finding is a secret that is reported by default.
fn is_secret(found: &Finding) -> bool {
    found.secret.is_some() && found.confidence >= Confidence::Medium && found.severity >= Severity::Medium
}

/// Returns a path with `/` as separator, as in reports and checks.
pub(crate) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The files below the roots of a scan. All answers are cached, because several Dockerfiles share a build
/// context.
pub(crate) struct Workspace<'s> {
    scanner: &'s Scanner,
    verdicts: &'s ScannedFiles,
    /// The roots that the user named. A hostile compose file may name `/` as its build context, so nothing
    /// outside of them is read.
    roots: Vec<PathBuf>,
    files: RefCell<HashMap<String, Rc<[String]>>>,
    texts: RefCell<HashMap<String, Option<String>>>,
    patterns: RefCell<HashMap<String, Option<Regex>>>,
}

impl<'s> Workspace<'s> {
    pub(crate) fn new(scanner: &'s Scanner, verdicts: &'s ScannedFiles, roots: &[PathBuf]) -> Self {
        let folder = |root: &PathBuf| {
            let root = root.canonicalize().ok()?;
            // The build context of a Dockerfile that was named is its folder.
            if root.is_file() {
                root.parent().map(Path::to_owned)
            } else {
                Some(root)
            }
        };
        Self {
            scanner,
            verdicts,
            roots: roots.iter().filter_map(folder).collect(),
            files: RefCell::default(),
            texts: RefCell::default(),
            patterns: RefCell::default(),
        }
    }

    /// Returns whether a path is below one of the roots, with links resolved.
    fn is_in_roots(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|path| self.roots.iter().any(|root| path.starts_with(root)))
    }

    /// Returns the text of a file that a check has read.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.read(path)
    }

    fn scan(&self, path: &str) -> bool {
        let Some(mut text) = self.read(path).map(String::into_bytes) else {
            return false;
        };
        let len = text.len();
        text.resize(len + Blob::PADDING, 0);
        let origin = Origin::File(keysift_source::locate(Path::new(path)));
        self.scanner
            .scan(&Blob::whole(&origin, &text, len))
            .findings
            .iter()
            .any(is_secret)
    }
}

impl Surroundings for Workspace<'_> {
    fn files(&self, folder: &str) -> Rc<[String]> {
        let list = || {
            let root = if folder.is_empty() { "." } else { folder };
            if !self.is_in_roots(Path::new(root)) {
                return Rc::default();
            }
            keysift_source::list(Path::new(root), MOST_FILES)
                .iter()
                .map(|path| slashes(path))
                .collect()
        };
        Rc::clone(
            self.files
                .borrow_mut()
                .entry(folder.to_owned())
                .or_insert_with(list),
        )
    }

    fn read(&self, path: &str) -> Option<String> {
        let read = || {
            if !self.is_in_roots(Path::new(path)) {
                return None;
            }
            keysift_source::small(Path::new(path), LONGEST).ok()
        };
        self.texts
            .borrow_mut()
            .entry(path.to_owned())
            .or_insert_with(read)
            .clone()
    }

    fn holds_secret(&self, path: &str) -> bool {
        // Files that the run skipped because git ignores them are scanned here.
        self.verdicts.get(path).unwrap_or_else(|| self.scan(path))
    }

    fn fits(&self, pattern: &str, text: &str) -> Option<bool> {
        let mut patterns = self.patterns.borrow_mut();
        // ASCII classes only: Unicode tables are not compiled in. The size limit protects against patterns of
        // a hostile repository.
        let compile = || {
            RegexBuilder::new(pattern)
                .unicode(false)
                .size_limit(1 << 20)
                .build()
                .ok()
        };
        patterns
            .entry(pattern.to_owned())
            .or_insert_with(compile)
            .as_ref()
            .map(|regex| regex.is_match(text.as_bytes()))
    }
}
