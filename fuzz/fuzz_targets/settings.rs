//! `keysift.toml`, and the files that say what is known: baselines, reports of ours and of other scanners. Bad ones are refused, and what is
//! refused says why.
#![no_main]

use std::{io, path::Path};

use keysift_policy::{Known, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let file = Path::new("fuzzed.toml");
    // The text is the only file there is: it may extend itself.
    let read = |asked: &Path| if asked == file { Ok(text.to_owned()) } else { Err(io::ErrorKind::NotFound.into()) };
    if let Err(error) = Settings::load(Some(file), file, &read) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = Known::parse(file, text) {
        assert!(!error.to_string().is_empty());
    }
});
