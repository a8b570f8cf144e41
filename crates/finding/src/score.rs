//! The steps that change the severity or confidence of a finding, with their effects. `docs/confidence.md`
//! lists them from here.

use crate::{Confidence, Finding, Severity};

/// A reason to change a score.
///
/// A score starts with the severity and the confidence of the rule. Each step changes it and leaves a note in
/// the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A checksum or an inner structure disproves the match.
    Disproved,
    /// A validator rejects the value.
    Rejected,
    /// The value is printed in documentation.
    PublishedSample,
    /// The value consists of words.
    Words,
    /// The inner structure is damaged or altered.
    Damaged,
    /// The secret gives access to little: it expired, is encrypted, or is public on purpose.
    OpensLittle,
    /// The name of the provider is only near the value, not in its name.
    ProviderNearby,
    /// The name contains the provider.
    ProviderInName,
    /// The finding is in a comment.
    Comment,
    /// A secret with a format is in documentation inside a program.
    Documentation,
    /// A secret without a format is in documentation inside a program.
    SampleInDocumentation,
    /// The match of a rule without a format is not a string literal.
    NoLiteral,
    /// The path is one of tests, examples or documentation.
    SamplePath,
    /// The same, but the confidence already includes the path: it was weighed, or the finding is in a
    /// comment.
    SamplePathCounted,
    /// A secret without a format is in test code or a third-party package, which are lowered
    /// ([`Tests::Lower`]).
    TestCode,
    /// The file is documentation that a distribution installs.
    InstalledDocumentation,
    /// The file belongs to a package of the distribution.
    PackageFile,
    /// Both halves of a credential are near each other.
    Pair,
    /// Another rule matches the same bytes with this confidence.
    OtherRule(Confidence),
    /// Name, value and context were weighed, with this result.
    Weighed(Confidence),
    /// A check limits the confidence for a reason of its own.
    Check(Confidence),
}

/// The effect of a step on the confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Keep,
    AtMost(Confidence),
    AtLeast(Confidence),
    Set(Confidence),
    OneLess,
}

/// What becomes of secrets without a format in test code and third-party packages. Those with a valid
/// checksum are always reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tests {
    /// They have low confidence.
    #[default]
    Lower,
    /// They are weighed as all others; the path is part of the evidence.
    Show,
}

impl Tests {
    /// The values by their names, with what each means.
    pub const NAMED: &[(Self, &str, &str)] = &[
        (Self::Lower, "lower", "low confidence"),
        (Self::Show, "show", "weighed like all others"),
    ];
}

impl Step {
    /// All steps, in the order of the documentation. A step with a value represents all values.
    pub const ALL: [Self; 21] = [
        Self::Disproved,
        Self::Rejected,
        Self::PublishedSample,
        Self::Words,
        Self::Damaged,
        Self::OpensLittle,
        Self::ProviderNearby,
        Self::Comment,
        Self::Documentation,
        Self::SampleInDocumentation,
        Self::NoLiteral,
        Self::SamplePath,
        Self::SamplePathCounted,
        Self::TestCode,
        Self::InstalledDocumentation,
        Self::PackageFile,
        Self::Check(Confidence::Medium),
        Self::Weighed(Confidence::Medium),
        Self::Pair,
        Self::ProviderInName,
        Self::OtherRule(Confidence::Medium),
    ];

    /// Returns the severity and confidence after this step.
    pub fn apply(self, (severity, confidence): (Severity, Confidence)) -> (Severity, Confidence) {
        let confidence = match self.change() {
            Change::Keep => confidence,
            Change::AtMost(most) => confidence.min(most),
            Change::AtLeast(least) => confidence.max(least),
            Change::Set(value) => value,
            Change::OneLess => confidence.less(),
        };
        let severity = match self.shift() {
            _ if self == Self::OpensLittle => severity.min(Severity::Low),
            0 => severity,
            1 => severity.more(),
            _ => severity.less(),
        };
        (severity, confidence)
    }

    fn change(self) -> Change {
        use Confidence::{High, Low, Medium};
        match self {
            Self::Disproved
            | Self::Rejected
            | Self::PublishedSample
            | Self::SampleInDocumentation
            | Self::NoLiteral
            | Self::TestCode
            | Self::InstalledDocumentation
            | Self::PackageFile => Change::AtMost(Low),
            Self::Words | Self::Damaged | Self::ProviderNearby | Self::Comment | Self::Documentation => {
                Change::AtMost(Medium)
            }
            Self::SamplePath => Change::OneLess,
            Self::SamplePathCounted | Self::OpensLittle => Change::Keep,
            Self::Pair | Self::ProviderInName => Change::AtLeast(High),
            Self::OtherRule(confidence) => Change::AtLeast(confidence),
            Self::Weighed(confidence) => Change::Set(confidence),
            Self::Check(confidence) => Change::AtMost(confidence),
        }
    }

    /// Returns the number of levels by which the severity changes.
    fn shift(self) -> i8 {
        match self {
            Self::SamplePath
            | Self::SamplePathCounted
            | Self::TestCode
            | Self::InstalledDocumentation
            | Self::PackageFile => -1,
            Self::Pair => 1,
            _ => 0,
        }
    }

    /// Returns the reason, for the documentation.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Disproved => "an invalid checksum or inner structure",
            Self::Rejected => {
                "a placeholder, a dictionary word, a well-known default, the name repeated as value, a key block without a key, encrypted text"
            }
            Self::PublishedSample => "a sample that is printed in documentation",
            Self::Words => "words or digits where a random value is expected",
            Self::Damaged => "an inner structure that is damaged or altered, without a checksum",
            Self::OpensLittle => {
                "a token that is expired or not signed, an encrypted key, a key that is meant to be public"
            }
            Self::ProviderNearby => "a format of many providers, and the provider is named only nearby",
            Self::ProviderInName => "a format of many providers, and the name contains the provider",
            Self::Comment => "in a comment",
            Self::Documentation => {
                "a provider's format in a docstring or other documentation (only where a grammar can tell)"
            }
            Self::SampleInDocumentation => {
                "a name and a value in a docstring or other documentation (only where a grammar can tell)"
            }
            Self::NoLiteral => "a name and a value, and no string literal according to the grammar",
            Self::SamplePath => {
                "a path of tests, examples, samples, documentation, mocks or vendored packages"
            }
            Self::SamplePathCounted => {
                "such a path, where the evidence is weighed (the path is part of it) or the finding is in a comment (samples are full of comments)"
            }
            Self::TestCode => {
                "a name and a value without a format, and a path of tests, fixtures, mocks or third-party packages (unless `--tests show`)"
            }
            Self::InstalledDocumentation => {
                "documentation that a distribution installs (`share/doc`, `share/man`)"
            }
            Self::PackageFile => "a file of an image that belongs to a package of its distribution",
            Self::Pair => "both halves of a credential near each other",
            Self::OtherRule(_) => {
                "another rule matches the same secret: one finding, with the higher confidence of the two"
            }
            Self::Weighed(_) => "a name and a value without a format: the evidence is weighed",
            Self::Check(_) => "a reason of one check, which its page names",
        }
    }

    /// Returns the effect, for the documentation.
    pub fn effect(self) -> String {
        let confidence = match (self, self.change()) {
            (Self::Weighed(_), _) => "set by the probability".to_owned(),
            (Self::OtherRule(_), _) => "raised to the other's".to_owned(),
            (Self::Check(_), _) => "to medium or low".to_owned(),
            (_, Change::Keep) => "unchanged".to_owned(),
            (_, Change::AtMost(Confidence::Low)) => "to low".to_owned(),
            (_, Change::AtMost(most)) => format!("at most {most}"),
            (_, Change::AtLeast(least) | Change::Set(least)) => format!("to {least}"),
            (_, Change::OneLess) => "one level lower".to_owned(),
        };
        let severity = match self.shift() {
            _ if self == Self::OpensLittle => "; severity at most low",
            0 => "",
            1 => "; severity one level higher",
            _ => "; severity one level lower",
        };
        format!("{confidence}{severity}")
    }
}

impl Finding {
    /// Applies a step and adds a note with the reason.
    pub fn apply(&mut self, step: Step, note: impl Into<String>) {
        self.change(step);
        self.notes.push(note.into());
    }

    /// Applies a step that needs no note, because the finding shows its reason.
    pub fn change(&mut self, step: Step) {
        (self.severity, self.confidence) = step.apply((self.severity, self.confidence));
        self.disproven |= step == Step::Disproved;
        self.steps.push(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_the_effect_that_they_document() {
        for step in Step::ALL {
            for severity in Severity::ALL {
                for confidence in Confidence::ALL {
                    let (new_severity, new_confidence) = step.apply((*severity, *confidence));
                    let effect = step.effect();
                    if effect.starts_with("to low") {
                        assert_eq!(new_confidence, Confidence::Low, "{step:?}");
                    }
                    if effect.starts_with("unchanged") {
                        assert_eq!(new_confidence, *confidence, "{step:?}");
                    }
                    let lowers = effect.contains("severity one level lower") && *severity != Severity::Info
                        || effect.contains("severity at most low") && *severity > Severity::Low;
                    assert_eq!(new_severity < *severity, lowers, "{step:?}");
                    assert_eq!(
                        new_severity > *severity,
                        effect.contains("severity one level higher") && *severity != Severity::Critical,
                        "{step:?}"
                    );
                }
            }
        }
    }
}
