//! `k8s-hostpath-credential-dir`.

use std::collections::HashSet;

use keysift_finding::Severity;

use crate::{Check, Found, Workload};

/// `k8s-hostpath-credential-dir`.
pub(crate) struct HostPath;

/// Folders of a node that hold credentials.
const CREDENTIAL_FOLDERS: &[&str] = &[
    "/etc/kubernetes",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/etc/rancher",
    "/var/lib/rancher",
    "/root",
    "/home",
    "/etc/shadow",
    "/etc/ssh",
    "/run/secrets",
    "/var/run/secrets",
    "/proc",
];
const SOCKETS: &[&str] = &["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock"];
const CREDENTIAL_NAMES: &[&str] = &[".kube", ".docker", ".aws", ".azure", ".ssh"];

/// Why a path of a node gives credentials away.
pub(crate) fn credential_path(path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    let inside = |folder: &str| {
        path == folder
            || path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    match () {
        () if path.is_empty() => Some("the whole host file system"),
        () if path == "/etc"
            || path == "/var"
            || path == "/var/lib"
            || path == "/run"
            || path == "/var/run" =>
        {
            Some("a parent of directories with node credentials")
        }
        () if SOCKETS.iter().any(|socket| path.ends_with(socket)) => Some("the container runtime socket"),
        () if CREDENTIAL_FOLDERS.iter().any(|folder| inside(folder)) => {
            Some("a directory with node credentials")
        }
        () if path.split('/').any(|part| CREDENTIAL_NAMES.contains(&part)) => {
            Some("a directory with user credentials")
        }
        () => None,
    }
}

impl Check for HostPath {
    fn page(&self) -> &'static str {
        include_str!("hostpath_credential_dir.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        // The control plane's own pods need their keys.
        let control_plane = tree
            .path(workload.object.root, &["metadata", "labels", "tier"])
            .and_then(|tier| tree.scalar(tier))
            .is_some_and(|tier| tier.text == "control-plane");
        if control_plane {
            return;
        }
        let written = written(workload);
        for volume in tree.list(workload.spec, "volumes") {
            let Some((path, span)) = tree
                .path(*volume, &["hostPath", "path"])
                .and_then(|path| tree.scalar(path))
                .map(|path| (path.text.as_str(), path.span))
            else {
                continue;
            };
            // Node plug-ins: sockets that kubelet made for them.
            if [
                "plugins",
                "plugins_registry",
                "pods",
                "device-plugins",
                "pod-resources",
            ]
            .iter()
            .any(|part| path.starts_with(&format!("/var/lib/kubelet/{part}")))
            {
                continue;
            }
            let read_only = tree
                .text(*volume, "name")
                .is_none_or(|name| !written.contains(name));
            if let Some(why) = credential_path(path) {
                let detail = found.at(
                    span,
                    format!(
                        "host path `{path}` is mounted into {}: {why}",
                        workload.object.shown()
                    ),
                );
                if matches!(path, "/proc" | "/" | "") && read_only {
                    detail.severity(Severity::Medium, "mounted read-only, as monitoring agents do");
                }
            }
        }
    }
}

/// The volumes that some container mounts otherwise than read-only.
fn written<'t>(workload: &Workload<'t>) -> HashSet<&'t str> {
    let tree = workload.object.tree;
    let all = workload
        .containers
        .iter()
        .flat_map(|container| tree.list(container.node, "volumeMounts"));
    all.filter(|mount| tree.text(**mount, "readOnly") != Some("true"))
        .filter_map(|mount| tree.text(*mount, "name"))
        .collect()
}
