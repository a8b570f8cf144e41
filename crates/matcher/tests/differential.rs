//! Compares every kernel with a naive search, and with aho-corasick.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails; a kernel that is skipped is told"
)]

use keysift_matcher::{ByteSet, Case, Context, Found, Kernel, Matcher, PADDING, RunFinder};
use proptest::prelude::*;

type Literals = Vec<(Vec<u8>, Case)>;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn naive(literals: &Literals, text: &[u8]) -> Vec<(usize, usize)> {
    let mut hits = Vec::new();
    for (number, (literal, case)) in literals.iter().enumerate() {
        for start in 0..(text.len() + 1).saturating_sub(literal.len()) {
            let here = &text[start..start + literal.len()];
            if if *case == Case::Ignore {
                here.eq_ignore_ascii_case(literal)
            } else {
                here == &literal[..]
            } {
                hits.push((number, start));
            }
        }
    }
    hits.sort_unstable();
    hits
}

fn matcher(literals: &Literals, kernel: Kernel) -> Matcher {
    let mut builder = Matcher::builder();
    for (literal, case) in literals {
        builder.literal(literal, *case);
    }
    builder.kernel(kernel);
    let matcher = builder.build().unwrap();
    assert_eq!(matcher.kernel(), kernel, "no silent fallback");
    matcher
}

/// Compares the hits of all entry points: a slice of any origin, a padded buffer whose padding would complete
/// matches, and a part of it.
#[track_caller]
fn check(matcher: &Matcher, literals: &Literals, text: &[u8], garbage: &[u8], what: &str) {
    let expected = naive(literals, text);
    let mut found = Vec::new();
    matcher.find_all(text, |hit| found.push((hit.literal, hit.start)));
    found.sort_unstable();
    assert_eq!(
        found,
        expected,
        "{what}, {}: {:?}",
        matcher.kernel(),
        String::from_utf8_lossy(text)
    );
    let mut padded = text.to_vec();
    padded.extend(garbage.iter().cycle().take(PADDING));
    padded.resize(text.len() + PADDING, 0);
    found.clear();
    matcher.find_padded(&padded, text.len(), |hit| found.push((hit.literal, hit.start)));
    found.sort_unstable();
    assert_eq!(
        found,
        expected,
        "{what}, padded, {}: {:?}",
        matcher.kernel(),
        String::from_utf8_lossy(text)
    );
    // A part of the text, whose length depends on the text.
    let (from, to) = (text.len() / 3, text.len() - text.len() / 5);
    let within = |hit: &(usize, usize)| from <= hit.1 && hit.1 < to;
    found.clear();
    matcher.find_starts(&padded, text.len(), from, to, |hit| {
        found.push((hit.literal, hit.start))
    });
    found.sort_unstable();
    assert!(
        found.iter().all(|hit| expected.contains(hit))
            && expected
                .iter()
                .filter(|hit| within(hit))
                .all(|hit| found.binary_search(hit).is_ok()),
        "{what}, starts in {from}..{to}, {}: {:?}",
        matcher.kernel(),
        String::from_utf8_lossy(text)
    );
}

fn kernels() -> Vec<Kernel> {
    let (available, missing): (Vec<_>, Vec<_>) = Kernel::ALL
        .iter()
        .copied()
        .partition(|kernel| kernel.is_available());
    if !missing.is_empty() {
        eprintln!("SKIPPED: kernels that this machine does not run: {missing:?}");
    }
    available
}

const STEMS: &[&str] = &[
    "ghp_",
    "AKIA",
    "xoxb-",
    "SG.",
    "hf_",
    "oy2",
    "glpat-",
    "sk_live_",
    "-----BEGIN RSA PRIVATE KEY-----",
    "T3BlbkFJ",
    "://",
    "eyJhbGci",
    "aaa",
    "aaaa",
    "@@@",
    "```",
    "password",
    "secret_access_key",
    "{\"auth\"",
    "\u{fc}ber",
    "dapi",
    "key-",
    "0x1f",
    "AccountKey=",
    "aab",
];

fn literals(random: &mut Random, count: usize) -> Literals {
    (0..count)
        .map(|number| {
            let mut literal = if number < STEMS.len() {
                STEMS[number].as_bytes().to_vec()
            } else {
                random.pick(STEMS).as_bytes().to_vec()
            };
            if number >= STEMS.len() {
                for _ in 0..random.below(6) {
                    literal.push(*random.pick(b"abcxyz019_-.=AZ@[`{\x80\xFF"));
                }
                literal.drain(..random.below(literal.len() - 2));
            }
            let case = if random.below(2) == 0 {
                Case::Exact
            } else {
                Case::Ignore
            };
            (literal, case)
        })
        .collect()
}

/// Returns a text of literals in random case, their prefixes, literals with one bit flipped, runs of one
/// byte, random bytes and source text.
fn text(random: &mut Random, literals: &Literals, source: &[u8], len: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(len + 600);
    while text.len() < len {
        let mut literal = random.pick(literals).0.clone();
        match random.below(10) {
            0..=2 => text.append(&mut literal),
            3 => text.extend(literal.iter().map(|byte| {
                if random.below(2) == 0 {
                    byte.to_ascii_uppercase()
                } else {
                    byte.to_ascii_lowercase()
                }
            })),
            4 => text.extend(&literal[..random.below(literal.len())]),
            5 => {
                let at = random.below(literal.len());
                literal[at] ^= 1 << random.below(8);
                text.append(&mut literal);
            }
            6 => {
                let byte = *random.pick(&[b'a', b'A', b'@', b'`', 0, 0xFF, *literal.first().unwrap()]);
                text.extend(std::iter::repeat_n(byte, random.below(500)));
            }
            7 => {
                let count = random.below(40);
                text.extend((0..count).map(|_| random.next() as u8));
            }
            _ => {
                let start = random.below(source.len() - 300);
                text.extend(&source[start..start + random.below(300)]);
            }
        }
    }
    text.truncate(len);
    text
}

fn source() -> Vec<u8> {
    include_bytes!("../src/matcher.rs").to_vec()
}

#[test]
fn all_kernels_find_what_the_naive_search_finds() {
    let source = source();
    // Miri is a thousand times slower: a few rounds still execute every unsafe line.
    let rounds = if cfg!(miri) { 2 } else { 60 };
    let lengths: &[usize] = &[
        0,
        1,
        2,
        3,
        4,
        7,
        63,
        64,
        65,
        127,
        128,
        700,
        4095,
        4096,
        4097,
        4096 + 128,
        8192,
        9000,
    ];
    let lengths = if cfg!(miri) { &lengths[..10] } else { lengths };
    for kernel in kernels() {
        let mut random = Random(17);
        for round in 0..rounds {
            // One half, two and three, and a set of one literal.
            let literals = literals(&mut random, [1, 25, 30, 120, 900][round % 5]);
            let matcher = matcher(&literals, kernel);
            for _ in 0..4 {
                let len = *random.pick(lengths);
                let text = text(&mut random, &literals, &source, len);
                let garbage = random.pick(&literals).0.clone();
                let garbage = &garbage[random.below(garbage.len())..];
                check(&matcher, &literals, &text, garbage, "round");
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "megabytes")]
fn the_same_hits_as_aho_corasick_on_a_large_hostile_text() {
    let source = source();
    for kernel in kernels() {
        let mut random = Random(23);
        let literals: Literals = literals(&mut random, 200)
            .into_iter()
            .map(|(literal, _)| (literal, Case::Ignore))
            .collect();
        let matcher = matcher(&literals, kernel);
        // Friendly and hostile stretches in turn, so that the search switches to the automaton and back.
        let mut text = Vec::new();
        for round in 0..30 {
            text.extend(source.iter().cycle().take(20_000 + round * 7));
            for _ in 0..6000 {
                text.extend(&random.pick(&literals).0);
            }
        }
        let automaton = aho_corasick::AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(literals.iter().map(|(literal, _)| literal))
            .unwrap();
        let mut expected: Vec<_> = automaton
            .find_overlapping_iter(&text)
            .map(|hit| (hit.pattern().as_usize(), hit.start()))
            .collect();
        let mut found = Vec::new();
        matcher.find_all(&text, |hit| found.push((hit.literal, hit.start)));
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found.len(), expected.len(), "{kernel}");
        assert!(found == expected, "{kernel}");
    }
}

/// Regression test: a table indexed by the raw byte yields 0 from 0x80 on, and a three-byte literal before
/// such a byte was missed.
#[test]
fn a_short_literal_before_a_byte_that_is_not_ascii() {
    for kernel in kernels() {
        let literals: Literals = vec![(b"oy2".to_vec(), Case::Exact), (b"SG.".to_vec(), Case::Ignore)];
        let matcher = matcher(&literals, kernel);
        for byte in (0..=255u8).step_by(if cfg!(miri) { 37 } else { 1 }) {
            check(
                &matcher,
                &literals,
                &[b'x', b'o', b'y', b'2', byte, b's', b'g', b'.', byte],
                b"oy2",
                "a byte behind",
            );
        }
    }
}

/// Regression test: floods of one byte must not be skipped where a literal consists of it or borders on it.
#[test]
fn floods_of_one_byte_hide_nothing() {
    for kernel in kernels() {
        let literals: Literals = vec![
            (b"aaa".to_vec(), Case::Exact),
            (b"aab".to_vec(), Case::Exact),
            (b"baaaa".to_vec(), Case::Ignore),
        ];
        let matcher = matcher(&literals, kernel);
        for len in [3, 64, 127, 4090, 4096, 5000]
            .into_iter()
            .take(if cfg!(miri) { 3 } else { 6 })
        {
            let mut text = vec![b'a'; len];
            check(&matcher, &literals, &text, b"a", "a flood");
            text.push(b'b');
            text.extend([b'A'; 70]);
            check(&matcher, &literals, &text, b"a", "the end of a flood");
        }
    }
}

fn set(of: &[(u8, u8)]) -> ByteSet {
    let mut set = ByteSet::default();
    of.iter().for_each(|(first, last)| set.insert(*first, *last));
    set
}

/// Checks the context of a literal at `start` byte by byte.
fn fits(context: &Context, text: &[u8], start: usize, len: usize) -> bool {
    (0..context.before.len()).all(|at| start <= at || context.before[at].contains(text[start - 1 - at]))
        && (0..context.after.len()).all(|at| {
            text.get(start + len + at)
                .is_some_and(|byte| context.after[at].contains(*byte))
        })
}

#[test]
fn literals_are_reported_only_in_their_context() {
    let source = source();
    let sets = [
        ByteSet::ANY,
        ByteSet::default(),
        set(&[(b'a', b'b')]),
        set(&[(b'0', b'9'), (b'a', b'f')]),
        set(&[
            (b'A', b'Z'),
            (b'a', b'z'),
            (b'0', b'9'),
            (b'_', b'_'),
            (b'-', b'-'),
        ]),
        set(&[(0, b'/'), (b':', b'@'), (b'[', b'^'), (b'`', b'`'), (b'{', 0xFF)]),
        set(&[(b'x', b'x'), (b'X', b'X')]),
    ];
    for kernel in kernels() {
        let mut random = Random(41);
        let mut all_hits = 0;
        for round in 0..if cfg!(miri) { 2 } else { 60 } {
            let literals = literals(&mut random, [1, 25, 120, 900][round % 4]);
            let contexts: Vec<Context> = literals
                .iter()
                .map(|_| {
                    let (before, after) = (random.below(3), random.below(4));
                    let mut some = |count| (0..count).map(|_| *random.pick(&sets)).collect();
                    Context {
                        before: some(before),
                        after: some(after),
                    }
                })
                .collect();
            let mut builder = Matcher::builder();
            builder.kernel(kernel);
            for ((literal, case), context) in literals.iter().zip(&contexts) {
                builder.literal_in(literal, *case, context.clone());
            }
            let matcher = builder.build().unwrap();
            // All alignments: the ends of chunks, of words, and of the text.
            let len = *random.pick(&[3, 64, 130, 700, 4096, 4090, 9000]) + random.below(9);
            let len = if cfg!(miri) { len.min(130) } else { len };
            let text = text(&mut random, &literals, &source, len);
            let mut expected = naive(&literals, &text);
            expected.retain(|(literal, start)| {
                let (context, len) = (&contexts[*literal], literals[*literal].0.len());
                let fits = fits(context, &text, *start, len);
                assert_eq!(context.matches(&text[..*start], &text[start + len..]), fits);
                fits
            });
            all_hits += expected.len();
            let mut found = Vec::new();
            matcher.find_all(&text, |hit| found.push((hit.literal, hit.start)));
            found.sort_unstable();
            assert!(
                found == expected,
                "{kernel}, {len} bytes, {} literals",
                literals.len()
            );
            let mut padded = text.clone();
            padded.extend(literals[0].0.iter().cycle().take(PADDING));
            found.clear();
            matcher.find_padded(&padded, text.len(), |hit| found.push((hit.literal, hit.start)));
            found.sort_unstable();
            assert!(found == expected, "{kernel}, padded, {len} bytes");
        }
        assert!(
            cfg!(miri) || all_hits > 500,
            "{kernel}: {all_hits} hits in a context"
        );
    }
}

#[test]
fn one_pass_finds_the_same_hits_and_runs_as_two() {
    let source = source();
    for kernel in kernels() {
        let mut random = Random(43);
        for round in 0..if cfg!(miri) { 3 } else { 200 } {
            let literals = literals(&mut random, [1, 120][round % 2]);
            let matcher = matcher(&literals, kernel);
            let len = *random.pick(&[0, 1, 63, 64, 65, 127, 128, 4096, 4100, 8192, 20_000]);
            let len = if cfg!(miri) { len.min(130) } else { len };
            let mut text = text(&mut random, &literals, &source, len);
            // Runs of every length at every position, including those of whole words and chunks.
            for _ in 0..random.below(6) {
                let start = random.below(text.len() + 1);
                let end = text
                    .len()
                    .min(start + *random.pick(&[20, 63, 64, 65, 130, 5000]) + random.below(3));
                text[start..end].fill(*random.pick(b"aZ0_"));
            }
            let least = 1 + random.below(80);
            let mut padded = text.clone();
            padded.resize(text.len() + PADDING, b'a');
            let (mut hits, mut runs) = (Vec::new(), Vec::new());
            matcher.find_with_runs(&padded, text.len(), least, |found| match found {
                Found::Hit(hit) => hits.push((hit.literal, hit.start)),
                Found::Run(run) => runs.push(run),
            });
            hits.sort_unstable();
            assert!(hits == naive(&literals, &text), "{kernel}, {len} bytes");
            let mut expected = Vec::new();
            let mut finder = RunFinder::with_kernel(least, Kernel::Scalar);
            finder.feed(&text, |run| expected.push(run));
            finder.end(|run| expected.push(run));
            assert_eq!(runs, expected, "{kernel}, least {least}, {len} bytes");
        }
    }
}

#[test]
fn at_and_backtick_are_not_folded() {
    for kernel in kernels() {
        let literals: Literals = vec![(b"a@b[".to_vec(), Case::Ignore), (b"A`B{".to_vec(), Case::Ignore)];
        check(
            &matcher(&literals, kernel),
            &literals,
            b"A@B[ a`b{ a`b[ A@b{",
            b"a@b[",
            "folding",
        );
    }
}

#[test]
fn invalid_sets_are_rejected_with_the_reason() {
    use keysift_matcher::{Error, Plan};
    let with = |bytes: &[u8]| {
        let mut builder = Matcher::builder();
        builder.literal(bytes, Case::Exact);
        builder
    };
    assert_eq!(with(b"ab").build().map(|_| ()), Err(Error::Length(0)));
    assert_eq!(with(&[b'a'; 256]).build().map(|_| ()), Err(Error::Length(0)));
    assert!(with(&[b'a'; 255]).build().is_ok());
    let plan = with(b"abcdefgh").make_plan().unwrap();
    let mut other = with(b"abc");
    other.plan(Plan::from_bytes(&[1, 3, 0]).unwrap());
    assert_eq!(other.build().map(|_| ()), Err(Error::Plan));
    let mut more = with(b"abcdefgh");
    more.plan(plan);
    more.literal(b"another", Case::Ignore);
    let mut hits = 0;
    more.build().unwrap().find_all(b"abcdefgh ANOTHER", |_| hits += 1);
    assert_eq!(hits, 2);
    if let Some(missing) = Kernel::ALL.iter().find(|kernel| !kernel.is_available()) {
        let mut builder = with(b"abcd");
        builder.kernel(*missing);
        assert_eq!(
            builder.build().map(|_| ()),
            Err(Error::Kernel(missing.name().to_owned()))
        );
    }
    let mut hits = 0;
    Matcher::builder()
        .build()
        .unwrap()
        .find_all(b"anything", |_| hits += 1);
    assert_eq!(hits, 0);
}

#[test]
fn the_tables_stay_small() {
    let mut random = Random(5);
    // Of these, 48 KB make the search take 0.8 times as long (`HASH_BITS` in the tables), 15 KB are contexts,
    // and the rest are fragments in the chains, which save a third of the comparisons.
    for (count, most) in [(240, 90_000), (1300, 170_000)] {
        let literals: Literals = (0..count)
            .map(|_| ((0..14).map(|_| random.next() as u8).collect(), Case::Ignore))
            .collect();
        let size = matcher(&literals, Kernel::best()).size();
        assert!(size < most, "{count} literals take {size} bytes");
    }
}

#[test]
fn the_first_of_each_literal() {
    let literals: Literals = vec![
        (b"abc".to_vec(), Case::Exact),
        (b"bcd".to_vec(), Case::Exact),
        (b"xyz".to_vec(), Case::Exact),
    ];
    let mut text = b"abcd abcd abcd".to_vec();
    let len = text.len();
    text.resize(len + PADDING, 0);
    let mut found = Vec::new();
    matcher(&literals, Kernel::best())
        .find_first_of_each(&text, len, |hit| found.push((hit.literal, hit.start)));
    found.sort_unstable();
    assert_eq!(found, [(0, 0), (1, 1)]);
}

fn literal() -> impl Strategy<Value = (Vec<u8>, Case)> {
    let byte = prop_oneof![
        Just(b'a'),
        Just(b'B'),
        Just(b'_'),
        Just(b'@'),
        Just(b'`'),
        Just(b'1'),
        any::<u8>()
    ];
    (prop::collection::vec(byte, 3..14), any::<bool>())
        .prop_map(|(bytes, exact)| (bytes, if exact { Case::Exact } else { Case::Ignore }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 300 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_literals_in_any_text(
        literals in prop::collection::vec(literal(), 1..12),
        parts in prop::collection::vec((0usize..12, prop::collection::vec(any::<u8>(), 0..9)), 0..40),
    ) {
        let mut text = Vec::new();
        for (number, noise) in parts {
            text.extend(&literals[number % literals.len()].0);
            text.extend(noise);
        }
        for kernel in kernels() {
            check(&matcher(&literals, kernel), &literals, &text, &literals[0].0, "any");
        }
    }
}
