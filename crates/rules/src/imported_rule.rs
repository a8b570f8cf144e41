//! What rules of all other scanners have in common, as a rule of ours.

use std::path::Path;

use keysift_finding::{Confidence, Severity};

use crate::{Generality, Import, Rule, RuleKind, Spec, search::Search, trigger::triggers_of};

/// What rules of other scanners have in common.
pub(crate) struct ImportedRule {
    pub(crate) id: String,
    /// May be empty.
    pub(crate) name: String,
    pub(crate) severity: Severity,
    pub(crate) keywords: Vec<String>,
    pub(crate) pattern: String,
    /// What it is from, for the text that explains it.
    pub(crate) from: &'static str,
    pub(crate) import: Import,
}

impl ImportedRule {
    /// The rule in our form.
    pub(crate) fn spec(self, prefix: &str) -> Result<Spec, String> {
        let name = match self.name.trim_end_matches('.') {
            "" => self.id.clone(),
            name => name.to_owned(),
        };
        // A keyword that the matcher cannot look for leads nowhere, so all of the file is looked at.
        let literals = match self.keywords.iter().all(|keyword| keyword.len() >= 3) {
            true => self.keywords,
            false => Vec::new(),
        };
        let mut spec = Spec {
            provider: "imported".to_owned(),
            id: format!("{prefix}-{}", word(&self.id)),
            name,
            severity: self.severity,
            confidence: Confidence::Medium,
            since: String::new(),
            literals,
            kind: RuleKind::Imported(Box::new(self.import)),
            general: Generality::Particular,
            triggers: Vec::new(),
            token_run: 0,
            needed: Vec::new(),
            reach: 0,
            search: Search::Text,
            tier: 3,
            pair: None,
            overlaps: Vec::new(),
            ignore_case: true,
            pattern: self.pattern,
            max_length: 0,
            validate: Vec::new(),
            secret: String::new(),
            samples: Vec::new(),
            why: format!("A custom rule, imported from {}, matches this secret.", self.from),
            fix: "Revoke the secret where it was issued, and keep the new one in a secret store.".to_owned(),
            check: String::new(),
            rotate: Vec::new(),
            references: Vec::new(),
            examples: Vec::new(),
            counterexamples: Vec::new(),
        };
        Rule::check_pattern(&spec)?;
        spec.triggers = triggers_of(&spec);
        Ok(spec)
    }
}

/// What ids begin with, so that they cannot be taken for ours: the name of the file.
pub(crate) fn stem(file: &Path) -> String {
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    word(stem.trim_start_matches('.'))
}

fn word(text: &str) -> String {
    let mapped: String = text
        .to_ascii_lowercase()
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() { char } else { '-' })
        .collect();
    mapped
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
