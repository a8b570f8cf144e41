//! Accepted findings, from any kind of file.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use keysift_finding::{Origin, fingerprint};

use crate::Place;

/// Accepted findings.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Fingerprints.
    pub fingerprints: HashSet<String>,
    /// Fingerprints without the path, with the paths that they had. A renamed file keeps its entries.
    pub anywhere: HashMap<String, Vec<PathBuf>>,
    /// Paths and lines, which reports of other scanners have.
    pub places: HashSet<(String, u64)>,
}

impl Known {
    /// Returns whether a finding is accepted.
    pub(crate) fn has(&self, rule: &str, place: &Place<'_>) -> bool {
        if self.fingerprints.is_empty() && self.places.is_empty() {
            return false;
        }
        let path = place.origin.path();
        let named = |path: &Path| fingerprint(rule, path, place.bytes).to_string();
        if self.fingerprints.contains(&named(path)) {
            return true;
        }
        let root = match place.origin {
            Origin::File(location) => location.base(),
            _ => Path::new(""),
        };
        // Accepted in a file that no longer exists, so the file was renamed.
        let moved = || {
            self.anywhere
                .get(&named(Path::new("")))
                .is_some_and(|paths| paths.iter().any(|path| !root.join(path).exists()))
        };
        let line = || (path.to_string_lossy().replace('\\', "/"), place.first);
        !self.anywhere.is_empty() && moved() || !self.places.is_empty() && self.places.contains(&line())
    }
}
