//! `k8s-projected-token-lifetime`.

use keysift_finding::Severity;

use crate::{Check, Found, Workload};

/// `k8s-projected-token-lifetime`.
pub(crate) struct TokenLifetime;

/// A day and thirty, in seconds.
const DAY: u64 = 86_400;

impl Check for TokenLifetime {
    fn page(&self) -> &'static str {
        include_str!("projected_token_lifetime.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        for volume in tree.list(workload.spec, "volumes") {
            let sources = tree
                .path(*volume, &["projected", "sources"])
                .map(|list| tree.afforded(list))
                .unwrap_or_default();
            for token in sources
                .iter()
                .filter_map(|source| tree.get(*source, "serviceAccountToken"))
            {
                let Some(scalar) = tree
                    .get(token, "expirationSeconds")
                    .and_then(|id| tree.scalar(id))
                else {
                    continue;
                };
                let Some(seconds) = scalar.text.parse::<u64>().ok().filter(|seconds| *seconds > DAY) else {
                    continue;
                };
                let detail = found.at(
                    scalar.span,
                    format!(
                        "Projected token of {} is valid for {} days",
                        workload.object.shown(),
                        seconds / DAY
                    ),
                );
                let detail = detail.mend(scalar.span, "3600");
                if seconds <= 30 * DAY {
                    detail.severity(Severity::Low, "30 days at most");
                }
            }
        }
    }
}
