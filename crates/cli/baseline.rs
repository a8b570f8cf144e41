//! `keysift baseline …`: what is known is written down, added to and cleaned up.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use keysift::{Outcome, init, inputs};
use keysift_policy::{Baseline, Comparison};
use keysift_report::{Format, Terminal, Untrusted};

use crate::{
    args::{self, BaselineCommand},
    config::Config,
    output::{Output, counted, print},
    scan,
};

/// `keysift baseline …`.
pub(crate) fn run(args: &args::Baseline) -> Result<Outcome> {
    let (BaselineCommand::Create(options)
    | BaselineCommand::Update(options)
    | BaselineCommand::Prune(options)
    | BaselineCommand::Audit(options)) = &args.command;
    let config = Config::without_baseline(&options.scan)?;
    let named = options.file.as_ref().or(config.settings.baseline.as_ref());
    let is_named = config.settings.baseline.is_some();
    let file = &named.map_or_else(|| PathBuf::from(init::BASELINE), PathBuf::clone);
    let old = match (&args.command, inputs::baseline(file)) {
        (BaselineCommand::Create(_), Ok(_)) => bail!(
            "{} already exists; to add new findings, use `keysift baseline update`",
            file.display()
        ),
        (BaselineCommand::Create(_), Err(_)) => Baseline::default(),
        (_, text) => Baseline::parse(&text?),
    };
    let (found, outcome) = scanned(config)?;
    let Comparison { fresh, gone } = old.compare(&found);
    let entries = old.entries.len();
    match &args.command {
        BaselineCommand::Create(_) => {
            write(file, &found)?;
            let (file, count) = (file.display(), counted(found.entries.len(), "finding"));
            say(&format!(
                "{file} with {count}; commit it, and add `{file} merge=union` to .gitattributes"
            ))?;
            if !is_named {
                say(&format!(
                    "scans use it with `--baseline {file}`, or always with `baseline = \"{file}\"` in keysift.toml"
                ))?;
            }
        }
        BaselineCommand::Update(_) => {
            write(file, &old.updated(&found))?;
            say(&format!(
                "added {}; {} no longer found (`keysift baseline prune` removes them)",
                counted(fresh, "finding"),
                counted(gone, "entry")
            ))?;
        }
        BaselineCommand::Prune(_) => {
            write(file, &old.pruned(&found))?;
            let left = entries - gone;
            say(&format!(
                "removed {}, {left} left; {} not in the baseline",
                counted(gone, "entry"),
                counted(fresh, "finding")
            ))?;
        }
        BaselineCommand::Audit(_) => {
            for entry in &old.entries {
                let state = if found.entries.contains(entry) {
                    "found"
                } else {
                    "stale"
                };
                say(&format!(
                    "{state:<6} {}  {}  {}",
                    entry.path, entry.rule, entry.fingerprint
                ))?;
            }
            let there = entries - gone;
            say(&format!(
                "{}: {there} found, {gone} stale; {} not in the baseline",
                counted(entries, "entry"),
                counted(fresh, "finding")
            ))?;
        }
    }
    Ok(match outcome {
        Outcome::Incomplete => Outcome::Incomplete,
        _ => Outcome::Clean,
    })
}

fn say(what: &str) -> Result<()> {
    print(|out| writeln!(out, "{}", Untrusted::new(what).to::<Terminal>()))
}

fn write(file: &Path, baseline: &Baseline) -> Result<()> {
    Output::File(file.to_owned()).write_plain(|out| write!(out, "{baseline}"))
}

/// What is found now.
pub(crate) fn scanned(config: Config) -> Result<(Baseline, Outcome)> {
    let (finished, mut bytes) = (scan::finished(&config)?, Vec::new());
    finished.write(Format::Baseline, &mut bytes)?;
    Ok((
        Baseline::parse(&String::from_utf8_lossy(&bytes)),
        finished.outcome(),
    ))
}
