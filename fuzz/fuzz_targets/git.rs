//! Parses arbitrary bytes as output of git: logs, diffs and objects.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| keysift_source::fuzz_git(data));
