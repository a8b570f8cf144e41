//! Files of accepted findings: a keysift baseline, an earlier report, or files of other scanners.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::Known;

/// The first bytes of every baseline.
const MARK: &str = "# keysift baseline 1";

/// The first line of a baseline.
const HEAD: &str = "# keysift baseline 1: accepted findings. A line each: fingerprint, fingerprint without the path, rule, path.";

/// An accepted finding. Sorted by path and rule, so that entries of one file are together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The file.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// The fingerprint.
    pub fingerprint: String,
    /// The fingerprint without the path, which finds renamed files.
    pub anywhere: String,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(4, ' ');
        let (fingerprint, anywhere, rule, path) =
            (words.next()?, words.next()?, words.next()?, words.next()?);
        let hex = |word: &str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        (hex(fingerprint) && hex(anywhere)).then(|| Self {
            path: path.to_owned(),
            rule: rule.to_owned(),
            fingerprint: fingerprint.to_owned(),
            anywhere: anywhere.to_owned(),
        })
    }
}

/// A baseline: the list of accepted findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The findings.
    pub entries: BTreeSet<Entry>,
}

/// The difference between a baseline and the findings of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The number of findings that are not in the baseline.
    pub fresh: usize,
    /// The number of entries that match no finding.
    pub gone: usize,
}

impl Baseline {
    /// Parses a text. Order and repeated lines do not matter, because git's `merge=union` causes both.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self {
            entries: lines.filter_map(Entry::parse).collect(),
        }
    }

    /// Compares the baseline with the findings of a run.
    pub fn compare(&self, found: &Self) -> Comparison {
        Comparison {
            fresh: found.entries.difference(&self.entries).count(),
            gone: self.entries.difference(&found.entries).count(),
        }
    }

    /// Returns the baseline with the new findings added.
    #[must_use]
    pub fn updated(&self, found: &Self) -> Self {
        Self {
            entries: self.entries.union(&found.entries).cloned().collect(),
        }
    }

    /// Returns the baseline without entries that match no finding.
    #[must_use]
    pub fn pruned(&self, found: &Self) -> Self {
        Self {
            entries: self.entries.intersection(&found.entries).cloned().collect(),
        }
    }
}

/// Writes the text of the file.
impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        self.entries.iter().try_for_each(|entry| {
            let (name, anywhere) = (&entry.fingerprint, &entry.anywhere);
            writeln!(f, "{name} {anywhere} {} {}", entry.rule, entry.path)
        })
    }
}

impl From<&Baseline> for Known {
    fn from(baseline: &Baseline) -> Self {
        let mut known = Self::default();
        for entry in &baseline.entries {
            known.fingerprints.insert(entry.fingerprint.clone());
            known
                .anywhere
                .entry(entry.anywhere.clone())
                .or_default()
                .push(PathBuf::from(&entry.path));
        }
        known
    }
}

/// The error for a file that is neither a baseline nor a report.
#[derive(Debug, thiserror::Error)]
#[error("{} is not a baseline or a report of keysift, gitleaks or detect-secrets", file.display())]
pub struct BaselineError {
    /// The file.
    pub file: PathBuf,
    /// The JSON syntax error, if it is not JSON.
    pub source: Option<serde_json::Error>,
}

impl Known {
    /// Parses a keysift baseline, a report of keysift or gitleaks, or a baseline of detect-secrets. `file` is
    /// its path, for errors.
    ///
    /// # Errors
    /// If the text is none of these.
    pub fn parse(file: &Path, text: &str) -> Result<Self, BaselineError> {
        if text.starts_with(MARK) {
            return Ok(Self::from(&Baseline::parse(text)));
        }
        let refused = |source| BaselineError {
            file: file.to_owned(),
            source,
        };
        let documents: Vec<Value> = serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| refused(Some(error)))?;
        if let [document] = &documents[..]
            && let Some(places) = gitleaks(document).or_else(|| detect_secrets(document))
        {
            return Ok(Self {
                places,
                ..Self::default()
            });
        }
        if !documents.iter().any(|document| document["schema"] == "keysift/1") {
            return Err(refused(None));
        }
        let findings = |document: &Value| {
            document["findings"]
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![document.clone()])
        };
        let fingerprints = documents
            .iter()
            .flat_map(findings)
            .filter_map(|finding| finding["fingerprint"].as_str().map(str::to_owned));
        Ok(Self {
            fingerprints: fingerprints.collect(),
            ..Self::default()
        })
    }
}

/// The places of a gitleaks report, which is an array of findings.
fn gitleaks(document: &Value) -> Option<HashSet<(String, u64)>> {
    let findings = document
        .as_array()
        .filter(|findings| findings.iter().all(|finding| finding["RuleID"].is_string()))?;
    let place = |finding: &Value| {
        Some((
            finding["File"].as_str()?.to_owned(),
            finding["StartLine"].as_u64()?,
        ))
    };
    Some(findings.iter().filter_map(place).collect())
}

/// The places of a detect-secrets baseline, which lists findings by file.
fn detect_secrets(document: &Value) -> Option<HashSet<(String, u64)>> {
    let files = document["results"]
        .as_object()
        .filter(|_| document["plugins_used"].is_array())?;
    let places = files.iter().flat_map(|(file, findings)| {
        findings
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(move |finding| Some((file.clone(), finding["line_number"].as_u64()?)))
    });
    Some(places.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A baseline of generated entries, one for each number.
    fn baseline(numbers: impl IntoIterator<Item = u64>) -> Baseline {
        let entry = |number: u64| Entry {
            path: format!("folder/a file {}", number % 3),
            rule: "rule".to_owned(),
            fingerprint: format!("{number:016x}"),
            anywhere: format!("{:016x}", number + 1000),
        };
        Baseline {
            entries: numbers.into_iter().map(entry).collect(),
        }
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written_in_any_order_and_twice() {
        for count in 0..40 {
            let written = baseline(0..count);
            let mut lines: Vec<String> = written.to_string().lines().map(str::to_owned).collect();
            lines.reverse();
            let twice = format!("{}\n{}\nno entry\n", lines.join("\r\n"), lines.join("\n"));
            assert_eq!(Baseline::parse(&written.to_string()), written);
            assert_eq!(Baseline::parse(&twice), written);
        }
    }

    #[test]
    fn update_adds_and_prune_removes() {
        for (old, new) in [(0..5, 3..9), (0..0, 0..4), (2..6, 0..0), (1..4, 1..4)] {
            let (old, new) = (baseline(old), baseline(new));
            let Comparison { fresh, gone } = old.compare(&new);
            assert_eq!(old.updated(&new).entries.len(), old.entries.len() + fresh);
            assert_eq!(old.pruned(&new).entries.len(), old.entries.len() - gone);
            assert_eq!(old.updated(&new).compare(&new), Comparison { fresh: 0, gone });
            assert_eq!(old.pruned(&new).compare(&new), Comparison { fresh, gone: 0 });
        }
    }

    #[test]
    fn file_formats_are_detected_by_content() {
        let known = |text: &str| Known::parse(Path::new("file"), text);
        let ours = known(&baseline(0..3).to_string()).expect("a baseline");
        assert_eq!((ours.fingerprints.len(), ours.anywhere.len()), (3, 3));
        let report =
            known(r#"{"schema": "keysift/1", "findings": [{"fingerprint": "ab"}]}"#).expect("a report");
        assert!(report.fingerprints.contains("ab"));
        let lines = known("{\"fingerprint\": \"cd\"}\n{\"schema\": \"keysift/1\"}").expect("a report");
        assert!(lines.fingerprints.contains("cd"));
        let places = [
            r#"[{"RuleID": "x", "File": "a", "StartLine": 7}]"#,
            r#"{"plugins_used": [], "results": {"a": [{"line_number": 7}]}}"#,
        ];
        for text in places {
            let foreign = known(text).expect("another scanner's");
            assert!(foreign.places.contains(&("a".to_owned(), 7)), "{text}");
        }
        for text in ["{}", "[1]", "no JSON", "{\"results\": {}}"] {
            let error = known(text).expect_err(text);
            assert!(error.to_string().starts_with("file is not a baseline"));
        }
    }
}
