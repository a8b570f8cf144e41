//! Markdown, for a comment on a pull request.

use std::io::{self, Write};

use keysift_policy::Outcome;

use crate::{
    counts::{counted, prose, size},
    escape::{Markdown, Untrusted},
    format::Complete,
    gitlab::path,
    record::Record,
    text,
};

/// Findings that are shown in full: GitHub takes 65,536 characters of a comment.
const SHOWN: usize = 50;

pub(crate) fn write(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## keysift: {}\n", text::findings(report))?;
    if report.outcome == Outcome::Incomplete {
        writeln!(out, "**Not everything could be read.**\n")?;
        report.unread.iter().take(SHOWN).try_for_each(|unread| {
            writeln!(out, "- {}: {}", code(&unread.what), unread.why.to::<Markdown>())
        })?;
        writeln!(out)?;
    }
    let records = report.worst_first();
    if !records.is_empty() {
        writeln!(out, "| severity | where | what | rule |\n|---|---|---|---|")?;
        let mut shown = records.iter().take(SHOWN);
        shown.try_for_each(|record| writeln!(out, "{}", row(record)))?;
        if records.len() > SHOWN {
            writeln!(out, "\n…and {} more.", records.len() - SHOWN)?;
        }
        writeln!(out, "\n<details><summary>What to do</summary>\n")?;
        let shown = records.iter().take(SHOWN);
        let mut rules: Vec<_> = shown.map(|record| &record.rule).collect();
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        rules.dedup_by(|one, other| one.id == other.id);
        rules.iter().try_for_each(|rule| {
            writeln!(
                out,
                "- {}: {}",
                code(&Untrusted::new(&rule.id)),
                advice(&prose(&rule.fix))
            )
        })?;
        writeln!(out, "\n</details>")?;
    }
    let coverage = &report.totals.coverage;
    writeln!(
        out,
        "\n<sub>{} read, {}</sub>",
        counted(coverage.files, "file"),
        size(coverage.bytes)
    )
}

fn row(record: &Record) -> String {
    format!(
        "| {} | {}:{} | {} {} | {} |",
        record.severity(),
        code(&path(record)),
        record.start.line,
        record.message.to::<Markdown>(),
        code(&record.redacted),
        code(&Untrusted::new(&record.rule.id))
    )
}

/// A text as code.
fn code(text: &Untrusted) -> String {
    // A backtick of the text would end it: it becomes a sign of its own.
    let inner = text.raw().replace('`', "\u{2019}");
    format!("<code>{}</code>", Untrusted::new(inner).to::<Markdown>())
}

/// What a rule file says is to be done, on one line; addresses of pages stay links.
fn advice(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:.-_%?=#".contains(&byte);
    let mut out = String::new();
    let mut words = String::new();
    for word in text.split_whitespace() {
        if word.starts_with("https://") && word.bytes().all(plain) {
            out.push_str(
                Untrusted::new(std::mem::take(&mut words))
                    .to::<Markdown>()
                    .as_str(),
            );
            out.push_str(word);
        } else {
            words.push_str(word);
        }
        words.push(' ');
    }
    out.push_str(Untrusted::new(words.trim_end()).to::<Markdown>().as_str());
    out
}
