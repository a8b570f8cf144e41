//! JSON and JSON lines, as `docs/json.md` describes them.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use keysift_finding::{Confidence, FileState, Origin, Severity};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    escape::{Untrusted, each_hidden, first_hidden},
    format::Complete,
    record::Record,
};

/// The version of what is written. A new key is no new version; a changed or missing one is.
const SCHEMA: &str = "keysift/1";

/// A value as JSON. Characters that a terminal would obey or not show are escaped, because people read JSON too.
pub(crate) fn write(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string(value)?;
    if first_hidden(&text).is_none() {
        return Ok(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    // Outside of strings JSON of this kind has nothing that is hidden.
    each_hidden(&text, &mut out, |char, out| {
        let units = char.encode_utf16(&mut [0; 2]).to_vec();
        units
            .iter()
            .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
    });
    Ok(out)
}

/// One document: `{"schema", "findings": […], "summary": {…}}`.
pub(crate) fn document(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{\"schema\":{},\"findings\":[", json!(SCHEMA))?;
    for (number, record) in report.records.iter().enumerate() {
        let comma = if number + 1 < report.records.len() {
            ","
        } else {
            ""
        };
        writeln!(out, "{}{comma}", finding(record)?)?;
    }
    writeln!(out, "],\"summary\":{}}}", write(&summary(report))?)
}

/// One object a line.
pub(crate) fn lines(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    for record in report.records {
        writeln!(out, "{}", finding(record)?)?;
    }
    writeln!(out, "{}", write(&summary(report))?)
}

/// A finding as it is written; the order of the keys is the order of the fields.
#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    rule: &'a str,
    name: &'a str,
    provider: &'a str,
    severity: Severity,
    confidence: Confidence,
    path: Cow<'a, str>,
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    message: &'a Untrusted,
    redacted: &'a Untrusted,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_fingerprint: Option<String>,
    origin: Place<'a>,
    notes: &'a [Untrusted],
    also: &'a [String],
    related: Vec<RelatedPlace<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<RemotePlace<'a>>,
    same_as: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<Change<'a>>,
}

/// A change that fixes it.
#[derive(Serialize)]
struct Change<'a> {
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    with: &'a Untrusted,
    safe: bool,
}

/// A place in another file.
#[derive(Serialize)]
struct RemotePlace<'a> {
    path: &'a Untrusted,
    line: u64,
    message: &'a Untrusted,
}

/// Another place that belongs to the finding.
#[derive(Serialize)]
struct RelatedPlace<'a> {
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    message: &'a Untrusted,
    redacted: &'a Untrusted,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Place<'a> {
    File {
        root: Cow<'a, str>,
    },
    Stdin,
    Commit {
        commit: &'a str,
        author: &'a str,
        date: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        at_tip: Option<bool>,
    },
    Layer {
        image: Cow<'a, str>,
        tag: &'a str,
        platform: &'a str,
        layer: usize,
        layers: usize,
        diff_id: &'a str,
        created_by: &'a Untrusted,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        by_layer: Option<usize>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        others: Vec<Other<'a>>,
    },
    Config {
        image: Cow<'a, str>,
        tag: &'a str,
    },
}

/// Another image with the same layer, and the state of the file there.
#[derive(Serialize)]
struct Other<'a> {
    tag: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_layer: Option<usize>,
}

fn place(record: &Record) -> Place<'_> {
    match &*record.origin {
        Origin::File(location) => Place::File {
            root: location.base().to_string_lossy(),
        },
        Origin::Stdin => Place::Stdin,
        Origin::Commit { commit, .. } => Place::Commit {
            commit: &commit.hash,
            author: &commit.author,
            date: &commit.date,
            at_tip: record.at_tip,
        },
        Origin::Config { image, tag } => Place::Config {
            image: image.to_string_lossy(),
            tag,
        },
        Origin::Layer { layer, status, .. } => {
            let (state, by_layer) = status
                .get()
                .map_or(("unknown", None), |verdict| became(verdict.state));
            let others = status
                .get()
                .into_iter()
                .flat_map(|verdict| &verdict.others)
                .map(|(tag, state)| {
                    let (state, by_layer) = became(*state);
                    Other { tag, state, by_layer }
                });
            Place::Layer {
                image: layer.image.to_string_lossy(),
                tag: &layer.tag,
                platform: &layer.platform,
                layer: layer.number,
                layers: layer.of,
                diff_id: &layer.diff_id,
                created_by: &record.created_by,
                state,
                by_layer,
                others: others.collect(),
            }
        }
    }
}

/// What became of a file, and the layer that did it.
fn became(state: FileState) -> (&'static str, Option<usize>) {
    match state {
        FileState::Live => ("live", None),
        FileState::Deleted(by) => ("deleted", Some(by)),
        FileState::Overwritten(by) => ("overwritten", Some(by)),
    }
}

pub(crate) fn finding(record: &Record) -> serde_json::Result<String> {
    write(&Line {
        r#type: "finding",
        rule: &record.rule.id,
        name: &record.rule.name,
        provider: &record.rule.provider,
        severity: record.severity(),
        confidence: record.confidence(),
        path: record.origin.path().to_string_lossy(),
        line: record.start.line,
        column: record.start.column,
        end_line: record.end.line,
        end_column: record.end.column,
        message: &record.message,
        redacted: &record.redacted,
        fingerprint: record.fingerprint.to_string(),
        value_fingerprint: record.value.map(|value| value.to_string()),
        origin: place(record),
        notes: &record.notes,
        also: &record.also,
        related: record
            .related
            .iter()
            .map(|place| RelatedPlace {
                line: place.start.line,
                column: place.start.column,
                end_line: place.end.line,
                end_column: place.end.column,
                message: &place.message,
                redacted: &place.redacted,
            })
            .collect(),
        elsewhere: record
            .elsewhere
            .iter()
            .map(|far| RemotePlace {
                path: &far.path,
                line: far.line,
                message: &far.message,
            })
            .collect(),
        edit: record.edit.as_ref().map(|change| Change {
            line: change.start.line,
            column: change.start.column,
            end_line: change.end.line,
            end_column: change.end.column,
            with: &change.with,
            safe: change.safe,
        }),
        same_as: record
            .same
            .iter()
            .map(|same| same.fingerprint.to_string())
            .collect(),
    })
}

pub(crate) fn summary(report: &Complete<'_>) -> Value {
    let skipped: serde_json::Map<String, Value> = report
        .totals
        .coverage
        .skipped
        .iter()
        .map(|(reason, count)| (reason.key().to_owned(), json!(count)))
        .collect();
    let by_severity: serde_json::Map<String, Value> = Severity::ALL
        .iter()
        .zip(report.by_severity())
        .map(|(severity, count)| (severity.word().to_owned(), json!(count)))
        .collect();
    json!({
        "type": "summary",
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "outcome": report.outcome.word(),
        "findings": report.records.len(),
        "by_severity": by_severity,
        "suppressed": report.hidden,
        "unused_suppressions": report.idle,
        "coverage": {
            "files": report.totals.coverage.files,
            "bytes": report.totals.coverage.bytes,
            "skipped": skipped,
            "unread": report.unread.iter().map(|unread| json!({"what": unread.what, "why": unread.why})).collect::<Vec<_>>(),
            "partial": report.broken.iter().map(|broken| json!({"what": broken.what, "why": broken.why})).collect::<Vec<_>>(),
        },
        "elapsed_ms": report.totals.elapsed.as_millis() as u64,
    })
}
