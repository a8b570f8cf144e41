//! The whole flow: source -> document -> analyzers -> resolver -> join -> policy -> report.

use std::{panic, path::Path};

use keysift_finding::{Blob, Cancel, Coverage, Finding, Location, Origin, Span, Unread};
use keysift_report::Finished;
use keysift_scan::{Scan, Scanner};
use keysift_source::{Before, GitOptions, Revisions, Stop};

use crate::{
    Engine, Error, Source,
    join::{self, Join, Joinable},
    sink::Sink,
    workspace::{ScannedFiles, Workspace},
};

/// Receives progress, and results while their text is in memory.
pub trait Observer: Sync {
    /// Called with the number of texts, if it is known before the first is read.
    fn total(&self, _texts: u64) {}

    /// Returns the line of a text, as a span, for which the scan should record what each rule does with it.
    fn traces(&self, _blob: &Blob<'_>) -> Option<Span> {
        None
    }

    /// Called after each scanned text.
    fn scanned(&self, _blob: &Blob<'_>, _scan: &Scan) {}
}

impl Observer for () {}

impl Engine {
    /// Scans a source and reports progress to `observer`.
    ///
    /// # Errors
    /// If the source cannot be read at all. Parts of it that cannot be read are listed in the result.
    pub fn run(&self, source: &Source, observer: &dyn Observer) -> Result<Finished, Error> {
        let run = Run::new(self, source.stop(), observer);
        let unread = |unread: Unread| run.sink.unread(unread); // makes exit code 2
        // Per text: document, analyzers, resolver.
        let coverage = match source {
            Source::Files(files) => keysift_source::each_blob(files, |blob| run.file(blob), unread)?,
            Source::Git(git) => {
                let is_history = matches!(git.revisions, Revisions::All);
                let change = |blob: &Blob<'_>, before: &Before| run.change(blob, before, is_history);
                keysift_source::each_change(git, change, unread, |total| observer.total(total))?
            }
        };
        // Across texts: join.
        match source {
            Source::Files(files) => {
                let workspace = Workspace::new(run.scanner, &run.verdicts, &files.roots);
                run.join.report(Some(&workspace), &run.sink);
            }
            Source::Git(git) => {
                run.tips(git)?;
                join::change(git, &run.sink)?;
            }
        }
        if let Some(why) = source.stop().signalled() {
            run.sink.not_read("the rest", why);
        }
        Ok(run.sink.finish(coverage)) // final policy decisions, then the report
    }

    /// Scans bytes as the content of a file with this name.
    pub fn scan_bytes(&self, name: &Path, bytes: Vec<u8>) -> Finished {
        self.scan_at(Location::named(name), bytes)
    }

    /// Scans bytes as the content that a file on disk will have, as an editor does before it is saved: settings, baselines and fingerprints
    /// use the path of the file in its repository. Other files are not read.
    pub fn scan_as(&self, file: &Path, bytes: Vec<u8>) -> Finished {
        self.scan_at(keysift_source::locate(file), bytes)
    }

    fn scan_at(&self, location: Location, mut bytes: Vec<u8>) -> Finished {
        let len = bytes.len();
        bytes.resize(len + Blob::PADDING, 0);
        let origin = Origin::File(location);
        let run = Run::new(self, &Stop::default(), &());
        run.file(&Blob::whole(&origin, &bytes, len));
        run.join.report(None, &run.sink);
        run.sink.finish(Coverage {
            files: 1,
            bytes: len as u64,
            ..Coverage::default()
        })
    }
}

/// The state of one run, shared by all threads.
struct Run<'r> {
    scanner: &'r Scanner,
    observer: &'r dyn Observer,
    /// Checked within a text too.
    cancel: Cancel,
    join: Join,
    verdicts: ScannedFiles,
    sink: Sink,
}

impl<'r> Run<'r> {
    fn new(engine: &'r Engine, stop: &Stop, observer: &'r dyn Observer) -> Self {
        let stop = stop.clone();
        let cancel = Cancel::new(move || stop.why());
        Self {
            scanner: &engine.scanner,
            observer,
            cancel: cancel.clone(),
            join: Join::default(),
            verdicts: ScannedFiles::default(),
            sink: Sink::new(engine, cancel),
        }
    }

    /// Scans a file.
    fn file(&self, blob: &Blob<'_>) {
        let Some(mut scan) = self.scan(blob) else { return };
        self.verdicts.add(blob, &scan.findings);
        let facts = scan.facts.take();
        self.join
            .extend(facts.map(|facts| Joinable::new(blob, facts, scan.secrets.clone(), self.sink.reveals())));
        self.sink.inline_ignores(blob, &scan.inline_ignores); // unused suppressions are reported
        self.pass_on(blob, scan);
    }

    /// Scans a file of a commit and keeps findings on new lines. In the whole history only secrets are
    /// reported: insecure handling that was fixed exposes nothing.
    fn change(&self, blob: &Blob<'_>, before: &Before, is_history: bool) {
        let Some(mut scan) = self.scan(blob) else { return };
        let is_new = |span| before.is_new(blob.bytes(), span);
        scan.findings.retain(|finding| {
            (is_new(finding.span) || finding.secret.is_some_and(is_new)) && (!is_history || is_leak(finding))
        });
        self.pass_on(blob, scan);
    }

    /// Passes on the result of a scan, while the text is in memory.
    fn pass_on(&self, blob: &Blob<'_>, scan: Scan) {
        self.observer.scanned(blob, &scan);
        self.sink.scan(blob, scan);
    }

    /// Scans a text. A panic loses only this text, which is reported as not read.
    fn scan(&self, blob: &Blob<'_>) -> Option<Scan> {
        let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            // Tests can trigger a panic in debug builds.
            if cfg!(debug_assertions) && blob.bytes().starts_with(b"keysift: fail here") {
                panic!("a test asked for it");
            }
            self.scanner
                .scan_until(blob, Some(&self.cancel), self.observer.traces(blob))
        }));
        if result.is_err() {
            let why = "internal error (please report it, with the file if possible)";
            self.sink
                .not_read(&blob.origin.shown().display().to_string(), why);
        }
        result.ok()
    }

    /// Checks which findings of the history are still at the tip, so that the report can distinguish removed
    /// ones.
    fn tips(&self, git: &GitOptions) -> Result<(), Error> {
        if matches!(git.revisions, Revisions::Staged) {
            return Ok(());
        }
        keysift_source::each_tip(git, &self.sink.commit_paths(), |blob| {
            self.sink.tip(blob, &self.scanner.scan(blob).findings)
        })?;
        Ok(())
    }
}

/// Returns whether a finding is a secret, or a file that is one.
fn is_leak(finding: &Finding) -> bool {
    finding.secret.is_some() || finding.rule.is_credential
}
