//! Reports that GitLab reads: secret detection (security report schema 15) and code quality (Code Climate's form).
//!
//! Formats: <https://docs.gitlab.com/development/integrations/secure/#report>, <https://docs.gitlab.com/ci/testing/code_quality/>.

use std::{
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use keysift_finding::{Origin, Severity, date::date_time};
use keysift_policy::Outcome;
use serde::Serialize;
use serde_json::json;

use crate::{
    escape::{Terminal, Untrusted},
    format::Complete,
    json::write,
    record::Record,
};

/// The version of the schema that is written.
const SCHEMA: &str = "15.2.1";

/// What GitLab asks for where there is no commit.
const NO_COMMIT: &str = "0000000";

/// Writes the secret detection report.
pub(crate) fn document(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tool = json!({
        "id": "keysift",
        "name": "keysift",
        "url": "https://github.com/keysift/keysift",
        "vendor": {"name": "keysift"},
        "version": env!("CARGO_PKG_VERSION"),
    });
    let now = SystemTime::now();
    let scan = json!({
        "type": "secret_detection",
        "status": if report.outcome == Outcome::Incomplete { "failure" } else { "success" },
        "start_time": utc(now.checked_sub(report.totals.elapsed).unwrap_or(now)),
        "end_time": utc(now),
        "analyzer": tool,
        "scanner": tool,
        "messages": report.unread.iter().map(|unread| json!({"level": "warn", "value": format!("not read: {}: {}", unread.what.to::<Terminal>(), unread.why.to::<Terminal>())})).collect::<Vec<_>>(),
    });
    writeln!(
        out,
        "{{\"version\":\"{SCHEMA}\",\"scan\":{},\"vulnerabilities\":[",
        write(&scan)?
    )?;
    for (number, record) in report.records.iter().enumerate() {
        let comma = if number + 1 < report.records.len() {
            ","
        } else {
            ""
        };
        writeln!(
            out,
            "{}{comma}",
            write(&vulnerability(record, &report.subject.commit))?
        )?;
    }
    writeln!(out, "],\"remediations\":[]}}")
}

/// A finding as GitLab reads it. What the rule says is borrowed: a report may have 100,000 findings of one rule.
#[derive(Serialize)]
struct Vulnerability<'a> {
    category: &'static str,
    description: &'a str,
    /// The same finding keeps its id from one run to the next.
    id: String,
    identifiers: [Identifier<'a>; 1],
    links: Vec<Link<'a>>,
    location: Location<'a>,
    message: &'a Untrusted,
    name: &'a str,
    raw_source_code_extract: &'a Untrusted,
    severity: &'static str,
    solution: &'a str,
}

#[derive(Serialize)]
struct Identifier<'a> {
    name: String,
    r#type: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    commit: Commit<'a>,
    end_line: u64,
    file: Untrusted,
    start_line: u64,
}

#[derive(Default, Serialize)]
struct Commit<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    author: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    date: &'a str,
    sha: &'a str,
}

fn vulnerability<'a>(record: &'a Record, head: &'a str) -> Vulnerability<'a> {
    let rule = &record.rule;
    let commit = match &*record.origin {
        Origin::Commit { commit, .. } => Commit {
            sha: &commit.hash,
            author: &commit.author,
            date: &commit.date,
        },
        _ => Commit {
            sha: if head.is_empty() { NO_COMMIT } else { head },
            ..Commit::default()
        },
    };
    Vulnerability {
        category: "secret_detection",
        description: &rule.why,
        id: record.lasting_id(),
        identifiers: [Identifier {
            name: format!("keysift rule {}", rule.id),
            r#type: "keysift_rule_id",
            value: &rule.id,
        }],
        links: rule.references.iter().map(|url| Link { url }).collect(),
        location: Location {
            commit,
            end_line: record.end.line,
            file: path(record),
            start_line: record.start.line,
        },
        message: &record.message,
        name: &rule.name,
        raw_source_code_extract: &record.redacted,
        severity: match record.severity() {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Info => "Info",
        },
        solution: &rule.fix,
    }
}

/// The path of a finding, as a reader who has the tree knows it.
pub(crate) fn path(record: &Record) -> Untrusted {
    let path = match &*record.origin {
        Origin::File(location) => location.path().to_owned(),
        Origin::Commit { path, .. } => path.clone(),
        origin => origin.shown(),
    };
    let path = path.to_string_lossy().replace('\\', "/");
    Untrusted::new(path.strip_prefix("./").unwrap_or(&path))
}

/// Writes the code quality report.
pub(crate) fn code_quality(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "[")?;
    for (number, record) in report.records.iter().enumerate() {
        let severity = match record.severity() {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Info => "info",
        };
        let issue = json!({
            "type": "issue",
            "categories": ["Security"],
            "check_name": record.rule.id,
            "description": record.message,
            "severity": severity,
            "fingerprint": record.lasting_id(),
            "location": {"path": path(record), "lines": {"begin": record.start.line, "end": record.end.line}},
        });
        writeln!(
            out,
            "{}{}",
            write(&issue)?,
            if number + 1 < report.records.len() {
                ","
            } else {
                ""
            }
        )?;
    }
    writeln!(out, "]")
}

/// UTC as `2026-01-31T23:59:59`.
pub(crate) fn utc(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    date_time(i64::try_from(seconds).unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(
            [at(0), at(951_782_399), at(1_795_281_296)],
            [
                "1970-01-01T00:00:00",
                "2000-02-28T23:59:59",
                "2026-11-21T17:14:56"
            ]
        );
    }
}
