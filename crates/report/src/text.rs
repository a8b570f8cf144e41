//! The report for people: grouped by file, the guilty line under each finding, a summary at the end.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use keysift_finding::{FileState, Origin, Reason, Severity};

use crate::{
    escape::{Escaped, Terminal, Untrusted},
    format::{Complete, Group, TextStyle},
    record::{DuplicatePlace, Record},
};

const PATH: Style = Style::new().bold().underline();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const SECRET_STYLE: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();

/// Files that were read in part, and other places of a secret, are told by name up to this many.
const NAMED: usize = 5;

pub(crate) fn write(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let TextStyle {
        group,
        quiet,
        verbose,
    } = report.looks;
    let mut records: Vec<&Record> = report.records.iter().collect();
    let heading = |record: &Record| match group {
        Group::File => shown(&record.shown()).to_string(),
        Group::Rule => told(&format!("{}: {}", record.rule.id, record.rule.name)).to_string(),
        Group::Secret => match record.same.first().filter(|same| same.before) {
            Some(first) => format!("secret at {}", place_of(first)),
            None => format!(
                "secret at {}:{}:{}",
                shown(&record.shown()),
                record.start.line,
                record.start.column
            ),
        },
    };
    if group != Group::File {
        records.sort_by_cached_key(|record| heading(record));
    }
    let mut last: Option<String> = None;
    for record in records {
        if quiet {
            one_line(record, out)?;
            continue;
        }
        let heading = heading(record);
        if last.as_ref() != Some(&heading) {
            writeln!(out, "{PATH}{heading}{PATH:#}")?;
            last = Some(heading);
        }
        finding(record, group != Group::File, verbose, out)?;
    }
    if report.records.len() >= TABLE && !quiet {
        table(report, out)?;
    }
    summary(report, out)
}

/// A finding as compilers tell errors.
fn one_line(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    let style = colour(record.severity());
    let (path, start) = (record.shown(), record.start);
    let path = shown(&path);
    writeln!(
        out,
        "{path}:{}:{}: {style}{}{style:#}: {} [{}]",
        start.line,
        start.column,
        record.severity(),
        shown(&record.message),
        record.rule.id
    )
}

/// From so many findings on, a table at the end says what there is most of.
const TABLE: usize = 10;

/// Findings by rule, the gravest first.
fn table(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<(Reverse<Severity>, &str), u64> = BTreeMap::new();
    for record in report.records {
        *counts
            .entry((Reverse(record.severity()), &record.rule.id))
            .or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|((severity, id), count)| (*severity, Reverse(*count), *id));
    for ((Reverse(severity), id), count) in rows.iter().take(ROWS) {
        let style = colour(*severity);
        writeln!(
            out,
            "  {style}{:<8}{style:#}  {:>7}  {id}",
            severity.word(),
            grouped(*count)
        )?;
    }
    if rows.len() > ROWS {
        writeln!(out, "  {DIM}and {} more rules{DIM:#}", rows.len() - ROWS)?;
    }
    writeln!(out)
}

/// Lines of the table.
const ROWS: usize = 20;

fn finding(record: &Record, whole: bool, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let style = colour(record.severity());
    let path = if whole {
        format!("{}:", shown(&record.shown()))
    } else {
        String::new()
    };
    let place = format!("{path}{}:{}", record.start.line, record.start.column);
    let doubt = if record.confidence() < record.rule.confidence {
        format!(" ({} confidence)", record.confidence())
    } else {
        String::new()
    };
    writeln!(
        out,
        "  {DIM}{place:>8}{DIM:#}  {style}{}{style:#}{doubt}  {}  {DIM}{}{DIM:#}",
        record.severity(),
        shown(&record.message),
        record.rule.id
    )?;
    let margin = " ".repeat(12);
    let provenance = provenance(record);
    if let Some(first) = record.same.first().filter(|same| same.before) {
        // Told in full where it stands first.
        layers(&provenance, &margin, out)?;
        elsewhere(record, &margin, out)?;
        return writeln!(
            out,
            "{margin}{DIM}the same secret as {}{DIM:#}\n",
            place_of(first)
        );
    }
    // Nothing is left in an excerpt to escape, so that places in it hold.
    let line = shown(&record.excerpt.text);
    let (before, rest) = split(line.as_str(), record.excerpt.start);
    let (guilty, after) = split(rest, record.excerpt.len);
    writeln!(
        out,
        "{margin}{before}{SECRET_STYLE}{guilty}{SECRET_STYLE:#}{after}"
    )?;
    writeln!(
        out,
        "{margin}{}{SECRET_STYLE}{}{SECRET_STYLE:#}",
        " ".repeat(before.chars().count()),
        "^".repeat(record.excerpt.len)
    )?;
    layers(&provenance, &margin, out)?;
    for note in &record.notes {
        writeln!(out, "{margin}{DIM}note:{DIM:#} {}", shown(note))?;
    }
    for place in &record.related {
        let at = format!("{}:{}", place.start.line, place.start.column);
        writeln!(
            out,
            "{margin}{DIM}with:{DIM:#} {at}  {}  {}",
            shown(&place.message),
            shown(&place.redacted)
        )?;
    }
    if !record.same.is_empty() {
        let places: Vec<_> = record.same.iter().take(NAMED).map(place_of).collect();
        let more = if record.same.len() > NAMED {
            format!(" and {} more", record.same.len() - NAMED)
        } else {
            String::new()
        };
        writeln!(out, "{margin}{DIM}same:{DIM:#} {}{more}", places.join(", "))?;
    }
    if !record.also.is_empty() {
        writeln!(out, "{margin}{DIM}also:{DIM:#} {}", record.also.join(", "))?;
    }
    elsewhere(record, &margin, out)?;
    if let Some(edit) = &record.edit {
        let change = if edit.with.raw().is_empty() {
            "remove the marked text".to_owned()
        } else {
            format!("replace with `{}`", shown(&edit.with))
        };
        match edit.safe {
            true => writeln!(out, "{margin}{GOOD}fix (--fix):{GOOD:#} {change}")?,
            false => writeln!(
                out,
                "{margin}{GOOD}suggestion:{GOOD:#} {change} after moving the value"
            )?,
        }
    }
    if !verbose {
        return writeln!(
            out,
            "{margin}{GOOD}fix:{GOOD:#}  {}\n",
            told(&first_sentence(&record.rule.fix))
        );
    }
    for (word, text) in [("why:", &record.rule.why), ("fix:", &record.rule.fix)] {
        for (number, line) in text.trim().lines().enumerate() {
            let word = if number == 0 { word } else { "" };
            writeln!(out, "{margin}{GOOD}{word:<4}{GOOD:#}  {}", told(line))?;
        }
    }
    replacement(record, &margin, out)?;
    record
        .rule
        .references
        .iter()
        .try_for_each(|page| writeln!(out, "{margin}{DIM}see:  {}{DIM:#}", told(page)))?;
    writeln!(out)
}

/// How to see whether the secret is live, and how to replace it.
fn replacement(record: &Record, margin: &str, out: &mut dyn Write) -> io::Result<()> {
    let rule = &record.rule;
    if !rule.check.is_empty() {
        let command = told(&rule.check);
        writeln!(
            out,
            "{margin}{GOOD}is it live?{GOOD:#}  (read-only; keysift never runs it)\n{margin}      {command}"
        )?;
    }
    if rule.rotate.is_empty() {
        return Ok(());
    }
    writeln!(out, "{margin}{GOOD}rotate:{GOOD:#}")?;
    (1..)
        .zip(&rule.rotate)
        .try_for_each(|(number, step)| writeln!(out, "{margin}      {number}. {}", told(step)))
}

/// Places in other files that belong to it.
fn elsewhere(record: &Record, margin: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut places = record.elsewhere.iter();
    places.try_for_each(|far| {
        writeln!(
            out,
            "{margin}{DIM}see:{DIM:#}  {}:{}  {}",
            shown(&far.shown),
            far.line,
            shown(&far.message)
        )
    })
}

/// Where in an image a finding stands, and what that means.
fn provenance(record: &Record) -> Vec<String> {
    match &*record.origin {
        Origin::File(_) | Origin::Stdin => Vec::new(),
        Origin::Commit { commit, .. } => {
            let made = format!("commit {} of {}, {}", commit.short(), commit.author, commit.date);
            let tip = record.at_tip.map(|there| match there {
                true => "still in the file at the tip",
                false => "removed from the file, but still in the history and in every clone",
            });
            [Some(made), tip.map(str::to_owned)]
                .into_iter()
                .flatten()
                .collect()
        }
        Origin::Config { tag, .. } => vec![format!(
            "the configuration of {tag}: everyone who can pull the image can read it"
        )],
        Origin::Layer { layer, status, .. } => {
            let made = shown(&record.created_by);
            let made = match made.as_str() {
                "" => String::new(),
                made => format!(", created by {}", cut(made)),
            };
            let digest: String = layer.diff_id.chars().take(19).collect();
            let verdict = status.get().map_or_else(
                || "layer status unknown".to_owned(),
                |verdict| became(verdict.state),
            );
            let mut lines = vec![
                format!(
                    "{} of {} of {}, {digest}{made}",
                    layer.number, layer.of, layer.tag
                ),
                verdict,
            ];
            let others = status.get().into_iter().flat_map(|verdict| &verdict.others);
            lines.extend(others.map(|(tag, state)| format!("in {tag}: {}", became(*state))));
            lines
        }
    }
}

fn became(state: FileState) -> String {
    match state {
        FileState::Live => "in the final file system".to_owned(),
        FileState::Deleted(by) => format!(
            "deleted in layer {by}, but still in the image: rebuild with a secret mount or another stage"
        ),
        FileState::Overwritten(by) => {
            format!(
                "overwritten in layer {by}, but still in the image: rebuild with a secret mount or another stage"
            )
        }
    }
}

fn layers(lines: &[String], margin: &str, out: &mut dyn Write) -> io::Result<()> {
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "{margin}{DIM}from:{DIM:#} {}", told(line)))
}

/// The beginning of a long instruction.
fn cut(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn place_of(same: &DuplicatePlace) -> String {
    format!("{}:{}:{}", shown(&same.path), same.at.line, same.at.column)
}

/// A text of a stranger, for the terminal.
fn shown(text: &Untrusted) -> Escaped<Terminal> {
    text.to()
}

/// A text of ours that may hold one of a stranger, or of a rule file.
fn told(text: &str) -> Escaped<Terminal> {
    Untrusted::new(text).to()
}

/// Parts a text after so many characters.
fn split(text: &str, chars: usize) -> (&str, &str) {
    let at = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
}

/// The first sentence, on one line.
fn first_sentence(text: &str) -> String {
    let paragraph = text
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let end = [". ", "; then "]
        .iter()
        .filter_map(|mark| paragraph.find(mark))
        .min();
    end.map_or(paragraph.clone(), |end| format!("{}.", &paragraph[..end]))
}

fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => DIM,
    }
}

fn summary(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    for unread in report.unread {
        writeln!(
            out,
            "{SECRET_STYLE}not read:{SECRET_STYLE:#} {}: {}",
            shown(&unread.what),
            shown(&unread.why)
        )?;
    }
    for broken in report.broken.iter().take(NAMED) {
        writeln!(
            out,
            "{DIM}partially analyzed: {}: {}{DIM:#}",
            shown(&broken.what),
            shown(&broken.why)
        )?;
    }
    if report.broken.len() > NAMED {
        writeln!(
            out,
            "{DIM}partially analyzed: {} more{DIM:#}",
            report.broken.len() - NAMED
        )?;
    }
    for entry in report.idle {
        writeln!(out, "{DIM}{}{DIM:#}", shown(entry))?;
    }
    let style = if report.records.is_empty() { GOOD } else { BOLD };
    writeln!(out, "{style}{}{style:#}{}", findings(report), hidden(report))?;
    let coverage = &report.totals.coverage;
    let skipped: Vec<_> = coverage
        .skipped
        .iter()
        .map(|(reason, count)| format!("{} {}", grouped(*count), reason.reason()))
        .collect();
    let seconds = report.totals.elapsed.as_secs_f64().max(1e-3);
    let skipped = if skipped.is_empty() {
        String::new()
    } else {
        format!("; skipped {}", skipped.join(", "))
    };
    writeln!(
        out,
        "{DIM}read {}, {}, in {:.2} s{}{skipped}{DIM:#}",
        count(coverage.files, "file"),
        size(coverage.bytes),
        seconds,
        if coverage.bytes >= 10_000_000 {
            format!(" ({}/s)", size((coverage.bytes as f64 / seconds) as u64))
        } else {
            String::new()
        },
    )
}

pub(crate) fn findings(report: &Complete<'_>) -> String {
    let total = report.records.len() as u64;
    if total == 0 {
        let but = if report.unread.is_empty() {
            ""
        } else {
            " in what could be read"
        };
        return format!("no findings{but}");
    }
    let by_severity: Vec<_> = Severity::ALL
        .iter()
        .rev()
        .filter_map(|severity| {
            let count = report
                .records
                .iter()
                .filter(|record| record.severity() == *severity)
                .count();
            (count > 0).then(|| format!("{} {severity}", grouped(count as u64)))
        })
        .collect();
    let mut files: Vec<_> = report
        .records
        .iter()
        .map(|record| record.origin.shown())
        .collect();
    files.dedup();
    format!(
        "{} ({}) in {}",
        count(total, "finding"),
        by_severity.join(", "),
        count(files.len() as u64, "file")
    )
}

fn hidden(report: &Complete<'_>) -> String {
    let low = report
        .hidden
        .get(&Reason::LowConfidence)
        .copied()
        .unwrap_or_default();
    let others = || {
        let all = report.hidden.iter();
        all.filter(|(why, _)| **why != Reason::LowConfidence)
    };
    let suppressed: u64 = others().map(|(_, count)| count).sum();
    let mut text = String::new();
    if suppressed > 0 {
        let parts: Vec<_> = others()
            .map(|(why, count)| format!("{} {}", grouped(*count), label(*why)))
            .collect();
        text.push_str(&format!(
            "; {} suppressed ({})",
            grouped(suppressed),
            parts.join(", ")
        ));
    }
    if low > 0 {
        text.push_str(&format!(
            "; {} of low confidence not shown (--min-confidence low)",
            grouped(low)
        ));
    }
    text
}

/// What suppressed a finding, behind a number.
fn label(why: Reason) -> &'static str {
    match why {
        Reason::Allowed => "allowed by the configuration",
        Reason::Annotation => "by annotation",
        Reason::DisabledRule => "of disabled rules",
        Reason::ExcludedPath => "in excluded paths",
        Reason::InlineOfOthers => "inline, for other tools",
        Reason::LowSeverity => "of low severity",
        other => other.key(),
    }
}

pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in decimal units.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => count(bytes, "byte"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sentences() {
        assert_eq!(
            [grouped(0), grouped(999), grouped(1_000), grouped(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [size(1), size(1_500), size(2_000_000)],
            ["1 byte", "1.5 kB", "2.0 MB"]
        );
        assert_eq!(
            first_sentence("Revoke it at\nhttps://x.y/z. Then rest."),
            "Revoke it at https://x.y/z."
        );
        assert_eq!(first_sentence("Only one"), "Only one");
    }
}
