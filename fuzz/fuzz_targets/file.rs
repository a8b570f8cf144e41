//! A file of any bytes: archives in archives, images, texts in other encodings. Nothing panics, and what is unpacked stays within its budget.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| common::read(data));
