//! The corpus of contexts of secrets: `tests/corpora/context`.

use keysift_finding::{Blob, Confidence, Location, Origin};
use keysift_rules::{Random, Recipe};
use keysift_scan::{Options, Scanner};

use crate::common::builtin_rules;

const FOUND: &str = include_str!("corpora/context/found.txt");
const SILENT: &str = include_str!("corpora/context/silent.txt");
const NAMES: &str = include_str!("corpora/context/names.txt");
const VALUES: &str = include_str!("corpora/context/values.txt");

/// A case: file, text, and the position of the secret.
struct Case {
    file: String,
    text: String,
    secret: Option<(usize, usize)>,
}

fn made(recipe: &str, seed: u64) -> String {
    Recipe::parse(recipe).unwrap().write(&mut Random::new(seed), "").0
}

/// Parses all cases of a file of the corpus.
fn cases(corpus: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, line) in corpus.lines().enumerate() {
        let (file, template) = line
            .split_once(" | ")
            .unwrap_or_else(|| panic!("line {number}: {line}"));
        let names = if template.contains("@N") {
            NAMES.lines().collect()
        } else {
            vec![""]
        };
        let values = if template.contains("@V") {
            VALUES.lines().collect()
        } else {
            vec![""]
        };
        for name in &names {
            for value in &values {
                let seed = number as u64;
                let text = template
                    .replace("\\n", "\n")
                    .replace("\\\\", "\\")
                    .replace("@N", name)
                    .replace("@V", value);
                let password = made(
                    "{{lower 2}}{{digits 2}}{{upper 2}}{{digits 2}}{{lower 2}}{{digits 1}}{{alnum 9}}",
                    seed,
                );
                let token = made("{{alnum 40}}", seed);
                let place = |mark: &str, secret: &str| {
                    text.find(mark)
                        .map(|at| (text.replace(mark, secret), Some((at, at + secret.len()))))
                };
                let (text, secret) = place("<P>", &password)
                    .or_else(|| place("<T>", &token))
                    .unwrap_or((text.clone(), None));
                cases.push(Case {
                    file: file.to_owned(),
                    text,
                    secret,
                });
            }
        }
    }
    cases
}

/// Returns the spans of findings reported by default.
fn shown(scanner: &Scanner, case: &Case) -> Vec<(usize, usize)> {
    let mut buffer = case.text.clone().into_bytes();
    buffer.resize(case.text.len() + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(&case.file));
    let findings = scanner
        .scan(&Blob::whole(&origin, &buffer, case.text.len()))
        .findings;
    findings
        .iter()
        .filter(|finding| finding.confidence > Confidence::Low)
        .map(|finding| (finding.span.start, finding.span.end))
        .collect()
}

fn check(corpus: &str, least: usize) {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let cases = cases(corpus);
    assert!(cases.len() >= least, "{} cases", cases.len());
    let wrong: Vec<_> = cases
        .iter()
        .map(|case| (case, shown(&scanner, case)))
        .filter(|(case, found)| *found != case.secret.into_iter().collect::<Vec<_>>())
        .map(|(case, found)| {
            format!(
                "{} | {:?}: {found:?}, expected {:?}",
                case.file, case.text, case.secret
            )
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} cases are wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_secret_of_the_corpus_is_found_at_its_position() {
    check(FOUND, 600);
}

#[test]
fn values_that_are_not_secrets_are_not_reported() {
    check(SILENT, 600);
}
