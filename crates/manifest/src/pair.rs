//! A name and a literal: what every carrier of environment variables asks.

use keysift_finding::{Confidence, Severity};
use keysift_judge::{Name, Value, looks_random, name, value, well_known};

use crate::check::Detail;

/// A name that speaks of a secret, with a literal that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leak {
    certain: bool,
    weak: bool,
}

/// Judges a pair; `None` where nothing is wrong.
pub(crate) fn leak(key: &str, text: &str) -> Option<Leak> {
    let certain = match name(key) {
        Name::Harmless => return None,
        Name::Sensitive => true,
        Name::Possible if looks_random(text) => false,
        Name::Possible => return None,
    };
    (value(text) == Value::Literal).then(|| Leak { certain, weak: well_known(text) })
}

impl Leak {
    /// Says on a finding how sure and how bad it is.
    pub(crate) fn say(self, detail: Detail<'_>) {
        let detail = detail.secret();
        let detail =
            if self.certain { detail } else { detail.doubt(Confidence::Medium, "the name alone does not say so, the value looks random") };
        if self.weak {
            detail.severity(Severity::Medium, "a well-known default: not worth hiding, and worth changing");
        }
    }
}
