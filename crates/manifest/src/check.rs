//! What a check is.

use std::{collections::BTreeMap, sync::Arc};

use keysift_finding::{Confidence, Edit, Elsewhere, Finding, RuleMeta, Severity, Span, Step};

use crate::{
    Dockerfile, Instruction, Leak, Literal, Object, Surroundings, Workload,
    control::Settings,
    graph::{At, Cluster, InFile},
};

/// A check: a page of words and examples, and the code that looks. It overrides the method of what it looks at.
pub trait Check: Sync {
    /// The Markdown page: front matter, why, bad and good examples, fix.
    fn page(&self) -> &'static str;

    /// A name with a literal that is wrong, and how.
    fn literal(&self, _literal: &Literal<'_>, _leak: Leak, _found: &mut Found<'_>) {}

    /// An object.
    fn object(&self, _object: &Object<'_>, _found: &mut Found<'_>) {}

    /// A pod specification.
    fn workload(&self, _workload: &Workload<'_>, _found: &mut Found<'_>) {}

    /// What a component of the control plane is started with.
    fn settings(&self, _settings: &Settings<'_>, _found: &mut Found<'_>) {}

    /// A file that is no object: compose, pipeline, values, kustomization.
    fn file(&self, _file: &crate::File<'_>, _found: &mut Found<'_>) {}

    /// A file of Terraform or OpenTofu.
    fn terraform(&self, _file: &crate::TerraformFile<'_>, _found: &mut Found<'_>) {}

    /// The parameters and outputs of a Bicep file.
    fn bicep(&self, _file: &crate::BicepFile<'_>, _found: &mut Found<'_>) {}

    /// One instruction of a Dockerfile.
    fn instruction(&self, _instruction: &Instruction<'_>, _found: &mut Found<'_>) {}

    /// A whole Dockerfile.
    fn dockerfile(&self, _file: &Dockerfile<'_>, _found: &mut Found<'_>) {}

    /// All files together.
    fn cluster(&self, _cluster: &Cluster, _found: &mut ClusterFound<'_>) {}
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
        self.findings
            .push(Finding::new(Arc::clone(self.rule), span, message));
        Detail(self.findings.last_mut().expect("just pushed"))
    }
}

/// Where a check of all files reports.
pub struct ClusterFound<'a> {
    rule: &'a Arc<RuleMeta>,
    cluster: &'a Cluster,
    /// What else lies there.
    pub(crate) around: &'a dyn Surroundings,
    findings: &'a mut BTreeMap<InFile, Vec<Finding>>,
}

impl<'a> ClusterFound<'a> {
    pub(crate) fn new(
        rule: &'a Arc<RuleMeta>,
        cluster: &'a Cluster,
        around: &'a dyn Surroundings,
        findings: &'a mut BTreeMap<InFile, Vec<Finding>>,
    ) -> Self {
        Self {
            rule,
            cluster,
            around,
            findings,
        }
    }

    /// Something is wrong at a place.
    pub(crate) fn at(&mut self, at: At, message: impl Into<String>) -> Detail<'_> {
        let facts = &self.cluster.files[at.file];
        self.push(InFile::Facts(facts.id), at.span, message)
    }

    /// Something is wrong in a file that the check has read.
    pub(crate) fn within(&mut self, path: String, span: Span, message: impl Into<String>) -> Detail<'_> {
        self.push(InFile::Read(path), span, message)
    }

    fn push(&mut self, place: InFile, span: Span, message: impl Into<String>) -> Detail<'_> {
        let findings = self.findings.entry(place).or_default();
        findings.push(Finding::new(Arc::clone(self.rule), span, message));
        Detail(findings.last_mut().expect("just pushed"))
    }
}

/// What more there is to say about a finding.
#[derive(Debug)]
pub struct Detail<'a>(&'a mut Finding);

impl Detail<'_> {
    /// Marks the span of the finding as a secret, which is redacted.
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

    /// The severity is some levels below the page's, for this reason.
    pub fn lower(self, levels: usize, why: impl Into<String>) -> Self {
        let severity = (0..levels).fold(self.0.severity, |severity, _| severity.less());
        self.severity(severity, why)
    }

    /// The confidence is at most this, for this reason.
    pub fn doubt(self, confidence: Confidence, why: impl Into<String>) -> Self {
        self.0.apply(Step::Check(confidence), why);
        self
    }

    /// Adds a safe edit that fixes the finding.
    pub fn mend(self, span: Span, with: impl Into<String>) -> Self {
        self.0.edit = Some(Edit {
            span,
            with: with.into(),
            safe: true,
        });
        self
    }

    /// Adds an edit that fixes the finding after a person has moved the value.
    pub fn suggest(self, span: Span, with: impl Into<String>) -> Self {
        self.0.edit = Some(Edit {
            span,
            with: with.into(),
            safe: false,
        });
        self
    }

    /// A place in another file that belongs to it.
    pub fn elsewhere(self, place: Elsewhere) -> Self {
        self.0.elsewhere.push(place);
        self
    }

    /// One more reason.
    pub fn note(self, why: impl Into<String>) -> Self {
        self.0.notes.push(why.into());
        self
    }
}
