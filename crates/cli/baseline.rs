//! Findings that are known already: a baseline of ours, an earlier report, or what other scanners wrote.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use keysift_report::{Format, Known, Outcome};
use serde_json::Value;

use crate::{
    args::{Baseline, BaselineCommand},
    output::Output,
    rules, scan,
};

/// The first line of a baseline.
const HEAD: &str = "# keysift baseline 1: findings that are known. A line each: fingerprint, fingerprint without the path, rule, path.";

/// An entry: path and rule first, so that entries of one file stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
    anywhere: String,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(4, ' ');
        let (fingerprint, anywhere, rule, path) = (words.next()?, words.next()?, words.next()?, words.next()?);
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
fn entries(text: &str) -> BTreeSet<Entry> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(Entry::parse).collect()
}

fn write(file: &Path, entries: &BTreeSet<Entry>) -> Result<()> {
    Output::File(file.to_owned()).write(|out| {
        writeln!(out, "{HEAD}")?;
        entries.iter().try_for_each(|entry| writeln!(out, "{} {} {} {}", entry.fingerprint, entry.anywhere, entry.rule, entry.path))
    })
}

/// `keysift baseline …`.
pub(crate) fn run(args: &Baseline) -> Result<Outcome> {
    let (BaselineCommand::Create(options)
    | BaselineCommand::Update(options)
    | BaselineCommand::Prune(options)
    | BaselineCommand::Audit(options)) = &args.command;
    let file = &options.file;
    let old = match (&args.command, fs::read_to_string(file)) {
        (BaselineCommand::Create(_), Ok(_)) => bail!("{} is there already: `keysift baseline update` adds what is new", file.display()),
        (BaselineCommand::Create(_), Err(_)) => BTreeSet::new(),
        (_, text) => entries(&text.with_context(|| format!("cannot read the baseline {}", file.display()))?),
    };
    let (found, outcome) = scanned(options.scan.config()?)?;
    let told = |what: String| rules::print(|out| writeln!(out, "{what}"));
    let (gone, fresh) = (old.difference(&found).count(), found.difference(&old).count());
    match &args.command {
        BaselineCommand::Create(_) => {
            write(file, &found)?;
            told(format!(
                "{} with {} findings; commit it, and say `{} merge=union` in .gitattributes",
                file.display(),
                found.len(),
                file.display()
            ))?;
        }
        BaselineCommand::Update(_) => {
            write(file, &old.union(&found).cloned().collect())?;
            told(format!(
                "{fresh} findings more; {gone} of the old ones are not found any more (`keysift baseline prune` takes them out)"
            ))?;
        }
        BaselineCommand::Prune(_) => {
            write(file, &old.intersection(&found).cloned().collect())?;
            told(format!("{gone} entries taken out, {} left; {fresh} findings are not in it", old.len() - gone))?;
        }
        BaselineCommand::Audit(_) => {
            for entry in &old {
                let state = if found.contains(entry) { "there" } else { "gone" };
                told(format!("{state:<6} {}  {}  {}", entry.path, entry.rule, entry.fingerprint))?;
            }
            told(format!("{} entries: {} there, {gone} gone; {fresh} findings are not in it", old.len(), old.len() - gone))?;
        }
    }
    Ok(if outcome == Outcome::Incomplete { Outcome::Incomplete } else { Outcome::Clean })
}

/// What is found now.
fn scanned(mut config: scan::Config) -> Result<(BTreeSet<Entry>, Outcome)> {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    config.report.known = Known::default();
    config.outputs = vec![(Format::Baseline, Output::Memory(Arc::clone(&bytes)))];
    let outcome = scan::scan(&config)?;
    let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
    Ok((entries(&String::from_utf8_lossy(&bytes)), outcome))
}

/// What a file says is known: a baseline, a report of ours, of gitleaks, or a baseline of detect-secrets.
pub(crate) fn read(file: &Path) -> Result<Known> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read the baseline {}", file.display()))?;
    if text.starts_with("# keysift baseline 1") {
        return Ok(ours(&entries(&text)));
    }
    let named = || format!("{} is no baseline and no report of keysift, gitleaks or detect-secrets", file.display());
    let documents: Vec<Value> = serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().with_context(named)?;
    let foreign =
        documents.first().filter(|_| documents.len() == 1).and_then(|document| gitleaks(document).or_else(|| detect_secrets(document)));
    if let Some(places) = foreign {
        return Ok(Known { places, ..Known::default() });
    }
    if !documents.iter().any(|document| document["schema"] == "keysift/1") {
        bail!("{}", named());
    }
    let findings = |document: &Value| document["findings"].as_array().cloned().unwrap_or_else(|| vec![document.clone()]);
    let fingerprints = documents.iter().flat_map(findings).filter_map(|finding| finding["fingerprint"].as_str().map(str::to_owned));
    Ok(Known { fingerprints: fingerprints.collect(), ..Known::default() })
}

fn ours(entries: &BTreeSet<Entry>) -> Known {
    let mut known = Known::default();
    for entry in entries {
        known.fingerprints.insert(entry.fingerprint.clone());
        known.anywhere.entry(entry.anywhere.clone()).or_default().push(PathBuf::from(&entry.path));
    }
    known
}

/// The places of a report of gitleaks: an array of findings.
fn gitleaks(document: &Value) -> Option<HashSet<(String, u64)>> {
    let findings = document.as_array().filter(|findings| findings.iter().all(|finding| finding["RuleID"].is_string()))?;
    let place = |finding: &Value| Some((finding["File"].as_str()?.to_owned(), finding["StartLine"].as_u64()?));
    Some(findings.iter().filter_map(place).collect())
}

/// The places of a baseline of detect-secrets: findings by file.
fn detect_secrets(document: &Value) -> Option<HashSet<(String, u64)>> {
    let files = document["results"].as_object().filter(|_| document["plugins_used"].is_array())?;
    let places = files.iter().flat_map(|(file, findings)| {
        findings.as_array().into_iter().flatten().filter_map(move |finding| Some((file.clone(), finding["line_number"].as_u64()?)))
    });
    Some(places.collect())
}
