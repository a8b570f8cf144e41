//! What a rule says of itself, and what it says about a blob.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Reason, Span, Step};

/// What a secret opens, if it is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is open.
    Info,
    /// Opens little, or only together with something else.
    Low,
    /// Opens one service in part, or a person's view of it.
    Medium,
    /// Opens one service.
    High,
    /// Opens an account, a cluster, or everything that trusts a key.
    Critical,
}

impl Severity {
    /// One step less; `info` stays.
    pub fn less(self) -> Self {
        let at = Self::ALL
            .iter()
            .position(|severity| *severity == self)
            .unwrap_or_default();
        Self::ALL[at.saturating_sub(1)]
    }

    /// One step more; `critical` stays.
    pub fn more(self) -> Self {
        let at = Self::ALL
            .iter()
            .position(|severity| *severity == self)
            .unwrap_or_default();
        Self::ALL[(at + 1).min(Self::ALL.len() - 1)]
    }
}

/// How sure we are that a finding is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Looks like it, and something speaks against it: hidden by default.
    Low,
    /// Likely.
    Medium,
    /// A format that nothing else has, a checksum that holds, or structure that leaves no doubt.
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
            /// All values, from the least to the greatest.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The value as a lower-case word.
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
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| format!("expected one of {}", known()))
            }
        }
    };
}
words!(Severity: Info = "info", Low = "low", Medium = "medium", High = "high", Critical = "critical");
words!(Confidence: Low = "low", Medium = "medium", High = "high");

/// What a rule (pattern rule or manifest check) says of itself. One type for both, so that explain, reports, suppressions and
/// configuration treat them alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMeta {
    /// Words joined by `-`; never renumbered, never reused.
    pub id: String,
    /// What is found, as a person would say it.
    pub name: String,
    /// The provider of a pattern rule (`GitHub`), the family of a check (`Kubernetes`).
    pub provider: String,
    /// What it opens, if it is real.
    pub severity: Severity,
    /// How sure a finding is before anything speaks against it.
    pub confidence: Confidence,
    /// The keysift version that first had it.
    pub since: String,
    /// What whoever reads the secret can do with it.
    pub why: String,
    /// What to do about it. The first sentence stands alone: it is the line of advice in the text report.
    pub fix: String,
    /// The read-only command by which a person can see whether the secret, in the variable `SECRET`, is live; empty where none is known.
    pub check: String,
    /// How the secret is replaced, step by step; empty where nothing but `fix` is known.
    pub rotate: Vec<String>,
    /// Pages that say more.
    pub references: Vec<String>,
    /// Whether what is found is itself a credential; otherwise it is a way of handling one, which leaks nothing when it is gone.
    pub is_credential: bool,
}

impl RuleMeta {
    /// A credential rule of this id and name, without texts.
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
        }
    }
}

/// A result: what is wrong, and where.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that speaks.
    pub rule: Arc<RuleMeta>,
    /// The guilty bytes, in the blob.
    pub span: Span,
    /// The bytes that nobody may see without `--reveal`, if there are any: they are what the fingerprint stands for.
    pub secret: Option<Span>,
    /// The rule's severity, or another for a reason that stands in `notes`.
    pub severity: Severity,
    /// The rule's confidence, or less for a reason that stands in `notes`.
    pub confidence: Confidence,
    /// A checksum inside the secret holds: no path and no word nearby makes it less real.
    pub proven: bool,
    /// A checksum inside the secret does not hold: whatever speaks for it nearby, it was never issued.
    pub disproven: bool,
    /// One line that says what stands here.
    pub message: String,
    /// The text says that it is to be passed over: an annotation on its object.
    pub ignored: bool,
    /// Why it is not shown; `None` is shown. Set by policy alone.
    pub hidden: Option<Reason>,
    /// The entry of the settings that hides it, if one does: where it is and what it says.
    pub hidden_by: Option<String>,
    /// The steps from the rule's severity and confidence to those of the finding.
    pub steps: Vec<Step>,
    /// Reasons: what was checked, what speaks against it. Never holds a secret.
    pub notes: Vec<String>,
    /// Ids of other rules that found the same thing.
    pub also: Vec<String>,
    /// Other places that belong to it, in the same blob.
    pub related: Vec<Related>,
    /// Places in other files that belong to it: the way from what is exposed to what is secret.
    pub elsewhere: Vec<Elsewhere>,
    /// A change that mends it, if there is one.
    pub edit: Option<Edit>,
    /// What was weighed, where no format decides.
    pub terms: Vec<Term>,
    /// The sum of what was weighed, with what holds before: the logarithm of the odds, in hundredths.
    pub odds: i32,
}

/// A piece of evidence, with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What is true of the finding: one thing, or two together.
    pub what: (&'static str, &'static str),
    /// What it adds to the logarithm of the odds, in hundredths.
    pub weight: i32,
}

/// A place in another file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The file, as reports for machines name it.
    pub path: String,
    /// The file, as a person would open it.
    pub shown: String,
    /// The line, from 1.
    pub line: u64,
    /// What stands there. Never holds a secret.
    pub message: String,
}

impl Elsewhere {
    /// A line of a file that has one name so far.
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

/// A change of a text: what stands at the span becomes another text. Never holds a new secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub span: Span,
    /// What comes in their place.
    pub with: String,
    /// Whether what works goes on working; otherwise somebody has something to do first, and it is a suggestion.
    pub safe: bool,
}

/// Another place that belongs to a finding: the other half of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The bytes.
    pub span: Span,
    /// Whether nobody may see them without `--reveal`.
    pub secret: bool,
    /// What stands there.
    pub message: String,
}

impl Finding {
    /// A finding of `rule` with the rule's own severity and confidence.
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
            odds: 0,
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
