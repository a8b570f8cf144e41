//! Descriptions of rules and checks, and their findings.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Reason, Span, Step};

/// The impact if the secret is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Informational; gives no access.
    Info,
    /// Gives little access, or only together with something else.
    Low,
    /// Gives partial access to one service, or one person's view of it.
    Medium,
    /// Gives access to one service.
    High,
    /// Gives access to an account, a cluster, or everything that trusts a key.
    Critical,
}

impl Severity {
    /// Returns the next lower severity; `info` is the lowest.
    pub fn less(self) -> Self {
        let at = Self::ALL
            .iter()
            .position(|severity| *severity == self)
            .unwrap_or_default();
        Self::ALL[at.saturating_sub(1)]
    }

    /// Returns the next higher severity; `critical` is the highest.
    pub fn more(self) -> Self {
        let at = Self::ALL
            .iter()
            .position(|severity| *severity == self)
            .unwrap_or_default();
        Self::ALL[(at + 1).min(Self::ALL.len() - 1)]
    }
}

/// The likelihood that a finding is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Matches, but there is evidence against it. Suppressed by default.
    Low,
    /// Likely.
    Medium,
    /// A unique format, a valid checksum, or a structure that leaves no doubt.
    High,
}

impl Confidence {
    /// One level less; `low` stays.
    pub fn less(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),+) => {
        impl $type {
            /// All values, in ascending order.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// Returns the value as a lower-case word.
            pub const fn word(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                let known = || Self::ALL.iter().map(|value| value.word()).collect::<Vec<_>>().join(", ");
                Self::ALL.iter().copied().find(|value| value.word().eq_ignore_ascii_case(word)).ok_or_else(|| format!("expected one of {}", known()))
            }
        }
    };
}
words!(Severity: Info = "info", Low = "low", Medium = "medium", High = "high", Critical = "critical");
words!(Confidence: Low = "low", Medium = "medium", High = "high");

/// The description of a pattern rule or check. One type for both, so that `explain`, reports, suppressions
/// and configuration handle them alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMeta {
    /// Words joined by `-`; never renumbered or reused.
    pub id: String,
    /// The title: what was found.
    pub name: String,
    /// The provider of a pattern rule (`GitHub`), or the family of a check (`Kubernetes`).
    pub provider: String,
    /// The impact if the secret is real.
    pub severity: Severity,
    /// The confidence of a finding without evidence against it.
    pub confidence: Confidence,
    /// The first keysift version with this rule.
    pub since: String,
    /// What an attacker can do with the secret.
    pub why: String,
    /// How to fix it. The text report shows only the first sentence, so it must make sense alone.
    pub fix: String,
    /// A read-only command that shows whether the secret, in the variable `SECRET`, is live; empty if none is
    /// known.
    pub check: String,
    /// How to replace the secret, step by step; empty if only `fix` is known.
    pub rotate: Vec<String>,
    /// Links to documentation.
    pub references: Vec<String>,
    /// Whether a match is itself a credential. Otherwise the finding is about the handling of one, and
    /// nothing is exposed once it is removed.
    pub is_credential: bool,
    /// Whether what is found is a value that is written in a file: a secret, a well-known password. Otherwise it is configuration.
    pub is_hard_coded: bool,
}

impl RuleMeta {
    /// Creates a credential rule with this id and name, without texts.
    pub fn new(id: &str, name: &str, severity: Severity, confidence: Confidence) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            provider: String::new(),
            severity,
            confidence,
            since: String::new(),
            why: String::new(),
            fix: String::new(),
            check: String::new(),
            rotate: Vec::new(),
            references: Vec::new(),
            is_credential: true,
            is_hard_coded: true,
        }
    }
}

/// One result of a rule in a blob.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that matched.
    pub rule: Arc<RuleMeta>,
    /// The bytes that the finding is about, in the blob.
    pub span: Span,
    /// The bytes to redact unless `--reveal` is given, if any. The fingerprint is computed from them.
    pub secret: Option<Span>,
    /// The rule's severity, or another for a reason given in `notes`.
    pub severity: Severity,
    /// The rule's confidence, or less for a reason given in `notes`.
    pub confidence: Confidence,
    /// A checksum inside the secret is valid: neither the path nor nearby words lower the confidence.
    pub proven: bool,
    /// A checksum inside the secret is invalid: the secret was never issued, whatever the context suggests.
    pub disproven: bool,
    /// One line that describes the finding.
    pub message: String,
    /// An annotation on the Kubernetes object suppresses the finding.
    pub ignored: bool,
    /// Why the finding is suppressed; `None` if it is reported. Only `policy` sets it.
    pub hidden: Option<Reason>,
    /// The location and text of the settings entry that suppresses it, if any.
    pub hidden_by: Option<String>,
    /// The steps from the rule's severity and confidence to those of the finding.
    pub steps: Vec<Step>,
    /// What was checked, and the evidence against the finding. Never contains a secret.
    pub notes: Vec<String>,
    /// Ids of other rules that matched the same bytes.
    pub also: Vec<String>,
    /// Related places in the same blob.
    pub related: Vec<Related>,
    /// Related places in other files, such as the hops of an attack path.
    pub elsewhere: Vec<Elsewhere>,
    /// An edit that fixes the finding, if there is one.
    pub edit: Option<Edit>,
    /// For rules without a format of their own: the sum of the weights and the prior, the natural logarithm
    /// of the odds in hundredths.
    pub odds: Option<i32>,
    /// The evidence that was weighed, if it was requested.
    pub terms: Vec<Term>,
}

/// A piece of evidence, with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The feature, or the pair of features, that is present.
    pub what: (&'static str, &'static str),
    /// Its contribution to the logarithm of the odds, in hundredths.
    pub weight: i32,
}

/// A place in another file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The path of the file in machine-readable reports.
    pub path: String,
    /// The path of the file to display.
    pub shown: String,
    /// The line, from 1.
    pub line: u64,
    /// What is at this line. Never contains a secret.
    pub message: String,
}

impl Elsewhere {
    /// Creates a place in a file whose two names are equal so far.
    pub fn new(path: impl Into<String>, line: u64, message: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            shown: path.clone(),
            path,
            line,
            message: message.into(),
        }
    }
}

/// A text edit: the bytes of a span are replaced. Never contains a new secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace.
    pub span: Span,
    /// The replacement.
    pub with: String,
    /// Whether the edit breaks nothing that works. Otherwise a person has to prepare it, and it is only a
    /// suggestion.
    pub safe: bool,
}

/// Another place in the same blob that belongs to a finding, such as the other half of a credential pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The bytes.
    pub span: Span,
    /// Whether the bytes are redacted unless `--reveal` is given.
    pub secret: bool,
    /// What is at this place.
    pub message: String,
}

impl Finding {
    /// Creates a finding of `rule` with the rule's severity and confidence.
    pub fn new(rule: Arc<RuleMeta>, span: Span, message: impl Into<String>) -> Self {
        let (severity, confidence) = (rule.severity, rule.confidence);
        Self {
            rule,
            span,
            secret: None,
            severity,
            confidence,
            proven: false,
            disproven: false,
            ignored: false,
            hidden: None,
            hidden_by: None,
            message: message.into(),
            steps: Vec::new(),
            notes: Vec::new(),
            also: Vec::new(),
            related: Vec::new(),
            elsewhere: Vec::new(),
            edit: None,
            terms: Vec::new(),
            odds: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_ordered() {
        for (least, greatest) in Severity::ALL.iter().zip(&Severity::ALL[1..]) {
            assert!(least < greatest);
        }
        for severity in Severity::ALL {
            assert_eq!(severity.word().parse(), Ok(*severity));
        }
        assert_eq!(
            "hihg".parse::<Severity>(),
            Err("expected one of info, low, medium, high, critical".to_owned())
        );
    }
}
