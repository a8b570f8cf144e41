//! The findings of a run as data, for programs that use the library.

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

    /// What baselines and settings call it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }
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
