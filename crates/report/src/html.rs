//! One page that needs no other file and no network: everything is in it, and a script of its own filters it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::SystemTime,
};

use serde_json::{Value, json};

use crate::{
    escape::{Terminal, each_hidden},
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
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for record in report.records {
        let rule = &record.rule;
        rules.entry(&rule.id).or_insert_with(|| {
            json!({
                "name": rule.name,
                "provider": rule.provider,
                "kind": kind(rule),
                "why": rule.why,
                "fix": rule.fix,
                "check": rule.check,
                "rotate": rule.rotate,
                "references": rule.references,
            })
        });
    }
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
    let show = |text: &str, out: &mut String| {
        each_hidden(text, out, |char, out| {
            out.push_str(&format!("\\\\u{{{:x}}}", u32::from(char)));
        });
    };
    let mut out = String::with_capacity(json.len() + 16);
    let mut rest = json;
    while let Some(at) = memchr::memchr2(b'<', b'\\', rest.as_bytes()) {
        let (before, sign) = rest.split_at(at);
        show(before, &mut out);
        // An escape is two characters, or `\u` and four digits.
        let len = match sign.as_bytes() {
            [b'\\', b'u', ..] => 6,
            [b'\\', _, ..] => 2,
            _ => 1,
        };
        let (sign, after) = sign.split_at_checked(len).unwrap_or((sign, ""));
        match sign.strip_prefix("\\u") {
            Some(digits) => {
                let digits = digits.trim_start_matches('0');
                out.push_str(&format!("\\\\u{{{digits}}}"));
            }
            None if sign == "<" => out.push_str("\\u003c"),
            None => out.push_str(sign),
        }
        rest = after;
    }
    show(rest, &mut out);
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
