//! `keysift scan`: an engine of the arguments, a source, reports.

use anyhow::Result;
use keysift::{Engine, Observer, Outcome, Scan, fix::Fixes};
use keysift_finding::Blob;
use keysift_report::Finished;

use crate::{config::Config, fix, progress::Progress, signals};

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

/// Scans what the user asked for, and writes the reports.
pub(crate) fn scan(config: &Config) -> Result<Outcome> {
    Ok(finished(config)?.outcome()) // Clean = 0, Findings = 1, Incomplete = 2
}

/// As [`scan`], for those who write a report of their own.
pub(crate) fn finished(config: &Config) -> Result<Finished> {
    let builder = Engine::builder()
        .scan_options(config.scan.clone())
        .policy(config.policy.clone())
        .report_options(config.report);
    let engine = config
        .rules
        .iter()
        .fold(builder, |builder, path| builder.rules(path))
        .build()?;
    let watch = Watch {
        progress: Progress::start(config.progress),
        fixes: config.fix.map(|_| Fixes::default()),
    };
    let finished = engine.run(&config.source, &watch)?;
    let Watch { progress, fixes } = watch;
    drop(progress);
    signals::ended(config.source.stop());
    for (format, output) in &config.outputs {
        output.write(|out| finished.write(*format, out))?;
    }
    if let (Some(fixes), Some(dry_run)) = (fixes, config.fix) {
        fix::finish(fixes, dry_run)?;
    }
    Ok(finished)
}
