//! Matches arbitrary literals in arbitrary text: every available kernel against a naive search, and runs in
//! pieces against runs in the whole text.
#![no_main]

use arbitrary::Arbitrary;
use keysift_matcher::{Case, Kernel, Matcher, PADDING, RunFinder};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    literals: Vec<(Vec<u8>, bool)>,
    text: Vec<u8>,
    repeat: u8,
    piece: u8,
}

fuzz_target!(|input: Input| {
    let literals: Vec<(&[u8], Case)> = input
        .literals
        .iter()
        .filter(|(bytes, _)| (3..=255).contains(&bytes.len()))
        .take(64)
        .map(|(bytes, exact)| (&**bytes, if *exact { Case::Exact } else { Case::Ignore }))
        .collect();
    // The literals are appended to the text, otherwise nothing would match.
    let unit: Vec<u8> = input.text.iter().copied().chain(literals.iter().flat_map(|(bytes, _)| bytes.iter().copied())).collect();
    let text = unit.repeat(usize::from(input.repeat % 16) + 1);
    let mut expected = Vec::new();
    for (number, (literal, case)) in literals.iter().enumerate() {
        for (start, here) in text.windows(literal.len()).enumerate() {
            if if *case == Case::Ignore { here.eq_ignore_ascii_case(literal) } else { here == *literal } {
                expected.push((number, start));
            }
        }
    }
    expected.sort_unstable();
    let mut padded = text.clone();
    padded.extend(unit.iter().cycle().take(PADDING));
    padded.resize(text.len() + PADDING, 0);
    for kernel in Kernel::ALL.iter().filter(|kernel| kernel.is_available()) {
        let mut builder = Matcher::builder();
        for (literal, case) in &literals {
            builder.literal(literal, *case);
        }
        builder.kernel(*kernel);
        let matcher = builder.build().expect("literals of a fitting length");
        let mut found = Vec::new();
        matcher.find_all(&text, |hit| found.push((hit.literal, hit.start)));
        found.sort_unstable();
        assert_eq!(found, expected, "{kernel}");
        found.clear();
        matcher.find_padded(&padded, text.len(), |hit| found.push((hit.literal, hit.start)));
        found.sort_unstable();
        assert_eq!(found, expected, "{kernel}, padded");
    }
    let runs = |piece: usize| {
        let (mut runs, mut finder) = (Vec::new(), RunFinder::new(8));
        text.chunks(piece).for_each(|piece| finder.feed(piece, |run| runs.push(run)));
        finder.end(|run| runs.push(run));
        runs
    };
    assert_eq!(runs(usize::from(input.piece) + 1), runs(text.len().max(1)));
});
