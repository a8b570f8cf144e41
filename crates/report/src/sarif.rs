//! SARIF 2.1.0 (OASIS), as code scanning of GitHub and others read it. A test holds what is written to the official schema.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use keysift_finding::{Confidence, FileState, Origin, Position, RuleMeta, Severity};
use keysift_policy::Outcome;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    escape::{Sarif, Untrusted},
    format::Complete,
    json::write,
    record::{Change, Record},
    text::address_of,
};

/// Placeholder in the log for the results.
const HERE: &str = "keysift results";

/// What paths start from: the top of the repository, or the scanned folder.
const ROOT: &str = "%SRCROOT%";

/// GitHub takes no more results of one run; a notification counts the rest.
const MOST: usize = 25_000;

/// Writes the report as one SARIF log.
pub(crate) fn document(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    // What is left out weighs least; the rest stays in the order of files and lines.
    let mut shown: Vec<&Record> = report.records.iter().collect();
    if shown.len() > MOST {
        shown = report.worst_first();
        shown.truncate(MOST);
    }
    let mut rules: BTreeMap<&str, &RuleMeta> = BTreeMap::new();
    for record in &shown {
        rules.insert(&record.rule.id, &record.rule);
    }
    let numbers: BTreeMap<&str, usize> = rules
        .keys()
        .enumerate()
        .map(|(number, id)| (*id, number))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "keysift",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/keysift/keysift",
                "rules": rules.values().map(|rule| self::rule(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {ROOT: root(report)},
            "invocations": [{
                "executionSuccessful": report.outcome != Outcome::Incomplete,
                "toolExecutionNotifications": notifications(report),
            }],
            "results": HERE,
        }],
    });
    // Results one by one: all of them as values in memory took 400 MB for 25,000.
    let log = write(&log)?;
    let (head, tail) = log.split_once(&format!("\"{HERE}\"")).unwrap_or((&log, ""));
    write!(out, "{head}[")?;
    for (number, record) in shown.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(
            out,
            "{comma}\n{}",
            write(&result(record, numbers[record.rule.id.as_str()]))?
        )?;
    }
    writeln!(out, "]{tail}")
}

/// The folder that paths start from, as far as it is known.
fn root(report: &Complete<'_>) -> Value {
    let what = "the top of the repository, or the scanned folder";
    let mut value = json!({"description": {"text": what}});
    if let Some(root) = &report.subject.root {
        value["uri"] = json!(format!("{}/", address_of(root).trim_end_matches('/')));
    }
    value
}

fn artifact(uri: String) -> Artifact {
    Artifact {
        uri,
        uri_base_id: ROOT,
    }
}

/// The weaknesses of a rule, as MITRE numbers them: code scanning shows and filters them by these tags.
fn weaknesses(rule: &RuleMeta) -> &'static [&'static str] {
    let id = rule.id.as_str();
    let has = |words: &[&str]| words.iter().any(|word| id.split('-').any(|part| part == *word));
    match () {
        () if !rule.is_credential && id.starts_with("rbac-") => {
            &["external/cwe/cwe-250", "external/cwe/cwe-732"]
        }
        () if !rule.is_credential && !rule.is_hard_coded => &["external/cwe/cwe-522"],
        () if has(&["private"]) && has(&["key"]) => &["external/cwe/cwe-321", "external/cwe/cwe-798"],
        () if has(&["password"]) => &["external/cwe/cwe-259", "external/cwe/cwe-798"],
        () => &["external/cwe/cwe-798"],
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's scale: 9 and more is critical, 7 high, 4 medium.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.5",
    }
}

fn rule(rule: &RuleMeta) -> Value {
    let references: String = rule
        .references
        .iter()
        .map(|page| format!("\n- <{page}>"))
        .collect();
    let mut tags = vec!["security", rule.provider.as_str()];
    tags.extend(weaknesses(rule));
    let mut value = json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": format!("{}\n\n{}", rule.why, rule.fix),
            "markdown": format!("{}\n\n**Fix.** {}\n{references}", rule.why, rule.fix),
        },
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"security-severity": score(rule.severity), "tags": tags, "precision": precision(rule.confidence)},
    });
    if let Some(page) = rule.references.first() {
        value["helpUri"] = json!(page);
    }
    value
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "low",
    }
}

/// A result. Its form is a type: made of values in memory, it took 80 % of the time in which the report was written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fixes: Option<Value>,
    level: &'static str,
    locations: [SarifLocation; 1],
    message: Message,
    partial_fingerprints: Fingerprints,
    properties: Properties<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Value>,
    rule_id: &'a str,
    rule_index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Value>,
    physical_location: Physical,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "keysift/v1")]
    ours: String,
    #[serde(rename = "primaryLocationLineHash")]
    line: String,
}

#[derive(Serialize)]
struct Properties<'a> {
    also: &'a [String],
    confidence: &'static str,
    severity: &'static str,
}

/// A place in a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

/// A file below the folder that paths start from.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    end_column: u64,
    end_line: u64,
    start_column: u64,
    start_line: u64,
}

fn result(record: &Record, rule: usize) -> SarifResult<'_> {
    let mut text = said(&record.message);
    for note in &record.notes {
        text.push_str("; ");
        text.push_str(&said(note));
    }
    SarifResult {
        fixes: record.edit.as_ref().map(|change| fixes(record, change)),
        level: level(record.severity()),
        locations: [SarifLocation {
            logical_locations: logical(&record.origin),
            physical_location: physical(record, record.start, record.end),
        }],
        message: Message { text },
        partial_fingerprints: Fingerprints {
            ours: record.fingerprint.to_string(),
            line: record.lasting_id(),
        },
        properties: Properties {
            also: &record.also,
            confidence: record.confidence().word(),
            severity: record.severity().word(),
        },
        related_locations: related(record),
        rule_id: &record.rule.id,
        rule_index: rule,
    }
}

/// Other places of a finding, in its file and in others.
fn related(record: &Record) -> Vec<Value> {
    let near = record
        .related
        .iter()
        .map(|place| json!({"physicalLocation": physical(record, place.start, place.end), "message": {"text": said(&place.message)}}));
    let far = record.elsewhere.iter().map(|place| {
        let physical = json!({"artifactLocation": artifact(percent(place.path.raw())), "region": {"startLine": place.line}});
        json!({"physicalLocation": physical, "message": {"text": said(&place.message)}})
    });
    let mut places: Vec<Value> = near.chain(far).collect();
    places
        .iter_mut()
        .enumerate()
        .for_each(|(id, place)| place["id"] = json!(id));
    places
}

fn fixes(record: &Record, change: &Change) -> Value {
    let Change {
        start,
        end,
        with,
        safe,
    } = change;
    json!([{
        "description": {"text": if *safe { "Safe fix" } else { "Suggestion: move the value first" }},
        "artifactChanges": [{
            "artifactLocation": artifact(uri(record)),
            "replacements": [{"deletedRegion": region(*start, *end), "insertedContent": {"text": with}}],
        }],
    }])
}

/// The text of a message.
fn said(text: &Untrusted) -> String {
    text.to::<Sarif>().to_string()
}

fn physical(record: &Record, start: Position, end: Position) -> Physical {
    Physical {
        artifact_location: artifact(uri(record)),
        region: region(start, end),
    }
}

fn region(start: Position, end: Position) -> Region {
    Region {
        end_column: end.column,
        end_line: end.line,
        start_column: start.column,
        start_line: start.line,
    }
}

/// The path as a relative URI: what is no letter, digit or plain mark is percent-encoded.
fn uri(record: &Record) -> String {
    let shown = match &*record.origin {
        Origin::File(location) => location.path().to_owned(),
        Origin::Commit { path, .. } => path.clone(),
        origin => origin.shown(),
    };
    percent(Untrusted::path(&shown).raw())
}

pub(crate) fn percent(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char)
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Layers of images and commits, as places that are no files.
fn logical(origin: &Origin) -> Vec<Value> {
    match origin {
        Origin::File(_) | Origin::Stdin => Vec::new(),
        Origin::Commit { commit, .. } => vec![
            json!({"name": commit.hash, "kind": "commit", "fullyQualifiedName": format!("{} of {}, {}", commit.short(), commit.author, commit.date)}),
        ],
        Origin::Config { image, tag } => {
            vec![
                json!({"name": "config", "kind": "configuration", "fullyQualifiedName": format!("{} {tag}", image.display())}),
            ]
        }
        Origin::Layer { layer, status, .. } => {
            let state = match status.get().map(|verdict| verdict.state) {
                Some(FileState::Live) => "live".to_owned(),
                Some(FileState::Deleted(by)) => format!("deleted in layer {by}"),
                Some(FileState::Overwritten(by)) => format!("overwritten in layer {by}"),
                None => "unknown".to_owned(),
            };
            let name = format!(
                "layer {} of {} of {} ({}), {state}",
                layer.number, layer.of, layer.tag, layer.diff_id
            );
            vec![json!({"name": layer.diff_id, "kind": "layer", "fullyQualifiedName": name})]
        }
    }
}

/// What was not read, or in part only, and what was left out.
fn notifications(report: &Complete<'_>) -> Vec<Value> {
    let note = |level: &str, text: String| json!({"level": level, "message": {"text": text}});
    let mut all: Vec<Value> = report
        .unread
        .iter()
        .map(|unread| {
            note(
                "error",
                format!("not read: {}: {}", said(&unread.what), said(&unread.why)),
            )
        })
        .collect();
    all.extend(report.broken.iter().map(|broken| {
        note(
            "warning",
            format!(
                "partially analyzed: {}: {}",
                said(&broken.what),
                said(&broken.why)
            ),
        )
    }));
    if report.records.len() > MOST {
        all.push(note(
            "error",
            format!(
                "{} of {} findings omitted: a run may have at most {MOST}",
                report.records.len() - MOST,
                report.records.len()
            ),
        ));
    }
    all
}
