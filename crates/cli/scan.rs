//! The page: source -> blob -> scan -> finding -> report.

use std::{panic, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use keysift_finding::{Blob, Unread};
use keysift_report::{Format, Outcome, Report, Totals};
use keysift_scan::Scanner;
use keysift_source::{Before, Revisions};

use crate::{
    around::Around, builtin, cluster::Gathered, fix::Fixes, output::Output, progress::Progress, signals,
};

/// What a scan needs to know, each room's options apart.
pub(crate) struct Config {
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) source: keysift_source::Options,
    /// What git knows instead of files.
    pub(crate) git: Option<keysift_source::GitOptions>,
    pub(crate) scan: keysift_scan::Options,
    pub(crate) report: keysift_report::Options,
    /// Where the report goes, and in which form: one place, or several.
    pub(crate) outputs: Vec<(Format, Output)>,
    pub(crate) progress: bool,
    /// Make safe changes; with `true` only show them.
    pub(crate) fix: Option<bool>,
}

/// Runs `scan` on a blob. A fault of ours loses one blob, and is told: the run goes on.
fn guarded<T>(scan: impl FnOnce() -> T, blob: &Blob<'_>, report: &Report) -> Option<T> {
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        // Debug builds, which tests run, can be made to fail.
        if cfg!(debug_assertions) && blob.bytes().starts_with(b"keysift: fail here") {
            panic!("a test asked for it");
        }
        scan()
    }));
    if result.is_err() {
        let why = "a fault in keysift: please report it, with the file if it may be shared".to_owned();
        report.unread(Unread {
            what: blob.origin.shown().display().to_string(),
            why,
        });
    }
    result.ok()
}

/// Scans what the user asked for, and reports.
pub(crate) fn scan(config: &Config) -> Result<Outcome> {
    let started = Instant::now();
    let rules = builtin::rules(&config.rules)?; // patterns/ and the user's, checked and compiled
    let scanner = Scanner::new(rules, config.scan.clone())?; // shared by all threads
    let report = Report::new(config.report.clone());
    let progress = Progress::start(config.progress);
    let manifests = Gathered::default();
    let fixes = Fixes::default();

    let read = |blob: &Blob<'_>, before: Option<&Before>| {
        let Some(mut scan) = guarded(|| scanner.scan(blob), blob, &report) else {
            return;
        }; // secrets and insecure handling, doubts noted, never dropped
        if let Some(before) = before {
            scan.findings
                .retain(|finding| before.is_new(blob.bytes(), finding.span)); // of a change only what it adds
        } else {
            manifests.add(blob, scan.facts, &scan.secrets, &report);
        }
        if config.fix.is_some() {
            fixes.add(blob, &scan.findings, &scan.secrets);
        }
        if before.is_none() {
            report.remarks(blob, &scan.remarks); // those that hide nothing are told
        }
        report.blob(blob, scan.findings, &scan.secrets); // no excerpt shows a secret of another finding
        if let Some(why) = scan.broken {
            report.broken(blob, why);
        }
        progress.blob(blob.own.len());
    };
    let unread = |unread| report.unread(unread); // what could not be read is told, and is exit 2
    let coverage = match &config.git {
        Some(git) => keysift_source::each_change(
            git,
            |blob, before| read(blob, Some(before)),
            unread,
            |total| progress.total(total),
        )?,
        None => keysift_source::each_blob(&config.source, |blob| read(blob, None), unread)
            .context("cannot start the threads")?,
    };

    if let Some(git) = config
        .git
        .as_ref()
        .filter(|git| !matches!(git.revisions, Revisions::Staged))
    {
        // What was taken out again is still in the history: the report says which it is.
        keysift_source::each_tip(git, &report.commit_paths(), |blob| {
            report.tip(blob, &scanner.scan(blob).findings)
        })?;
    }
    manifests
        .report(
            &config.source,
            &Around::new(&scanner, &config.source.roots),
            &report,
        )
        .context("cannot start the threads")?; // what no file says alone: bindings and roles, accounts
    drop(progress);
    if let Some(why) = signals::ended(config.git.as_ref().map_or(&config.source.stop, |git| &git.stop)) {
        report.unread(Unread {
            what: "the rest".to_owned(),
            why: why.to_owned(),
        });
    }
    let finished = report.finish(Totals {
        coverage,
        elapsed: started.elapsed(),
    });
    for (format, output) in &config.outputs {
        output.write(|out| finished.write(*format, out))?;
    }
    config.fix.map_or(Ok(()), |dry_run| fixes.finish(dry_run))?;
    Ok(finished.outcome()) // Clean = 0, Findings = 1, Incomplete = 2
}
