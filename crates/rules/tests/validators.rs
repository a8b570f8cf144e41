//! No text makes a validator panic, and no validator accepts arbitrary text as proven.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use keysift_rules::{Random, Recipe, Validator, parse};
use proptest::prelude::*;

/// Every validator of the built-in rules, without duplicates.
fn validators() -> Vec<Validator> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../patterns");
    let mut all: Vec<Validator> = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        for spec in parse(&file, &std::fs::read_to_string(&file).unwrap()).unwrap() {
            for validator in spec.validate {
                if !all.contains(&validator) {
                    all.push(validator);
                }
            }
        }
    }
    all
}

/// Fragments that validators look for, so that random texts pass their first checks.
const PIECES: &[&str] = &[
    "eyJhbGciOiJIUzI1NiJ9",
    ".",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----END RSA PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    "PuTTY-User-Key-File-2: x\nEncryption: none\n",
    "LS0tLS1CRUdJTi",
    "AgEIcHlwaS5vcmc",
    "age-secret-key-1",
    "nsec1",
    "[1,2,3",
    "]",
    "0x",
    "=",
    "==",
    "\n",
    "MIIE",
    "b3BlbnNzaC1rZXktdjEA",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4",
    "abandon ",
    "about",
    "\u{fffd}",
    "glpat-",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => "[A-Za-z0-9+/_=-]{0,90}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn no_text_makes_a_validator_panic() {
    let validators = validators();
    assert!(validators.len() > 40, "{}", validators.len());
    proptest!(ProptestConfig::with_cases(1500), |(text in text())| {
        for validator in &validators {
            // Notes are printed on terminals.
            if let Ok(evidence) = validator.judge_text(&text) {
                prop_assert!(evidence.notes.iter().all(|note| !note.chars().any(char::is_control)), "{validator:?}: {:?}", evidence.notes);
            }
        }
    });
}

#[test]
fn a_checksum_holds_for_the_sample_and_for_no_change_of_one_character() {
    for (recipe, validator) in [
        ("{{nkey SU}}", "crc16: {of: secret}"),
        ("{{stellar}}", "crc16: {of: secret}"),
        ("{{bech32-key nsec}}", "bech32: {of: secret, hrp: nsec}"),
        ("{{base58check 80 32}}", "base58check: {of: secret, bytes: [33]}"),
        ("{{gitlab-routable glpat-}}", "gitlab-routable: {of: secret}"),
        (
            "{{marvin32 64 +ASt Default0 std}}",
            "marvin32: {of: secret, seeds: [Default0]}",
        ),
        ("{{bip39}}", "bip39: {of: secret}"),
    ] {
        let rule = format!(
            "provider: x\nrules:\n- id: x\n  name: x\n  severity: high\n  literals: [xyz]\n  pattern: '(?P<secret>x)'\n  secret: x\n  why: x\n  fix: x\n  \
             examples: ['{{{{secret}}}}']\n  validate:\n  - {validator}\n"
        );
        let validator = parse(Path::new("x.yaml"), &rule).unwrap()[0].validate[0].clone();
        let mut wrong = 0;
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let sample = Recipe::parse(recipe).unwrap().write(&mut random, "").0;
            assert!(
                validator.judge_text(sample.as_bytes()).unwrap().proven,
                "{recipe}: {sample}"
            );
            let mut changed = sample.clone().into_bytes();
            let at = random.below(changed.len());
            changed[at] = if changed[at] == b'a' { b'c' } else { b'a' };
            wrong += usize::from(validator.judge_text(&changed).is_ok());
        }
        // A character of padding bits, or of GitLab's prefix length, may change nothing; a phrase of twelve
        // words has four bits of checksum.
        assert!(wrong <= 3, "{recipe}: {wrong} of 20 changed samples pass");
    }
}
