//! The report for people: the worst file first, the marked line under each finding, one fix for each rule, a summary at the end.

mod entries;
mod finding;
mod page;
mod provenance;
mod summary;

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
};

use entries::Entries;
use finding::Parts;
pub(crate) use page::address_of;
pub use page::has_links;
use page::{PATH, Page, color, file_address};
pub(crate) use summary::findings;

use crate::{
    escape::{Escaped, Terminal, Untrusted},
    format::{Complete, Group, Screen},
    record::{DuplicatePlace, Record},
};
use entries::Entry;

pub(crate) fn write(report: &Complete<'_>, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let looks = report.looks;
    if looks.quiet {
        report
            .records
            .iter()
            .try_for_each(|record| one_line(record, out))?;
        return summary::write(report, None, &mut Page::new(out, screen));
    }
    let entries = Entries::of(report);
    let mut page = Page::new(out, screen);
    // The fix of a rule is written once.
    let mut fixed = HashSet::new();
    for (heading, group) in groups(&entries, looks.group) {
        let path = || file_address(group[0].first).filter(|_| looks.group == Group::File);
        let heading = page.link(&heading, path);
        page.unwrapped(&format!("{PATH}{heading}{PATH:#}"))?;
        for entry in group {
            let parts = Parts {
                paths: looks.group != Group::File,
                verbose: looks.verbose,
                fix: fixed.insert(&entry.first.rule.id),
            };
            finding::write(entry, &parts, &mut page)?;
        }
    }
    summary::folded(&entries, &mut page)?;
    summary::table(report, &entries, &mut page)?;
    summary::write(report, Some(&entries), &mut page)
}

/// Writes the last lines alone, for those who write the report to a file.
pub(crate) fn summary(report: &Complete<'_>, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    summary::write(report, None, &mut Page::new(out, screen))
}

/// Entries with what they are shown under, in the order of the worst of each.
fn groups<'e, 'r>(entries: &'e Entries<'r>, by: Group) -> Vec<(String, Vec<&'e Entry<'r>>)> {
    let mut groups: Vec<(String, Vec<&Entry<'_>>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in &entries.shown {
        let heading = heading(entry.first, by);
        let at = *places.entry(heading).or_insert_with_key(|heading| {
            groups.push((heading.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(entry);
    }
    groups
}

fn heading(record: &Record, by: Group) -> String {
    match by {
        Group::File => shown(&record.shown()).to_string(),
        Group::Rule => plain(&format!("{}: {}", record.rule.id, record.rule.name)).to_string(),
        Group::Secret => match record.same.first().filter(|same| same.before) {
            Some(first) => format!("secret at {}", place_of(first)),
            None => format!("secret at {}", finding::place(record)),
        },
    }
}

/// A finding as compilers report errors.
fn one_line(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    let style = color(record.severity());
    writeln!(
        out,
        "{}: {style}{}{style:#}: {} [{}]",
        finding::place(record),
        record.severity(),
        shown(&record.message),
        record.rule.id
    )
}

fn place_of(same: &DuplicatePlace) -> String {
    format!("{}:{}:{}", shown(&same.path), same.at.line, same.at.column)
}

/// A text of a stranger, for the terminal.
fn shown(text: &Untrusted) -> Escaped<Terminal> {
    text.to()
}

/// A text of ours that may quote one of a stranger, or of a rule file.
fn plain(text: &str) -> Escaped<Terminal> {
    Untrusted::new(text).to()
}
