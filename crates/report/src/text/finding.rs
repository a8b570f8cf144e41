//! One entry: its line, the excerpt, what is known about it, its other places, the fix.

use std::{cmp::Ordering, io};

use keysift_finding::Position;

use super::{
    entries::Entry,
    page::{DIM, GOOD, MARKED, Page, color, file_address, rule_address},
    plain,
    provenance::provenance,
    shown,
};
use crate::{counts::counted, escape::Untrusted, record::Record};

/// Files with copies of a secret that are listed.
const FILES: usize = 20;

/// Repeats of a finding in its file that are listed.
const REPEATS: usize = 20;

/// The column of everything but places.
const MARGIN: usize = 12;

/// What of an entry is written.
pub(crate) struct Parts {
    /// Places with their paths: the heading names none.
    pub(crate) paths: bool,
    /// Reasons and fixes in full.
    pub(crate) verbose: bool,
    /// The fix; it is written once for each rule.
    pub(crate) fix: bool,
}

/// Writes an entry.
pub(crate) fn write(entry: &Entry<'_>, parts: &Parts, page: &mut Page<'_>) -> io::Result<()> {
    let record = entry.first;
    head(record, parts.paths, true, page)?;
    excerpt(record, page)?;
    details(record, page)?;
    for repeat in entry.repeats.iter().take(REPEATS) {
        head(repeat, parts.paths, false, page)?;
    }
    if entry.repeats.len() > REPEATS {
        let more = counted((entry.repeats.len() - REPEATS) as u64, "more finding");
        labeled(
            "and:",
            &format!("{more} of {} in this file", record.rule.id),
            page,
        )?;
    }
    copies(entry, page)?;
    edit(record, page)?;
    match (parts.verbose, parts.fix) {
        (true, _) => rule(record, page)?,
        (false, true) => {
            let fix = format!("{GOOD}fix:{GOOD:#}  {}", plain(&first_sentence(&record.rule.fix)));
            page.line(MARGIN + 6, &format!("{:MARGIN$}{fix}", ""))?;
        }
        (false, false) => {}
    }
    page.gap()
}

/// The line that names a finding.
fn head(record: &Record, path: bool, id: bool, page: &mut Page<'_>) -> io::Result<()> {
    let style = color(record.severity());
    let (line, column) = (record.start.line, record.start.column);
    let place = match path {
        true => format!("{}:{line}:{column}", shown(&record.shown())),
        false => format!("{line}:{column}"),
    };
    let room = " ".repeat(8_usize.saturating_sub(place.chars().count()));
    let place = page.link(&place, || file_address(record));
    let doubt = changes(record);
    let rule = match id {
        true => format!(
            "  {DIM}{}{DIM:#}",
            page.link(&record.rule.id, || rule_address(record))
        ),
        false => String::new(),
    };
    let text = format!(
        "  {room}{DIM}{place}{DIM:#}  {style}{}{style:#}{doubt}  {}{rule}",
        record.severity(),
        shown(&record.message),
    );
    page.line(MARGIN, &text)
}

/// How severity and confidence differ from the rule's.
fn changes(record: &Record) -> String {
    let (severity, rule) = (record.severity(), &record.rule);
    let mut changes = Vec::new();
    match severity.cmp(&rule.severity) {
        Ordering::Less => changes.push(format!("lowered from {}", rule.severity)),
        Ordering::Equal => {}
        Ordering::Greater => changes.push(format!("raised from {}", rule.severity)),
    }
    if record.confidence() < rule.confidence {
        changes.push(format!("{} confidence", record.confidence()));
    }
    match changes.is_empty() {
        true => String::new(),
        false => format!(" ({})", changes.join(", ")),
    }
}

/// The line of the file, with a mark below the place. Nothing in it is left to escape, so that its characters can be counted.
fn excerpt(record: &Record, page: &mut Page<'_>) -> io::Result<()> {
    let line = shown(&record.excerpt.text);
    let (line, start, len) = match page.width() {
        Some(width) => cropped(
            line.as_str(),
            record.excerpt.start,
            record.excerpt.len,
            width - MARGIN,
        ),
        None => (line.as_str().to_owned(), record.excerpt.start, record.excerpt.len),
    };
    let (before, rest) = split(&line, start);
    let (marked, after) = split(rest, len);
    let margin = " ".repeat(MARGIN);
    page.unwrapped(&format!("{margin}{before}{MARKED}{marked}{MARKED:#}{after}"))?;
    let indent = " ".repeat(MARGIN + before.chars().count());
    page.unwrapped(&format!("{indent}{MARKED}{}{MARKED:#}", "^".repeat(len)))
}

/// The part of a line that fits around its marked place.
fn cropped(line: &str, start: usize, len: usize, room: usize) -> (String, usize, usize) {
    let total = line.chars().count();
    if total.max(start + len) <= room {
        return (line.to_owned(), start, len);
    }
    // The marked place comes first, then as much before it as after it.
    let len = len.min(room - 2);
    let spare = room - 2 - len;
    let from = start
        .saturating_sub(spare / 2)
        .min(total.saturating_sub(room - 2));
    let kept: String = line.chars().skip(from).take(room - 2).collect();
    let is_cut = from + room - 2 < total;
    let (begin, end) = (if from > 0 { "…" } else { "" }, if is_cut { "…" } else { "" });
    (
        format!("{begin}{kept}{end}"),
        start - from + usize::from(from > 0),
        len,
    )
}

/// A line with a label in the margin.
fn labeled(label: &str, text: &str, page: &mut Page<'_>) -> io::Result<()> {
    let text = format!("{:MARGIN$}{DIM}{label}{DIM:#} {text}", "");
    page.line(MARGIN + label.len() + 1, &text)
}

/// What is known about a finding.
fn details(record: &Record, page: &mut Page<'_>) -> io::Result<()> {
    for line in provenance(record) {
        labeled("from:", plain(&line).as_str(), page)?;
    }
    for note in &record.notes {
        labeled("note:", shown(note).as_str(), page)?;
    }
    for place in &record.related {
        let at = format!("{}:{}", place.start.line, place.start.column);
        let what = format!("{at}  {}  {}", shown(&place.message), shown(&place.redacted));
        labeled("with:", &what, page)?;
    }
    if !record.also.is_empty() {
        labeled("also:", &record.also.join(", "), page)?;
    }
    for far in &record.elsewhere {
        let what = format!("{}:{}  {}", shown(&far.shown), far.line, shown(&far.message));
        labeled("see: ", &what, page)?;
    }
    Ok(())
}

/// Other places of the secrets of an entry, by file.
fn copies(entry: &Entry<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let record = entry.first;
    let mut files: Vec<(String, Vec<Position>)> = Vec::new();
    let mut add = |path: &Untrusted, at: Position| {
        let path = shown(path).to_string();
        // They come in the order of files: only the last can be the same.
        match files.last_mut() {
            Some((last, places)) if *last == path => places.push(at),
            _ => files.push((path, vec![at])),
        }
    };
    if entry.copies.is_empty() && entry.repeats.is_empty() {
        // Findings that are shown one by one name each other.
        record.same.iter().for_each(|same| add(&same.path, same.at));
    }
    entry
        .copies
        .iter()
        .for_each(|copy| add(&copy.shown(), copy.start));
    let mut all: Vec<String> = files.iter().take(FILES).map(places).collect();
    let left: usize = files.iter().skip(FILES).map(|(_, places)| places.len()).sum();
    if left > 0 {
        all.push(format!("and {left} more"));
    }
    match all.is_empty() {
        true => Ok(()),
        false => labeled("same:", &all.join(", "), page),
    }
}

/// A file and the places in it: the first in full, of the others the lines.
fn places((path, places): &(String, Vec<Position>)) -> String {
    let (first, rest) = places.split_first().unwrap_or((&Position::START, &[]));
    let rest: String = rest
        .iter()
        .map(|at| format!(", :{}:{}", at.line, at.column))
        .collect();
    format!("{path}:{}:{}{rest}", first.line, first.column)
}

/// Where a finding is, for people.
pub(crate) fn place(record: &Record) -> String {
    format!(
        "{}:{}:{}",
        shown(&record.shown()),
        record.start.line,
        record.start.column
    )
}

/// The change that fixes a finding.
fn edit(record: &Record, page: &mut Page<'_>) -> io::Result<()> {
    let Some(edit) = &record.edit else { return Ok(()) };
    let change = match edit.with.raw().is_empty() {
        true => "remove the marked text".to_owned(),
        false => format!("replace it with `{}`", shown(&edit.with)),
    };
    let (label, first) = match edit.safe {
        true => ("fix (--fix):", ""),
        false => ("suggestion:", "move the value to a secret store, then "),
    };
    let text = format!("{:MARGIN$}{GOOD}{label}{GOOD:#} {first}{change}", "");
    page.line(MARGIN + label.len() + 1, &text)
}

/// Why, the fix and the references in full.
fn rule(record: &Record, page: &mut Page<'_>) -> io::Result<()> {
    for (word, text) in [("why:", &record.rule.why), ("fix:", &record.rule.fix)] {
        for (number, line) in text.trim().lines().enumerate() {
            let word = if number == 0 { word } else { "" };
            let text = format!("{:MARGIN$}{GOOD}{word:<4}{GOOD:#}  {}", "", plain(line));
            page.line(MARGIN + 6, &text)?;
        }
    }
    replacement(record, page)?;
    let mut pages = record.rule.references.iter();
    pages.try_for_each(|reference| labeled("see: ", plain(reference).as_str(), page))
}

/// How to see whether the secret is live, and how to replace it.
fn replacement(record: &Record, page: &mut Page<'_>) -> io::Result<()> {
    let (rule, margin) = (&record.rule, " ".repeat(MARGIN));
    if !rule.check.is_empty() {
        page.line(
            MARGIN + 6,
            &format!("{margin}{GOOD}is it live?{GOOD:#}  (read-only; keysift never runs it)"),
        )?;
        page.unwrapped(&format!("{margin}      {}", plain(&rule.check)))?;
    }
    if rule.rotate.is_empty() {
        return Ok(());
    }
    page.line(MARGIN, &format!("{margin}{GOOD}rotate:{GOOD:#}"))?;
    (1..).zip(&rule.rotate).try_for_each(|(number, step)| {
        page.line(MARGIN + 9, &format!("{margin}      {number}. {}", plain(step)))
    })
}

/// Parts a text after so many characters.
fn split(text: &str, chars: usize) -> (&str, &str) {
    let at = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
}

/// The first sentence, on one line.
pub(crate) fn first_sentence(text: &str) -> String {
    let paragraph = text
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match paragraph.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => paragraph,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_ends_at_its_mark() {
        assert_eq!(
            first_sentence("Revoke it at\nhttps://x.y/z. Then rest."),
            "Revoke it at https://x.y/z."
        );
        assert_eq!(first_sentence("Only one"), "Only one");
    }

    #[test]
    fn excerpts_fit_and_keep_their_marked_place() {
        let line = format!("{}MARK{}", "a".repeat(70), "b".repeat(70));
        for room in [20, 40, 100, 200] {
            let (text, start, len) = cropped(&line, 70, 4, room);
            assert!(text.chars().count() <= room, "{text}");
            let marked: String = text.chars().skip(start).take(len).collect();
            assert_eq!(marked, "MARK", "{text}");
        }
        let (text, start, len) = cropped(&"x".repeat(300), 0, 300, 50);
        assert!(text.chars().count() <= 50 && start == 0 && len == 48, "{text}");
    }
}
