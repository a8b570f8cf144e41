//! Why a finding is suppressed.

use std::fmt;

use serde::{Serialize, Serializer};

/// Why a finding is suppressed. Only policy suppresses; a finding keeps the reason. In the order of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// An `[[allow]]` entry of the settings matches it.
    Allowed,
    /// An annotation on its object.
    Annotation,
    /// A baseline has it.
    Baseline,
    /// Its rule is disabled by the settings.
    DisabledRule,
    /// Its path is excluded by the settings.
    ExcludedPath,
    /// An inline suppression of ours.
    Inline,
    /// An inline suppression of another scanner.
    InlineOfOthers,
    /// Less confidence than is asked for.
    LowConfidence,
    /// Less severity than is asked for.
    LowSeverity,
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
    ];

    /// The key of JSON reports.
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
