//! Planted corpora: everything planted is found at its position, and the prefilter loses nothing.

use keysift_rules::{Random, Rule, RuleKind, Search};
use keysift_scan::{Options, Scanner};

use crate::{
    common::{Tree, builtin_rules, corpus, sample},
    patterns::shown,
};

/// Asserts that two lists of findings are equal, and prints differences with their lines.
fn same(found: &[(String, usize, usize)], expected: &[(String, usize, usize)], text: &str) {
    let only = |these: &[(String, usize, usize)], those: &[(String, usize, usize)]| -> Vec<String> {
        let line = |at: usize| {
            text[at.saturating_sub(60)..]
                .chars()
                .take(160)
                .collect::<String>()
        };
        these
            .iter()
            .filter(|one| !those.contains(one))
            .take(12)
            .map(|one| format!("{one:?} {:?}", line(one.1)))
            .collect()
    };
    assert!(
        found == expected,
        "only found:\n{}\nonly expected:\n{}",
        only(found, expected).join("\n"),
        only(expected, found).join("\n")
    );
}

#[test]
fn everything_planted_is_found_at_its_exact_position() {
    let rules = builtin_rules();
    let scanner = Scanner::new(rules.clone(), Options::default()).unwrap();
    let (text, planted) = corpus::text(&rules, 2_000_000, 20, 7);
    assert!(planted.len() > rules.len() * 2, "only {} planted", planted.len());
    let planted: Vec<_> = planted
        .into_iter()
        .map(|planted| (planted.rule, planted.start, planted.end))
        .collect();
    same(&shown(&scanner, &text), &planted, &text);
}

#[test]
fn the_scanner_without_prefilter_finds_the_same() {
    let rules = builtin_rules();
    let (text, planted) = corpus::text(&rules, 600_000, 8, 11);
    assert!(planted.len() > rules.len());
    let with = Scanner::new(rules.clone(), Options::default()).unwrap();
    let without = Scanner::new(
        rules,
        Options {
            prefilter: false,
            ..Options::default()
        },
    )
    .unwrap();
    same(&shown(&with, &text), &shown(&without, &text), &text);
}

/// Returns text of any shape: long words, short ones, lines, or all of them.
fn filler(random: &mut Random) -> String {
    let pieces: &[&str] = match random.below(4) {
        0 => &["\"x\":", "1,"],
        1 => &["some ", "words "],
        2 => &["\n", "a: b\n"],
        _ => &["x", " ", "\n", "getValueOfSomething1()", ";", "a = 1"],
    };
    let length = [20, 200, 600, 1200][random.below(4)];
    let mut text = String::new();
    while text.len() < length {
        text.push_str(pieces[random.below(pieces.len())]);
        if random.below(40) == 0 {
            break;
        }
    }
    text
}

/// A keyword selects its rule only near a long run of token characters. That must be no other place than the
/// one in which the rule searches by itself.
#[test]
fn keywords_at_any_distance_of_a_token_select_their_rules() {
    let rules = builtin_rules();
    let is_near = |rule: &&Rule| {
        rule.spec().search == Search::Lines && matches!(rule.spec().kind, RuleKind::Near { .. })
    };
    let mut random = Random::new(5);
    let (mut found, mut lost) = (0, 0);
    for rule in rules.iter().filter(is_near).step_by(12) {
        let scanner = |prefilter| {
            let only = [Rule::new(rule.spec().clone())].into();
            let options = Options {
                prefilter,
                ..Options::default()
            };
            Scanner::new(only, options).unwrap()
        };
        let (with, without) = (scanner(true), scanner(false));
        for seed in 0..40 {
            let secret = sample(&rules, &rule.spec().id, seed);
            let word = &rule.spec().literals[0];
            let (before, between) = (filler(&mut random), filler(&mut random));
            let text = match seed % 4 {
                0 => format!("{before} key = \"{secret}\"{between}{word}\n"),
                1 => format!("{before}{word}{between}\"key\":\"{secret}\"\n"),
                _ => format!("{before} {word}{between} key = \"{secret}\"\n"),
            };
            let expected = shown(&without, &text);
            same(&shown(&with, &text), &expected, &text);
            match expected.is_empty() {
                true => lost += 1,
                false => found += 1,
            }
        }
    }
    // Both sides of the border are tested.
    assert!(found > 200 && lost > 200, "{found} found, {lost} not");
}

#[test]
fn the_program_reports_planted_secrets_by_line_and_column_from_any_number_of_threads() {
    let rules = builtin_rules();
    let tree = Tree::new();
    let mut expected = Vec::new();
    for number in 0..12 {
        let (text, planted) = corpus::text(&rules, 20_000, 12, number);
        let path = format!("dir{}/file{number}.txt", number % 3);
        tree.file(&path, &text);
        for planted in planted {
            let before = &text[..planted.start];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
            expected.push((path.clone(), line, column, planted.rule));
        }
    }
    expected.sort();
    let one = tree
        .keysift(&["scan", ".", "--format", "jsonl", "-j", "1"])
        .expect(1);
    let (findings, _) = one.jsonl();
    let found: Vec<_> = findings
        .iter()
        .map(|finding| {
            let number = |key: &str| finding[key].as_u64().unwrap() as usize;
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            (text("path"), number("line"), number("column"), text("rule"))
        })
        .collect();
    assert_eq!(found, expected);
    for threads in ["2", "8"] {
        let more = tree
            .keysift(&["scan", ".", "--format", "jsonl", "-j", threads])
            .expect(1);
        assert_eq!(more.jsonl().0, findings, "{threads} threads");
    }
}

/// Encodes a text as base64, with padding.
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |chunk: &[u8], at: usize| {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (place, byte)| {
            bits | u32::from(*byte) << (16 - 8 * place)
        });
        char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize])
    };
    let quantum = |chunk: &[u8]| {
        (0..4)
            .map(|at| if at <= chunk.len() { digit(chunk, at) } else { '=' })
            .collect::<String>()
    };
    text.as_bytes().chunks(3).map(quantum).collect()
}

#[test]
fn secrets_inside_encoded_texts_are_found_at_the_encoded_text() {
    let rules = builtin_rules();
    let token = corpus::secret(
        rules
            .iter()
            .find(|rule| rule.meta().id == "github-pat-classic")
            .unwrap(),
        5,
    );
    let inner = format!("user: app\ntoken: {token}\n");
    let (once, twice) = (base64(&inner), base64(&format!("data: {}", base64(&inner))));
    let hex: String = inner.bytes().map(|byte| format!("{byte:02x}")).collect();
    let deep = (0..5).fold(inner.clone(), |text, _| base64(&format!("next: {text}")));
    let tree = Tree::new();
    for (name, text, found) in [
        ("once", &once, true),
        ("twice", &twice, true),
        ("hex", &hex, true),
        ("deep", &deep, false),
    ] {
        tree.file(name, format!("first line\nx = \"{text}\"\n"));
        let run = tree
            .keysift(&["scan", name, "--format", "jsonl"])
            .expect(i32::from(found));
        let (findings, _) = run.jsonl();
        assert_eq!(findings.len(), usize::from(found), "{name}");
        if found {
            assert_eq!(
                (
                    findings[0]["rule"].as_str(),
                    findings[0]["line"].as_u64(),
                    findings[0]["column"].as_u64()
                ),
                (Some("github-pat-classic"), Some(2), Some(6)),
                "{name}"
            );
            let out = run.out();
            assert!(
                out.contains("inside ") && !out.contains(&token) && !out.contains(text.as_str()),
                "{name}"
            );
        }
    }
}

#[test]
fn too_much_encoded_text_is_reported() {
    let tree = Tree::new();
    let line = base64(&"a line of readable text, again and again. ".repeat(400));
    tree.file(
        "a.txt",
        (0..90).map(|_| format!("x = \"{line}\"\n")).collect::<String>(),
    );
    let out = tree.keysift(&["scan", "a.txt"]).expect(0).out();
    assert!(out.contains("more than 1 MiB of encoded text"), "{out}");
}

#[test]
fn a_text_of_names_is_read_once() {
    let tree = Tree::new();
    tree.file("a.txt", "password=".repeat(20_000));
    let run = tree.keysift(&["scan", "a.txt", "--min-confidence", "low", "--format", "jsonl"]);
    assert!(run.jsonl().0.len() < 2_000, "a finding for each name");
}
