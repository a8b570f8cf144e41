//! `keysift scan`: an engine of the arguments, a source, reports.

use anyhow::{Result, bail};
use keysift::{Engine, Observer, Outcome, Scan, fix::Fixes};
use keysift_finding::Blob;
use keysift_policy::unknown_rule;
use keysift_report::{Finished, Format};

use crate::{
    config::Config,
    fix,
    output::{self, Output},
    progress::Progress,
    signals,
};

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
    let finished = finished(config)?;
    write(config, &finished)?;
    Ok(finished.outcome()) // Clean = 0, Findings = 1, Incomplete = 2
}

/// Scans, makes the fixes that were asked for, and leaves the reports to the caller.
pub(crate) fn finished(config: &Config) -> Result<Finished> {
    let builder = Engine::builder()
        .scan_options(config.scan.clone())
        .policy(config.policy.clone())
        .report_options(config.report)
        .skip_unsupported(config.skip_unsupported);
    let engine = config
        .rules
        .iter()
        .fold(builder, |builder, path| builder.rules(path))
        .build()?;
    for error in engine.skipped() {
        output::say(&format!("keysift: warning: skipped: {error}"));
    }
    check_rules(config, &engine)?;
    let mut watch = Watch {
        progress: Progress::start(config.progress),
        fixes: config.fix.map(|_| Fixes::default()),
    };
    let mut finished = engine.run(&config.source, &watch)?;
    if let (Some(fixes), Some(dry_run)) = (watch.fixes.take(), config.fix) {
        let made = fix::finish(fixes, dry_run)?;
        if made > 0 {
            // The report, and the exit code, are about what remains.
            finished = engine.run(&config.source, &watch)?;
        }
    }
    if config.outputs.iter().any(|(format, _)| format.names_subject()) {
        finished.describe(keysift::subject(&config.source, &config.source_url));
    }
    drop(watch.progress);
    signals::ended(config.source.stop());
    Ok(finished)
}

/// Warns of unknown rules in the settings; those on the command line are errors.
fn check_rules(config: &Config, engine: &Engine) -> Result<()> {
    if config.asked_rules.is_empty() && !config.settings.names_rules() {
        return Ok(());
    }
    let metas = engine.metas();
    let ids: Vec<&str> = metas.iter().map(|meta| meta.id.as_str()).collect();
    for (option, pattern) in &config.asked_rules {
        if let Some(unknown) = unknown_rule(pattern, &ids) {
            bail!("{option}: {unknown}");
        }
    }
    let warnings = config.settings.unknown_rules(&ids);
    warnings
        .iter()
        .for_each(|warning| output::say(&format!("keysift: warning: {warning}")));
    Ok(())
}

/// Writes the reports; if all of them go to files, the numbers are shown on standard error.
pub(crate) fn write(config: &Config, finished: &Finished) -> Result<()> {
    for (format, output) in &config.outputs {
        let screen = output.screen();
        match format {
            Format::Text => output.write(|out| finished.write_on(screen, *format, out))?,
            _ => output.write_plain(|out| finished.write(*format, out))?,
        }
    }
    let is_shown = |(_, output): &(_, Output)| matches!(output, Output::Stdout(_));
    if !config.outputs.is_empty() && !config.outputs.iter().any(is_shown) {
        output::summary(finished);
    }
    Ok(())
}
