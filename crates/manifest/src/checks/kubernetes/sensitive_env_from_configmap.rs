//! `k8s-sensitive-env-from-configmap`.

use keysift_judge::{Name, name};

use crate::{Check, Found, Workload};

/// `k8s-sensitive-env-from-configmap`.
pub(crate) struct EnvFromConfigMap;

impl Check for EnvFromConfigMap {
    fn page(&self) -> &'static str {
        include_str!("sensitive_env_from_configmap.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        for container in &workload.containers {
            for entry in tree.list(container.node, "env") {
                let Some(reference) = tree.path(*entry, &["valueFrom", "configMapKeyRef"]) else {
                    continue;
                };
                let variable = tree.text(*entry, "name").unwrap_or_default();
                if name(variable) == Name::Sensitive {
                    let span = tree
                        .get(reference, "name")
                        .map_or_else(|| tree.span(*entry), |name| tree.span(name));
                    found.at(
                        span,
                        format!(
                            "Sensitive variable `{variable}` in {} is read from a ConfigMap",
                            workload.object.shown()
                        ),
                    );
                }
            }
        }
    }
}
