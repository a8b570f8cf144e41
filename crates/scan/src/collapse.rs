//! Merges overlapping findings, so that one root cause is one finding.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use keysift_finding::{Confidence, Finding, Severity, Span, Step};
use keysift_rules::{Generality, Rule};

/// The generality of rules without a format.
pub(crate) const NO_FORMAT: usize = 8;

/// Returns the generality of each rule: one more than that of the most general rule that lists it in
/// `overlaps`. Rules without a format have the highest.
pub(crate) fn general(rules: &[Rule]) -> HashMap<String, usize> {
    /// Maximum length of a chain of `overlaps`; a longer one is a cycle.
    const STEPS: usize = 4;
    let level = |rule: &Rule| match rule.spec().general {
        Generality::Any => Some(NO_FORMAT),
        Generality::Carrier => Some(NO_FORMAT - 1),
        Generality::Particular => None,
    };
    let mut general: HashMap<String, usize> = rules
        .iter()
        .filter_map(|rule| level(rule).map(|level| (rule.meta().id.clone(), level)))
        .collect();
    for _ in 0..STEPS {
        for rule in rules {
            let own = general.get(&rule.meta().id).copied().unwrap_or_default();
            for other in &rule.spec().overlaps {
                let step = general.entry(other.clone()).or_default();
                *step = (*step).max((own + 1).min(STEPS));
            }
        }
    }
    general
}

/// Keeps the best of overlapping findings; the ids of the others are added to its `also`.
///
/// The best has, in this order: more than low confidence, the lowest generality (see [`general`]), the
/// highest confidence, the highest severity, the shortest span, and the first id, so that the result does not
/// depend on the order of rules. Its confidence becomes the highest of the group, unless it is disproven:
/// then none is reported.
pub(crate) fn collapse(mut findings: Vec<Finding>, general: &HashMap<String, usize>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.span);
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut group: Vec<Finding> = Vec::new();
    let mut group_end = 0;
    for finding in findings {
        if !group.is_empty() && finding.span.start >= group_end {
            kept.extend(strongest(std::mem::take(&mut group), general));
            group_end = 0;
        }
        group_end = group_end.max(finding.span.end);
        group.push(finding);
    }
    kept.extend(strongest(group, general));
    kept.sort_by_key(|finding| finding.span);
    kept
}

type Rank = (bool, usize, Reverse<Confidence>, Reverse<Severity>, usize, String);

fn rank(finding: &Finding, general: &HashMap<String, usize>) -> Rank {
    let low = finding.confidence == Confidence::Low && !finding.disproven;
    (
        low,
        general.get(&finding.rule.id).copied().unwrap_or_default(),
        Reverse(finding.confidence),
        Reverse(finding.severity),
        finding.span.len(),
        finding.rule.id.clone(),
    )
}

/// Returns the findings of a chain that do not overlap a better one.
fn strongest(mut group: Vec<Finding>, general: &HashMap<String, usize>) -> Vec<Finding> {
    if group.len() < 2 {
        return group;
    }
    group.sort_by_cached_key(|finding| rank(finding, general));
    let mut kept: Vec<Finding> = Vec::new();
    // Kept findings do not overlap. They are sorted by start, so that a finding is compared only with its
    // neighbors.
    let mut starts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    // The same rule at the same span adds nothing. All findings in one encoded text have the same span.
    let mut seen: HashSet<(Span, String)> = HashSet::new();
    for finding in group {
        if !seen.insert((finding.span, finding.rule.id.clone())) {
            continue;
        }
        let span = finding.span;
        let before = starts.range(..(span.start, 0)).next_back();
        let around = starts
            .range((span.start, 0)..(span.end.max(span.start + 1), 0))
            .chain(before)
            .map(|(_, number)| *number);
        let strongest = around.filter(|number| overlaps(kept[*number].span, span)).min();
        match strongest.map(|number| &mut kept[number]) {
            Some(other) if other.rule.id == finding.rule.id || other.also.contains(&finding.rule.id) => {}
            Some(other) => {
                if !other.disproven {
                    other.change(Step::OtherRule(finding.confidence));
                }
                // A rule without a format adds nothing to a provider's format.
                if general
                    .get(&finding.rule.id)
                    .is_none_or(|steps| *steps < NO_FORMAT)
                {
                    other.also.push(finding.rule.id.clone());
                }
            }
            None => {
                starts.insert((span.start, span.end), kept.len());
                kept.push(finding);
            }
        }
    }
    kept
}

fn overlaps(one: Span, other: Span) -> bool {
    one.overlaps(other) || one == other
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keysift_finding::RuleMeta;

    use super::*;

    fn finding(id: &str, severity: Severity, confidence: Confidence, start: usize, end: usize) -> Finding {
        let meta = RuleMeta::new(id, "", severity, confidence);
        Finding::new(Arc::new(meta), Span::new(start, end), "")
    }

    #[test]
    fn the_strongest_of_each_overlap_stays() {
        let kept = collapse(
            vec![
                finding("url", Severity::High, Confidence::Medium, 10, 30),
                finding("token", Severity::Critical, Confidence::High, 12, 30),
                finding("low", Severity::Critical, Confidence::Low, 5, 11),
                finding("apart", Severity::Low, Confidence::Low, 30, 40),
            ],
            &HashMap::new(),
        );
        let shown: Vec<_> = kept
            .iter()
            .map(|kept| (kept.rule.id.as_str(), kept.also.join(",")))
            .collect();
        assert_eq!(
            shown,
            [
                ("low", String::new()),
                ("token", "url".to_owned()),
                ("apart", String::new())
            ]
        );
    }

    #[test]
    fn a_specific_rule_takes_precedence_over_a_general_one() {
        let both = || {
            vec![
                finding("a", Severity::Critical, Confidence::High, 0, 9),
                finding("b", Severity::Low, Confidence::High, 0, 9),
            ]
        };
        assert_eq!(collapse(both(), &HashMap::new())[0].rule.id, "a");
        assert_eq!(
            collapse(both(), &HashMap::from([("a".to_owned(), 1)]))[0].rule.id,
            "b"
        );
    }
}
