//! `keysift diff`: what two reports do not share.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use keysift::Outcome;
use keysift_report::{Foreign, Terminal};
use serde_json::Value;

use crate::{args::Diff, output::print};

/// A finding of a report, by its fingerprint and how many of that name came before it.
type Findings = BTreeMap<(String, usize), Value>;

/// Prints what is new and what is gone.
pub(crate) fn diff(args: &Diff) -> Result<Outcome> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let fresh: Vec<&Value> = new
        .iter()
        .filter(|(name, _)| !old.contains_key(*name))
        .map(|(_, finding)| finding)
        .collect();
    let gone: Vec<&Value> = old
        .iter()
        .filter(|(name, _)| !new.contains_key(*name))
        .map(|(_, finding)| finding)
        .collect();
    print(|out| {
        for (mark, findings) in [("+", &fresh), ("-", &gone)] {
            for finding in findings {
                // A report is a file like any other: its texts are a stranger's.
                let text = |key: &str| finding[key].as_str().unwrap_or_default();
                let shown = |key: &str| Foreign::new(text(key)).to::<Terminal>();
                let number = |key: &str| finding[key].as_u64().unwrap_or_default();
                writeln!(
                    out,
                    "{mark} {}:{}:{}: {}: {} [{}]",
                    shown("path"),
                    number("line"),
                    number("column"),
                    shown("severity"),
                    Foreign::sentence(text("message")).to::<Terminal>(),
                    shown("rule")
                )?;
            }
        }
        writeln!(
            out,
            "{} new, {} gone, {} unchanged",
            fresh.len(),
            gone.len(),
            new.len() - fresh.len()
        )
    })?;
    Ok(if fresh.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}

fn read(file: &Path) -> Result<Findings> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let named = || {
        format!(
            "{} is no report of keysift (--format json or jsonl)",
            file.display()
        )
    };
    let documents: Vec<Value> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect::<Result<_, _>>()
        .with_context(named)?;
    if !documents.iter().any(|document| document["schema"] == "keysift/1") {
        bail!("{}", named());
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
    Ok(findings)
}
