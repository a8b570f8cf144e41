//! The whole way of a blob, on any text, with all built-in rules: nothing panics, and every finding lies inside the text.
#![no_main]

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use keysift_finding::{Blob, Origin};
use keysift_rules::{Rule, parse};
use keysift_scan::{Options, Scanner};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../patterns");
    let files = std::fs::read_dir(folder).expect("patterns").map(|entry| entry.expect("an entry").path());
    let specs = files.flat_map(|file| parse(&file, &std::fs::read_to_string(&file).expect("a file")).expect("rules"));
    Scanner::new(specs.map(Rule::new).collect(), Options::default()).expect("a scanner")
});

const FILES: &[&str] = &["a.py", "a.yaml", ".env", "notes.md", "Dockerfile", "deploy/a.json", "chart/templates/a.yaml", "a"];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let path = PathBuf::from(FILES[usize::from(*first) % FILES.len()]);
    let mut buffer = text.to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let origin = Origin::File { root: PathBuf::from("."), path };
    for finding in SCANNER.scan(&Blob::whole(&origin, &buffer, text.len())).findings {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len());
    }
});
