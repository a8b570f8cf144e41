//! What is shown as one: copies of a secret, and repeats of a rule in a file. What is folded to one line for each rule.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use keysift_finding::{RuleMeta, Severity};

use crate::{
    format::{Complete, Show},
    record::Record,
};

/// Findings that are shown as one.
#[derive(Debug)]
pub(crate) struct Entry<'r> {
    /// The worst of them; of several the first.
    pub(crate) first: &'r Record,
    /// Other findings of its rule and severity in its file.
    pub(crate) repeats: Vec<&'r Record>,
    /// The same secrets elsewhere, whatever the rule.
    pub(crate) copies: Vec<&'r Record>,
}

/// Findings of a rule that are counted and not shown.
#[derive(Debug)]
pub(crate) struct Folded<'r> {
    pub(crate) rule: &'r RuleMeta,
    pub(crate) severity: Severity,
    pub(crate) count: u64,
}

/// All findings of a report, the worst first.
#[derive(Debug, Default)]
pub(crate) struct Entries<'r> {
    pub(crate) shown: Vec<Entry<'r>>,
    pub(crate) folded: Vec<Folded<'r>>,
}

impl<'r> Entries<'r> {
    pub(crate) fn of(report: &Complete<'r>) -> Self {
        let records = report.worst_first();
        let single = |first| Entry {
            first,
            repeats: Vec::new(),
            copies: Vec::new(),
        };
        let all = match report.looks.show {
            Show::All => records.into_iter().map(single).collect(),
            _ => merged(records, single),
        };
        let mut entries = Self::default();
        let mut folded: BTreeMap<(Reverse<Severity>, &str), Folded<'r>> = BTreeMap::new();
        for entry in all {
            if is_shown(&entry, report) {
                entries.shown.push(entry);
                continue;
            }
            let (rule, severity) = (&entry.first.rule, entry.first.severity());
            let count = 1 + entry.repeats.len() + entry.copies.len();
            folded
                .entry((Reverse(severity), &rule.id))
                .or_insert(Folded {
                    rule,
                    severity,
                    count: 0,
                })
                .count += count as u64;
        }
        entries.folded = folded.into_values().collect();
        entries
    }
}

/// Whether an entry is shown or folded. What fails the run is always shown. Of what weighs little, hard-coded secrets are shown: each needs a
/// person who replaces it, while findings about configuration come by the dozen and have one answer.
fn is_shown(entry: &Entry<'_>, report: &Complete<'_>) -> bool {
    let severity = entry.first.severity();
    let is_value = entry.first.secret.is_some() || entry.first.rule.is_hard_coded;
    let least = match report.looks.show {
        Show::All => return true,
        Show::From(least) => least,
        Show::Auto if severity == Severity::Low && is_value => return true,
        Show::Auto => Severity::Medium,
    };
    severity >= least || entry.first.fails
}

/// Joins copies and repeats.
fn merged<'r>(records: Vec<&'r Record>, single: impl Fn(&'r Record) -> Entry<'r>) -> Vec<Entry<'r>> {
    let mut entries: Vec<Entry<'r>> = Vec::new();
    let mut secrets: HashMap<u64, usize> = HashMap::new();
    let mut repeats: HashMap<(&str, PathBuf, Severity), usize> = HashMap::new();
    for record in records {
        if let Some(at) = record.secret.and_then(|secret| secrets.get(&secret)) {
            entries[*at].copies.push(record);
            continue;
        }
        let here = (record.rule.id.as_str(), record.origin.shown(), record.severity());
        let at = *repeats.entry(here).or_insert(entries.len());
        match entries.get_mut(at) {
            Some(entry) => entry.repeats.push(record),
            None => entries.push(single(record)),
        }
        if let Some(secret) = record.secret {
            secrets.insert(secret, at);
        }
    }
    entries
}
