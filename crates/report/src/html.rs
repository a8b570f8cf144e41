//! One page that needs no other file and no network: everything is in it, and a script of its own filters it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use crate::{
    collect::{Complete, Record},
    json,
};

/// The page around the data.
const PAGE: &str = include_str!("page.html");

/// Where the data goes.
const HERE: &str = "/*DATA*/";

pub(crate) fn document(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (head, tail) = PAGE.split_once(HERE).unwrap_or((PAGE, ""));
    out.write_all(head.as_bytes())?;
    let rules: BTreeMap<&str, Value> = report
        .records
        .iter()
        .map(|record| {
            let rule = &record.rule;
            (
                rule.id.as_str(),
                json!({"name": rule.name, "why": rule.why, "fix": rule.fix, "references": rule.references}),
            )
        })
        .collect();
    write!(
        out,
        "{{\"rules\":{},\"summary\":{},\"findings\":[",
        inert(&serde_json::to_string(&rules)?),
        inert(&json::summary(report).to_string())
    )?;
    for (number, record) in report.records.iter().enumerate() {
        write!(
            out,
            "{}\n{}",
            if number > 0 { "," } else { "" },
            inert(&finding(record)?)
        )?;
    }
    out.write_all(b"]}")?;
    out.write_all(tail.as_bytes())
}

/// A finding with its line, as the page shows it.
fn finding(record: &Record) -> serde_json::Result<String> {
    let line = json::finding(record)?;
    let excerpt = json!([record.excerpt.text, record.excerpt.start, record.excerpt.len]);
    // The object goes on: its last brace makes room for two more keys.
    Ok(format!(
        "{},\"shown\":{},\"excerpt\":{excerpt}}}",
        &line[..line.len() - 1],
        json!(record.origin.shown().to_string_lossy())
    ))
}

/// JSON that no parser of HTML takes for anything else: inside a script only `<` could end it.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
