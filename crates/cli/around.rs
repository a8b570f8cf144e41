//! What lies around the manifests: answers for the checks of all files, from the file system.

use std::{
    cell::RefCell,
    collections::HashMap,
    path::{Path, PathBuf},
};

use keysift_finding::{Blob, Confidence, Origin, Severity};
use keysift_manifest::Surroundings;
use keysift_scan::Scanner;
use regex::bytes::{Regex, RegexBuilder};

/// A build context or a repository with more files than this is looked at in part.
const MOST_FILES: usize = 200_000;

/// The longest file that is read for a check.
const LONGEST: u64 = 1 << 20;

/// The file system, as the scanner sees it. Every answer is kept: several Dockerfiles share a context.
pub(crate) struct Around<'s> {
    scanner: &'s Scanner,
    /// What the user asked for: a compose file of a stranger may say that its context is the whole machine.
    roots: Vec<PathBuf>,
    files: RefCell<HashMap<String, Vec<String>>>,
    secret: RefCell<HashMap<String, bool>>,
    patterns: RefCell<HashMap<String, Option<Regex>>>,
}

impl<'s> Around<'s> {
    pub(crate) fn new(scanner: &'s Scanner, roots: &[PathBuf]) -> Self {
        let folder = |root: &PathBuf| {
            let root = root.canonicalize().ok()?;
            // Beside a file that was named lies its context.
            if root.is_file() {
                root.parent().map(Path::to_owned)
            } else {
                Some(root)
            }
        };
        Self {
            scanner,
            roots: roots.iter().filter_map(folder).collect(),
            files: RefCell::default(),
            secret: RefCell::default(),
            patterns: RefCell::default(),
        }
    }

    /// Whether a path lies in what the user asked for, links followed.
    fn asked_for(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|path| self.roots.iter().any(|root| path.starts_with(root)))
    }

    fn scan(&self, path: &str) -> bool {
        let Some(mut text) = self.read(path).map(String::into_bytes) else {
            return false;
        };
        let len = text.len();
        text.resize(len + Blob::PADDING, 0);
        let origin = Origin::File {
            root: PathBuf::new(),
            path: PathBuf::from(path),
        };
        let findings = self.scanner.scan(&Blob::whole(&origin, &text, len)).findings;
        findings.iter().any(|found| {
            found.secret.is_some()
                && found.confidence >= Confidence::Medium
                && found.severity >= Severity::Medium
        })
    }
}

impl Surroundings for Around<'_> {
    fn files(&self, folder: &str) -> Vec<String> {
        let list = || {
            let root = if folder.is_empty() { "." } else { folder };
            if !self.asked_for(Path::new(root)) {
                return Vec::new();
            }
            let files = keysift_source::list(Path::new(root), MOST_FILES);
            files
                .into_iter()
                .map(|path| path.to_string_lossy().replace('\\', "/"))
                .collect()
        };
        self.files
            .borrow_mut()
            .entry(folder.to_owned())
            .or_insert_with(list)
            .clone()
    }

    fn read(&self, path: &str) -> Option<String> {
        if !self.asked_for(Path::new(path)) {
            return None;
        }
        keysift_source::small(Path::new(path), LONGEST).ok()
    }

    fn holds_secret(&self, path: &str) -> bool {
        if let Some(known) = self.secret.borrow().get(path) {
            return *known;
        }
        let holds = self.scan(path);
        self.secret.borrow_mut().insert(path.to_owned(), holds);
        holds
    }

    fn fits(&self, pattern: &str, text: &str) -> Option<bool> {
        let mut patterns = self.patterns.borrow_mut();
        // Classes of ASCII: the tables of Unicode are not compiled in. A repository's pattern may not ask for more than a mebibyte.
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
