//! The reader of gitleaks' rule files, on any text.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = keysift_rules::import(Path::new("x.toml"), text);
    let _ = keysift_rules::parse(Path::new("x.yaml"), text);
});
