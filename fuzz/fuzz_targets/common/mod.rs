//! Reads arbitrary bytes as a file that the user named.

use std::{
    path::PathBuf,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use keysift_source::{Options, each_blob};

static FILE: LazyLock<PathBuf> = LazyLock::new(|| std::env::temp_dir().join(format!("keysift-fuzz-{}", std::process::id())));

/// Reads a file with this content. Checks that every blob is padded, and that unpacked sizes stay within the
/// budget.
pub fn read(data: &[u8]) {
    std::fs::write(&*FILE, data).expect("a file in the folder for temporary files");
    let options = Options {
        roots: vec![FILE.clone()],
        ignore_files: false,
        hidden: true,
        max_file_bytes: 1 << 20,
        threads: 1,
        archives: true,
        base: Default::default(),
        platform: None,
        stop: Default::default(),
    };
    let bytes = AtomicU64::new(0);
    let count = |blob: &keysift_finding::Blob<'_>| {
        assert!(blob.own.end <= blob.bytes().len() && blob.buffer().len() >= blob.bytes().len());
        bytes.fetch_add(blob.own.len() as u64, Ordering::Relaxed);
    };
    each_blob(&options, count, |_| {}).expect("a thread");
    // 300 times what went in, from 64 MiB on.
    assert!(bytes.load(Ordering::Relaxed) < (256 << 20) + 400 * data.len() as u64);
}
