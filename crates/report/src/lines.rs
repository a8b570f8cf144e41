//! Reports of a line or an element for each finding: annotations of GitHub, JUnit, CSV, baselines.

use std::io::{self, Write};

use keysift_finding::Severity;

use crate::{
    collect::{Complete, Record},
    gitlab::path,
    redact::visible,
};

/// GitHub shows ten annotations of each kind for a step; more than this are noise in its log.
const ANNOTATIONS: usize = 500;

/// Workflow commands of GitHub: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub(crate) fn github(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |value: &str| text(value).replace(':', "%3A").replace(',', "%2C");
    for record in report.records.iter().take(ANNOTATIONS) {
        let level = match record.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        writeln!(
            out,
            "::{level} file={},line={},endLine={},col={},title={}::{} ({}). {}",
            property(&path(record)),
            record.start.line,
            record.end.line,
            record.start.column,
            property(&record.rule.name),
            text(&visible(&record.message)),
            record.rule.id,
            text(&record.rule.fix.replace('\n', " "))
        )?;
    }
    for unread in report.unread {
        writeln!(
            out,
            "::error title=keysift did not read everything::{}: {}",
            text(&visible(&unread.what)),
            text(&visible(&unread.why))
        )?;
    }
    let more = report.records.len().saturating_sub(ANNOTATIONS);
    if more > 0 {
        writeln!(
            out,
            "::warning title=keysift::{more} more findings are not annotated: GitHub shows no more of one step"
        )?;
    }
    writeln!(
        out,
        "keysift: {} findings, {} files read",
        report.records.len(),
        report.totals.coverage.files
    )
}

/// JUnit XML, as GitLab, Jenkins and Azure read it.
pub(crate) fn junit(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (failures, errors) = (report.records.len(), report.unread.len());
    let tests = (failures + errors).max(1);
    let seconds = report.totals.elapsed.as_secs_f64();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"keysift\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    )?;
    writeln!(
        out,
        "  <testsuite name=\"keysift\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{seconds:.3}\">"
    )?;
    for record in report.records {
        let place = format!("{}:{}:{}", path(record), record.start.line, record.start.column);
        writeln!(
            out,
            "    <testcase name=\"{} {}\" classname=\"{}\">",
            xml(&record.rule.id),
            xml(&place),
            xml(&path(record))
        )?;
        writeln!(
            out,
            "      <failure message=\"{}\" type=\"{}\">{}\n{}</failure>\n    </testcase>",
            xml(&record.message),
            record.severity,
            xml(&place),
            xml(&record.rule.fix)
        )?;
    }
    for unread in report.unread {
        writeln!(
            out,
            "    <testcase name=\"{}\" classname=\"coverage\"><error message=\"not read: {}\"/></testcase>",
            xml(&unread.what),
            xml(&unread.why)
        )?;
    }
    if failures + errors == 0 {
        writeln!(out, "    <testcase name=\"no findings\" classname=\"keysift\"/>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Text as XML may hold it: control characters, which XML 1.0 has no way to write, are made visible.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            char if char.is_control() || matches!(char, '\u{FFFE}' | '\u{FFFF}') => {
                out.push_str(&visible(char.encode_utf8(&mut [0; 4])))
            }
            char => out.push(char),
        }
    }
    out
}

/// CSV (RFC 4180).
pub(crate) fn csv(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "severity,confidence,rule,path,line,column,message,redacted,fingerprint,notes\r\n"
    )?;
    for record in report.records {
        let cells = [
            record.severity.word().to_owned(),
            record.confidence.word().to_owned(),
            record.rule.id.clone(),
            record.origin.shown().to_string_lossy().into_owned(),
            record.start.line.to_string(),
            record.start.column.to_string(),
            record.message.clone(),
            record.redacted.clone(),
            record.fingerprint.to_string(),
            record.notes.join("; "),
        ];
        write!(out, "{}\r\n", cells.map(|cell| self::cell(&cell)).join(","))?;
    }
    Ok(())
}

/// A cell; one that a spreadsheet would take for a formula begins with a quote.
fn cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if safe.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// What a baseline holds, a line for each finding: nothing that a secret could be guessed from, nothing that moves with lines.
pub(crate) fn baseline(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let line = |record: &Record| {
        let path = record.origin.path().to_string_lossy().replace('\\', "/");
        format!(
            "{} {} {} {}",
            record.fingerprint,
            record.anywhere,
            record.rule.id,
            visible(&path)
        )
    };
    report
        .records
        .iter()
        .try_for_each(|record| writeln!(out, "{}", line(record)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_format_cannot_hold_is_written_otherwise() {
        assert_eq!(xml("a<b>&\"\u{1}"), "a&lt;b&gt;&amp;&quot;\\x01");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
