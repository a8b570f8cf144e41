//! Every built-in rule matches its examples.

use std::{collections::HashSet, fs, path::Path};

use keysift_finding::{Blob, Confidence, Origin, Severity};
use keysift_rules::{Generality, Rule, RuleKind};
use keysift_scan::{Options, Scanner, self_test};

use crate::common::{builtin_rules, corpus};

/// Number of different secrets for each example.
const SEEDS: u64 = 100;

#[test]
fn examples_are_found_and_counterexamples_are_not() {
    let problems: Vec<String> = builtin_rules()
        .iter()
        .flat_map(|rule| self_test(rule, SEEDS))
        .map(|problem| problem.to_string())
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Returns the findings of the whole scanner that are reported by default: rule and span.
pub(crate) fn shown(scanner: &Scanner, text: &str) -> Vec<(String, usize, usize)> {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let findings = scanner
        .scan(&Blob::whole(&Origin::Stdin, &buffer, text.len()))
        .findings;
    let findings = findings
        .into_iter()
        .filter(|finding| finding.confidence > Confidence::Low);
    findings
        .map(|finding| (finding.rule.id.clone(), finding.span.start, finding.span.end))
        .collect()
}

#[test]
fn the_scanner_finds_each_example_once_under_its_own_rule() {
    let rules = builtin_rules();
    let scanner = Scanner::new(rules.clone(), Options::default()).unwrap();
    let mut wrong = Vec::new();
    // A rule that is not reported by default is tested only by `rules check`.
    for rule in rules.iter().filter(|rule| !corpus::is_hidden(rule)) {
        for number in 0..rule.spec().examples.len() {
            let problem = (0..20).find_map(|seed| {
                let (text, start, end) = corpus::example(rule, number, seed);
                let found = shown(&scanner, &text);
                (found != [(rule.meta().id.clone(), start, end)])
                    .then(|| format!("{} at {start}..{end}: {found:?}: {text}", rule.meta().id))
            });
            wrong.extend(problem);
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn ids_are_unique_and_start_with_their_files_name() {
    let mut seen = HashSet::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns")).unwrap() {
        let file = entry.unwrap().path();
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for spec in keysift_rules::parse(&file, &fs::read_to_string(&file).unwrap()).unwrap() {
            assert!(spec.id.starts_with(&format!("{stem}-")), "{}", spec.id);
            assert!(seen.insert(spec.id.clone()), "{} is not unique", spec.id);
        }
    }
}

#[test]
fn every_rule_has_all_texts() {
    for rule in builtin_rules().iter() {
        let (spec, id) = (rule.spec(), &rule.meta().id);
        assert!(
            !spec.references.is_empty() && spec.references.iter().all(|page| page.starts_with("https://")),
            "{id}: references"
        );
        assert!(!spec.counterexamples.is_empty(), "{id}: a counterexample");
        assert!(!spec.since.is_empty(), "{id}: since");
        assert_eq!(
            (rule.warnings(), rule.weak_literals()),
            (Vec::new(), Vec::new()),
            "{id}"
        );
        assert!(
            spec.why.ends_with('.') && spec.fix.ends_with('.'),
            "{id}: why and fix are sentences"
        );
        let by_looks = matches!(spec.kind, RuleKind::Unnamed { .. });
        assert!(
            spec.confidence >= Confidence::Medium || spec.severity == Severity::Info || by_looks,
            "{id}: nobody would see it"
        );
    }
}

#[test]
fn every_sample_contains_a_literal_or_follows_one() {
    for rule in builtin_rules().iter() {
        for number in 0..rule.spec().examples.len() {
            let (text, ..) = corpus::example(rule, number, 1);
            assert!(
                Rule::has_literal(rule, text.as_bytes()),
                "{}: {text}",
                rule.meta().id
            );
        }
    }
}

/// A word that names a provider, as a sentence has it.
fn word(rule: &Rule) -> Option<&str> {
    let literals = rule.spec().literals.iter().map(String::as_str);
    let mut words =
        literals.filter(|word| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
    words.next()
}

#[test]
fn a_sentence_with_a_providers_word_and_its_token_is_a_finding_of_that_provider() {
    let rules = builtin_rules();
    let scanner = Scanner::new(rules.clone(), Options::default()).unwrap();
    let provider = |id: &str| {
        let rule = rules.iter().find(|rule| rule.meta().id == id);
        rule.map(|rule| rule.meta().provider.clone())
    };
    let (mut wrong, mut all) = (Vec::new(), 0);
    for rule in rules.iter() {
        let spec = rule.spec();
        let keyed = spec.pattern.contains("{{keyed}}") && spec.general == Generality::Particular;
        let Some(word) = word(rule).filter(|_| keyed && spec.confidence > Confidence::Low) else {
            continue;
        };
        let noun = match spec.id.rsplit('-').next() {
            Some("token") => "token",
            Some("secret") => "secret",
            _ => "key",
        };
        for sentence in [
            format!("the {word} api {noun} is @@ for now"),
            format!("{word} {noun} we use: @@"),
            format!("{word} {} @@", noun.to_uppercase()),
        ] {
            all += 1;
            let problem = (0..10).find_map(|seed| {
                let text = sentence.replace("@@", &corpus::secret(rule, seed));
                let found = shown(&scanner, &text);
                let own = found
                    .iter()
                    .any(|(id, ..)| provider(id).as_ref() == Some(&rule.meta().provider));
                (!own).then(|| format!("{}: {found:?}: {text}", rule.meta().id))
            });
            wrong.extend(problem);
        }
    }
    assert!(all > 300, "{all}");
    assert!(wrong.is_empty(), "{} of {all}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn keys_in_a_block_of_a_cloud_provider_are_those_of_that_cloud() {
    let rules = builtin_rules();
    let scanner = Scanner::new(rules.clone(), Options::default()).unwrap();
    let secret = |id: &str| corpus::secret(rules.iter().find(|rule| rule.meta().id == id).unwrap(), 4);
    let (id, key) = (secret("aws-access-key-id"), secret("aws-secret-access-key"));
    for text in [
        format!("provider \"aws\" {{\n  access_key = \"{id}\"\n  secret_key = \"{key}\"\n}}\n"),
        format!(
            "# Django runs on it\nprovider \"aws\" {{\n  region     = \"eu-west-1\"\n  access_key = \"{id}\"\n  secret_key = \"{key}\"\n}}\n"
        ),
        format!("backend \"s3\" {{\n  secret_key = \"{key}\"\n  access_key = \"{id}\"\n}}\n"),
    ] {
        let found = shown(&scanner, &text);
        assert!(
            found.len() == 1 && found.iter().all(|(id, ..)| id.starts_with("aws-")),
            "{found:?}: {text}"
        );
    }
}
