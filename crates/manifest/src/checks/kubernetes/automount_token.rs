//! `k8s-automount-token`.

use std::collections::BTreeMap;

use crate::graph::{At, Pod, chart};
use crate::object::named;
use crate::{Check, Cluster, ClusterFound};

/// Chart or folder, account, namespace.
type Group<'c> = (&'c str, &'c str, Option<&'c str>);

/// `k8s-automount-token`.
pub(crate) struct Automount;

impl Check for Automount {
    fn page(&self) -> &'static str {
        include_str!("automount_token.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        // One note for each chart or folder, account and namespace: what is missing is missing everywhere.
        let mut groups: BTreeMap<Group<'_>, Vec<(usize, &Pod)>> = BTreeMap::new();
        for (file, pod) in cluster
            .pods()
            .filter(|(_, pod)| pod.builtin && !pod.control_plane && pod.automount.is_none() && !pod.projected)
        {
            let name = pod.account.as_deref().unwrap_or("default");
            // A template says elsewhere which account it is and whether that mounts its token.
            if name.contains("{{") || cluster.is_bound(name) {
                continue;
            }
            let account = cluster.accounts_in(name, pod.namespace.as_deref()).next();
            if account.is_none_or(|account| account.automount.is_none_or(|on| on)) {
                groups
                    .entry((chart(&cluster.files[file].path), name, pod.namespace.as_deref()))
                    .or_default()
                    .push((file, pod));
            }
        }
        for ((_, name, _), pods) in groups {
            let (file, pod) = pods[0];
            let shown = named(&pod.kind, &pod.name, pod.namespace.as_deref());
            let (more, mount) = if pods.len() > 1 {
                (format!(" and {} more", pods.len() - 1), "mount")
            } else {
                (String::new(), "mounts")
            };
            let at = At { file, span: pod.span };
            let message = format!(
                "{shown}{more} {mount} the token of service account `{name}`, which has no RBAC permissions in the input"
            );
            found.at(at, message);
        }
    }
}
