//! Passes findings to the policy and then to the report.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use keysift_finding::{Blob, Cancel, Coverage, Finding, Span, Unread};
use keysift_manifest::{Cluster, View};
use keysift_policy::Run;
use keysift_report::{Anchors, Finished, Report, Totals};
use keysift_scan::Scan;

use crate::{Engine, graph};

/// The policy and report of one run.
#[derive(Debug)]
pub(crate) struct Sink {
    policy: Run,
    report: Report,
    started: Instant,
    /// The graph of who can read which Secret, if a report shows it.
    drawing: Option<Mutex<String>>,
}

impl Sink {
    pub(crate) fn new(engine: &Engine, cancel: Cancel) -> Self {
        Self {
            policy: Run::new(engine.policy.clone()),
            report: Report::new(engine.report).ended_by(cancel),
            started: Instant::now(),
            drawing: engine.report.graph.then(Mutex::default),
        }
    }

    /// Returns whether secrets are shown in full.
    pub(crate) fn reveals(&self) -> bool {
        self.report.reveals()
    }

    /// Takes the findings of a blob. `secrets` are secrets without a finding, which are redacted too.
    pub(crate) fn blob(&self, blob: &Blob<'_>, mut findings: Vec<Finding>, secrets: &[Span]) {
        self.policy.decide(blob, &mut findings);
        self.report.blob(blob, findings, secrets);
    }

    /// Takes the complete result of scanning a blob.
    pub(crate) fn scan(&self, blob: &Blob<'_>, scan: Scan) {
        self.blob(blob, scan.findings, &scan.secrets);
        if let Some(why) = scan.broken {
            self.report.broken(blob, why);
        }
        if let Some(why) = scan.stopped {
            self.not_read(&format!("{} (in part)", blob.origin.shown().display()), why);
        }
    }

    /// Takes findings of checks across files, for a file whose positions were resolved when it was read.
    pub(crate) fn joined(&self, anchors: &Anchors, mut findings: Vec<Finding>) {
        for finding in &mut findings {
            if let Some(place) = anchors.place(finding.span) {
                self.policy.decide_at(&place, finding);
            }
        }
        self.report.joined(anchors, findings);
    }

    /// Takes the positions of inline suppressions in a blob, before its findings.
    pub(crate) fn inline_ignores(&self, blob: &Blob<'_>, ignores: &[usize]) {
        self.policy.inline_ignores(blob, ignores);
    }

    /// Takes an input that was not read, which leads to exit code 2.
    pub(crate) fn unread(&self, unread: Unread) {
        self.report.unread(unread);
    }

    /// Same as [`Sink::unread`], from string slices.
    pub(crate) fn not_read(&self, what: &str, why: &str) {
        let (what, why) = (what.to_owned(), why.to_owned());
        self.unread(Unread { what, why });
    }

    /// Returns the paths of files with findings in commits.
    pub(crate) fn commit_paths(&self) -> BTreeSet<PathBuf> {
        self.report.commit_paths()
    }

    /// Takes the findings in a file at the tip of the branch.
    pub(crate) fn tip(&self, blob: &Blob<'_>, findings: &[Finding]) {
        self.report.tip(blob, findings);
    }

    /// Ends the run.
    pub(crate) fn finish(self, coverage: Coverage) -> Finished {
        let elapsed = self.started.elapsed();
        let mut finished = self.report.finish(&self.policy, Totals { coverage, elapsed });
        if let Some(drawing) = self.drawing {
            finished.draw(drawing.into_inner().unwrap_or_else(PoisonError::into_inner));
        }
        finished
    }

    /// Draws the graph of a cluster; of several the largest is kept.
    pub(crate) fn draw(&self, cluster: &Cluster) {
        let Some(drawing) = &self.drawing else { return };
        let drawn = graph::drawing(&View::new(cluster));
        let mut kept = drawing.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.len() > kept.len() {
            *kept = drawn;
        }
    }
}
