//! What an object says about all findings in it.

use keysift_finding::{Finding, Span};

use crate::Object;

/// The annotation that names the rules whose findings in an object are suppressed: `keysift.dev/ignore: RULE, RULE -- why`.
const ANNOTATION: &str = "keysift.dev/ignore";

/// Says of findings in objects that a cluster printed that they are the cluster's state.
pub(crate) fn note_live(objects: &[Object<'_>], findings: &mut [Finding]) {
    let live = objects.iter().filter(|object| object.is_live());
    let extents: Vec<_> = live.map(|object| (object.tree.extent(object.root), ())).collect();
    each_within(extents, findings, |finding, ()| {
        finding
            .notes
            .push("the object was exported from a cluster: this is the cluster's state".to_owned());
    });
}

/// Calls a function for each finding that begins within an extent.
fn each_within<T>(extents: Vec<(Span, T)>, findings: &mut [Finding], mut each: impl FnMut(&mut Finding, &T)) {
    if extents.is_empty() {
        return;
    }
    // By their place: a thousand objects do not each look at the findings of all.
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_unstable_by_key(|number| findings[*number].span);
    for (extent, with) in extents {
        let first = order.partition_point(|number| findings[*number].span.start < extent.start);
        for number in &order[first..] {
            let finding = &mut findings[*number];
            if finding.span.start >= extent.end {
                break;
            }
            if finding.span.end <= extent.end {
                each(finding, &with);
            }
        }
    }
}

/// Suppresses the findings that an annotation of their object names.
pub(crate) fn suppress_annotated(objects: &[Object<'_>], findings: &mut [Finding]) {
    let said = |object: &Object<'_>| {
        object
            .annotation(ANNOTATION)
            .and_then(|id| object.tree.scalar(id))
            .map(|said| (object.tree.extent(object.root), ids(&said.text)))
    };
    let said: Vec<(_, Vec<String>)> = objects.iter().filter_map(said).collect();
    each_within(said, findings, |finding, ids| {
        finding.ignored |= ids.contains(&finding.rule.id);
    });
}

/// The rules that an annotation names.
fn ids(said: &str) -> Vec<String> {
    let list = said.split("--").next().unwrap_or_default();
    list.split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}
