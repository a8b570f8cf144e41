//! `k8s-hostpath-credential-dir`, and which paths of a node hold credentials.

use std::collections::HashSet;

use crate::{Check, Found, Workload};

/// `k8s-hostpath-credential-dir`.
pub(crate) struct HostPath;

/// What a path of a node gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostAccess {
    /// Everything on the node.
    Root,
    /// A folder above folders with credentials.
    Parent,
    /// The socket of a container runtime, or its folder.
    Socket,
    /// Environments and memory of all processes.
    Processes,
    /// Keys and tokens of the node, of its kubelet, of etcd.
    Node,
    /// Keys and tokens of people, of cloud accounts.
    User,
}

impl HostAccess {
    /// As messages name it, with what it is good for.
    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::Root => "the whole host file system",
            Self::Parent => "a parent of directories with node credentials",
            Self::Socket => "the container runtime socket, which gives root on the node",
            Self::Processes => "the environment of all processes on the node",
            Self::Node => "credentials of the node",
            Self::User => "credentials of a user or cloud account",
        }
    }
}

/// Folders and files of a node with what they hold. `/**` is everything below, otherwise only the path itself.
const PATHS: &[(&str, HostAccess)] = &[
    ("/etc", HostAccess::Parent),
    ("/var", HostAccess::Parent),
    ("/var/lib", HostAccess::Parent),
    ("/run", HostAccess::Parent),
    ("/var/run", HostAccess::Parent),
    ("/run/docker", HostAccess::Socket),
    ("/run/containerd", HostAccess::Socket),
    ("/run/crio", HostAccess::Socket),
    ("/run/podman", HostAccess::Socket),
    ("/run/k3s", HostAccess::Socket),
    ("/run/k3s/containerd", HostAccess::Socket),
    ("/proc", HostAccess::Processes),
    ("/etc/kubernetes", HostAccess::Node),
    ("/etc/kubernetes/pki/**", HostAccess::Node),
    ("/etc/kubernetes/ssl/**", HostAccess::Node),
    ("/etc/kubernetes/manifests", HostAccess::Node),
    ("/var/lib/kubelet", HostAccess::Node),
    ("/var/lib/kubelet/pki/**", HostAccess::Node),
    ("/var/lib/etcd/**", HostAccess::Node),
    ("/etc/etcd/**", HostAccess::Node),
    ("/etc/ssl/etcd/**", HostAccess::Node),
    ("/etc/rancher", HostAccess::Node),
    ("/etc/rancher/k3s", HostAccess::Node),
    ("/etc/rancher/rke2", HostAccess::Node),
    ("/var/lib/rancher", HostAccess::Node),
    ("/var/lib/rancher/k3s", HostAccess::Node),
    ("/var/lib/rancher/k3s/server/**", HostAccess::Node),
    ("/var/lib/rancher/rke2", HostAccess::Node),
    ("/var/lib/rancher/rke2/server/**", HostAccess::Node),
    ("/run/secrets/**", HostAccess::Node),
    ("/etc/shadow", HostAccess::Node),
    ("/etc/gshadow", HostAccess::Node),
    ("/etc/ssh", HostAccess::Node),
    ("/var/lib/cloud/**", HostAccess::Node),
    ("/var/lib/waagent", HostAccess::Node),
    ("/root", HostAccess::User),
    ("/home", HostAccess::User),
];
const SOCKETS: &[&str] = &[
    "docker.sock",
    "containerd.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "podman.sock",
];
const USER_FOLDERS: &[&str] = &[".kube", ".docker", ".aws", ".azure", ".ssh", ".gnupg", "gcloud"];

/// What a path of a node gives away; certificates and public keys are no secret, nor is what a kernel tells about itself.
pub(crate) fn host_access(path: &str) -> Option<HostAccess> {
    let path = path.trim_end_matches('/');
    let path = path
        .strip_prefix("/var")
        .filter(|rest| rest.starts_with("/run"))
        .unwrap_or(path);
    let file = path.rsplit('/').next().unwrap_or_default();
    let public = [".crt", ".cer", ".pub", ".csr"]
        .iter()
        .any(|end| file.ends_with(end));
    if path.is_empty() {
        return Some(HostAccess::Root);
    }
    if public {
        return None;
    }
    let listed = PATHS.iter().find(|(known, _)| match known.strip_suffix("/**") {
        Some(folder) => path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => {
            path == *known
                || known
                    .strip_prefix("/var")
                    .is_some_and(|rest| rest == path && rest == "/run")
        }
    });
    if let Some((_, access)) = listed {
        return Some(*access);
    }
    if SOCKETS.contains(&file) {
        return Some(HostAccess::Socket);
    }
    // /proc/1, /proc/self: a process; everything else there is the kernel's.
    if let Some(process) = path.strip_prefix("/proc/") {
        let process = process.split('/').next().unwrap_or_default();
        let is_one = process == "self" || process.bytes().all(|byte| byte.is_ascii_digit());
        return is_one.then_some(HostAccess::Processes);
    }
    let below = |folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    // Of these folders only what is by its name a credential: /etc/kubernetes/admin.conf, /etc/ssh/ssh_host_rsa_key.
    let key = [".key", ".conf", ".kubeconfig", ".pem", "_key"]
        .iter()
        .any(|end| file.ends_with(end))
        || file.contains("kubeconfig")
        || matches!(
            file,
            "azure.json" | "cloud-config" | "k3s.yaml" | "rke2.yaml" | "token"
        );
    let folders = ["/etc/kubernetes", "/var/lib/kubelet", "/etc/rancher", "/etc/ssh"];
    if key && folders.iter().any(|folder| below(folder)) {
        return Some(HostAccess::Node);
    }
    if path.split('/').any(|part| USER_FOLDERS.contains(&part)) {
        return Some(HostAccess::User);
    }
    // A home folder itself.
    let home = path
        .strip_prefix("/home/")
        .is_some_and(|user| !user.contains('/'));
    let home = home || matches!(path, "~" | "$HOME" | "${HOME}");
    home.then_some(HostAccess::User)
}

impl Check for HostPath {
    fn page(&self) -> &'static str {
        include_str!("hostpath_credential_dir.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        // The control plane's own pods need their keys.
        if workload
            .object
            .cursor()
            .path(&["metadata", "labels", "tier"])
            .is("control-plane")
        {
            return;
        }
        let written = written(workload);
        for volume in workload.cursor().list("volumes") {
            let Some(scalar) = volume.path(&["hostPath", "path"]).scalar() else {
                continue;
            };
            let Some(access) = host_access(&scalar.text) else {
                continue;
            };
            let detail = found.at(
                scalar.span,
                format!(
                    "Host path `{}` is mounted into {}: {}",
                    scalar.text,
                    workload.object.shown(),
                    access.shown()
                ),
            );
            let read_only = volume
                .get("name")
                .str()
                .is_none_or(|name| !written.contains(name));
            if matches!(access, HostAccess::Processes | HostAccess::Root) && read_only {
                detail.lower(1, "mounted read-only, as monitoring agents do");
            }
        }
    }
}

/// The volumes that some container mounts otherwise than read-only.
fn written<'t>(workload: &Workload<'t>) -> HashSet<&'t str> {
    let tree = workload.tree();
    let containers = workload.containers.iter();
    let all = containers.flat_map(|container| tree.at(container.node).list("volumeMounts"));
    all.filter(|mount| !mount.get("readOnly").is("true"))
        .filter_map(|mount| mount.get("name").str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_credentials() {
        for (path, access) in [
            ("/", Some(HostAccess::Root)),
            ("/var/run", Some(HostAccess::Parent)),
            ("/var/run/docker.sock", Some(HostAccess::Socket)),
            ("/run/containerd/", Some(HostAccess::Socket)),
            ("/run/k3s/containerd/containerd.sock", Some(HostAccess::Socket)),
            ("/proc", Some(HostAccess::Processes)),
            ("/proc/1/environ", Some(HostAccess::Processes)),
            ("/proc/sys/net", None),
            ("/proc/swaps", None),
            ("/etc/kubernetes/pki", Some(HostAccess::Node)),
            ("/etc/kubernetes/pki/etcd/server.key", Some(HostAccess::Node)),
            ("/etc/kubernetes/pki/etcd/ca.crt", None),
            ("/etc/kubernetes/admin.conf", Some(HostAccess::Node)),
            ("/etc/kubernetes/node-feature-discovery/features.d", None),
            ("/var/lib/kubelet/plugins/csi", None),
            ("/var/lib/kubelet/device-plugins", None),
            ("/var/lib/kubelet/pki", Some(HostAccess::Node)),
            ("/var/lib/kubelet/kubeconfig", Some(HostAccess::Node)),
            ("/var/lib/etcd/member", Some(HostAccess::Node)),
            (
                "/var/run/secrets/kubernetes.io/serviceaccount",
                Some(HostAccess::Node),
            ),
            ("/home/ada", Some(HostAccess::User)),
            ("/home/ada/projects", None),
            ("/home/ada/.aws/credentials", Some(HostAccess::User)),
            ("/root/.config/gcloud", Some(HostAccess::User)),
            ("/srv/data", None),
            ("/etc/localtime", None),
        ] {
            assert_eq!(host_access(path), access, "{path}");
        }
    }
}
