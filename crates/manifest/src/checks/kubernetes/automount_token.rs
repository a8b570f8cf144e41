//! `k8s-automount-token`.

use std::collections::{BTreeMap, HashSet};

use crate::{
    Check, Cluster, ClusterFound,
    around::join,
    graph::{At, Pod},
    object::named,
};

/// `k8s-automount-token`.
pub(crate) struct Automount;

/// How many of the other workloads are shown.
const SHOWN: usize = 5;

/// The folder of the input in which a file is, or the file itself where it is in none: what is missing in one workload is missing in all of
/// them, and one finding for each tree is enough to act on.
fn tree(path: &str) -> String {
    let path = join("", path);
    let start = usize::from(path.starts_with('/'));
    let end = path[start..].find('/').map_or(path.len(), |at| start + at);
    path[..end].to_owned()
}

/// Whether a workload is given the token of an account that no binding names.
fn is_idle(cluster: &Cluster, file: usize, pod: &Pod) -> bool {
    const KINDS: &[&str] = &[
        "Pod",
        "PodTemplate",
        "Deployment",
        "ReplicaSet",
        "ReplicationController",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "DeploymentConfig",
    ];
    if !KINDS.contains(&pod.kind.as_str())
        || pod.control_plane
        || pod.projected
        || pod.automount == Some(false)
    {
        return false;
    }
    let name = pod.account.as_deref().unwrap_or("default");
    // A template says elsewhere which account it is and whether that mounts its token.
    if name.contains("{{") || cluster.bindings_of(file, name).next().is_some() {
        return false;
    }
    let account = cluster.accounts_in(file, name, pod.namespace.as_deref()).next();
    pod.automount == Some(true) || account.is_none_or(|account| account.automount.is_none_or(|on| on))
}

/// The workloads that are reached from outside the cluster, by their place in memory.
fn exposed(cluster: &Cluster) -> HashSet<*const Pod> {
    let services = cluster.services();
    let open = services
        .filter(|(file, service)| service.exposed || cluster.routes_to(*file, service).next().is_some());
    open.flat_map(|(file, service)| cluster.behind(file, service))
        .map(|(_, pod)| std::ptr::from_ref(pod))
        .collect()
}

impl Check for Automount {
    fn page(&self) -> &'static str {
        include_str!("automount_token.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let mut trees: BTreeMap<String, Vec<(usize, &Pod)>> = BTreeMap::new();
        for (file, pod) in cluster.pods().filter(|(file, pod)| is_idle(cluster, *file, pod)) {
            trees
                .entry(tree(&cluster.files[file].path))
                .or_default()
                .push((file, pod));
        }
        if trees.is_empty() {
            return;
        }
        let exposed = exposed(cluster);
        let is_exposed = |pod: &Pod| exposed.contains(&std::ptr::from_ref(pod));
        for pods in trees.values() {
            let first = pods
                .iter()
                .position(|(_, pod)| is_exposed(pod))
                .unwrap_or_default();
            let (file, pod) = pods[first];
            let shown = named(&pod.kind, &pod.name, pod.namespace.as_deref());
            let account = pod.account.as_deref().unwrap_or("default");
            let message = match pods.len() {
                1 => format!(
                    "{shown} mounts the token of service account `{account}`, which has no RBAC permissions in the scanned files"
                ),
                all => format!(
                    "{shown} and {} more mount service account tokens that have no RBAC permissions in the scanned files",
                    all - 1
                ),
            };
            let mut detail = found.at(At { file, span: pod.span }, message);
            let others = pods.iter().enumerate().filter(|(at, _)| *at != first);
            for (_, (file, pod)) in others.take(SHOWN) {
                let place = At {
                    file: *file,
                    span: pod.span,
                };
                let shown = named(&pod.kind, &pod.name, pod.namespace.as_deref());
                detail = detail.elsewhere(cluster.place(place, format!("{shown} mounts one too")));
            }
            if !is_exposed(pod) {
                detail.lower(1, "no workload here is exposed outside the cluster");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tree;

    #[test]
    fn a_file_belongs_to_the_first_folder_of_its_path() {
        assert_eq!(
            ["./k8s/a/b.yaml", "a.yaml", "/srv/x/a.yaml"].map(tree),
            ["k8s", "a.yaml", "/srv"]
        );
    }
}
