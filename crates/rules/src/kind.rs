//! The kinds of rules: what selects a rule, and how general it is. Ids and providers do not influence how a
//! rule is used.

use serde::{Deserialize, Serialize};

use crate::Import;

/// What selects a rule, and what its pattern describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RuleKind {
    /// A format: every match contains one of the literals.
    Pattern,
    /// A format that many providers share (32 hex digits): the literals are words that name the provider, the
    /// pattern describes the assignment (`{{keyed}}`), and a match must begin on the line of such a word or
    /// on one of the next `lines`.
    Near {
        /// The number of lines below the word.
        lines: usize,
    },
    /// A format whose literals are too common: a run of token characters (`[A-Za-z0-9+/=_-]`, with digits and
    /// letters) that contains one of the literals selects the rule.
    Run {
        /// The minimum length of the run, in bytes.
        length: usize,
    },
    /// No format: the literals are words in names, and the value of such a name is judged by itself. The
    /// pattern describes which whole values are allowed.
    Name(NameClass),
    /// No format and no name: a run of token characters after one of the literals (`="`) is judged by itself.
    /// As that is weak evidence, such a rule runs only if findings of low confidence are requested.
    Unnamed {
        /// The minimum length of the run, in bytes.
        length: usize,
    },
    /// A rule of gitleaks or betterleaks: a literal anywhere selects the whole text, like their keywords.
    Imported(Box<Import>),
}

/// The kind of value that a name indicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameClass {
    /// A password, which a person may have chosen.
    Password,
    /// Any other secret.
    Secret,
}

/// The generality of a rule. Of overlapping findings, that of the most specific rule is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generality {
    /// The secret has its own format, or a place that only such secrets have.
    #[default]
    Particular,
    /// A form that may contain any secret: a header, a URL.
    Carrier,
    /// Only a name or the look of a value indicates a secret.
    Any,
}

/// The key `names` of a rule file: the names by which a rule without a format finds its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Names {
    Passwords,
    Secrets,
    /// No name: the rule looks at runs.
    None,
}

/// The maximum of `near`, in lines.
const MOST_LINES: usize = 8;

/// The minimum of `run`, in bytes.
const LEAST_RUN: usize = 8;

impl RuleKind {
    /// The kind for the keys of a rule file.
    pub(crate) fn of(names: Option<Names>, run: usize, near: usize) -> Result<Self, String> {
        let wrong = |message: &str| Err(message.to_owned());
        if (1..LEAST_RUN).contains(&run) {
            return wrong("`run` must be at least 8: shorter runs are everywhere");
        }
        if near > MOST_LINES {
            return wrong("`near` must be at most 8 lines");
        }
        match (names, run, near) {
            (None, 0, 0) => Ok(Self::Pattern),
            (None, 0, lines) => Ok(Self::Near { lines }),
            (None, length, 0) => Ok(Self::Run { length }),
            (None, ..) => wrong("`run` and `near` cannot be combined: a word nearby is found by itself"),
            (Some(Names::Passwords), 0, 0) => Ok(Self::Name(NameClass::Password)),
            (Some(Names::Secrets), 0, 0) => Ok(Self::Name(NameClass::Secret)),
            (Some(Names::None), length, 0) if length > 0 => Ok(Self::Unnamed { length }),
            (Some(Names::None), 0, _) => {
                wrong("`names: none` needs `run`: a value without a name is found by its length")
            }
            (Some(_), ..) => {
                wrong("`names` cannot be combined with `near`, and with `run` only as `names: none`")
            }
        }
    }

    /// Returns whether the pattern describes a format. Otherwise a name or the look of a value decides, and
    /// the pattern describes which whole values are allowed.
    pub fn has_format(&self) -> bool {
        !matches!(self, Self::Name(_) | Self::Unnamed { .. })
    }

    /// Returns whether runs of token characters select the rule, instead of all occurrences of its literals.
    pub fn by_run(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Unnamed { .. })
    }

    /// Returns whether the rule is for password names.
    pub fn names_passwords(&self) -> bool {
        *self == Self::Name(NameClass::Password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_of_keys_is_one_kind_or_an_error() {
        use Names::{None as Nothing, Passwords, Secrets};
        for (names, run, near, kind) in [
            (None, 0, 0, Some(RuleKind::Pattern)),
            (None, 0, 8, Some(RuleKind::Near { lines: 8 })),
            (None, 0, 9, None),
            (None, 8, 0, Some(RuleKind::Run { length: 8 })),
            (None, 7, 0, None),
            (None, 8, 1, None),
            (Some(Passwords), 0, 0, Some(RuleKind::Name(NameClass::Password))),
            (Some(Secrets), 0, 0, Some(RuleKind::Name(NameClass::Secret))),
            (Some(Secrets), 8, 0, None),
            (Some(Passwords), 0, 1, None),
            (Some(Nothing), 24, 0, Some(RuleKind::Unnamed { length: 24 })),
            (Some(Nothing), 0, 0, None),
            (Some(Nothing), 24, 1, None),
        ] {
            assert_eq!(
                RuleKind::of(names, run, near).ok(),
                kind,
                "{names:?} {run} {near}"
            );
        }
    }
}
