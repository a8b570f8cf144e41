//! Decisions at the end of a run, when the status of files in layers and the first commits are known.

use std::collections::HashMap;

use keysift_finding::{Confidence, Fingerprint, Origin, Reason, Severity, Step};

use crate::Policy;

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read and no finding fails the run.
    Clean,
    /// A finding fails the run.
    Findings,
    /// Something that was requested was not read.
    Incomplete,
}

impl Outcome {
    /// The name in machine-readable reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Incomplete => "incomplete",
        }
    }
}

/// The severity and confidence of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// The impact if the secret is real.
    pub severity: Severity,
    /// The likelihood that it is real.
    pub confidence: Confidence,
    /// Whether a checksum was verified.
    pub proven: bool,
}

/// A finding that was lowered at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// The new severity and confidence.
    pub weight: Weight,
    /// The reason.
    pub note: String,
    /// The reason why it is suppressed now, if it is.
    pub hidden: Option<Reason>,
}

impl Policy {
    /// The reason why findings of this severity and confidence are suppressed.
    pub fn hides(&self, severity: Severity, confidence: Confidence) -> Option<Reason> {
        if confidence < self.min_confidence {
            Some(Reason::LowConfidence)
        } else if severity < self.min_severity {
            Some(Reason::LowSeverity)
        } else {
            None
        }
    }

    /// Lowers a finding in a file of a distribution package: everyone has that file.
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

    /// Returns whether a reported finding fails the run.
    pub fn fails(&self, weight: Weight) -> bool {
        let severe = self.fail_on.is_some_and(|least| weight.severity >= least);
        severe && weight.confidence >= Confidence::Medium
    }

    /// The outcome of a run. `shown` are the reported findings; `whole` is whether everything requested was
    /// read.
    pub fn outcome(&self, shown: impl IntoIterator<Item = Weight>, whole: bool) -> Outcome {
        match (whole, shown.into_iter().any(|weight| self.fails(weight))) {
            (false, _) => Outcome::Incomplete,
            (true, true) => Outcome::Findings,
            (true, false) => Outcome::Clean,
        }
    }
}

/// The first commit of each finding: in a history, a finding is reported once.
#[derive(Debug, Default)]
pub struct FirstCommits(HashMap<Fingerprint, u32>);

impl FirstCommits {
    /// Adds a finding of any commit.
    pub fn add(&mut self, origin: &Origin, finding: Fingerprint) {
        if let Origin::Commit { commit, .. } = origin {
            self.0
                .entry(finding)
                .and_modify(|order| *order = commit.order.min(*order))
                .or_insert(commit.order);
        }
    }

    /// Returns whether a finding is reported: it is not from a commit, or its commit was the first.
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
    fn suppressed_findings_are_below_a_threshold() {
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
    fn incomplete_outweighs_findings() {
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
    fn the_first_commit_keeps_a_finding_in_any_order() {
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
