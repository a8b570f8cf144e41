//! One root cause, one finding.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use keysift_finding::{Confidence, Finding, Severity, Span, Step};
use keysift_rules::{Generality, Rule};

/// How general rules without a format are.
pub(crate) const NO_FORMAT: usize = 8;

/// How general a rule is: one step more than the most general rule that says it overlaps it; rules without a format most of all.
pub(crate) fn general(rules: &[Rule]) -> HashMap<String, usize> {
    /// Longer chains than this are a circle.
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

/// Keeps, of findings whose guilty spans overlap, the one that says most; the ids of the others become its `also`.
///
/// Most says: of those with more than low confidence the least `general` (rules that others name as those they overlap, and how
/// many steps of that lead to them), then the surest, then the gravest, then the tightest span, then the first by id, so that the order of the rules changes
/// nothing. What is sure of one is sure of what it yields to, unless that is disproven: then neither is shown.
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

/// Of a chain of overlapping findings, those that do not overlap a stronger one.
fn strongest(mut group: Vec<Finding>, general: &HashMap<String, usize>) -> Vec<Finding> {
    if group.len() < 2 {
        return group;
    }
    group.sort_by_cached_key(|finding| rank(finding, general));
    let mut kept: Vec<Finding> = Vec::new();
    // What is kept does not overlap: by its start, so that a finding is compared with those around it alone.
    let mut starts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    // The same rule at the same place again says nothing: everything inside one encoded text has its place.
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
                // That a name is a secret's says nothing beside a provider's format.
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
    fn a_general_rule_yields_to_a_particular_one() {
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
