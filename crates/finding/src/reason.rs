//! Why a finding is suppressed.

use std::fmt;

use serde::{Serialize, Serializer};

/// Why a finding is suppressed. Only `policy` sets it. Variants are in the order of their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Matched by an `[[allow]]` entry of the settings.
    Allowed,
    /// An annotation on the Kubernetes object.
    Annotation,
    /// Listed in a baseline.
    Baseline,
    /// The settings disable its rule.
    DisabledRule,
    /// The settings exclude its path.
    ExcludedPath,
    /// An inline `keysift:ignore` comment.
    Inline,
    /// An inline suppression comment of another scanner.
    InlineOfOthers,
    /// Below the confidence threshold.
    LowConfidence,
    /// Below the severity threshold.
    LowSeverity,
    /// The user asked for other rules or another kind of finding.
    NotSelected,
}

impl Reason {
    /// All reasons.
    pub const ALL: &'static [Self] = &[
        Self::Allowed,
        Self::Annotation,
        Self::Baseline,
        Self::DisabledRule,
        Self::ExcludedPath,
        Self::Inline,
        Self::InlineOfOthers,
        Self::LowConfidence,
        Self::LowSeverity,
        Self::NotSelected,
    ];

    /// Returns the key in JSON reports.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Annotation => "annotation",
            Self::Baseline => "baseline",
            Self::DisabledRule => "disabled-rule",
            Self::ExcludedPath => "excluded-path",
            Self::Inline => "inline",
            Self::InlineOfOthers => "inline-other-tool",
            Self::LowConfidence => "low-confidence",
            Self::LowSeverity => "low-severity",
            Self::NotSelected => "not-selected",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_in_the_order_of_their_keys_and_each_has_its_own() {
        assert!(Reason::ALL.is_sorted_by(|one, next| one < next && one.key() < next.key()));
    }
}
