//! Joins credentials of two parts: the secret half is the finding, the other half a related location.

use std::collections::HashMap;

use keysift_finding::{Confidence, Finding, Related, Span, Step};
use keysift_rules::{Pair, Rule};
use memchr::memmem;

/// Maximum distance of the halves in bytes, about ten lines of a configuration file.
const MAX_DISTANCE: usize = 600;

/// The rules whose secrets have another half.
#[derive(Debug)]
pub(crate) struct Pairs {
    by_rule: HashMap<String, Pair>,
}

impl Pairs {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let of = |rule: &Rule| {
            rule.spec()
                .pair
                .clone()
                .map(|pair| (rule.meta().id.clone(), pair))
        };
        Self {
            by_rule: rules.iter().filter_map(of).collect(),
        }
    }

    /// Joins each half with the nearest other half, whose own finding is dropped. `findings` are in the order
    /// of the text and do not overlap.
    pub(crate) fn join(&self, mut findings: Vec<Finding>, text: &[u8]) -> Vec<Finding> {
        let mut gone = vec![false; findings.len()];
        for at in 0..findings.len() {
            let Some(pair) = self
                .by_rule
                .get(&findings[at].rule.id)
                .filter(|_| findings[at].confidence > Confidence::Low)
            else {
                continue;
            };
            if let Some(other) = nearest(&findings, at, pair, &gone) {
                let other_finding = &findings[other];
                let related = Related {
                    span: other_finding.span,
                    secret: other_finding.secret.is_some(),
                    message: other_finding.message.clone(),
                };
                gone[other] = true;
                complete(&mut findings[at], related);
            } else if let Some(span) = other_text(text, findings[at].span, pair) {
                let what = String::from_utf8_lossy(span.of(text))
                    .trim_matches('-')
                    .trim_start_matches("BEGIN ")
                    .to_ascii_lowercase();
                complete(
                    &mut findings[at],
                    Related {
                        span,
                        secret: false,
                        message: format!("its {what}"),
                    },
                );
            }
        }
        let mut kept = gone.into_iter();
        findings.retain(|_| !kept.next().unwrap_or_default());
        findings
    }
}

/// Raises the score: a fake value rarely has its other half near it.
fn complete(finding: &mut Finding, related: Related) {
    finding.change(Step::Pair);
    finding.related.push(related);
}

fn distance(one: Span, other: Span) -> usize {
    other
        .start
        .saturating_sub(one.end)
        .max(one.start.saturating_sub(other.end))
}

fn nearest(findings: &[Finding], at: usize, pair: &Pair, gone: &[bool]) -> Option<usize> {
    let here = findings[at].span;
    let near = |other: &usize| distance(here, findings[*other].span) <= MAX_DISTANCE;
    let behind = (at + 1..findings.len()).take_while(near);
    let before = (0..at).rev().take_while(near);
    let fits = |other: &usize| !gone[*other] && pair.rules.contains(&findings[*other].rule.id);
    before
        .chain(behind)
        .filter(fits)
        .min_by_key(|other| distance(here, findings[*other].span))
}

/// Returns a text of the pair that is near the secret.
fn other_text(text: &[u8], here: Span, pair: &Pair) -> Option<Span> {
    let from = here.start.saturating_sub(2 * MAX_DISTANCE);
    let around = &text[from..text.len().min(here.end + MAX_DISTANCE)];
    pair.texts.iter().find_map(|sought| {
        memmem::find(around, sought.as_bytes()).map(|at| Span::new(from + at, from + at + sought.len()))
    })
}
