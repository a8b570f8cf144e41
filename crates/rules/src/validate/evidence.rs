//! What validators find out about a match.

use keysift_finding::{Confidence, Severity, Step};

/// Why a match is no finding of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The right shape, and something inside is wrong: listed where findings of low confidence are asked for.
    Wrong(String),
    /// A checksum does not hold: as [`Refusal::Wrong`], and no rule without a format may take it for a secret.
    Disproven(String),
    /// Another rule's business: never listed.
    OtherRule(String),
}

impl Refusal {
    /// The reason in words.
    pub fn reason(&self) -> &str {
        match self {
            Refusal::Wrong(why) | Refusal::Disproven(why) | Refusal::OtherRule(why) => why,
        }
    }
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Refusal::Wrong(why)
    }
}

impl From<&str> for Refusal {
    fn from(why: &str) -> Self {
        Refusal::Wrong(why.to_owned())
    }
}

/// What the validators know about a match: starts with what the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The severity, lowered where the secret opens less than the rule thinks.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
    /// A checksum inside the secret holds.
    pub proven: bool,
    /// Documentation prints it: it was never live.
    pub disproven: bool,
    /// The steps from the rule's severity and confidence to these.
    pub steps: Vec<Step>,
    /// Reasons, and facts that the secret tells about itself. Never the secret.
    pub notes: Vec<String>,
}

impl Evidence {
    /// What a rule states, before anything is validated.
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

    /// A checksum was computed.
    pub(super) fn checked(&mut self, holds: bool, sure: bool) -> Result<(), Refusal> {
        match (holds, sure) {
            (true, _) => {
                self.proven = true;
                self.note("valid checksum");
                Ok(())
            }
            (false, false) => Ok(()),
            (false, true) => Err(Refusal::Disproven(
                "right format, wrong checksum: a sample, damaged or made-up token".to_owned(),
            )),
        }
    }
}
