//! Checks a rule against its own examples.

use std::fmt;

use keysift_finding::{Confidence, Span};

use crate::{Random, Recipe, Rule, Stage};

/// An example that does not behave as stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`: {}", self.rule, self.message)
    }
}

impl Rule {
    /// Checks every example with `seeds` different secrets and every counterexample as often; returns the
    /// first problem of each. An example must be found exactly at `{{secret}}`, a counterexample must stop at
    /// the stage that it names.
    ///
    /// # Panics
    /// If the rule was not checked when it was read.
    pub fn self_test(&self, seeds: u64) -> Vec<Problem> {
        let secret = Recipe::parse(&self.spec().secret).expect("checked");
        if !self.spec().kind.has_format() {
            // The context of a name is read by other crates: `keysift_scan::self_test` checks these rules.
            return Vec::new();
        }
        let mut problems = Vec::new();
        let mut tell = |message: String| {
            problems.push(Problem {
                rule: self.meta().id.clone(),
                message,
            })
        };
        for example in &self.spec().examples {
            let recipe = Recipe::parse(example).expect("checked");
            let problem = (0..seeds).find_map(|seed| {
                let random = &mut Random::new(seed);
                let sample = secret.write(random, "").0;
                let (text, place) = recipe.write(random, &sample);
                let (start, end) = place.expect("checked");
                match self.stop(text.as_bytes()) {
                    Ok(found) if found == [Span::new(start, end)] => None,
                    Ok(found) => Some(format!(
                        "seed {seed}: found at {found:?}, expected {start}..{end}"
                    )),
                    Err((stage, why)) => Some(format!("seed {seed}: stopped at {stage:?}: {why}")),
                }
            });
            if let Some(problem) = problem {
                tell(format!(
                    "the example `{example}` is not matched as expected: {problem}"
                ));
            }
        }
        for counter in &self.spec().counterexamples {
            let recipe = Recipe::parse(&counter.text).expect("checked");
            let problem = (0..seeds).find_map(|seed| {
                let random = &mut Random::new(seed);
                let sample = secret.write(random, "").0;
                let (text, _) = recipe.write(random, &sample);
                match self.stop(text.as_bytes()) {
                    Err((stage, _)) if stage == counter.stops_at => None,
                    Err((stage, why)) => Some(format!(
                        "seed {seed}: stopped at {stage:?} ({why}), expected {:?}",
                        counter.stops_at
                    )),
                    Ok(found) => Some(format!("seed {seed}: found at {found:?}")),
                }
            });
            if let Some(problem) = problem {
                tell(format!(
                    "the counterexample `{}` is not rejected at its stage: {problem}",
                    counter.text
                ));
            }
        }
        problems
    }

    /// Runs the rule alone on a text. Returns the secrets that it finds with more than low confidence.
    ///
    /// # Errors
    /// The last stage that any candidate reached, and the reason.
    pub fn stop(&self, text: &[u8]) -> Result<Vec<Span>, (Stage, String)> {
        if !self.has_literal(text) {
            return Err((Stage::Prefilter, "no literal".to_owned()));
        }
        let mut stopped = (Stage::Pattern, "the pattern does not match".to_owned());
        let mut found = Vec::new();
        for window in self.windows(text) {
            self.each_match(text, window, |matched| match self.judge("", text, &matched) {
                Ok(evidence) if evidence.confidence > Confidence::Low => found.push(matched.secret),
                Ok(evidence) => stopped = (Stage::Validate, evidence.notes.join("; ")),
                Err(why) => stopped = (Stage::Validate, why.reason().to_owned()),
            });
        }
        if found.is_empty() { Err(stopped) } else { Ok(found) }
    }
}
