//! Most files of a tree have nothing to find. Scanning one makes a few allocations, not more in a long one.

use allocation_counter::measure;
use keysift_finding::{Blob, Location, Origin};
use keysift_scan::{Options, Scanner};

use crate::common::builtin_rules;

/// Code without a word of a rule, in each size.
fn plain(lines: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for line in 0..lines {
        text.extend_from_slice(
            format!("    let value_{line} = compute({line}, \"a text, {line}\"); // and a remark\n")
                .as_bytes(),
        );
    }
    text.resize(text.len() + Blob::PADDING, 0);
    text
}

#[test]
fn a_file_without_candidates_has_few_allocations_whatever_its_length() {
    /// Seven, for each of these names, when this was written.
    const MOST: u64 = 8;
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let scan = |path: &str, lines: usize| {
        let (buffer, origin) = (plain(lines), Origin::File(Location::named(path)));
        let blob = Blob::whole(&origin, &buffer, buffer.len() - Blob::PADDING);
        // The first scan of a thread makes its buffers.
        assert!(scanner.scan(&blob).findings.is_empty());
        measure(|| drop(scanner.scan(&blob))).count_total
    };
    for path in [
        "src/main.rs",
        "a.py",
        "README.md",
        "x.go",
        "a.c",
        "deploy.yaml",
        "a.json",
    ] {
        let counts = [10, 100, 1000].map(|lines| scan(path, lines));
        assert!(counts[0] <= MOST && counts[2] <= counts[0], "{path}: {counts:?}");
    }
    assert!(
        measure(|| drop(plain(10))).count_total > MOST,
        "the counter counts"
    );
}
