//! Reads arbitrary bytes as a file: nested archives, images, text encodings. Must not panic, and unpacked
//! sizes stay within the budget.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| common::read(data));
