//! The end of the report: what is folded, what there is most of, where to start, what was read and what was not.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    io,
};

use keysift_finding::{Reason, Severity};

use super::{
    entries::Entries,
    finding::place,
    page::{BOLD, DIM, GOOD, MARKED, Page, color},
    plain, shown,
};
use crate::{
    counts::{counted, grouped, size},
    format::Complete,
};

/// Files that were read in part are listed up to this many.
const PARTIAL: usize = 5;

/// From so many shown findings on, a table at the end says what there is most of, and where to start.
const TABLE: usize = 10;

/// Lines of the table.
const ROWS: usize = 20;

/// Findings to start with.
const START: usize = 3;

/// What is folded: a line for each rule.
pub(crate) fn folded(entries: &Entries<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let Some(least) = entries.folded.iter().map(|folded| folded.severity).min() else {
        return Ok(());
    };
    for folded in &entries.folded {
        let style = color(folded.severity);
        let text = format!(
            "  {style}{:<8}{style:#}  {:>7}  {}  {DIM}{}{DIM:#}",
            folded.severity.word(),
            grouped(folded.count),
            plain(&folded.rule.name),
            folded.rule.id
        );
        page.line(MARGIN, &text)?;
    }
    page.line(2, &format!("  {DIM}folded; to show each: --show {least}{DIM:#}"))?;
    page.gap()
}

/// The column of names in the table.
const MARGIN: usize = 21;

/// Findings by rule, the highest severity first, and the worst places.
pub(crate) fn table(report: &Complete<'_>, entries: &Entries<'_>, page: &mut Page<'_>) -> io::Result<()> {
    if entries.shown.len() < TABLE {
        return Ok(());
    }
    let mut counts: BTreeMap<(Reverse<Severity>, &str), u64> = BTreeMap::new();
    for record in report.records {
        *counts
            .entry((Reverse(record.severity()), &record.rule.id))
            .or_default() += 1;
    }
    let is_folded = |severity: Severity, id: &str| {
        let mut folded = entries.folded.iter();
        folded.any(|folded| folded.severity == severity && folded.rule.id == id)
    };
    counts.retain(|(Reverse(severity), id), _| !is_folded(*severity, id));
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|((severity, id), count)| (*severity, Reverse(*count), *id));
    for ((Reverse(severity), id), count) in rows.iter().take(ROWS) {
        let style = color(*severity);
        let count = grouped(*count);
        page.line(
            MARGIN,
            &format!("  {style}{:<8}{style:#}  {count:>7}  {id}", severity.word()),
        )?;
    }
    if rows.len() > ROWS {
        let more = counted((rows.len() - ROWS) as u64, "more rule");
        page.line(2, &format!("  {DIM}and {more}{DIM:#}"))?;
    }
    page.gap()?;
    let worst = entries.shown.iter().take(START);
    let worst: Vec<_> = worst.map(|entry| place(entry.first)).collect();
    page.line(2, &format!("{BOLD}start with:{BOLD:#} {}", worst.join(", ")))?;
    page.gap()
}

/// The last lines.
pub(crate) fn write(
    report: &Complete<'_>,
    entries: Option<&Entries<'_>>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    limits(report, page)?;
    let style = if report.records.is_empty() { GOOD } else { BOLD };
    page.line(
        2,
        &format!("{style}{}{style:#}{}", findings(report), suppressed(report)),
    )?;
    if let Some(joined) = entries.and_then(|entries| joined(report, entries)) {
        page.line(2, &format!("{DIM}{joined}{DIM:#}"))?;
    }
    let coverage = &report.totals.coverage;
    let skipped: Vec<_> = coverage
        .skipped
        .iter()
        .map(|(reason, count)| counted(*count, reason.reason()))
        .collect();
    let seconds = report.totals.elapsed.as_secs_f64().max(1e-3);
    let skipped = if skipped.is_empty() {
        String::new()
    } else {
        format!("; skipped {}", skipped.join(", "))
    };
    let rate = match coverage.bytes >= 10_000_000 {
        true => format!(" ({}/s)", size((coverage.bytes as f64 / seconds) as u64)),
        false => String::new(),
    };
    let (files, bytes) = (counted(coverage.files, "file"), size(coverage.bytes));
    page.line(
        2,
        &format!("{DIM}read {files}, {bytes}, in {seconds:.2} s{rate}{skipped}{DIM:#}"),
    )
}

/// What was not read, or in part, and which suppressions are of no use.
fn limits(report: &Complete<'_>, page: &mut Page<'_>) -> io::Result<()> {
    for unread in report.unread {
        let (what, why) = (shown(&unread.what), shown(&unread.why));
        page.line(2, &format!("{MARKED}not read:{MARKED:#} {what}: {why}"))?;
    }
    for broken in report.broken.iter().take(PARTIAL) {
        let (what, why) = (shown(&broken.what), shown(&broken.why));
        page.line(2, &format!("{DIM}partially analyzed: {what}: {why}{DIM:#}"))?;
    }
    if report.broken.len() > PARTIAL {
        let more = report.broken.len() - PARTIAL;
        page.line(2, &format!("{DIM}partially analyzed: {more} more{DIM:#}"))?;
    }
    for entry in report.idle {
        page.line(2, &format!("{DIM}{}{DIM:#}", shown(entry)))?;
    }
    Ok(())
}

/// How many findings are shown, if not each has its own lines.
fn joined(report: &Complete<'_>, entries: &Entries<'_>) -> Option<String> {
    let folded: u64 = entries.folded.iter().map(|folded| folded.count).sum();
    let total = report.records.len() as u64;
    let shown = entries.shown.len() as u64;
    let mut parts = Vec::new();
    let joined = total - folded - shown;
    if joined > 0 {
        parts.push(format!("{} of copies and repeats", grouped(joined)));
    }
    if folded > 0 {
        parts.push(format!("{} folded", grouped(folded)));
    }
    let parts = parts.join(", ");
    (!parts.is_empty()).then(|| format!("{} shown, {parts}; to show each: --show all", grouped(shown)))
}

/// How many findings there are, by severity, and in how many files.
pub(crate) fn findings(report: &Complete<'_>) -> String {
    let total = report.records.len() as u64;
    if total == 0 {
        return match (report.unread.is_empty(), report.totals.coverage.files) {
            (true, _) => "no findings".to_owned(),
            (false, 0) => "nothing could be read".to_owned(),
            (false, _) => "no findings in what could be read".to_owned(),
        };
    }
    let by_severity: Vec<_> = Severity::ALL
        .iter()
        .rev()
        .zip(report.by_severity().iter().rev())
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| format!("{} {severity}", grouped(*count)))
        .collect();
    let files: BTreeSet<_> = report
        .records
        .iter()
        .map(|record| record.origin.shown())
        .collect();
    format!(
        "{} ({}) in {}",
        counted(total, "finding"),
        by_severity.join(", "),
        counted(files.len() as u64, "file")
    )
}

/// What is suppressed, and why.
fn suppressed(report: &Complete<'_>) -> String {
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

/// What suppressed a finding, after a number.
fn label(why: Reason) -> &'static str {
    match why {
        Reason::Allowed => "allowed by the configuration",
        Reason::Annotation => "by annotation",
        Reason::DisabledRule => "of disabled rules",
        Reason::ExcludedPath => "in excluded paths",
        Reason::InlineOfOthers => "inline, for other tools",
        Reason::LowSeverity => "of low severity",
        Reason::NotSelected => "not selected",
        other => other.key(),
    }
}
