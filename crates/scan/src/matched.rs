//! Creates findings from pattern matches.

use std::sync::Arc;

use keysift_finding::{Confidence, Finding, Step, Tests};
use keysift_judge::{PACKAGED, is_test_path, sample_path};
use keysift_rules::{Match, Rejection, Rule};
use keysift_syntax::assigned_name;

use crate::trace::Trace;

/// Returns the finding of a match: with low confidence if a validator rejects it, none if the match belongs
/// to another rule.
pub(crate) fn finding(
    rule: &Rule,
    path: &str,
    text: &[u8],
    matched: &Match,
    trace: Option<&Trace>,
) -> Option<Finding> {
    let judged = rule.judge(path, text, matched);
    if let Some(trace) = trace {
        trace.record(rule, matched.secret, || match &judged {
            Ok(evidence) if evidence.notes.is_empty() => {
                format!("matched, {} confidence", evidence.confidence)
            }
            Ok(evidence) => format!(
                "matched, {} confidence ({})",
                evidence.confidence,
                evidence.notes.join("; ")
            ),
            Err(refusal) => format!("rejected by a validator: {}", refusal.reason()),
        });
    }
    if matches!(judged, Err(Rejection::OtherRule(_))) {
        return None;
    }
    let name =
        assigned_name(text, matched.secret).map(|name| String::from_utf8_lossy(name.of(text)).into_owned());
    let message = match name {
        Some(name) => format!("{} in `{name}`", rule.meta().name),
        None => rule.meta().name.clone(),
    };
    let mut finding = Finding::new(Arc::clone(rule.meta()), matched.secret, message);
    finding.secret = Some(matched.secret);
    match judged {
        Ok(evidence) => {
            finding.severity = evidence.severity;
            finding.confidence = evidence.confidence;
            finding.proven = evidence.proven;
            finding.disproven = evidence.disproven;
            finding.steps = evidence.steps;
            finding.notes = evidence.notes;
        }
        Err(Rejection::Wrong(why)) => finding.apply(Step::Rejected, why),
        Err(Rejection::Disproven(why)) => finding.apply(Step::Disproved, why),
        Err(Rejection::OtherRule(_)) => return None,
    }
    Some(finding)
}

/// Lowers findings in a path of tests, examples or documentation.
pub fn lower_samples(findings: &mut [Finding], path: &str, tests: Tests) {
    if let Some(why) = sample_path(path) {
        let hide = tests == Tests::Lower && is_test_path(why);
        findings
            .iter_mut()
            .for_each(|finding| lower_sample(finding, why, hide));
    }
}

fn lower_sample(finding: &mut Finding, why: &str, hide: bool) {
    if finding.proven {
        return;
    }
    // Samples have many comments, so a comment is not an additional reason.
    let in_comment = [Step::Comment, Step::Documentation, Step::SampleInDocumentation]
        .iter()
        .any(|step| finding.steps.contains(step));
    let weighed = finding.odds.is_some();
    let step = match why {
        PACKAGED if in_comment => Step::SamplePathCounted,
        PACKAGED => Step::InstalledDocumentation,
        _ if weighed && hide => Step::TestCode,
        _ if weighed || in_comment && finding.confidence < Confidence::High => Step::SamplePathCounted,
        _ => Step::SamplePath,
    };
    finding.apply(step, why);
}
