//! What two reports in JSON do not share.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::escape::{Terminal, Untrusted};

/// A finding of a report, by its fingerprint and how many of that name came before it.
type Findings = BTreeMap<(String, usize), Value>;

/// A text that is no report of ours in JSON.
#[derive(Debug)]
pub struct NoReport {
    /// Its name.
    file: PathBuf,
    /// What is no JSON in it.
    source: Option<serde_json::Error>,
}

impl fmt::Display for NoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "{file} is not a keysift report (--format json or jsonl)")
    }
}

impl std::error::Error for NoReport {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

/// The findings of a report in JSON or JSON lines.
#[derive(Debug)]
pub struct PreviousReport(Findings);

impl PreviousReport {
    /// Reads a report; `file` is its name.
    ///
    /// # Errors
    /// If the text is no report of ours.
    pub fn parse(file: &Path, text: &str) -> Result<Self, NoReport> {
        let refused = |source| NoReport {
            file: file.to_owned(),
            source,
        };
        let documents: Vec<Value> = serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| refused(Some(error)))?;
        if !documents.iter().any(|document| document["schema"] == "keysift/1") {
            return Err(refused(None));
        }
        let mut findings = Findings::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let all = documents
            .into_iter()
            .flat_map(|mut document| match document["findings"].take() {
                Value::Array(findings) => findings,
                _ => vec![document],
            });
        for finding in all {
            let Some(name) = finding["fingerprint"].as_str().map(str::to_owned) else {
                continue;
            };
            let count = seen.entry(name.clone()).or_default();
            findings.insert((name, *count), finding);
            *count += 1;
        }
        Ok(Self(findings))
    }

    /// The findings of `other` that this report does not have.
    fn lacks<'o>(&self, other: &'o Self) -> Vec<&'o Value> {
        let theirs = other.0.iter().filter(|(name, _)| !self.0.contains_key(*name));
        theirs.map(|(_, finding)| finding).collect()
    }
}

/// What changed from one report to another.
#[derive(Debug)]
pub struct Changes<'r> {
    fresh: Vec<&'r Value>,
    gone: Vec<&'r Value>,
    unchanged: usize,
}

impl<'r> Changes<'r> {
    /// Compares two reports.
    pub fn between(old: &'r PreviousReport, new: &'r PreviousReport) -> Self {
        let fresh = old.lacks(new);
        Self {
            unchanged: new.0.len() - fresh.len(),
            gone: new.lacks(old),
            fresh,
        }
    }

    /// Whether there is a finding that was not there before.
    pub fn has_new(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Writes a line for each finding that is new or gone, and the numbers.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (mark, findings) in [("+", &self.fresh), ("-", &self.gone)] {
            for finding in findings {
                // A report is a file like any other: its texts are a stranger's.
                let text = |key: &str| finding[key].as_str().unwrap_or_default();
                let shown = |key: &str| Untrusted::new(text(key)).to::<Terminal>();
                let number = |key: &str| finding[key].as_u64().unwrap_or_default();
                writeln!(
                    out,
                    "{mark} {}:{}:{}: {}: {} [{}]",
                    shown("path"),
                    number("line"),
                    number("column"),
                    shown("severity"),
                    Untrusted::sentence(text("message")).to::<Terminal>(),
                    shown("rule")
                )?;
            }
        }
        let (fresh, gone) = (self.fresh.len(), self.gone.len());
        writeln!(out, "{fresh} new, {gone} fixed, {} unchanged", self.unchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report with findings of these fingerprints, in both forms.
    fn reports(names: &[u64]) -> [PreviousReport; 2] {
        let findings: Vec<String> = names
            .iter()
            .map(|name| format!("{{\"fingerprint\": \"{name:x}\", \"path\": \"a\", \"rule\": \"r\"}}"))
            .collect();
        let lines = format!("{}\n{{\"schema\": \"keysift/1\"}}", findings.join("\n"));
        let document = format!(
            "{{\"schema\": \"keysift/1\", \"findings\": [{}]}}",
            findings.join(",")
        );
        [lines, document].map(|text| PreviousReport::parse(Path::new("r"), &text).expect("a report"))
    }

    #[test]
    fn each_finding_counts_once_in_either_form() {
        for (old, new, said) in [
            (&[1, 2][..], &[2, 3][..], "1 new, 1 fixed, 1 unchanged"),
            (&[1, 1], &[1, 1, 1], "1 new, 0 fixed, 2 unchanged"),
            (&[5], &[], "0 new, 1 fixed, 0 unchanged"),
            (&[], &[], "0 new, 0 fixed, 0 unchanged"),
        ] {
            for old in &reports(old) {
                for new in &reports(new) {
                    let (changes, mut out) = (Changes::between(old, new), Vec::new());
                    changes.write(&mut out).expect("memory takes it");
                    let out = String::from_utf8(out).expect("text");
                    assert_eq!(out.lines().last(), Some(said));
                    assert_eq!(changes.has_new(), !said.starts_with('0'));
                }
            }
        }
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for text in ["", "{}", "[]", "{\"schema\": \"other\"}", "no JSON"] {
            let error = PreviousReport::parse(Path::new("r"), text).expect_err(text);
            assert!(error.to_string().starts_with("r is not a keysift report"));
        }
    }
}
