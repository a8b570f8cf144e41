//! `keysift baseline …`: what is known is written down, added to and cleaned up.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use keysift_report::{Foreign, Format, Known, Outcome, Terminal};

use crate::{
    args::{Baseline, BaselineCommand},
    known::{self, Entry, HEAD, entries},
    output::Output,
    rules, scan,
};

fn write(file: &Path, entries: &BTreeSet<Entry>) -> Result<()> {
    Output::File(file.to_owned()).write(|out| {
        writeln!(out, "{HEAD}")?;
        entries.iter().try_for_each(|entry| {
            writeln!(
                out,
                "{} {} {} {}",
                entry.fingerprint, entry.anywhere, entry.rule, entry.path
            )
        })
    })
}

/// `keysift baseline …`.
pub(crate) fn run(args: &Baseline) -> Result<Outcome> {
    let (BaselineCommand::Create(options)
    | BaselineCommand::Update(options)
    | BaselineCommand::Prune(options)
    | BaselineCommand::Audit(options)) = &args.command;
    let file = &options.file;
    let old = match (&args.command, keysift_source::small(file, known::LARGEST)) {
        (BaselineCommand::Create(_), Ok(_)) => bail!(
            "{} is there already: `keysift baseline update` adds what is new",
            file.display()
        ),
        (BaselineCommand::Create(_), Err(_)) => BTreeSet::new(),
        (_, text) => entries(&text.with_context(|| format!("cannot read the baseline {}", file.display()))?),
    };
    let (found, outcome) = scanned(options.scan.config()?)?;
    let told = |what: String| rules::print(|out| writeln!(out, "{}", Foreign::new(&what).to::<Terminal>()));
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
            told(format!(
                "{gone} entries taken out, {} left; {fresh} findings are not in it",
                old.len() - gone
            ))?;
        }
        BaselineCommand::Audit(_) => {
            for entry in &old {
                let state = if found.contains(entry) { "there" } else { "gone" };
                told(format!(
                    "{state:<6} {}  {}  {}",
                    entry.path, entry.rule, entry.fingerprint
                ))?;
            }
            told(format!(
                "{} entries: {} there, {gone} gone; {fresh} findings are not in it",
                old.len(),
                old.len() - gone
            ))?;
        }
    }
    Ok(if outcome == Outcome::Incomplete {
        Outcome::Incomplete
    } else {
        Outcome::Clean
    })
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
