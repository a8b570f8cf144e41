//! What a check is.

use std::sync::Arc;

use keysift_finding::{Confidence, Finding, RuleMeta, Severity, Span};

use crate::{EnvVar, Instruction};

/// A check: a page of words and examples, and the code that looks. It overrides the method of what it looks at.
pub trait Check: Sync {
    /// The Markdown page: front matter, why, bad and good examples, fix.
    fn page(&self) -> &'static str;

    /// One entry of a container's `env`.
    fn env_var(&self, _variable: &EnvVar<'_>, _found: &mut Found<'_>) {}

    /// One instruction of a Dockerfile.
    fn instruction(&self, _instruction: &Instruction<'_>, _found: &mut Found<'_>) {}
}

/// Where a check reports.
#[derive(Debug)]
pub struct Found<'a> {
    rule: &'a Arc<RuleMeta>,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Found<'a> {
    pub(crate) fn new(rule: &'a Arc<RuleMeta>, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, findings }
    }

    /// Something is wrong at `span`.
    pub fn at(&mut self, span: Span, message: impl Into<String>) -> Detail<'_> {
        self.findings.push(Finding::new(Arc::clone(self.rule), span, message));
        Detail(self.findings.last_mut().expect("just pushed"))
    }
}

/// What more there is to say about a finding.
#[derive(Debug)]
pub struct Detail<'a>(&'a mut Finding);

impl Detail<'_> {
    /// The guilty span is a secret, which nobody may see.
    pub fn secret(self) -> Self {
        self.0.secret = Some(self.0.span);
        self
    }

    /// The severity is another than the page says, for this reason.
    pub fn severity(self, severity: Severity, why: impl Into<String>) -> Self {
        self.0.severity = severity;
        self.0.notes.push(why.into());
        self
    }

    /// The confidence is at most this, for this reason.
    pub fn doubt(self, confidence: Confidence, why: impl Into<String>) -> Self {
        self.0.doubt(confidence, why);
        self
    }
}
