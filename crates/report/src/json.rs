//! JSON and JSON lines, as `docs/json.md` describes them.

use std::io::{self, Write};

use keysift_finding::{Origin, Severity};
use serde_json::{Value, json};

use crate::collect::{Complete, Outcome, Record};

/// The version of what is written. A new key is no new version; a changed or missing one is.
const SCHEMA: &str = "keysift/1";

/// One document: `{"schema", "findings": […], "summary": {…}}`.
pub(crate) fn document(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{\"schema\":{},\"findings\":[", json!(SCHEMA))?;
    for (number, record) in report.records.iter().enumerate() {
        let comma = if number + 1 < report.records.len() { "," } else { "" };
        writeln!(out, "{}{comma}", finding(record))?;
    }
    writeln!(out, "],\"summary\":{}}}", summary(report))
}

/// One object a line.
pub(crate) fn lines(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    for record in report.records {
        writeln!(out, "{}", finding(record))?;
    }
    writeln!(out, "{}", summary(report))
}

fn finding(record: &Record) -> Value {
    let origin = match &*record.origin {
        Origin::File { root, .. } => json!({"kind": "file", "root": root.to_string_lossy()}),
        Origin::Stdin => json!({"kind": "stdin"}),
    };
    json!({
        "type": "finding",
        "rule": record.rule.id,
        "name": record.rule.name,
        "provider": record.rule.provider,
        "severity": record.severity,
        "confidence": record.confidence,
        "path": record.origin.path().to_string_lossy(),
        "line": record.start.line,
        "column": record.start.column,
        "end_line": record.end.line,
        "end_column": record.end.column,
        "message": record.message,
        "redacted": record.redacted,
        "fingerprint": record.fingerprint.to_string(),
        "origin": origin,
        "notes": record.notes,
        "also": record.also,
    })
}

fn summary(report: &Complete<'_>) -> Value {
    let skipped: serde_json::Map<String, Value> =
        report.totals.coverage.skipped.iter().map(|(reason, count)| (reason.key().to_owned(), json!(count))).collect();
    let by_severity: serde_json::Map<String, Value> = Severity::ALL
        .iter()
        .map(|severity| {
            let count = report.records.iter().filter(|record| record.severity == *severity).count();
            (severity.word().to_owned(), json!(count))
        })
        .collect();
    json!({
        "type": "summary",
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "outcome": match report.outcome {
            Outcome::Clean => "clean",
            Outcome::Findings => "findings",
            Outcome::Incomplete => "incomplete",
        },
        "findings": report.records.len(),
        "by_severity": by_severity,
        "hidden": report.hidden,
        "coverage": {
            "files": report.totals.coverage.files,
            "bytes": report.totals.coverage.bytes,
            "skipped": skipped,
            "unread": report.unread.iter().map(|unread| json!({"what": unread.what, "why": unread.why})).collect::<Vec<_>>(),
            "broken": report.broken.iter().map(|(path, why)| json!({"what": path.to_string_lossy(), "why": why})).collect::<Vec<_>>(),
        },
        "elapsed_ms": report.totals.elapsed.as_millis() as u64,
    })
}
