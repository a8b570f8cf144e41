//! What the settings of a team hide, and the severities that they give.

use std::{collections::HashMap, fmt};

use keysift_finding::{Finding, Reason, Severity};

/// A question to a path or an id.
pub type Predicate = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// A question to a secret.
pub type SecretPredicate = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// What a team agreed on: findings that are not shown, and severities that are other ones.
#[derive(Default)]
pub struct Suppressions {
    /// Patterns of rules and checks that are disabled.
    pub disabled: Vec<Predicate>,
    /// Paths whose findings are not shown.
    pub excluded: Vec<Predicate>,
    /// Severities by rule.
    pub severities: HashMap<String, Severity>,
    /// Findings that are allowed.
    pub allowed: Vec<Allowed>,
    /// Entries that are out of date, as they are reported.
    pub expired: Vec<String>,
}

/// An entry that allows findings: those that fit all of what it names.
pub struct Allowed {
    /// Paths, as [`keysift_finding::Origin::path`] has them.
    pub paths: Option<Predicate>,
    /// Rules.
    pub rules: Option<Predicate>,
    /// Fingerprints; none names all.
    pub fingerprints: Vec<String>,
    /// Secrets.
    pub secrets: Option<SecretPredicate>,
    /// The entry, as it is reported: where it is, and its reason.
    pub said: String,
}

impl fmt::Debug for Suppressions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Suppressions({} disabled, {} allowed)",
            self.disabled.len(),
            self.allowed.len()
        )
    }
}

impl Suppressions {
    /// Gives a finding the severity that the settings give to its rule.
    pub(crate) fn set_severity(&self, finding: &mut Finding) {
        let other = self
            .severities
            .get(&finding.rule.id)
            .filter(|severity| **severity != finding.severity);
        if let Some(severity) = other {
            finding.severity = *severity;
            finding.notes.push("severity as configured".to_owned());
        }
    }

    /// Whether a rule is disabled, or a path excluded.
    pub(crate) fn leave_out(&self, rule: &str, path: &str) -> Option<Reason> {
        if self.disabled.iter().any(|disabled| disabled(rule)) {
            Some(Reason::DisabledRule)
        } else if self.excluded.iter().any(|excluded| excluded(path)) {
            Some(Reason::ExcludedPath)
        } else {
            None
        }
    }
}

impl Allowed {
    /// Whether the entry allows a finding; `fingerprint` is worked out only if the entry asks for it.
    pub(crate) fn fits(
        &self,
        rule: &str,
        path: &str,
        secret: &[u8],
        fingerprint: impl Fn() -> String,
    ) -> bool {
        let asks = |question: &Option<Predicate>, text: &str| {
            question.as_ref().is_none_or(|question| question(text))
        };
        asks(&self.paths, path)
            && asks(&self.rules, rule)
            && self.secrets.as_ref().is_none_or(|question| question(secret))
            && (self.fingerprints.is_empty() || self.fingerprints.contains(&fingerprint()))
    }
}
