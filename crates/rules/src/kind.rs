//! The kinds of rules: what leads to a rule, and how general it is. Nothing else of a rule (its id, its provider) decides how it is used.

use serde::{Deserialize, Serialize};

use crate::Import;

/// What leads to a rule, and what its pattern describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RuleKind {
    /// A format: every match contains one of the literals.
    Pattern,
    /// A format that many have (32 hex digits): the literals are words that say whose it is, the pattern describes the assignment
    /// (`{{keyed}}`), and a match must begin on the line of a word or on one of the next `lines`.
    Near {
        /// How many lines below a word count.
        lines: usize,
    },
    /// A format whose literals stand everywhere: a run of token characters (`[A-Za-z0-9+/=_-]`, digits and letters among them) leads to it,
    /// if one of the literals is in the run.
    Run {
        /// The least length of the run.
        length: usize,
    },
    /// No format: the literals are words in names, and what such a name is given is judged by itself. The pattern says what the whole
    /// value may be.
    Name(NameClass),
    /// No format and no name: a run of token characters behind one of the literals (`="`) is judged by itself. As that says little, such
    /// a rule runs only where findings of low confidence are asked for.
    Unnamed {
        /// The least length of the run.
        length: usize,
    },
    /// A rule of gitleaks or betterleaks: a literal anywhere leads to the whole text, as their keywords do.
    Imported(Box<Import>),
}

/// What a name says that its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameClass {
    /// A password, which a person may have chosen.
    Password,
    /// Any other secret.
    Secret,
}

/// The generality of a rule. Of overlapping findings, the one of the most particular rule is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generality {
    /// The secret has a format of its own, or stands where only such a secret stands.
    #[default]
    Particular,
    /// A form in which any secret may stand: a header, a URL.
    Carrier,
    /// No more than a name or a look says that it is a secret.
    Any,
}

/// The key `names` of a rule file: by which names the rule finds its secrets, instead of by a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Names {
    Passwords,
    Secrets,
    /// By no name: by the looks of a run.
    None,
}

/// The most lines that `near` may say.
const MOST_LINES: usize = 8;

/// The least length that `run` may say.
const LEAST_RUN: usize = 8;

impl RuleKind {
    /// The kind that the keys of a rule file say.
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
                wrong("`names: none` needs `run`: nothing but its length leads to a value without a name")
            }
            (Some(_), ..) => {
                wrong("`names` cannot be combined with `near`, and with `run` only as `names: none`")
            }
        }
    }

    /// Whether the pattern describes a format; otherwise a name or the looks of a value decide, and the pattern says what the whole value
    /// may be.
    pub fn has_format(&self) -> bool {
        !matches!(self, Self::Name(_) | Self::Unnamed { .. })
    }

    /// Returns whether runs of token characters select the rule, instead of all occurrences of its literals.
    pub fn by_run(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Unnamed { .. })
    }

    /// Whether the rule is for the names of passwords.
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
