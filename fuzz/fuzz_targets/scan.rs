//! Scans arbitrary text with all built-in rules. Must not panic, and every finding is inside the text.
#![no_main]

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use keysift_finding::{Blob, Location, Origin};
use keysift_manifest::{Cluster, NoSurroundings};
use keysift_rules::{Rule, parse};
use keysift_scan::{Options, Scanner};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../patterns");
    let files = std::fs::read_dir(folder).expect("patterns").map(|entry| entry.expect("an entry").path());
    let specs = files.flat_map(|file| parse(&file, &std::fs::read_to_string(&file).expect("a file")).expect("rules"));
    Scanner::new(specs.map(Rule::new).collect(), Options { low_confidence: true, ..Options::default() }).expect("a scanner")
});

const FILES: &[&str] = &[
    "a.py",
    "a.yaml",
    ".env",
    "notes.md",
    "Dockerfile",
    "deploy/a.json",
    "chart/templates/a.yaml",
    "a",
    "compose.yaml",
    "values-prod.yaml",
    "kustomization.yaml",
    ".github/workflows/ci.yml",
    "a.eml",
    "a.php",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let path = PathBuf::from(FILES[usize::from(*first) % FILES.len()]);
    let mut buffer = text.to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(path));
    let scan = SCANNER.scan(&Blob::whole(&origin, &buffer, text.len()));
    let late = Cluster::new(scan.facts.into_iter().collect()).findings(&NoSurroundings);
    for finding in scan.findings.into_iter().chain(late.into_iter().flat_map(|(_, findings)| findings)) {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len());
    }
});
