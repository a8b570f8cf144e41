//! What a run shows, what it hides and why, and what fails it.
//!
//! A [`Policy`] is what the user asked for: thresholds, the settings of the team (`keysift.toml`), a baseline, inline ignores. A [`Run`]
//! applies it to the findings of one run. No other crate hides a finding or lets one fail a run; a finding keeps the
//! [`Reason`](keysift_finding::Reason) that hid it. Nothing here opens a file: whoever calls reads
//! the texts.

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

/// What is shown, and what fails a run.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Findings of less severity are not shown.
    pub min_severity: Severity,
    /// Findings of less confidence are not shown.
    pub min_confidence: Confidence,
    /// A finding that is shown, of at least this severity and at least medium confidence, fails the run; none does
    /// without one.
    pub fail_on: Option<Severity>,
    /// Which inline ignores count.
    pub inline_ignores: InlineIgnores,
    /// What is known already and not shown.
    pub known: Known,
    /// What the settings say.
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
