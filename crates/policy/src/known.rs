//! What is known already, whoever wrote it down.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use keysift_finding::{Origin, fingerprint};

use crate::Place;

/// What is known already.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Fingerprints.
    pub fingerprints: HashSet<String>,
    /// Fingerprints that do not depend on the path, with the paths they had: a file that moved keeps its entries.
    pub anywhere: HashMap<String, Vec<PathBuf>>,
    /// Paths and lines, as other scanners report them.
    pub places: HashSet<(String, u64)>,
}

impl Known {
    /// Whether a finding of a rule is known.
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
        // Known from a file that is no longer there: it moved.
        let moved = || {
            self.anywhere
                .get(&named(Path::new("")))
                .is_some_and(|paths| paths.iter().any(|path| !root.join(path).exists()))
        };
        let line = || (path.to_string_lossy().replace('\\', "/"), place.first);
        !self.anywhere.is_empty() && moved() || !self.places.is_empty() && self.places.contains(&line())
    }
}
