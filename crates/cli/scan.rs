//! `keysift scan`: an engine of the arguments, a source, reports.

use std::path::PathBuf;

use anyhow::Result;
use keysift::{Engine, Observer, Scan, Source};
use keysift_finding::Blob;
use keysift_report::{Format, Outcome};

use crate::{fix::Fixes, output::Output, progress::Progress, signals};

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

/// Draws progress, and collects safe changes.
struct Watch {
    progress: Progress,
    fixes: Option<Fixes>,
}

impl Observer for Watch {
    fn total(&self, texts: u64) {
        self.progress.total(texts);
    }

    fn scanned(&self, blob: &Blob<'_>, scan: &Scan) {
        if let Some(fixes) = &self.fixes {
            fixes.add(blob, &scan.findings, &scan.secrets);
        }
        self.progress.blob(blob.own.len());
    }
}

/// Scans what the user asked for, and reports.
pub(crate) fn scan(config: &Config) -> Result<Outcome> {
    let builder = Engine::builder()
        .scan_options(config.scan.clone())
        .policy(config.report.clone());
    let engine = config
        .rules
        .iter()
        .fold(builder, |builder, path| builder.rules(path))
        .build()?;
    let source = match &config.git {
        Some(git) => Source::Git(git.clone()),
        None => Source::Files(config.source.clone()),
    };
    let watch = Watch {
        progress: Progress::start(config.progress),
        fixes: config.fix.map(|_| Fixes::default()),
    };
    let finished = engine.run(&source, &watch)?;
    let Watch { progress, fixes } = watch;
    drop(progress);
    signals::ended(source.stop());
    for (format, output) in &config.outputs {
        output.write(|out| finished.write(*format, out))?;
    }
    if let (Some(fixes), Some(dry_run)) = (fixes, config.fix) {
        fixes.finish(dry_run)?;
    }
    Ok(finished.outcome()) // Clean = 0, Findings = 1, Incomplete = 2
}
