//! A list of rules, as a table or as JSON.

use std::io::{self, Write};

use keysift_finding::RuleMeta;
use serde_json::{Value, json};

use crate::{counts::grouped, format::Named};

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleColumn {
    /// Its id.
    Id,
    /// Its severity.
    Severity,
    /// Its confidence.
    Confidence,
    /// The provider of a rule, the family of a check.
    Provider,
    /// Whether it finds secrets or checks their handling.
    Kind,
    /// The version that first had it.
    Since,
    /// What it finds.
    Name,
}

impl RuleColumn {
    /// The columns that a user can ask for.
    pub const NAMED: &'static [Named<Self>] = &[
        (Self::Id, "id", "Its id"),
        (Self::Severity, "severity", "Its severity"),
        (Self::Confidence, "confidence", "Its confidence"),
        (
            Self::Provider,
            "provider",
            "The provider of a rule, the family of a check",
        ),
        (Self::Kind, "kind", "secrets or checks"),
        (Self::Since, "since", "The version that first had it"),
        (Self::Name, "name", "What it finds"),
    ];

    fn of(self, rule: &RuleMeta) -> &str {
        match self {
            Self::Id => &rule.id,
            Self::Severity => rule.severity.word(),
            Self::Confidence => rule.confidence.word(),
            Self::Provider => &rule.provider,
            Self::Kind => kind(rule),
            Self::Since => &rule.since,
            Self::Name => &rule.name,
        }
    }
}

/// Whether a rule finds hard-coded secrets, or checks how secrets are handled.
pub(crate) fn kind(rule: &RuleMeta) -> &'static str {
    match rule.is_credential || rule.is_hard_coded {
        true => "secrets",
        false => "checks",
    }
}

/// How the list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListFormat {
    /// A table.
    #[default]
    Text,
    /// One JSON document with everything that is known of each rule.
    Json,
}

impl ListFormat {
    /// The formats that a user can ask for.
    pub const NAMED: &'static [Named<Self>] = &[
        (Self::Text, "text", "A table"),
        (
            Self::Json,
            "json",
            "One JSON document with everything about each rule",
        ),
    ];
}

/// Writes a list of rules.
///
/// # Errors
/// If it cannot be written.
pub fn write_list(
    rules: &[&RuleMeta],
    columns: &[RuleColumn],
    format: ListFormat,
    out: &mut dyn Write,
) -> io::Result<()> {
    if format == ListFormat::Json {
        let all: Vec<Value> = rules.iter().map(|rule| whole(rule)).collect();
        return writeln!(out, "{:#}", json!(all));
    }
    let widths: Vec<usize> = columns
        .iter()
        .map(|column| {
            let cells = rules.iter().map(|rule| column.of(rule).chars().count());
            cells.max().unwrap_or_default()
        })
        .collect();
    for rule in rules {
        let cells = columns.iter().zip(&widths);
        let cells = cells.map(|(column, width)| format!("{:width$}", column.of(rule)));
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", line.trim_end())?;
    }
    let count = match rules.len() as u64 {
        1 => "1 rule or check".to_owned(),
        count => format!("{} rules and checks", grouped(count)),
    };
    writeln!(out, "{count}; for details, use `keysift explain RULE`")
}

fn whole(rule: &RuleMeta) -> Value {
    json!({
        "id": rule.id,
        "name": rule.name,
        "provider": rule.provider,
        "kind": kind(rule),
        "severity": rule.severity,
        "confidence": rule.confidence,
        "since": rule.since,
        "why": rule.why,
        "fix": rule.fix,
        "check": rule.check,
        "rotate": rule.rotate,
        "references": rule.references,
    })
}
