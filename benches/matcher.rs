//! Compares the matcher with alternatives on source text from this machine: the sources of the crates in
//! cargo's registry.
//!
//! `cargo bench -p keysift-matcher`. With `--features hyperscan` and Debian's libhyperscan-dev, Hyperscan (or
//! Vectorscan) is included. All literals are caseless, and all engines report every occurrence; their totals
//! are asserted to be equal before anything is measured.

use std::{fs, hint::black_box, path::PathBuf};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, automaton::OverlappingState};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use keysift_matcher::{Case, Kernel, Matcher, PADDING, RunFinder};

/// Bytes of source text for the groups with one call for each file.
const CORPUS: usize = 8 << 20;

/// Bytes of the buffer that is searched repeatedly.
const HOT: usize = 256 << 10;

fn literals(count: usize) -> Vec<Vec<u8>> {
    let path = format!(
        "{}/../../benches/literals/{count}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = fs::read_to_string(path).expect("a committed list");
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}

/// Returns source files, each padded.
fn corpus() -> Vec<(Vec<u8>, usize)> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cargo"),
        PathBuf::from,
    );
    let mut todo = vec![home.join("registry/src")];
    let mut paths = Vec::new();
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(entry.path()),
                Ok(kind) if kind.is_file() => paths.push(entry.path()),
                _ => {}
            }
        }
    }
    paths.sort();
    // Every seventh file, so that no crate dominates.
    let (mut files, mut total) = (Vec::new(), 0);
    for path in paths.iter().step_by(7) {
        let Ok(mut text) = fs::read(path) else { continue };
        let len = text.len();
        if text.contains(&0) || len == 0 || total + len > CORPUS {
            continue;
        }
        total += len;
        text.resize(len + PADDING, 0);
        files.push((text, len));
    }
    assert!(total > CORPUS / 2, "only {total} bytes of source text");
    files
}

fn joined(files: &[(Vec<u8>, usize)], bytes: usize) -> (Vec<u8>, usize) {
    let mut text: Vec<u8> = files
        .iter()
        .flat_map(|(text, len)| text[..*len].iter().copied())
        .take(bytes)
        .collect();
    let len = text.len();
    text.resize(len + PADDING, 0);
    (text, len)
}

fn matcher(literals: &[Vec<u8>], kernel: Kernel) -> Matcher {
    let mut builder = Matcher::builder();
    for literal in literals {
        builder.literal(literal, Case::Ignore);
    }
    builder.kernel(kernel);
    builder.build().expect("an available kernel")
}

fn automaton(literals: &[Vec<u8>], kind: AhoCorasickKind) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(kind))
        .prefilter(false)
        .build(literals)
        .expect("an automaton")
}

fn count_overlapping(automaton: &AhoCorasick, text: &[u8]) -> usize {
    let (mut state, mut count) = (OverlappingState::start(), 0);
    let input = Input::new(text).anchored(Anchored::No);
    loop {
        automaton.find_overlapping(input.clone(), &mut state);
        // Like the matcher: the literal and its position.
        let Some(found) = state.get_match() else {
            return count;
        };
        black_box((found.pattern().as_usize(), found.start()));
        count += 1;
    }
}

/// Counts the occurrences in the first bytes of a padded buffer.
type Count = Box<dyn Fn(&[u8], usize) -> usize>;

struct Engine {
    name: String,
    count: Count,
}

/// Returns all engines for a set of literals.
fn engines(literals: &[Vec<u8>]) -> Vec<Engine> {
    let mut engines: Vec<Engine> = Vec::new();
    for kernel in Kernel::ALL.iter().filter(|kernel| kernel.is_available()) {
        let matcher = matcher(literals, *kernel);
        let count = move |text: &[u8], len: usize| {
            let mut count = 0;
            matcher.find_padded(text, len, |_| count += 1);
            count
        };
        engines.push(Engine {
            name: format!("sieve/{kernel}"),
            count: Box::new(count),
        });
    }
    for (name, kind) in [
        ("aho-corasick/dfa", AhoCorasickKind::DFA),
        ("aho-corasick/nfa", AhoCorasickKind::ContiguousNFA),
    ] {
        let automaton = automaton(literals, kind);
        engines.push(Engine {
            name: name.to_owned(),
            count: Box::new(move |text, len| count_overlapping(&automaton, &text[..len])),
        });
    }
    #[cfg(feature = "hyperscan")]
    {
        // For this processor, and compiled for one with AVX2 only.
        for (name, platform) in [
            ("hyperscan/native", None),
            ("hyperscan/avx2", Some(hyperscan::AVX2)),
        ] {
            let scanner = hyperscan::Literals::new(literals, platform);
            engines.push(Engine {
                name: name.to_owned(),
                count: Box::new(move |text, len| scanner.count(&text[..len])),
            });
        }
    }
    engines
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> criterion::BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(900));
    group
}

fn sets(criterion: &mut Criterion) {
    let files = corpus();
    let (hot, hot_len) = joined(&files, HOT);
    let total: usize = files.iter().map(|(_, len)| len).sum();
    for count in [240, 800, 1300] {
        let literals = literals(count);
        let engines = engines(&literals);
        let totals: Vec<usize> = engines
            .iter()
            .map(|engine| files.iter().map(|(text, len)| (engine.count)(text, *len)).sum())
            .collect();
        assert!(
            totals.iter().all(|total| *total == totals[0] && *total > 0),
            "hit totals differ: {totals:?}"
        );

        let mut hot_group = group(criterion, &format!("{count} hot"));
        hot_group.throughput(Throughput::Bytes(hot_len as u64));
        for engine in &engines {
            hot_group.bench_function(&engine.name, |bencher| {
                bencher.iter(|| (engine.count)(black_box(&hot), hot_len))
            });
        }
        // For comparison: a search for one byte, and a general engine with the alternation (leftmost, not
        // overlapping).
        hot_group.bench_function("memchr/count", |bencher| {
            bencher.iter(|| memchr::memchr_iter(b'~', black_box(&hot[..hot_len])).count())
        });
        let alternation = literals
            .iter()
            .map(|literal| regex::escape(&String::from_utf8_lossy(literal)))
            .collect::<Vec<_>>()
            .join("|");
        let regex = regex::bytes::RegexBuilder::new(&alternation)
            .unicode(false)
            .case_insensitive(true)
            .size_limit(64 << 20)
            .build();
        let regex = regex.expect("an alternation");
        hot_group.bench_function("regex/alternation", |bencher| {
            bencher.iter(|| regex.find_iter(black_box(&hot[..hot_len])).count())
        });
        hot_group.finish();

        let mut file_group = group(criterion, &format!("{count} files"));
        file_group.throughput(Throughput::Bytes(total as u64));
        for engine in &engines {
            let all = || {
                files
                    .iter()
                    .map(|(text, len)| (engine.count)(black_box(text), *len))
                    .sum::<usize>()
            };
            file_group.bench_function(&engine.name, |bencher| bencher.iter(all));
        }
        file_group.finish();
    }
}

fn small_calls(criterion: &mut Criterion) {
    let files = corpus();
    let literals = literals(240);
    let mut small = group(criterion, "240 small calls");
    for len in [64, 512, 2048, 8192] {
        let (text, len) = joined(&files, len);
        small.throughput(Throughput::Bytes(len as u64));
        for engine in engines(&literals) {
            small.bench_function(BenchmarkId::new(&engine.name, len), |bencher| {
                bencher.iter(|| (engine.count)(black_box(&text), len))
            });
        }
    }
    small.finish();
}

fn building(criterion: &mut Criterion) {
    let mut build = group(criterion, "build");
    for count in [240, 800, 1300] {
        let literals = literals(count);
        let plan = matcher(&literals, Kernel::best()).plan().clone();
        let make = |plan: Option<keysift_matcher::Plan>| {
            let mut builder = Matcher::builder();
            for literal in &literals {
                builder.literal(literal, Case::Ignore);
            }
            if let Some(plan) = plan {
                builder.plan(plan);
            }
            builder.build().expect("a matcher")
        };
        build.bench_function(BenchmarkId::new("planned before", count), |bencher| {
            bencher.iter(|| make(Some(plan.clone())))
        });
        build.bench_function(BenchmarkId::new("planned now", count), |bencher| {
            bencher.iter(|| make(None))
        });
        build.bench_function(BenchmarkId::new("aho-corasick/dfa", count), |bencher| {
            bencher.iter(|| automaton(&literals, AhoCorasickKind::DFA))
        });
    }
    build.finish();
}

/// Returns texts that are designed to be slow.
fn hostile_texts(literals: &[Vec<u8>]) -> Vec<(&'static str, Vec<u8>)> {
    let mut state = 9u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let repeat = |unit: &[u8]| unit.iter().copied().cycle().take(HOT).collect::<Vec<u8>>();
    let every: Vec<u8> = literals
        .iter()
        .flat_map(|literal| literal.iter().copied().chain([b' ']))
        .collect();
    let near: Vec<u8> = literals
        .iter()
        .flat_map(|literal| {
            let mut literal = literal.clone();
            *literal.last_mut().expect("not empty") ^= 1;
            literal.push(b' ');
            literal
        })
        .collect();
    vec![
        ("all a", repeat(b"a")),
        ("password", repeat(b"password")),
        ("secret_key=", repeat(b"secret_key=")),
        ("every literal", repeat(&every)),
        ("near misses", repeat(&near)),
        ("random bytes", (0..HOT).map(|_| random()).collect()),
        (
            "random hex",
            (0..HOT)
                .map(|_| b"0123456789abcdef"[usize::from(random() & 15)])
                .collect(),
        ),
    ]
}

fn hostile(criterion: &mut Criterion) {
    for count in [240, 1300] {
        let literals = literals(count);
        let engines = engines(&literals);
        let mut hostile = group(criterion, &format!("{count} hostile"));
        for (name, mut text) in hostile_texts(&literals) {
            let len = text.len();
            text.resize(len + PADDING, 0);
            let totals: Vec<usize> = engines.iter().map(|engine| (engine.count)(&text, len)).collect();
            assert!(
                totals.iter().all(|total| *total == totals[0]),
                "{name}: hit totals differ: {totals:?}"
            );
            hostile.throughput(Throughput::Bytes(len as u64));
            for engine in engines
                .iter()
                .filter(|engine| !engine.name.contains("nfa") && !engine.name.contains("ssse3"))
            {
                hostile.bench_function(BenchmarkId::new(&engine.name, name), |bencher| {
                    bencher.iter(|| (engine.count)(black_box(&text), len))
                });
            }
        }
        hostile.finish();
    }
}

fn runs(criterion: &mut Criterion) {
    let files = corpus();
    let total: usize = files.iter().map(|(_, len)| len).sum();
    let mut runs = group(criterion, "runs");
    runs.throughput(Throughput::Bytes(total as u64));
    for least in [16, 20, 32] {
        for kernel in Kernel::ALL.iter().filter(|kernel| kernel.is_available()) {
            runs.bench_function(BenchmarkId::new(kernel.name(), least), |bencher| {
                bencher.iter(|| {
                    let mut count = 0;
                    for (text, len) in &files {
                        let mut finder = RunFinder::with_kernel(least, *kernel);
                        finder.feed(black_box(&text[..*len]), |run| count += usize::from(run.digits));
                        finder.end(|run| count += usize::from(run.digits));
                    }
                    count
                });
            });
        }
    }
    runs.finish();
}

#[cfg(feature = "hyperscan")]
mod hyperscan {
    //! The part of libhs (hs.h) that is needed to search for caseless literals and count the reports.

    use std::{
        ffi::{c_char, c_int, c_uint, c_ulonglong, c_void},
        ptr,
    };

    #[link(name = "hs")]
    unsafe extern "C" {
        fn hs_compile_lit_multi(
            expressions: *const *const c_char,
            flags: *const c_uint,
            ids: *const c_uint,
            lens: *const usize,
            elements: c_uint,
            mode: c_uint,
            platform: *const c_void,
            database: *mut *mut c_void,
            error: *mut *mut c_void,
        ) -> c_int;
        fn hs_alloc_scratch(database: *const c_void, scratch: *mut *mut c_void) -> c_int;
        fn hs_scan(
            database: *const c_void,
            data: *const c_char,
            len: c_uint,
            flags: c_uint,
            scratch: *mut c_void,
            on_event: extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int,
            context: *mut c_void,
        ) -> c_int;
    }

    /// `hs_platform_info`: tuning, features, two reserved words.
    #[repr(C)]
    pub(super) struct Platform {
        tune: c_uint,
        features: c_ulonglong,
        reserved: [c_ulonglong; 2],
    }

    /// HS_CPU_FEATURES_AVX2.
    pub(super) const AVX2: Platform = Platform {
        tune: 0,
        features: 1 << 2,
        reserved: [0; 2],
    };

    const CASELESS: c_uint = 1;
    const BLOCK: c_uint = 1;

    pub(super) struct Literals {
        database: *mut c_void,
        scratch: *mut c_void,
    }

    impl Literals {
        pub(super) fn new(literals: &[Vec<u8>], platform: Option<Platform>) -> Self {
            let expressions: Vec<_> = literals.iter().map(|literal| literal.as_ptr().cast()).collect();
            let lens: Vec<_> = literals.iter().map(Vec::len).collect();
            let (flags, ids): (Vec<_>, Vec<_>) =
                (0..literals.len() as c_uint).map(|id| (CASELESS, id)).unzip();
            let platform = platform
                .as_ref()
                .map_or(ptr::null(), |platform| ptr::from_ref(platform).cast());
            let (mut database, mut scratch, mut error) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            // SAFETY: all arrays have `elements` entries and outlive the call.
            let compiled = unsafe {
                hs_compile_lit_multi(
                    expressions.as_ptr(),
                    flags.as_ptr(),
                    ids.as_ptr(),
                    lens.as_ptr(),
                    ids.len() as c_uint,
                    BLOCK,
                    platform,
                    &mut database,
                    &mut error,
                )
            };
            assert_eq!(compiled, 0, "hs_compile_lit_multi");
            // SAFETY: the database was just compiled.
            assert_eq!(
                unsafe { hs_alloc_scratch(database, &mut scratch) },
                0,
                "hs_alloc_scratch"
            );
            Self { database, scratch }
        }

        pub(super) fn count(&self, text: &[u8]) -> usize {
            extern "C" fn on_event(
                _: c_uint,
                _: c_ulonglong,
                _: c_ulonglong,
                _: c_uint,
                context: *mut c_void,
            ) -> c_int {
                // SAFETY: the context is the counter below, which nothing else uses during the scan.
                unsafe { *context.cast::<usize>() += 1 };
                0
            }
            let mut count = 0usize;
            // SAFETY: database and scratch belong together and are used by one thread; the text outlives the
            // call.
            let scanned = unsafe {
                hs_scan(
                    self.database,
                    text.as_ptr().cast(),
                    text.len() as c_uint,
                    0,
                    self.scratch,
                    on_event,
                    (&raw mut count).cast(),
                )
            };
            assert_eq!(scanned, 0, "hs_scan");
            count
        }
    }
}

criterion_group!(benches, sets, small_calls, building, hostile, runs);
criterion_main!(benches);
