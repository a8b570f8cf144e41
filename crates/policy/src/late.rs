//! What is decided when a run is over: only then is it known what became of the files of layers, and which commit came first.

use std::collections::HashMap;

use keysift_finding::{Confidence, Fingerprint, Origin, Reason, Severity, Step};

use crate::Policy;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read, nothing fails the run.
    Clean,
    /// Something does.
    Findings,
    /// Something that was asked for was not read.
    Incomplete,
}

impl Outcome {
    /// The word of reports for machines.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Incomplete => "incomplete",
        }
    }
}

/// What a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// What the secret opens.
    pub severity: Severity,
    /// How sure the finding is.
    pub confidence: Confidence,
    /// A checksum says that it is real.
    pub proven: bool,
}

/// A finding that was lowered when the run was over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// What it weighs now.
    pub weight: Weight,
    /// Why.
    pub note: String,
    /// Why it is hidden, if it is hidden now.
    pub hidden: Option<Reason>,
}

impl Policy {
    /// Why findings of this weight are hidden.
    pub fn hides(&self, severity: Severity, confidence: Confidence) -> Option<Reason> {
        if confidence < self.min_confidence {
            Some(Reason::LowConfidence)
        } else if severity < self.min_severity {
            Some(Reason::LowSeverity)
        } else {
            None
        }
    }

    /// Lowers a finding in a file that came with a package of the distribution: everybody has it.
    pub fn lower_packaged(&self, origin: &Origin, weight: Weight) -> Option<Lowered> {
        let Origin::Layer { status, .. } = origin else {
            return None;
        };
        let package = status.get()?.package.as_ref().filter(|_| !weight.proven)?;
        let (severity, confidence) = Step::PackageFile.apply((weight.severity, weight.confidence));
        let weight = Weight {
            severity,
            confidence,
            ..weight
        };
        Some(Lowered {
            weight,
            note: format!("part of the package {package}, which everyone can download"),
            hidden: self.hides(weight.severity, weight.confidence),
        })
    }

    /// Whether a finding that is shown fails the run.
    pub fn fails(&self, weight: Weight) -> bool {
        let severe = self.fail_on.is_some_and(|least| weight.severity >= least);
        severe && weight.confidence >= Confidence::Medium
    }

    /// How a run ended: `shown` is what it shows, `whole` whether everything was read that was asked for.
    pub fn outcome(&self, shown: impl IntoIterator<Item = Weight>, whole: bool) -> Outcome {
        match (whole, shown.into_iter().any(|weight| self.fails(weight))) {
            (false, _) => Outcome::Incomplete,
            (true, true) => Outcome::Findings,
            (true, false) => Outcome::Clean,
        }
    }
}

/// The commits that were first to have each finding: of a history, a finding is reported once.
#[derive(Debug, Default)]
pub struct FirstCommits(HashMap<Fingerprint, u32>);

impl FirstCommits {
    /// Takes a finding, from whichever commit.
    pub fn add(&mut self, origin: &Origin, finding: Fingerprint) {
        if let Origin::Commit { commit, .. } = origin {
            self.0
                .entry(finding)
                .and_modify(|order| *order = commit.order.min(*order))
                .or_insert(commit.order);
        }
    }

    /// Whether a finding is reported: it is not one of a commit, or its commit was the first to have it.
    pub fn keeps(&self, origin: &Origin, finding: Fingerprint) -> bool {
        match origin {
            Origin::Commit { commit, .. } => self.0.get(&finding) == Some(&commit.order),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use keysift_finding::{Commit, fingerprint};

    use super::*;

    fn weight(severity: Severity, confidence: Confidence) -> Weight {
        Weight {
            severity,
            confidence,
            proven: false,
        }
    }

    #[test]
    fn whatever_the_thresholds_are_what_is_hidden_lies_below_one() {
        for min_severity in Severity::ALL.iter().copied() {
            for min_confidence in Confidence::ALL.iter().copied() {
                let policy = Policy {
                    min_severity,
                    min_confidence,
                    ..Policy::default()
                };
                for severity in Severity::ALL.iter().copied() {
                    for confidence in Confidence::ALL.iter().copied() {
                        let below = severity < min_severity || confidence < min_confidence;
                        assert_eq!(policy.hides(severity, confidence).is_some(), below);
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_not_read_outweighs_findings() {
        let policy = Policy::default();
        let grave = weight(Severity::High, Confidence::High);
        assert_eq!(policy.outcome([grave], true), Outcome::Findings);
        assert_eq!(policy.outcome([grave], false), Outcome::Incomplete);
        for light in [
            weight(Severity::Low, Confidence::High),
            weight(Severity::Critical, Confidence::Low),
        ] {
            assert_eq!(policy.outcome([light], true), Outcome::Clean);
        }
    }

    #[test]
    fn the_first_commit_keeps_a_finding_in_whatever_order_they_come() {
        let origin = |order| Origin::Commit {
            commit: Arc::new(Commit {
                order,
                hash: order.to_string(),
                author: String::new(),
                date: String::new(),
            }),
            path: "a".into(),
        };
        let name = fingerprint("rule", Path::new("a"), b"x");
        for orders in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
            let mut first = FirstCommits::default();
            orders.iter().for_each(|order| first.add(&origin(*order), name));
            let kept = orders.iter().filter(|order| first.keeps(&origin(**order), name));
            assert_eq!(kept.collect::<Vec<_>>(), [&1]);
        }
    }
}
