//! Markdown, for a comment on a pull request.

use std::io::{self, Write};

use crate::{
    collect::{Complete, Outcome, Record},
    gitlab::path,
    redact::visible,
    text,
};

/// Findings that are shown in full: GitHub takes 65,536 characters of a comment.
const SHOWN: usize = 50;

pub(crate) fn write(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## keysift: {}\n", text::findings(report))?;
    if report.outcome == Outcome::Incomplete {
        writeln!(out, "**Not everything could be read.**\n")?;
        report
            .unread
            .iter()
            .take(SHOWN)
            .try_for_each(|unread| writeln!(out, "- {}: {}", code(&unread.what), plain(&unread.why)))?;
        writeln!(out)?;
    }
    if !report.records.is_empty() {
        writeln!(out, "| severity | where | what | rule |\n|---|---|---|---|")?;
        report
            .records
            .iter()
            .take(SHOWN)
            .try_for_each(|record| writeln!(out, "{}", row(record)))?;
        if report.records.len() > SHOWN {
            writeln!(out, "\n…and {} more.", report.records.len() - SHOWN)?;
        }
        writeln!(out, "\n<details><summary>What to do</summary>\n")?;
        let mut rules: Vec<_> = report
            .records
            .iter()
            .take(SHOWN)
            .map(|record| &record.rule)
            .collect();
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        rules.dedup_by(|one, other| one.id == other.id);
        rules
            .iter()
            .try_for_each(|rule| writeln!(out, "- `{}`: {}", rule.id, plain(&rule.fix)))?;
        writeln!(out, "\n</details>")?;
    }
    let coverage = &report.totals.coverage;
    writeln!(
        out,
        "\n<sub>{} read, {}</sub>",
        text::count(coverage.files, "file"),
        text::size(coverage.bytes)
    )
}

fn row(record: &Record) -> String {
    let place = format!("{}:{}", path(record), record.start.line);
    format!(
        "| {} | {} | {} {} | `{}` |",
        record.severity,
        code(&place),
        plain(&record.message),
        code(&record.redacted),
        record.rule.id
    )
}

/// Text that is only text: what Markdown and HTML would read is escaped, lines become one.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for char in visible(&text.replace('\n', " ")).chars() {
        match char {
            '`' => {
                in_code = !in_code;
                out.push('`');
            }
            '|' => out.push_str("\\|"),
            '<' | '>' | '*' | '_' | '[' | ']' | '#' if !in_code => out.extend(['\\', char]),
            '@' if !in_code => out.push_str("@\u{200B}"),
            char => out.push(char),
        }
    }
    out
}

/// Text between backticks: a table's cell ends at a bar all the same.
fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'").replace('|', "\\|"))
}
