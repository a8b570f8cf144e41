//! A run that has ended, written in any number of formats.

use std::{
    cmp::Reverse,
    io::{self, Write},
    path::Path,
};

use keysift_finding::Severity;
use keysift_policy::Outcome;

use crate::{
    aggregate::{Hidden, Suppressed, Totals},
    escape::Untrusted,
    gitlab, html, json, lines, markdown,
    record::{NotRead, Record},
    sarif,
    subject::Subject,
    text,
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

impl Format {
    /// The format of this name, in either case.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut all = Self::NAMED.iter();
        all.find(|(_, known, _)| known.eq_ignore_ascii_case(name))
            .map(|(format, ..)| *format)
    }

    /// The format that a reader expects of a file with this name; endings that say nothing, as `.out`, have none.
    pub fn of_file(file: &Path) -> Option<Self> {
        let ending = file.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "htm" => Self::Html,
            "md" => Self::Markdown,
            "ndjson" => Self::Jsonl,
            "txt" => Self::Text,
            "xml" => Self::Junit,
            // `gitlab` and `github` are no endings of files.
            ending => Self::of_name(ending).filter(|format| {
                matches!(
                    format,
                    Self::Json
                        | Self::Jsonl
                        | Self::Sarif
                        | Self::Html
                        | Self::Csv
                        | Self::Text
                        | Self::Markdown
                )
            })?,
        })
    }

    /// Whether the format has a place for the [`Subject`].
    pub const fn names_subject(self) -> bool {
        matches!(self, Self::Html | Self::Sarif | Self::Gitlab)
    }
}

/// How the report for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextStyle {
    /// How findings are grouped.
    pub group: Group,
    /// Print one line for each finding.
    pub quiet: bool,
    /// Why and advice in full.
    pub verbose: bool,
    /// Which findings are shown one by one.
    pub show: Show,
}

/// Which findings the text report shows one by one; the others are folded to one line for each rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Medium severity and above, hard-coded secrets of low severity, and what fails the run.
    #[default]
    Auto,
    /// This severity and above, and what fails the run.
    From(Severity),
    /// All of them, each copy and repeat with its own lines.
    All,
}

impl Show {
    /// The choices that a user has.
    pub const NAMED: &'static [Named<Self>] = &[
        (
            Self::Auto,
            "auto",
            "Medium and above, hard-coded secrets of low severity, and what fails the run",
        ),
        (Self::From(Severity::Critical), "critical", "Critical"),
        (Self::From(Severity::High), "high", "High and above"),
        (Self::From(Severity::Medium), "medium", "Medium and above"),
        (Self::From(Severity::Low), "low", "Low and above"),
        (Self::From(Severity::Info), "info", "All severities"),
        (Self::All, "all", "Every finding, copies and repeats too"),
    ];
}

/// What the text report is shown on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Characters on a line; lines are not wrapped if it is not known.
    pub width: Option<usize>,
    /// Whether it makes links of OSC 8 sequences.
    pub links: bool,
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
    pub(crate) subject: &'a Subject,
    /// The graph of who can read which Secret, as SVG.
    pub(crate) picture: &'a str,
}

impl<'a> Complete<'a> {
    /// The findings, the worst first; what weighs the same in the order of files and lines.
    pub(crate) fn worst_first(&self) -> Vec<&'a Record> {
        let mut records: Vec<&Record> = self.records.iter().collect();
        records.sort_by_key(|record| Reverse((record.severity(), record.confidence())));
        records
    }

    /// How many findings there are of each severity, in the order of [`Severity::ALL`].
    pub(crate) fn by_severity(&self) -> [u64; Severity::ALL.len()] {
        let mut counts = [0; Severity::ALL.len()];
        for record in self.records {
            counts[record.severity() as usize] += 1;
        }
        counts
    }
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
    pub(crate) subject: Subject,
    pub(crate) picture: String,
}

impl Finished {
    /// Says what was scanned, for the reports that show it.
    pub fn describe(&mut self, subject: Subject) {
        self.subject = subject;
    }

    /// How the run ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The findings that are not shown, each with the reason.
    pub fn suppressed(&self) -> &[Suppressed] {
        &self.suppressed
    }

    /// Takes the graph of who can read which Secret, as SVG, for the HTML report.
    pub fn draw(&mut self, svg: String) {
        self.picture = svg;
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If it cannot be written. Who closes the pipe (`| head -1`) has seen enough.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        self.write_on(Screen::default(), format, out)
    }

    /// Writes the report; the text report as it is read on `screen`.
    ///
    /// # Errors
    /// As [`Finished::write`].
    pub fn write_on(&self, screen: Screen, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let complete = self.complete();
        let written = match format {
            Format::Text => text::write(&complete, screen, out),
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
        unless_closed(written, out)
    }

    /// Writes the last lines of the text report: the numbers, and what was not read.
    ///
    /// # Errors
    /// As [`Finished::write`].
    pub fn write_summary(&self, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        unless_closed(text::summary(&self.complete(), screen, out), out)
    }

    fn complete(&self) -> Complete<'_> {
        Complete {
            idle: &self.idle,
            records: &self.records,
            hidden: &self.hidden,
            unread: &self.unread,
            broken: &self.broken,
            totals: &self.totals,
            outcome: self.outcome,
            looks: self.looks,
            subject: &self.subject,
            picture: &self.picture,
        }
    }
}

/// Flushes, and passes errors on, except that the reader closed the pipe.
fn unless_closed(written: io::Result<()>, out: &mut dyn Write) -> io::Result<()> {
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
