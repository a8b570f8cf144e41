//! Checks of pods.

use std::collections::HashSet;

use keysift_finding::{Confidence, Severity};
use keysift_judge::{Name, name};

use crate::{Check, Found, Workload, yaml::Id};

/// `k8s-secret-env-ref`: one note for each workload.
pub(super) struct SecretEnvRef;

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
        include_str!("kubernetes/secret_env_ref.md")
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

/// `k8s-secret-envfrom`.
pub(super) struct SecretEnvFrom;

impl Check for SecretEnvFrom {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/secret_envfrom.md")
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
                        "all keys of Secret `{secret}` are loaded into the environment of {place}{}",
                        workload.object.shown()
                    ),
                );
            }
        }
    }
}

/// `k8s-hostpath-credential-dir`.
pub(super) struct HostPath;

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
pub(super) fn credential_path(path: &str) -> Option<&'static str> {
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
        include_str!("kubernetes/hostpath_credential_dir.md")
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

/// `k8s-secret-volume-mode`.
pub(super) struct VolumeMode;

impl Check for VolumeMode {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/secret_volume_mode.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        for volume in tree.list(workload.spec, "volumes") {
            let holders = [tree.get(*volume, "secret"), tree.get(*volume, "projected")];
            for holder in holders.into_iter().flatten() {
                let items = tree
                    .list(holder, "items")
                    .iter()
                    .filter_map(|item| tree.get(*item, "mode"));
                for mode in tree.get(holder, "defaultMode").into_iter().chain(items) {
                    let Some(scalar) = tree.scalar(mode) else { continue };
                    if let Some(why) = wrong_mode(&scalar.text) {
                        let detail = found.at(
                            scalar.span,
                            format!(
                                "file mode {} of a Secret volume in {}: {why}",
                                scalar.text,
                                workload.object.shown()
                            ),
                        );
                        if why.starts_with("a decimal") {
                            detail.mend(scalar.span, format!("0{}", scalar.text));
                        }
                    }
                }
            }
        }
    }
}

/// What is wrong with a mode as YAML reads it: `0400` and `0o400` are octal, `400` is decimal.
fn wrong_mode(text: &str) -> Option<String> {
    if matches!(
        text,
        "400" | "440" | "600" | "640" | "644" | "664" | "666" | "700" | "755" | "777"
    ) {
        let decimal: u32 = text.parse().ok()?;
        return Some(format!(
            "a decimal number, which is octal {decimal:04o}; write 0{text}"
        ));
    }
    let octal = text
        .strip_prefix("0o")
        .or_else(|| text.strip_prefix('0').filter(|rest| !rest.is_empty()));
    let mode = match octal {
        Some(digits) => u32::from_str_radix(digits, 8).ok()?,
        None => text.parse().ok()?,
    };
    (mode & 0o002 != 0).then(|| "world-writable".to_owned())
}

/// `k8s-sensitive-env-from-configmap`.
pub(super) struct EnvFromConfigMap;

impl Check for EnvFromConfigMap {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/sensitive_env_from_configmap.md")
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
                            "sensitive variable `{variable}` in {} is read from a ConfigMap",
                            workload.object.shown()
                        ),
                    );
                }
            }
        }
    }
}

/// `k8s-shared-pid-with-secret-env`.
pub(super) struct SharedPid;

impl Check for SharedPid {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/shared_pid_with_secret_env.md")
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
