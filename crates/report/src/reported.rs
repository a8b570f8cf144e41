//! The findings of a run as data, for programs that use the library.

use std::sync::Arc;

use keysift_finding::{Confidence, Fingerprint, Origin, Position, RuleMeta, Severity};

use crate::{Finished, escape::Untrusted, record::Record};

/// A finding that is shown. Nothing of it holds a secret, unless secrets are revealed.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'r>(&'r Record);

impl<'r> Reported<'r> {
    /// The rule or check.
    pub fn rule(&self) -> &'r RuleMeta {
        &self.0.rule
    }

    /// The file.
    pub fn origin(&self) -> &'r Origin {
        &self.0.origin
    }

    /// The path to show to a person.
    pub fn shown(&self) -> Untrusted {
        self.0.shown()
    }

    /// Whether it fails the run.
    pub fn fails(&self) -> bool {
        self.0.fails
    }

    /// Where it begins.
    pub fn start(&self) -> Position {
        self.0.start
    }

    /// Where it ends: behind its last character.
    pub fn end(&self) -> Position {
        self.0.end
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.0.weight.severity
    }

    /// How likely it is real.
    pub fn confidence(&self) -> Confidence {
        self.0.weight.confidence
    }

    /// What was found.
    pub fn message(&self) -> &'r Untrusted {
        &self.0.message
    }

    /// What was taken into account.
    pub fn notes(&self) -> &'r [Untrusted] {
        &self.0.notes
    }

    /// Ids of other rules that found the same.
    pub fn also(&self) -> &'r [String] {
        &self.0.also
    }

    /// The secret with its middle left out, or what the finding is about.
    pub fn redacted(&self) -> &'r Untrusted {
        &self.0.redacted
    }

    /// The rule or check, for callers that keep it longer than the run.
    pub fn shared_rule(&self) -> Arc<RuleMeta> {
        Arc::clone(&self.0.rule)
    }

    /// The change that fixes it, if there is one.
    pub fn edit(&self) -> Option<ReportedEdit<'r>> {
        self.0.edit.as_ref().map(|change| ReportedEdit {
            start: change.start,
            end: change.end,
            with: change.with.raw(),
            safe: change.safe,
        })
    }

    /// Other places in the same file that belong to it.
    pub fn related(&self) -> impl Iterator<Item = ReportedPlace<'r>> {
        self.0.related.iter().map(|place| ReportedPlace {
            start: place.start,
            end: place.end,
            message: &place.message,
        })
    }

    /// Places in other files that belong to it: path, line, and message.
    pub fn elsewhere(&self) -> impl Iterator<Item = (&'r str, u64, &'r Untrusted)> {
        let all = self.0.elsewhere.iter();
        all.map(|far| (far.path.raw(), far.line, &far.message))
    }

    /// What baselines and settings call it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }
}

/// A change of the file that fixes a finding.
#[derive(Clone, Copy, Debug)]
pub struct ReportedEdit<'r> {
    /// Where it begins.
    pub start: Position,
    /// Where it ends: after the last character that is replaced.
    pub end: Position,
    /// The replacement, unescaped.
    pub with: &'r str,
    /// Whether the edit is safe; otherwise a person has to move the value first.
    pub safe: bool,
}

/// Another place in the file of a finding.
#[derive(Clone, Copy, Debug)]
pub struct ReportedPlace<'r> {
    /// Where it begins.
    pub start: Position,
    /// Where it ends: behind its last character.
    pub end: Position,
    /// What is there.
    pub message: &'r Untrusted,
}

impl Finished {
    /// The findings that are shown, in the order of reports.
    pub fn findings(&self) -> impl Iterator<Item = Reported<'_>> {
        self.records.iter().map(Reported)
    }

    /// How many files were read.
    pub fn files_read(&self) -> u64 {
        self.totals.coverage.files
    }

    /// What was asked for and not read, or in part only, and why: the run is incomplete.
    pub fn not_read(&self) -> impl Iterator<Item = (&Untrusted, &Untrusted)> {
        self.unread.iter().map(|unread| (&unread.what, &unread.why))
    }
}
