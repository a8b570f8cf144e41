//! A page for each check, and an index: the documentation of the checks, from the pages beside the code.

use std::{collections::BTreeMap, fmt::Write};

use crate::{CHECKS, Page};

/// The pages of all checks, by their file names, and `README.md` with a list by family.
///
/// # Errors
/// If a page has no front matter, which a test rules out.
pub fn pages() -> Result<BTreeMap<String, String>, String> {
    let mut families: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    for check in CHECKS {
        let meta = Page::parse(check.page())?.meta;
        let body = check.page().splitn(3, "---\n").nth(2).unwrap_or_default();
        let references: Vec<_> = meta.references.iter().map(|page| format!("<{page}>")).collect();
        let text = format!(
            "# {}\n\n{}. {}, severity {}, confidence {}, since {}.\n{body}\nReferences: {}\n",
            meta.id,
            meta.name,
            meta.provider,
            meta.severity,
            meta.confidence,
            meta.since,
            references.join(", ")
        );
        let row = format!(
            "| [{0}]({0}.md) | {1} | {2} |\n",
            meta.id, meta.severity, meta.name
        );
        families
            .entry(meta.provider)
            .or_default()
            .insert(meta.id.clone(), row);
        pages.insert(format!("{}.md", meta.id), text);
    }
    let count = pages.len();
    let mut index = format!(
        "# Manifest checks\n\nWritten by `keysift rules checks-docs` from the pages beside the code; a test compares. {count} checks. Every example of every page is a test.\n\
         [Which sentence of our mission each serves](../mission.md).\n"
    );
    for (family, rows) in families {
        let _ = write!(
            index,
            "\n## {family}\n\n| check | severity | what is found |\n|---|---|---|\n"
        );
        rows.values().for_each(|row| index.push_str(row));
    }
    pages.insert("README.md".to_owned(), index);
    Ok(pages)
}
