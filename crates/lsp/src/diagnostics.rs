//! Findings as diagnostics.

use std::{path::Path, sync::Arc};

use keysift_finding::{Confidence, RuleMeta, Severity};
use keysift_report::{Finished, Reported, Terminal};

use crate::{
    lines::Lines,
    protocol::{Diagnostic, Location, Position, Range, RelatedInformation, TextEdit},
    uri,
};

/// A finding of a document, with what quick fixes and hovers need.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) rule: Arc<RuleMeta>,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) notes: Vec<String>,
    pub(crate) fingerprint: String,
    pub(crate) diagnostic: Diagnostic,
    /// The edit that fixes it, and whether the edit is complete.
    pub(crate) fix: Option<(TextEdit, bool)>,
}

/// The findings of a document. Findings in other files are omitted.
pub(crate) fn found(finished: &Finished, uri: &str, top: &Path, lines: &Lines<'_>) -> Vec<Found> {
    let all = finished.findings();
    all.map(|finding| one(&finding, uri, top, lines)).collect()
}

fn one(finding: &Reported<'_>, uri: &str, top: &Path, lines: &Lines<'_>) -> Found {
    let range = |start, end| Range {
        start: lines.position(start),
        end: lines.position(end),
    };
    let here = finding.related().map(|place| RelatedInformation {
        location: Location {
            uri: uri.to_owned(),
            range: range(place.start, place.end),
        },
        message: place.message.to::<Terminal>().to_string(),
    });
    let elsewhere = finding
        .elsewhere()
        .map(|(path, line, message)| RelatedInformation {
            location: Location {
                uri: uri::of_path(&top.join(path)),
                range: line_start(line),
            },
            message: message.to::<Terminal>().to_string(),
        });
    let fix = finding.edit().map(|edit| {
        let change = TextEdit {
            range: range(edit.start, edit.end),
            new_text: edit.with.to_owned(),
        };
        (change, edit.safe)
    });
    let diagnostic = Diagnostic {
        range: range(finding.start(), finding.end()),
        severity: level(finding.severity()),
        code: finding.rule().id.clone(),
        source: "keysift",
        message: finding.message().to::<Terminal>().to_string(),
        related_information: here.chain(elsewhere).collect(),
    };
    let notes = finding
        .notes()
        .iter()
        .map(|note| note.to::<Terminal>().to_string());
    Found {
        rule: finding.shared_rule(),
        severity: finding.severity(),
        confidence: finding.confidence(),
        notes: notes.collect(),
        fingerprint: finding.fingerprint().to_string(),
        diagnostic,
        fix,
    }
}

fn line_start(line: u64) -> Range {
    let line = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
    let start = Position { line, character: 0 };
    Range { start, end: start }
}

/// The severity of a diagnostic: critical and high findings are errors.
fn level(severity: Severity) -> u8 {
    match severity {
        Severity::Critical | Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
        Severity::Info => 4,
    }
}
