//! The table of benchmark rules names checks that exist.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn the_table_of_benchmarks_names_checks_that_exist() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage-cis.md");
    let text = fs::read_to_string(path).unwrap();
    let known: BTreeSet<String> = keysift_manifest::metas().map(|meta| meta.id.clone()).collect();
    let rows = text.lines().filter(|line| {
        line.starts_with("| ") && !line.starts_with("| rule") && !line.starts_with("| chapter")
    });
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [rule, about, check] = cells[..] else {
            panic!("three columns: {row}");
        };
        let named: Vec<&str> = check
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.contains('-'))
            .collect();
        for name in &named {
            assert!(known.contains(*name), "{rule}: no check `{name}`");
        }
        let reason = check.starts_with("none: ");
        assert!(
            !about.is_empty() && (reason || !named.is_empty()),
            "{rule}: a check or a reason"
        );
        count += 1;
    }
    assert!(count > 70, "{count}");
}
