//! A run that has ended, written in any number of formats.

use std::io::{self, Write};

use keysift_policy::Outcome;

use crate::{
    aggregate::{Hidden, Suppressed, Totals},
    escape::Untrusted,
    gitlab, html, json, lines, markdown,
    record::{NotRead, Record},
    sarif, text,
};

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line: findings, then the summary.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitLab's secret detection report.
    Gitlab,
    /// GitLab's code quality report, which is Code Climate's.
    CodeQuality,
    /// Annotations of GitHub's workflows.
    Github,
    /// JUnit XML.
    Junit,
    /// Comma-separated values.
    Csv,
    /// For a comment on a pull request.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// Fingerprints with rules and paths, a line each: what a baseline holds.
    Baseline,
}

/// A value, its name and what it means to a user, as the command line offers it.
pub type Named<T> = (T, &'static str, &'static str);

impl Format {
    /// The formats that a user can ask for.
    pub const NAMED: &'static [Named<Self>] = &[
        (Self::Text, "text", "Text"),
        (Self::Json, "json", "One JSON document"),
        (Self::Jsonl, "jsonl", "One JSON object a line"),
        (Self::Sarif, "sarif", "SARIF 2.1.0, for code scanning"),
        (Self::Html, "html", "A self-contained HTML page with filters"),
        (Self::Markdown, "markdown", "Markdown, for pull request comments"),
        (Self::Gitlab, "gitlab", "GitLab's secret detection report"),
        (Self::CodeQuality, "codequality", "GitLab's code quality report"),
        (Self::Github, "github", "GitHub workflow annotations"),
        (Self::Junit, "junit", "JUnit XML"),
        (Self::Csv, "csv", "Comma-separated values"),
    ];
}

/// How the report for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextStyle {
    /// What stands together.
    pub group: Group,
    /// Print one line for each finding.
    pub quiet: bool,
    /// Why and advice in full.
    pub verbose: bool,
}

/// How to group findings in the text report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// The findings of a file.
    #[default]
    File,
    /// The findings of a rule.
    Rule,
    /// The places of a secret.
    Secret,
}

impl Group {
    /// The groups that a user can ask for.
    pub const NAMED: &'static [Named<Self>] = &[
        (Self::File, "file", "The findings of a file"),
        (Self::Rule, "rule", "The findings of a rule"),
        (Self::Secret, "secret", "The places of a secret"),
    ];
}

/// Everything at the end of a run.
#[derive(Debug)]
pub(crate) struct Complete<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) hidden: &'a Hidden,
    pub(crate) unread: &'a [NotRead],
    pub(crate) broken: &'a [NotRead],
    pub(crate) totals: &'a Totals,
    pub(crate) outcome: Outcome,
    /// Entries of the configuration that are out of date or allowed nothing.
    pub(crate) idle: &'a [Untrusted],
    pub(crate) looks: TextStyle,
}

/// A run that has ended, ready to be written in any number of formats.
#[derive(Debug)]
pub struct Finished {
    pub(crate) records: Vec<Record>,
    pub(crate) suppressed: Vec<Suppressed>,
    pub(crate) hidden: Hidden,
    pub(crate) totals: Totals,
    pub(crate) outcome: Outcome,
    pub(crate) idle: Vec<Untrusted>,
    pub(crate) unread: Vec<NotRead>,
    pub(crate) broken: Vec<NotRead>,
    pub(crate) looks: TextStyle,
}

impl Finished {
    /// How the run ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The findings that are not shown, each with the reason.
    pub fn suppressed(&self) -> &[Suppressed] {
        &self.suppressed
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If it cannot be written. Who closes the pipe (`| head -1`) has seen enough.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let complete = Complete {
            idle: &self.idle,
            records: &self.records,
            hidden: &self.hidden,
            unread: &self.unread,
            broken: &self.broken,
            totals: &self.totals,
            outcome: self.outcome,
            looks: self.looks,
        };
        let written = match format {
            Format::Text => text::write(&complete, out),
            Format::Json => json::document(&complete, out),
            Format::Jsonl => json::lines(&complete, out),
            Format::Sarif => sarif::document(&complete, out),
            Format::Gitlab => gitlab::document(&complete, out),
            Format::CodeQuality => gitlab::code_quality(&complete, out),
            Format::Github => lines::github(&complete, out),
            Format::Junit => lines::junit(&complete, out),
            Format::Csv => lines::csv(&complete, out),
            Format::Markdown => markdown::write(&complete, out),
            Format::Html => html::document(&complete, out),
            Format::Baseline => lines::baseline(&complete, out),
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}
