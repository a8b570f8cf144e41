//! One page that needs no other file and no network: everything is in it, and a script of its own filters it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::SystemTime,
};

use serde_json::{Value, json};

use crate::{
    escape::{Terminal, is_hidden},
    format::Complete,
    gitlab::utc,
    json,
    list::kind,
    record::Record,
};

/// The page around the data.
const PAGE: &str = include_str!("page.html");

/// Where the data goes.
const HERE: &str = "/*DATA*/";

/// Where the graph goes.
const GRAPH: &str = "<!--GRAPH-->";

pub(crate) fn document(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (head, tail) = PAGE.split_once(HERE).unwrap_or((PAGE, ""));
    out.write_all(head.replacen(GRAPH, report.picture, 1).as_bytes())?;
    let rules: BTreeMap<&str, Value> = report
        .records
        .iter()
        .map(|record| {
            let rule = &record.rule;
            (
                rule.id.as_str(),
                json!({
                    "name": rule.name,
                    "provider": rule.provider,
                    "kind": kind(rule),
                    "why": rule.why,
                    "fix": rule.fix,
                    "check": rule.check,
                    "rotate": rule.rotate,
                    "references": rule.references,
                }),
            )
        })
        .collect();
    write!(
        out,
        "{{\"rules\":{},\"subject\":{},\"date\":\"{}\",\"summary\":{},\"findings\":[",
        inert(&serde_json::to_string(&rules)?),
        inert(&serde_json::to_string(report.subject)?),
        utc(SystemTime::now()),
        inert(&serde_json::to_string(&json::summary(report))?)
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
    let shown = record.shown().to::<Terminal>();
    // The object goes on: its last brace makes room for more keys.
    Ok(format!(
        "{},\"id\":\"f-{}-{}\",\"shown\":{},\"excerpt\":{excerpt}}}",
        &line[..line.len() - 1],
        record.fingerprint,
        record.number,
        json!(shown.as_str())
    ))
}

/// JSON that no parser of HTML takes for anything else: inside a script only `<` could end it. Hidden characters, which JSON escapes, become
/// what the page shows of them: it writes texts as they are, and a browser obeys directions.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut chars = json.chars();
    while let Some(char) = chars.next() {
        match char {
            '<' => out.push_str("\\u003c"),
            '\\' => match chars.next() {
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    out.push_str(&format!("\\\\u{{{}}}", digits.trim_start_matches('0')));
                }
                other => out.extend(['\\'].into_iter().chain(other)),
            },
            char if is_hidden(char) => out.push_str(&format!("\\\\u{{{:x}}}", u32::from(char))),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_is_hidden_and_ends_no_script() {
        assert_eq!(
            inert(r#"{"a":"</script>\u001b \\u001b \" \n"}"#),
            r#"{"a":"\u003c/script>\\u{1b} \\u001b \" \n"}"#
        );
        assert_eq!(inert("\"\u{202e}\""), r#""\\u{202e}""#);
    }
}
