//! Decides what a run reports, what is suppressed and why, and what fails it.
//!
//! A [`Policy`] is what the user requested: thresholds, the project's `keysift.toml`, a baseline, inline
//! ignores. A [`Run`] applies it to the findings of one run. No other crate suppresses a finding or lets one
//! fail a run. A suppressed finding keeps its [`Reason`](keysift_finding::Reason). This crate opens no files:
//! the caller reads the texts.

mod baseline;
mod date;
mod globs;
mod inline;
mod known;
mod late;
mod run;
mod schema;
mod settings;
mod suggest;
mod suppressions;

use std::sync::Arc;

use keysift_finding::{Confidence, Severity};

pub use baseline::{Baseline, BaselineError, Comparison, Entry};
pub use globs::{path_pattern, rule_pattern};
pub use inline::{InlineIgnores, lines_around};
pub use known::Known;
pub use late::{FirstCommits, Lowered, Outcome, Weight};
pub use run::{Place, Run};
pub use schema::schema;
pub use settings::{EffectiveSetting, Settings, SettingsError, unknown_rule};
pub use suggest::suggest;
pub use suppressions::{Allowed, Kind, Override, Predicate, SecretPredicate, Suppressions};

/// What is reported, and what fails a run.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Findings of lower severity are suppressed.
    pub min_severity: Severity,
    /// Findings of lower confidence are suppressed.
    pub min_confidence: Confidence,
    /// A reported finding of at least this severity, and at least medium confidence, fails the run. `None`:
    /// no finding does.
    pub fail_on: Option<Severity>,
    /// Which inline ignores apply.
    pub inline_ignores: InlineIgnores,
    /// Accepted findings.
    pub known: Known,
    /// The suppressions in `keysift.toml`.
    pub suppressions: Arc<Suppressions>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_severity: Severity::Info,
            min_confidence: Confidence::Medium,
            fail_on: Some(Severity::Medium),
            inline_ignores: InlineIgnores::default(),
            known: Known::default(),
            suppressions: Arc::default(),
        }
    }
}
