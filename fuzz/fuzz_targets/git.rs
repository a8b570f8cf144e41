//! What git prints, as we read it: logs, diffs and objects, on any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| keysift_source::fuzz_git(data));
