//! A setting of the control plane means the same in every form in which it can be written.

use std::{collections::BTreeSet, path::Path};

use keysift_manifest::check;

/// Component, flag, bad value, good value, and the check that reports the bad one.
const SETTINGS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "kube-apiserver",
        "anonymous-auth",
        "true",
        "false",
        "apiserver-anonymous-auth",
    ),
    (
        "kube-apiserver",
        "authorization-mode",
        "AlwaysAllow",
        "Node,RBAC",
        "apiserver-authorization-mode",
    ),
    (
        "kube-apiserver",
        "service-account-lookup",
        "false",
        "true",
        "apiserver-service-account-keys",
    ),
    (
        "kube-apiserver",
        "audit-log-maxage",
        "5",
        "40",
        "apiserver-audit-log-retention",
    ),
    (
        "kube-apiserver",
        "insecure-port",
        "8080",
        "0",
        "apiserver-insecure-port",
    ),
    (
        "kube-apiserver",
        "tls-min-version",
        "VersionTLS10",
        "VersionTLS13",
        "control-plane-tls",
    ),
    (
        "kube-apiserver",
        "etcd-servers",
        "http://10.1.1.1:2379",
        "https://10.1.1.1:2379",
        "apiserver-etcd-tls",
    ),
    (
        "kube-apiserver",
        "disable-admission-plugins",
        "ServiceAccount",
        "PodSecurity",
        "apiserver-admission-plugins",
    ),
    (
        "kube-controller-manager",
        "use-service-account-credentials",
        "false",
        "true",
        "controller-manager-credentials",
    ),
    ("etcd", "client-cert-auth", "false", "true", "etcd-client-tls"),
    ("etcd", "peer-auto-tls", "true", "false", "etcd-peer-tls"),
    ("kubelet", "anonymous-auth", "true", "false", "kubelet-open"),
    ("kubelet", "read-only-port", "10255", "0", "kubelet-open"),
    (
        "kubelet",
        "rotate-certificates",
        "false",
        "true",
        "certificate-rotation-off",
    ),
];

/// The forms of a setting: the file, and its text with the line of the setting last or before the last.
fn forms(component: &str, flag: &str, value: &str) -> Vec<(&'static str, String)> {
    let pod = |words: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: kube-system, labels: {{tier: control-plane}}}}\nspec:\n  containers:\n    - name: a\n{words}"
        )
    };
    let (one, two) = (format!("--{flag}={value}"), format!("\"--{flag}\", \"{value}\""));
    let mut forms = vec![
        (
            "pod.yaml",
            pod(&format!("      command: [{component}, {one}]\n").replace(&one, &format!("\"{one}\""))),
        ),
        (
            "pod.yaml",
            pod(&format!(
                "      command: [/usr/local/bin/{component}]\n      args: [{two}]\n"
            )),
        ),
        (
            "pod.yaml",
            pod(&format!(
                "      command: [sh, -c, \"exec {component} {one} 2>&1\"]\n"
            )),
        ),
        (
            "pod.yaml",
            pod(&format!(
                "      command:\n        - sh\n        - -c\n        - |\n          {component} \\\n            --{flag} {value}\n"
            )),
        ),
        (
            "a.service",
            format!("[Service]\nExecStart=/usr/bin/{component} \\\n  {one}\nRestart=no\n"),
        ),
        (
            "a.service.j2",
            format!("[Service]\nExecStart={component} --{flag} {value}\n"),
        ),
        (
            "config.yaml",
            format!("{component}-arg:\n  - \"{flag}={value}\"\n"),
        ),
        ("config.yaml", format!("{component}-arg: \"{flag}={value}\"\n")),
    ];
    let section = match component {
        "kube-apiserver" => "apiServer:\n  extraArgs:",
        "kube-controller-manager" => "controllerManager:\n  extraArgs:",
        "etcd" => "etcd:\n local:\n  extraArgs:",
        _ => "nodeRegistration:\n  kubeletExtraArgs:",
    };
    let kind = if component == "kubelet" {
        "JoinConfiguration"
    } else {
        "ClusterConfiguration"
    };
    for (version, args) in [
        ("v1beta3", format!("    {flag}: \"{value}\"")),
        ("v1beta4", format!("    - name: {flag}\n      value: \"{value}\"")),
    ] {
        let text = format!("apiVersion: kubeadm.k8s.io/{version}\nkind: {kind}\n{section}\n{args}\n");
        let lines: String = text.lines().map(|line| format!("      {line}\n")).collect();
        forms.push((
            "kind.yaml",
            format!(
                "kind: Cluster\napiVersion: x.example/v1\nnodes:\n  - kubeadmConfigPatches:\n    - |\n{lines}"
            ),
        ));
        forms.push(("kubeadm.yaml", text));
    }
    forms
}

/// The checks that report the setting itself, not what is missing beside it.
fn reported(path: &str, text: &str, flag: &str) -> BTreeSet<String> {
    let outcome = check(Path::new(path), text.as_bytes());
    assert_eq!(outcome.broken, None, "{text}");
    let findings = outcome.findings.into_iter();
    findings
        .filter(|finding| text[finding.span.start..finding.span.end].contains(flag))
        .map(|finding| finding.rule.id.clone())
        .collect()
}

#[test]
fn a_setting_means_the_same_in_every_form() {
    for (component, flag, bad, good, rule) in SETTINGS {
        for (path, text) in forms(component, flag, bad) {
            assert!(
                reported(path, &text, flag).contains(*rule),
                "{rule} in {path}:\n{text}"
            );
        }
        for (path, text) in forms(component, flag, good) {
            assert!(
                !reported(path, &text, flag).contains(*rule),
                "{rule} in {path}:\n{text}"
            );
        }
    }
}

#[test]
fn safe_edits_of_settings_leave_nothing_to_report() {
    for (component, flag, bad, _, rule) in SETTINGS {
        for (path, text) in forms(component, flag, bad) {
            let findings = check(Path::new(path), text.as_bytes()).findings;
            let edit = findings
                .iter()
                .filter(|finding| finding.rule.id == *rule)
                .find_map(|finding| finding.edit.as_ref());
            let Some(edit) = edit.filter(|edit| edit.safe) else {
                continue;
            };
            let fixed = format!(
                "{}{}{}",
                &text[..edit.span.start],
                edit.with,
                &text[edit.span.end..]
            );
            assert!(
                !reported(path, &fixed, flag).contains(*rule),
                "{rule} in {path}:\n{fixed}"
            );
        }
    }
}
