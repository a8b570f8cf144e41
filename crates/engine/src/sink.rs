//! Where findings go: policy decides on each, then the report takes it.

use std::{collections::BTreeSet, path::PathBuf, time::Instant};

use keysift_finding::{Blob, Cancel, Coverage, Finding, Span, Unread};
use keysift_policy::Run;
use keysift_report::{Anchors, Finished, Report, Totals};
use keysift_scan::Scan;

use crate::Engine;

/// Policy and report of one run.
#[derive(Debug)]
pub(crate) struct Sink {
    policy: Run,
    report: Report,
    started: Instant,
}

impl Sink {
    pub(crate) fn new(engine: &Engine, cancel: Cancel) -> Self {
        Self {
            policy: Run::new(engine.policy.clone()),
            report: Report::new(engine.report).ended_by(cancel),
            started: Instant::now(),
        }
    }

    /// Whether secrets are shown in full.
    pub(crate) fn reveals(&self) -> bool {
        self.report.reveals()
    }

    /// Takes the findings of a blob; `secrets` are places of secrets that are none of them.
    pub(crate) fn blob(&self, blob: &Blob<'_>, mut findings: Vec<Finding>, secrets: &[Span]) {
        self.policy.decide(blob, &mut findings);
        self.report.blob(blob, findings, secrets);
    }

    /// Takes all that a scan of a blob says.
    pub(crate) fn scan(&self, blob: &Blob<'_>, scan: Scan) {
        self.blob(blob, scan.findings, &scan.secrets);
        if let Some(why) = scan.broken {
            self.report.broken(blob, why);
        }
        if let Some(why) = scan.stopped {
            self.not_read(&format!("{} (in part)", blob.origin.shown().display()), why);
        }
    }

    /// Takes the findings of checks across files in a file whose places were resolved when it was read.
    pub(crate) fn joined(&self, anchors: &Anchors, mut findings: Vec<Finding>) {
        for finding in &mut findings {
            if let Some(place) = anchors.place(finding.span) {
                self.policy.decide_at(&place, finding);
            }
        }
        self.report.joined(anchors, findings);
    }

    /// Takes the places of inline ignores in a blob, before its findings.
    pub(crate) fn inline_ignores(&self, blob: &Blob<'_>, ignores: &[usize]) {
        self.policy.inline_ignores(blob, ignores);
    }

    /// Takes something that was not read, which makes exit code 2.
    pub(crate) fn unread(&self, unread: Unread) {
        self.report.unread(unread);
    }

    /// As [`Sink::unread`].
    pub(crate) fn not_read(&self, what: &str, why: &str) {
        let (what, why) = (what.to_owned(), why.to_owned());
        self.unread(Unread { what, why });
    }

    /// The files in which commits have findings.
    pub(crate) fn commit_paths(&self) -> BTreeSet<PathBuf> {
        self.report.commit_paths()
    }

    /// Takes what stands in a file at the tip of the branch.
    pub(crate) fn tip(&self, blob: &Blob<'_>, findings: &[Finding]) {
        self.report.tip(blob, findings);
    }

    /// Ends the run.
    pub(crate) fn finish(self, coverage: Coverage) -> Finished {
        let elapsed = self.started.elapsed();
        self.report.finish(&self.policy, Totals { coverage, elapsed })
    }
}
