//! `k8s-secret-env-ref`.

use crate::{Check, Found, Workload};

/// `k8s-secret-env-ref`: one note for each workload.
pub(crate) struct SecretEnvRef;

/// Keys of Secrets that hold no secret.
fn is_plain_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    [
        "user", "username", "host", "hostname", "port", "database", "dbname", "db", "name", "email",
        "endpoint", "url", "uri", "region", "bucket", "id",
    ]
    .iter()
    .any(|word| {
        lower == *word || lower.ends_with(&format!("-{word}")) || lower.ends_with(&format!("_{word}"))
    })
}

impl Check for SecretEnvRef {
    fn page(&self) -> &'static str {
        include_str!("secret_env_ref.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        let mut places = Vec::new();
        for container in &workload.containers {
            for entry in tree.list(container.node, "env") {
                let reference = tree.path(*entry, &["valueFrom", "secretKeyRef"]);
                let Some(reference) =
                    reference.filter(|reference| !tree.text(*reference, "key").is_some_and(is_plain_key))
                else {
                    continue;
                };
                let span = tree
                    .get(reference, "name")
                    .map_or_else(|| tree.span(*entry), |name| tree.span(name));
                places.push((span, tree.text(*entry, "name").unwrap_or("?")));
            }
        }
        let Some((span, first)) = places.first() else {
            return;
        };
        let (others, are) = if places.len() > 1 {
            (format!(" and {} more", places.len() - 1), "are")
        } else {
            (String::new(), "is")
        };
        found.at(
            *span,
            format!(
                "`{first}`{others} in {} {are} passed from a Secret through environment variables",
                workload.object.shown()
            ),
        );
    }
}
