//! Reports that GitLab reads: secret detection (security report schema 15) and code quality (Code Climate's form).
//!
//! Formats: <https://docs.gitlab.com/development/integrations/secure/#report>, <https://docs.gitlab.com/ci/testing/code_quality/>.

use std::{
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use keysift_finding::{Origin, Severity, date::date_time};
use keysift_policy::Outcome;
use serde_json::{Value, json};

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

fn vulnerability(record: &Record, head: &str) -> Value {
    let severity = match record.severity() {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    };
    let commit = match &*record.origin {
        Origin::Commit { commit, .. } => {
            json!({"sha": commit.hash, "author": commit.author, "date": commit.date})
        }
        _ if head.is_empty() => json!({"sha": NO_COMMIT}),
        _ => json!({"sha": head}),
    };
    json!({
        // The same finding keeps its id from one run to the next.
        "id": record.lasting_id(),
        "category": "secret_detection",
        "name": record.rule.name,
        "message": record.message,
        "description": record.rule.why,
        "severity": severity,
        "solution": record.rule.fix,
        "raw_source_code_extract": record.redacted,
        "identifiers": [{"type": "keysift_rule_id", "name": format!("keysift rule {}", record.rule.id), "value": record.rule.id}],
        "links": record.rule.references.iter().map(|page| json!({"url": page})).collect::<Vec<_>>(),
        "location": {
            "file": path(record),
            "commit": commit,
            "start_line": record.start.line,
            "end_line": record.end.line,
        },
    })
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
