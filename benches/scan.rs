//! Throughput of scanning, reading and reporting, in bytes per second, over generated source-like text with
//! planted secrets.
//!
//! `KEYSIFT_BENCH_BYTES` sets the size of the corpus (default 4 MiB).

#[path = "../tests/common/corpus.rs"]
mod corpus;

use std::{hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keysift_finding::{Blob, Confidence, Finding, Location, Origin};
use keysift_scan::{Options, Scanner};

fn size() -> usize {
    std::env::var("KEYSIFT_BENCH_BYTES")
        .ok()
        .and_then(|size| size.parse().ok())
        .unwrap_or(4 << 20)
}

/// Returns a text with about one planted secret in `every` lines (0: none), padded like a blob.
fn padded(rules: &[keysift_rules::Rule], every: usize) -> (Vec<u8>, usize, Vec<corpus::Planted>) {
    let (text, planted) = corpus::text(rules, size(), every, 5);
    let mut buffer = text.into_bytes();
    let len = buffer.len();
    buffer.resize(len + Blob::PADDING, 0);
    (buffer, len, planted)
}

fn scan(criterion: &mut Criterion) {
    let rules = corpus::rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"));
    let scanner = Scanner::new(rules.clone(), Options::default()).expect("the built-in rules");
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(20);
    for (name, every) in [
        ("nothing planted", 0),
        ("a secret in 1000 lines", 1000),
        ("a secret in 50 lines", 50),
    ] {
        let (buffer, len, planted) = padded(&rules, every);
        let blob = Blob::whole(&Origin::Stdin, &buffer, len);
        // The measured scan must find every planted secret.
        let findings = scanner.scan(&blob).findings;
        let shown = |planted: &corpus::Planted| {
            let here =
                |finding: &Finding| finding.span.start < planted.end && planted.start < finding.span.end;
            findings
                .iter()
                .any(|finding| finding.confidence > Confidence::Low && here(finding))
        };
        assert!(planted.iter().all(shown), "{name}");
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(name, |bencher| bencher.iter(|| scanner.scan(black_box(&blob))));
    }
    group.finish();
}

fn start_up(criterion: &mut Criterion) {
    let rules = corpus::rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"));
    criterion.bench_function("build the scanner", |bencher| {
        bencher
            .iter(|| Scanner::new(black_box(rules.clone()), Options::default()).expect("the built-in rules"));
    });
}

/// Parses manifests, by type of file.
fn manifests(criterion: &mut Criterion) {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: prod}\nspec:\n  template:\n    spec:\n      serviceAccountName: web\n      containers:\n        - name: main\n          image: registry.example/web:1\n          env:\n            - name: LOG_LEVEL\n              value: \"info\"\n            - name: DB_HOST\n              value: \"db.prod.svc\"\n---\n";
    let dockerfile = "RUN apt-get update && \\\n    apt-get install -y curl\nENV PATH=/app/bin:$PATH LANG=C.UTF-8\nCOPY --chown=1:1 src /app/src\n";
    let mut group = criterion.benchmark_group("manifest");
    group.sample_size(20);
    for (name, path, text) in [
        (
            "Deployments",
            "deploy.yaml",
            deployment.repeat((1 << 20) / deployment.len()),
        ),
        (
            "Dockerfile",
            "Dockerfile",
            format!(
                "FROM debian:12\n{}",
                dockerfile.repeat((1 << 18) / dockerfile.len())
            ),
        ),
        (
            "YAML without an object",
            "data.yaml",
            "list:\n".to_owned() + &"  - {a: 1, b: two}\n".repeat((1 << 20) / 20),
        ),
    ] {
        assert!(
            keysift_manifest::check(Path::new(path), text.as_bytes())
                .broken
                .is_none(),
            "{name}"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| keysift_manifest::check(Path::new(path), black_box(text.as_bytes())))
        });
    }
    group.finish();
}

/// Reads the files of a tar, plain and compressed, without scanning.
fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let content = b"a line of text\n".repeat(512);
    let mut tar = Vec::new();
    for number in 0..2000 {
        let mut header = [0; 512];
        let name = format!("usr/share/file{number}");
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar.extend_from_slice(&header);
        tar.extend_from_slice(&content);
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, &tar).expect("memory");
    let mut group = criterion.benchmark_group("read");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(tar.len() as u64));
    for (name, bytes) in [("tar", &tar), ("tar.gz", &gzip.finish().expect("memory"))] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        let options = keysift_source::Options {
            roots: vec![file],
            ignore_files: false,
            hidden: true,
            max_file_bytes: 0,
            threads: 1,
            archives: true,
            base: Default::default(),
            platform: None,
            stop: Default::default(),
        };
        let read = || {
            let seen = std::sync::atomic::AtomicUsize::new(0);
            let count = |blob: &Blob<'_>| {
                let _ = seen.fetch_add(blob.own.len(), std::sync::atomic::Ordering::Relaxed);
            };
            keysift_source::each_blob(&options, count, |unread| panic!("{unread:?}")).expect("threads");
            seen.into_inner()
        };
        assert_eq!(read(), 2000 * content.len(), "{name}");
        group.bench_function(name, |bencher| bencher.iter(read));
    }
    group.finish();
}

/// Reads the contents of 1,000 commits that change one file each, with the installed git.
fn history(criterion: &mut Criterion) {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    let folder = tempfile::tempdir().expect("a folder");
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(folder.path())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    assert!(git(&["init", "-q"]).status().expect("git is installed").success());
    let mut bytes = 0;
    let mut stream = String::new();
    for number in 0..1000 {
        let text = format!("line {number}\n{}", "a line of text\n".repeat(500));
        bytes += text.len();
        let file = number % 50;
        stream += &format!(
            "commit refs/heads/main\ncommitter A <a@b> {number} +0000\ndata 1\nx\nM 100644 inline file{file}\ndata {}\n{text}\n",
            text.len()
        );
    }
    let mut import = git(&["fast-import", "--quiet"]).spawn().expect("git");
    import
        .stdin
        .take()
        .expect("a pipe")
        .write_all(stream.as_bytes())
        .expect("git reads");
    assert!(import.wait().expect("git").success());
    let options = keysift_source::GitOptions {
        folder: folder.path().to_owned(),
        revisions: keysift_source::Revisions::All,
        ignore_files: true,
        archives: false,
        max_file_bytes: 0,
        threads: 1,
        stop: Default::default(),
        reflog: false,
        unreachable: false,
        known: None,
    };
    let read = || {
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let count = |blob: &Blob<'_>, _: &keysift_source::Before| {
            let path = blob.origin.path().to_string_lossy();
            let _ = seen.fetch_add(
                if path.starts_with("file") {
                    blob.own.len()
                } else {
                    0
                },
                std::sync::atomic::Ordering::Relaxed,
            );
        };
        keysift_source::each_change(&options, count, |unread| panic!("{unread:?}"), |_| {})
            .expect("a repository");
        seen.into_inner()
    };
    assert_eq!(read(), bytes);
    let mut group = criterion.benchmark_group("git");
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("1000 commits", |bencher| bencher.iter(read));
    group.finish();
}

/// Writes 10,000 findings in each format.
fn reports(criterion: &mut Criterion) {
    use keysift_policy::Run;
    use keysift_report::{Format, Report, Totals};

    let rules = corpus::rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"));
    let scanner = Scanner::new(rules.clone(), Options::default()).expect("the built-in rules");
    let (buffer, len, planted) = padded(&rules, 8);
    let report = Report::new(keysift_report::Options::default());
    for number in 0..10_000 / planted.len().max(1) + 1 {
        let origin = Origin::File(Location::named(format!("src/file{number}.txt")));
        let blob = Blob::whole(&origin, &buffer, len);
        report.blob(&blob, scanner.scan(&blob).findings, &[]);
    }
    let finished = report.finish(&Run::default(), Totals::default());
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    for (name, format) in [
        ("text", Format::Text),
        ("jsonl", Format::Jsonl),
        ("sarif", Format::Sarif),
        ("html", Format::Html),
        ("csv", Format::Csv),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut out = Vec::new();
                finished.write(format, &mut out).expect("memory");
                out.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scan, start_up, manifests, reading, history, reports);
criterion_main!(benches);
