//! The results of validators.

use keysift_finding::{Confidence, Severity, Step};

/// The reason why a match is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The shape is right but the content is wrong. Reported if findings of low confidence are requested.
    Wrong(String),
    /// A checksum is invalid. As [`Rejection::Wrong`], and rules without a format must not report it as a
    /// secret either.
    Disproven(String),
    /// The match belongs to another rule. Never reported.
    OtherRule(String),
}

impl Rejection {
    /// The reason as text.
    pub fn reason(&self) -> &str {
        match self {
            Rejection::Wrong(why) | Rejection::Disproven(why) | Rejection::OtherRule(why) => why,
        }
    }
}

impl From<String> for Rejection {
    fn from(why: String) -> Self {
        Rejection::Wrong(why)
    }
}

impl From<&str> for Rejection {
    fn from(why: &str) -> Self {
        Rejection::Wrong(why.to_owned())
    }
}

/// What the validators know about a match, initially what the rule states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The severity, lowered if the impact is smaller than the rule assumes.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
    /// Whether a checksum inside the secret is valid.
    pub proven: bool,
    /// Whether it is a sample from documentation, which was never live.
    pub disproven: bool,
    /// The steps from the rule's severity and confidence to these.
    pub steps: Vec<Step>,
    /// Reasons, and facts that were decoded from the secret. Never the secret.
    pub notes: Vec<String>,
}

impl Evidence {
    /// The evidence of a rule before validation.
    pub(crate) fn new(severity: Severity, confidence: Confidence) -> Self {
        Self {
            severity,
            confidence,
            proven: false,
            disproven: false,
            steps: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Changes severity and confidence, and adds a note with the reason.
    pub(crate) fn apply(&mut self, step: Step, why: impl Into<String>) {
        self.change(step);
        self.note(why);
    }

    /// Changes severity and confidence by a step that is visible without a note.
    pub(crate) fn change(&mut self, step: Step) {
        (self.severity, self.confidence) = step.apply((self.severity, self.confidence));
        self.steps.push(step);
    }

    /// Records the result of a checksum.
    pub(super) fn checked(&mut self, holds: bool, sure: bool) -> Result<(), Rejection> {
        match (holds, sure) {
            (true, _) => {
                self.proven = true;
                self.note("valid checksum");
                Ok(())
            }
            (false, false) => Ok(()),
            (false, true) => Err(Rejection::Disproven(
                "right format, wrong checksum: a sample, damaged or made-up token".to_owned(),
            )),
        }
    }
}
