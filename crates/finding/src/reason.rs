//! Why a finding is not shown.

use std::fmt;

use serde::{Serialize, Serializer};

/// Why a finding is hidden. Only policy hides; a finding keeps the reason. In the order of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// An `[[allow]]` entry of the settings fits it.
    Allowed,
    /// Its path is excluded by the settings.
    ExcludedPath,
    /// An annotation on its object.
    Annotation,
    /// An inline ignore of ours.
    Inline,
    /// An inline ignore of another scanner.
    InlineOfOthers,
    /// A baseline has it.
    Baseline,
    /// Less confidence than is asked for.
    LowConfidence,
    /// Less severity than is asked for.
    LowSeverity,
    /// Its rule is disabled by the settings.
    DisabledRule,
}

impl Reason {
    /// All reasons.
    pub const ALL: &'static [Self] = &[
        Self::Allowed,
        Self::ExcludedPath,
        Self::Annotation,
        Self::Inline,
        Self::InlineOfOthers,
        Self::Baseline,
        Self::LowConfidence,
        Self::LowSeverity,
        Self::DisabledRule,
    ];

    /// The key of JSON reports.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Allowed => "allowed by the configuration",
            Self::ExcludedPath => "excluded paths",
            Self::Annotation => "ignored by an annotation",
            Self::Inline => "ignored in the line",
            Self::InlineOfOthers => "ignored in the line, in another scanner's words",
            Self::Baseline => "known from the baseline",
            Self::LowConfidence => "low confidence",
            Self::LowSeverity => "low severity",
            Self::DisabledRule => "rules that are off",
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
