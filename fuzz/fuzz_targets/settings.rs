//! Parses arbitrary text as `keysift.toml`, and as a baseline or report. Errors must have a message.
#![no_main]

use std::{io, path::Path};

use keysift_policy::{Known, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let file = Path::new("fuzzed.toml");
    // Only this file exists; it may extend itself.
    let read = |path: &Path| if path == file { Ok(text.to_owned()) } else { Err(io::ErrorKind::NotFound.into()) };
    if let Err(error) = Settings::load(Some(file), file, &read) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = Known::parse(file, text) {
        assert!(!error.to_string().is_empty());
    }
});
