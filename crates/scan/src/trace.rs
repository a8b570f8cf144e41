//! Records what rules do with one line during the scan, for `keysift explain FILE:LINE`.

use std::{cell::RefCell, cmp::Reverse};

use keysift_finding::{Finding, Span};
use keysift_rules::Rule;

/// The result of one rule on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The id of the rule.
    pub rule: String,
    /// The match, or the literal that selected the rule, in the blob.
    pub span: Span,
    /// The outcome. Contains no secret.
    pub outcome: String,
}

/// The traced line and the results so far.
#[derive(Debug)]
pub(crate) struct Trace {
    line: Span,
    attempts: RefCell<Vec<Attempt>>,
}

impl Trace {
    pub(crate) fn new(line: Span) -> Self {
        Self {
            line,
            attempts: RefCell::default(),
        }
    }

    /// Records an outcome, if the span is on the line.
    pub(crate) fn record(&self, rule: &Rule, span: Span, outcome: impl FnOnce() -> String) {
        if span.overlaps(self.line) {
            let attempt = Attempt {
                rule: rule.meta().id.clone(),
                span,
                outcome: outcome(),
            };
            let mut attempts = self.attempts.borrow_mut();
            // Several words in one name lead to the same result.
            if !attempts.contains(&attempt) {
                attempts.push(attempt);
            }
        }
    }

    /// Records that the pattern of a rule matches nothing on the line, at the first of its literals there.
    pub(crate) fn record_unmatched(&self, rule: &Rule, text: &[u8], window: Span) {
        let (start, end) = (window.start.max(self.line.start), window.end.min(self.line.end));
        let Some(part) = text.get(start..end) else { return };
        if let Some(at) = rule.hits(part).first() {
            self.record(rule, Span::new(start + at, start + at + 1), || {
                "a literal was found, but the pattern does not match".to_owned()
            });
        }
    }

    /// Returns whether a window reaches the line.
    pub(crate) fn covers(&self, window: Span) -> bool {
        window.overlaps(self.line)
    }

    /// Returns all results, and the terms of findings that were weighed.
    pub(crate) fn finish(self, findings: &[Finding]) -> Vec<Attempt> {
        let mut attempts = self.attempts.into_inner();
        let weighed = findings
            .iter()
            .filter(|finding| finding.span.overlaps(self.line) && !finding.terms.is_empty());
        attempts.extend(weighed.map(terms));
        attempts
    }
}

/// Formats the terms of a finding by weight, as logarithms of the odds, with the probability of their sum.
fn terms(finding: &Finding) -> Attempt {
    const SHOWN: usize = 12;
    let sum = f64::from(finding.odds.unwrap_or_default()) / 100.0;
    let percent = 100.0 / (1.0 + (-sum).exp());
    let mut terms: Vec<_> = finding.terms.iter().filter(|term| term.weight != 0).collect();
    terms.sort_by_key(|term| Reverse(term.weight.abs()));
    let shown: Vec<String> = terms
        .iter()
        .take(SHOWN)
        .map(|term| {
            let both = if term.what.1.is_empty() { "" } else { ", " };
            let weight = f64::from(term.weight) / 100.0;
            format!("{weight:+.1} {}{both}{}", term.what.0, term.what.1)
        })
        .collect();
    let more = match terms.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} lighter ones"),
    };
    Attempt {
        rule: finding.rule.id.clone(),
        span: finding.span,
        outcome: format!("weighed, {percent:.0} % ({sum:+.1}): {}{more}", shown.join("; ")),
    }
}
