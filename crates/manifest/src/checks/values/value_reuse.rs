//! `secret-value-reuse`.

use std::collections::BTreeMap;

use keysift_finding::Span;

use crate::graph::At;
use crate::{Check, Cluster, ClusterFound};

/// `secret-value-reuse`.
pub(crate) struct ValueReuse;

/// The environment that a path names: production, or another.
fn environment(path: &str) -> Option<(bool, &str)> {
    const PRODUCTION: &[&str] = &["prod", "production", "prd", "live"];
    const OTHER: &[&str] = &[
        "dev",
        "develop",
        "development",
        "staging",
        "stage",
        "stg",
        "test",
        "testing",
        "qa",
        "uat",
        "sandbox",
        "preview",
        "local",
    ];
    let words = path
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.rev().find_map(|word| {
        let lower = word.to_ascii_lowercase();
        let production = PRODUCTION.contains(&lower.as_str());
        (production || OTHER.contains(&lower.as_str())).then_some((production, word))
    })
}

impl Check for ValueReuse {
    fn page(&self) -> &'static str {
        include_str!("value_reuse.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let mut places: BTreeMap<u64, Vec<(usize, &str, Span)>> = BTreeMap::new();
        for (file, facts) in cluster
            .files
            .iter()
            .enumerate()
            .filter(|(_, facts)| environment(&facts.path).is_some())
        {
            for (key, name, span) in &facts.values {
                places.entry(*key).or_default().push((file, name, *span));
            }
        }
        for places in places.values() {
            let of = |file: usize| environment(&cluster.files[file].path);
            let Some((file, name, span)) = places
                .iter()
                .find(|(file, ..)| of(*file).is_some_and(|(production, _)| production))
            else {
                continue;
            };
            let others: Vec<_> = places
                .iter()
                .filter(|(file, ..)| of(*file).is_some_and(|(production, _)| !production))
                .collect();
            let Some((other, ..)) = others.first() else {
                continue;
            };
            let word = of(*other).map_or("another", |(_, word)| word);
            let mut detail = found
                .at(
                    At {
                        file: *file,
                        span: *span,
                    },
                    format!("`{name}` has the same value in production and in `{word}`"),
                )
                .secret();
            for (other, name, span) in others.iter().take(5) {
                detail = detail.elsewhere(cluster.place(
                    At {
                        file: *other,
                        span: *span,
                    },
                    format!("the same value, as `{name}`"),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_words_of_paths() {
        assert_eq!(environment("overlays/prod/secret.yaml"), Some((true, "prod")));
        assert_eq!(environment("values-staging.yaml"), Some((false, "staging")));
        assert_eq!(environment("src/product/latest/x.yaml"), None);
    }
}
