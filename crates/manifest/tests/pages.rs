//! Every page is true, and every page is listed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::Path};

use keysift_finding::{Finding, Position};
use keysift_manifest::{CHECKS, Page, check};

fn folder() -> impl Iterator<Item = std::path::PathBuf> {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks")).unwrap();
    folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).flat_map(|family| {
        fs::read_dir(family).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "md"))
    })
}

/// The lines on which a check of this id speaks.
fn guilty_lines(id: &str, language: &str, text: &str) -> BTreeSet<u64> {
    let name = match language {
        "dockerfile" => "Dockerfile",
        "json" => "object.json",
        _ => "object.yaml",
    };
    let findings: Vec<Finding> = check(Path::new(name), text.as_bytes()).findings;
    findings
        .iter()
        .filter(|finding| finding.rule.id == id)
        .map(|finding| Position::START.after(&text.as_bytes()[..finding.span.start]).line)
        .collect()
}

#[test]
fn every_page_is_true() {
    for check in CHECKS {
        let page = Page::parse(check.page()).unwrap_or_else(|error| panic!("{error} in: {}", &check.page()[..60]));
        let id = &page.meta.id;
        assert!(!page.bad.is_empty() && !page.good.is_empty(), "{id}: examples of both kinds");
        for example in &page.bad {
            let expected: BTreeSet<u64> = example.lines.iter().copied().collect();
            assert!(!expected.is_empty(), "{id}: a bad example says which lines are guilty");
            assert_eq!(guilty_lines(id, &example.language, &example.text), expected, "{id}, in:\n{}", example.text);
        }
        for example in &page.good {
            assert_eq!(guilty_lines(id, &example.language, &example.text), BTreeSet::new(), "{id}, in:\n{}", example.text);
        }
    }
}

#[test]
fn every_page_is_listed_once_and_says_everything() {
    let mut listed = BTreeSet::new();
    for check in CHECKS {
        let meta = Page::parse(check.page()).unwrap().meta;
        assert!(listed.insert(meta.id.clone()), "{} is listed twice", meta.id);
        assert!(!meta.why.is_empty() && !meta.fix.is_empty() && !meta.references.is_empty(), "{}", meta.id);
    }
    let pages: BTreeSet<String> = folder().map(|path| Page::parse(&fs::read_to_string(path).unwrap()).unwrap().meta.id).collect();
    assert_eq!(listed, pages);
}
