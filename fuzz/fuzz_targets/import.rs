//! Parses arbitrary text as rule files, of gitleaks and our own.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = keysift_rules::import(Path::new("x.toml"), text);
    let _ = keysift_rules::parse(Path::new("x.yaml"), text);
});
