//! `k8s-shared-pid-with-secret-env`.

use keysift_finding::Confidence;

use crate::yaml::Id;
use crate::{Check, Found, Workload};

/// `k8s-shared-pid-with-secret-env`.
pub(crate) struct SharedPid;

impl Check for SharedPid {
    fn page(&self) -> &'static str {
        include_str!("shared_pid_with_secret_env.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        let holds = |entry: &Id| {
            tree.path(*entry, &["valueFrom", "secretKeyRef"]).is_some()
                || tree.get(*entry, "secretRef").is_some()
        };
        let secret = workload.containers.iter().any(|container| {
            tree.list(container.node, "env")
                .iter()
                .chain(tree.list(container.node, "envFrom"))
                .any(holds)
        });
        for (key, shared) in [
            ("shareProcessNamespace", workload.containers.len() > 1),
            ("hostPID", true),
        ] {
            if secret && shared && workload.switch(key) == Some(true) {
                let span = tree
                    .get(workload.spec, key)
                    .map_or(keysift_finding::Span::default(), |value| tree.span(value));
                found
                    .at(
                        span,
                        format!(
                            "`{key}` lets other processes read the environment of {}, which contains a Secret",
                            workload.object.shown()
                        ),
                    )
                    .doubt(
                        Confidence::High,
                        "processes of the same user and root can read /proc/PID/environ",
                    );
            }
        }
    }
}
