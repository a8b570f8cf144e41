//! Tests rules without a format against their examples with a complete scan, because their result depends on
//! several crates.

use std::sync::Arc;

use keysift_finding::{Blob, Confidence, Origin, Span};
use keysift_rules::{Problem, Random, Recipe, Rule};

use crate::{Options, Scanner};

/// Tests a rule against its own examples: with [`Rule::self_test`], or for a rule without a format with a
/// scan by this rule alone. Each example must have exactly one finding, at `{{secret}}`, and each
/// counterexample none that is reported.
///
/// # Panics
/// If the rule was not validated when it was parsed.
pub fn self_test(rule: &Rule, seeds: u64) -> Vec<Problem> {
    let spec = rule.spec();
    if spec.kind.has_format() {
        return rule.self_test(seeds);
    }
    let alone: Arc<[Rule]> = [Rule::new(spec.clone())].into();
    let problem = |message: String| Problem {
        rule: spec.id.clone(),
        message,
    };
    let scanner = match Scanner::new(
        alone,
        Options {
            low_confidence: spec.confidence == Confidence::Low,
            ..Options::default()
        },
    ) {
        Ok(scanner) => scanner,
        Err(error) => return vec![problem(error.to_string())],
    };
    let secret = Recipe::parse(&spec.secret).expect("checked");
    let written = |text: &str, seed: u64| {
        let mut random = Random::new(seed);
        let secret = secret.write(&mut random, "").0;
        Recipe::parse(text).expect("checked").write(&mut random, &secret)
    };
    let mut problems = Vec::new();
    for example in &spec.examples {
        let wrong = (0..seeds).find_map(|seed| {
            let (text, place) = written(example, seed);
            let found = shown(&scanner, &text, spec.confidence);
            let (start, end) = place.expect("checked");
            (found != [Span::new(start, end)])
                .then(|| format!("seed {seed}: found at {found:?}, expected {start}..{end}"))
        });
        problems.extend(wrong.map(|wrong| {
            problem(format!(
                "the example `{example}` is not matched as expected: {wrong}"
            ))
        }));
    }
    for counter in &spec.counterexamples {
        let found = (0..seeds)
            .map(|seed| shown(&scanner, &written(&counter.text, seed).0, spec.confidence))
            .find(|found| !found.is_empty());
        problems.extend(found.map(|found| {
            problem(format!(
                "the counterexample `{}` is found at {found:?}",
                counter.text
            ))
        }));
    }
    problems
}

/// Returns the spans that are reported by default; for a rule with low confidence, all spans.
fn shown(scanner: &Scanner, text: &str, usual: Confidence) -> Vec<Span> {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let findings = scanner
        .scan(&Blob::whole(&Origin::Stdin, &buffer, text.len()))
        .findings;
    findings
        .iter()
        .filter(|finding| finding.confidence > Confidence::Low || finding.confidence == usual)
        .map(|finding| finding.span)
        .collect()
}
