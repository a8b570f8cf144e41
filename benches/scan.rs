//! The way of a blob through the scanner, in bytes a second, over generated source-like text with planted secrets.
//!
//! `KEYSIFT_BENCH_BYTES` sets the size of the corpus (default 4 MiB).

#[path = "../tests/common/corpus.rs"]
mod corpus;

use std::{hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keysift_finding::{Blob, Confidence, Origin};
use keysift_scan::{Options, Scanner};

fn size() -> usize {
    std::env::var("KEYSIFT_BENCH_BYTES").ok().and_then(|size| size.parse().ok()).unwrap_or(4 << 20)
}

/// A text with about one planted secret in `every` lines (0: none), padded as the reader pads it.
fn padded(rules: &[keysift_rules::Rule], every: usize) -> (Vec<u8>, usize, usize) {
    let (text, planted) = corpus::text(rules, size(), every, 5);
    let mut buffer = text.into_bytes();
    let len = buffer.len();
    buffer.resize(len + Blob::PADDING, 0);
    (buffer, len, planted.len())
}

fn scan(criterion: &mut Criterion) {
    let rules = corpus::rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"));
    let scanner = Scanner::new(rules.clone(), Options::default()).expect("the built-in rules");
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(20);
    for (name, every) in [("nothing planted", 0), ("a secret in 1000 lines", 1000), ("a secret in 50 lines", 50)] {
        let (buffer, len, planted) = padded(&rules, every);
        let blob = Blob::whole(&Origin::Stdin, &buffer, len);
        // What is timed must find what was planted, all of it.
        let shown = scanner.scan(&blob).findings.iter().filter(|finding| finding.confidence > Confidence::Low).count();
        assert_eq!(shown, planted, "{name}");
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(name, |bencher| bencher.iter(|| scanner.scan(black_box(&blob))));
    }
    group.finish();
}

fn start_up(criterion: &mut Criterion) {
    let rules = corpus::rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"));
    criterion.bench_function("build the scanner", |bencher| {
        bencher.iter(|| Scanner::new(black_box(rules.clone()), Options::default()).expect("the built-in rules"));
    });
}

criterion_group!(benches, scan, start_up);
criterion_main!(benches);
