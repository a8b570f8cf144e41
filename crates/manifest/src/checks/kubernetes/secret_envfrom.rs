//! `k8s-secret-envfrom`.

use crate::{Check, Found, Workload};

/// `k8s-secret-envfrom`.
pub(crate) struct SecretEnvFrom;

impl Check for SecretEnvFrom {
    fn page(&self) -> &'static str {
        include_str!("secret_envfrom.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        for container in &workload.containers {
            for entry in tree.list(container.node, "envFrom") {
                let Some(name) = tree.path(*entry, &["secretRef", "name"]) else {
                    continue;
                };
                let secret = tree.scalar(name).map_or("?", |name| name.text.as_str());
                let place = container
                    .name()
                    .map_or_else(String::new, |name| format!("container `{name}` of "));
                found.at(
                    tree.span(name),
                    format!(
                        "All keys of Secret `{secret}` are loaded into the environment of {place}{}",
                        workload.object.shown()
                    ),
                );
            }
        }
    }
}
