//! Files that say what is known already: a baseline of ours, an earlier report, or what other scanners wrote.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use keysift_report::Known;
use serde_json::Value;

/// The largest baseline or report that is read, in bytes: one of a million findings has a hundred megabytes.
pub(crate) const LARGEST: u64 = 256 << 20;

/// The first line of a baseline.
pub(crate) const HEAD: &str = "# keysift baseline 1: findings that are known. A line each: fingerprint, fingerprint without the path, rule, path.";

/// An entry: path and rule first, so that entries of one file stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) rule: String,
    pub(crate) fingerprint: String,
    pub(crate) anywhere: String,
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

/// The entries of a baseline. Their order and repeated lines mean nothing: `merge=union` of git makes both.
pub(crate) fn entries(text: &str) -> BTreeSet<Entry> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(Entry::parse)
        .collect()
}

/// What a file says is known: a baseline, a report of ours, of gitleaks, or a baseline of detect-secrets.
pub(crate) fn read(file: &Path) -> Result<Known> {
    let text = keysift_source::small(file, LARGEST)
        .with_context(|| format!("cannot read the baseline {}", file.display()))?;
    if text.starts_with("# keysift baseline 1") {
        return Ok(ours(&entries(&text)));
    }
    let named = || {
        format!(
            "{} is no baseline and no report of keysift, gitleaks or detect-secrets",
            file.display()
        )
    };
    let documents: Vec<Value> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect::<Result<_, _>>()
        .with_context(named)?;
    let foreign = documents
        .first()
        .filter(|_| documents.len() == 1)
        .and_then(|document| gitleaks(document).or_else(|| detect_secrets(document)));
    if let Some(places) = foreign {
        return Ok(Known {
            places,
            ..Known::default()
        });
    }
    if !documents.iter().any(|document| document["schema"] == "keysift/1") {
        bail!("{}", named());
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
    Ok(Known {
        fingerprints: fingerprints.collect(),
        ..Known::default()
    })
}

fn ours(entries: &BTreeSet<Entry>) -> Known {
    let mut known = Known::default();
    for entry in entries {
        known.fingerprints.insert(entry.fingerprint.clone());
        known
            .anywhere
            .entry(entry.anywhere.clone())
            .or_default()
            .push(PathBuf::from(&entry.path));
    }
    known
}

/// The places of a report of gitleaks: an array of findings.
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

/// The places of a baseline of detect-secrets: findings by file.
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
