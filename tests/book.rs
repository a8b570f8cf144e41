//! The book builds, and its links have targets.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use regex::Regex;

use crate::{common::Tree, docs::normal, image::have};

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
}

#[test]
fn the_book_builds_and_its_links_have_targets() {
    if !have("mdbook") {
        return;
    }
    let book = Tree::new();
    let output = Command::new("mdbook")
        .args(["build", "--dest-dir"])
        .arg(book.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    for word in ["WARN", "ERROR"] {
        assert!(!log.contains(word), "{log}");
    }
    let mut all = Vec::new();
    pages(book.path(), &mut all);
    let id = Regex::new(r#" id="([^"]+)""#).unwrap();
    // Each page with its anchors. `print.html` repeats all pages, and `404.html` is read from any path.
    let texts: BTreeMap<PathBuf, String> = all
        .into_iter()
        .filter(|path| !path.ends_with("print.html") && !path.ends_with("404.html"))
        .map(|path| (path.strip_prefix(book.path()).unwrap().to_owned(), path))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect();
    let anchors: BTreeMap<&Path, BTreeSet<&str>> = texts
        .iter()
        .map(|(name, text)| {
            let ids = id.captures_iter(text).map(|found| found.get(1).unwrap().as_str());
            (name.as_path(), ids.collect())
        })
        .collect();
    let link = Regex::new(r#"<a [^>]*href="([^"]+)""#).unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for (name, text) in &texts {
        for found in link.captures_iter(text) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("print.html") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => name.clone(),
                _ => normal(&name.parent().unwrap().join(file)),
            };
            let exists = book.path().join(&path).exists();
            let known = anchor.is_empty()
                || anchors
                    .get(path.as_path())
                    .is_some_and(|ids| ids.contains(anchor));
            if !(path.ends_with("print.html") || exists && known) {
                wrong.push(format!("{}: {target}", name.display()));
            }
            count += 1;
        }
    }
    assert!(count > 1000, "only {count} links");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
