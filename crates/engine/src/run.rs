//! The page: source -> document -> analyzers -> resolver -> join -> policy -> report.

use std::{panic, path::Path, time::Instant};

use keysift_finding::{Blob, Cancel, Coverage, Finding, Location, Origin, Unread};
use keysift_report::{Finished, Report, Totals};
use keysift_scan::Scan;
use keysift_source::{Before, Revisions};

use crate::{
    Engine, Error, Source,
    join::{self, Join, Joinable},
    workspace::{Verdicts, Workspace},
};

/// Hears how far a run is, and what it finds while the text is in memory.
pub trait Observer: Sync {
    /// So many texts there will be, if that is known before the first is read.
    fn total(&self, _texts: u64) {}

    /// A text was scanned.
    fn scanned(&self, _blob: &Blob<'_>, _scan: &Scan) {}
}

impl Observer for () {}

impl Engine {
    /// Runs `scan` on a blob. A fault of ours loses one blob, and is reported: the run goes on.
    fn guarded(&self, blob: &Blob<'_>, cancel: Option<&Cancel>, report: &Report) -> Option<Scan> {
        let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            // Debug builds, which tests run, can be made to fail.
            if cfg!(debug_assertions) && blob.bytes().starts_with(b"keysift: fail here") {
                panic!("a test asked for it");
            }
            self.scanner.scan_until(blob, cancel)
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

    /// Scans a source, and tells `observer` how far it is.
    ///
    /// # Errors
    /// If the source cannot be read at all. What cannot be read of it is in the result.
    pub fn run(&self, source: &Source, observer: &dyn Observer) -> Result<Finished, Error> {
        let started = Instant::now();
        let report = Report::new(self.policy.clone());
        let (join, verdicts) = (Join::default(), Verdicts::default());

        let whole = matches!(source, Source::Git(git) if matches!(git.revisions, Revisions::All));
        let stop = source.stop().clone();
        let cancel = Cancel::new(move || stop.why()); // asked within a text too

        let read = |blob: &Blob<'_>, before: Option<&Before>| {
            let Some(mut scan) = self.guarded(blob, Some(&cancel), &report) else {
                return;
            };
            if let Some(before) = before {
                let is_new = |span| before.is_new(blob.bytes(), span);
                // Of a change only what it adds; of the whole history only secrets: handling that is gone leaks nothing.
                scan.findings.retain(|finding| {
                    (is_new(finding.span) || finding.secret.is_some_and(is_new))
                        && (!whole || is_leak(finding))
                });
            } else {
                verdicts.add(blob, &scan.findings);
                let facts = scan.facts.take();
                join.extend(
                    facts.map(|facts| Joinable::new(blob, facts, scan.secrets.clone(), self.policy.reveal)),
                );
                report.remarks(blob, &scan.remarks); // those that suppress nothing are reported
            }
            observer.scanned(blob, &scan);
            report.blob(blob, scan.findings, &scan.secrets); // resolved here, while the text is in memory
            if let Some(why) = scan.broken {
                report.broken(blob, why);
            }
            if let Some(why) = scan.stopped {
                let what = format!("{} (in part)", blob.origin.shown().display());
                report.unread(Unread {
                    what,
                    why: why.to_owned(),
                });
            }
        };
        let unread = |unread| report.unread(unread); // what could not be read makes exit code 2
        let coverage = match source {
            Source::Git(git) => keysift_source::each_change(
                git,
                |blob, before| read(blob, Some(before)),
                unread,
                |total| observer.total(total),
            )?,
            Source::Files(files) => keysift_source::each_blob(files, |blob| read(blob, None), unread)?,
        };

        if let Source::Git(git) = source
            && !matches!(git.revisions, Revisions::Staged)
        {
            // What was taken out again is still in the history: the report says which it is.
            keysift_source::each_tip(git, &report.commit_paths(), |blob| {
                report.tip(blob, &self.scanner.scan(blob).findings)
            })?;
        }
        match source {
            Source::Git(git) => join::change(git, &self.policy, &report)?, // what no file says alone
            Source::Files(files) => join.report(
                Some(&Workspace::new(&self.scanner, &verdicts, &files.roots)),
                &report,
            ),
        }
        if let Some(why) = source.stop().signalled() {
            report.unread(Unread {
                what: "the rest".to_owned(),
                why: why.to_owned(),
            });
        }
        Ok(report.finish(Totals {
            coverage,
            elapsed: started.elapsed(),
        }))
    }
}

/// Whether a finding is a secret, or a file that is one.
fn is_leak(finding: &Finding) -> bool {
    finding.secret.is_some() || finding.rule.is_credential
}

/// Scans bytes as the content of a file.
pub(crate) fn bytes(engine: &Engine, name: &Path, mut bytes: Vec<u8>) -> Finished {
    let started = Instant::now();
    let len = bytes.len();
    bytes.resize(len + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(name));
    let blob = Blob::whole(&origin, &bytes, len);
    let report = Report::new(engine.policy.clone());
    let join = Join::default();
    if let Some(scan) = engine.guarded(&blob, None, &report) {
        join.extend(
            scan.facts
                .map(|facts| Joinable::new(&blob, facts, scan.secrets.clone(), engine.policy.reveal)),
        );
        report.remarks(&blob, &scan.remarks);
        report.blob(&blob, scan.findings, &scan.secrets);
        if let Some(why) = scan.broken {
            report.broken(&blob, why);
        }
    }
    join.report(None, &report);
    let coverage = Coverage {
        files: 1,
        bytes: len as u64,
        ..Coverage::default()
    };
    report.finish(Totals {
        coverage,
        elapsed: started.elapsed(),
    })
}
