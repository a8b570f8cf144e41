//! The suppressions and severities of the settings.

use std::{collections::HashMap, fmt};

use keysift_finding::{Finding, Reason, Severity};

/// A predicate on a path or an id.
pub type Predicate = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// A predicate on a secret.
pub type SecretPredicate = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// What to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Hard-coded secrets and credential files.
    Secrets,
    /// How secrets are handled: configuration, permissions, attack paths.
    Checks,
}

impl Kind {
    fn fits(self, finding: &Finding) -> bool {
        let rule = &finding.rule;
        let is_secret = finding.secret.is_some() || rule.is_credential || rule.is_hard_coded;
        is_secret == (self == Self::Secrets)
    }
}

/// Settings for some paths.
pub struct Override {
    /// The paths.
    pub paths: Predicate,
    /// Patterns of rules and checks that are disabled there.
    pub disabled: Vec<Predicate>,
    /// Severities there, by rule.
    pub severities: HashMap<String, Severity>,
}

/// The suppressions of a project and of the user, and changed severities.
#[derive(Default)]
pub struct Suppressions {
    /// Patterns of rules and checks to report; none means all.
    pub selected: Vec<Predicate>,
    /// The kind of findings to report; none means both.
    pub kind: Option<Kind>,
    /// Settings for some paths; the last match takes precedence.
    pub overrides: Vec<Override>,
    /// Patterns of rules and checks that are disabled.
    pub disabled: Vec<Predicate>,
    /// Paths whose findings are not shown.
    pub excluded: Vec<Predicate>,
    /// Severities by rule.
    pub severities: HashMap<String, Severity>,
    /// Findings that are allowed.
    pub allowed: Vec<Allowed>,
    /// Warnings about entries that expired.
    pub expired: Vec<String>,
}

/// An `[[allow]]` entry. A finding must match everything that it names.
pub struct Allowed {
    /// Paths, as in [`keysift_finding::Origin::path`].
    pub paths: Option<Predicate>,
    /// Rules.
    pub rules: Option<Predicate>,
    /// Fingerprints; empty matches all.
    pub fingerprints: Vec<String>,
    /// Secrets.
    pub secrets: Option<SecretPredicate>,
    /// The entry for display: its place and reason.
    pub description: String,
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
    /// Sets the severity that the settings give to the rule of a finding.
    pub(crate) fn set_severity(&self, finding: &mut Finding, path: &str) {
        let rule = &finding.rule.id;
        let here = self.overrides_of(path).rev();
        let other = here
            .filter_map(|entry| entry.severities.get(rule))
            .next()
            .or_else(|| self.severities.get(rule))
            .filter(|severity| **severity != finding.severity);
        if let Some(severity) = other {
            finding.severity = *severity;
            finding.notes.push("severity as configured".to_owned());
        }
    }

    /// The reason why a finding is suppressed: not selected, rule disabled, or path excluded.
    pub(crate) fn leave_out(&self, finding: &Finding, path: &str) -> Option<Reason> {
        let rule = &finding.rule.id;
        let is_selected = self.selected.is_empty() || self.selected.iter().any(|selected| selected(rule));
        if !is_selected || self.kind.is_some_and(|kind| !kind.fits(finding)) {
            Some(Reason::NotSelected)
        } else if self.is_disabled(rule, path) {
            Some(Reason::DisabledRule)
        } else if self.excluded.iter().any(|excluded| excluded(path)) {
            Some(Reason::ExcludedPath)
        } else {
            None
        }
    }

    fn is_disabled(&self, rule: &str, path: &str) -> bool {
        let here = || self.overrides_of(path).flat_map(|entry| &entry.disabled);
        self.disabled.iter().chain(here()).any(|disabled| disabled(rule))
    }

    fn overrides_of(&self, path: &str) -> impl DoubleEndedIterator<Item = &Override> {
        self.overrides.iter().filter(move |entry| (entry.paths)(path))
    }
}

impl Allowed {
    /// Returns whether the entry allows a finding. `fingerprint` is computed only if the entry needs it.
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
