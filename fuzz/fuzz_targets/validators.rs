//! Runs every validator of the built-in rules on arbitrary text.
#![no_main]

use std::{path::Path, sync::LazyLock};

use keysift_rules::{Validator, parse};
use libfuzzer_sys::fuzz_target;

static VALIDATORS: LazyLock<Vec<Validator>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../patterns");
    let files = std::fs::read_dir(folder).expect("patterns").map(|entry| entry.expect("an entry").path());
    let specs = files.flat_map(|file| parse(&file, &std::fs::read_to_string(&file).expect("a file")).expect("rules"));
    specs.flat_map(|spec| spec.validate).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first_chunk::<2>() else { return };
    let number = usize::from(u16::from_le_bytes(*first)) % VALIDATORS.len();
    let _ = VALIDATORS[number].judge_text(text);
});
