//! Variables of Kubespray, which installs Kubernetes with Ansible, as the settings that they become.
//!
//! Names: <https://github.com/kubernetes-sigs/kubespray/blob/master/docs/ansible/vars.md>.

use std::borrow::Cow;

use super::{Component, Setting, Settings, Source};
use crate::yaml::{Cursor, Tree};

use Component::{ApiServer, Etcd, Kubelet};

/// A variable, the component that it is about, and the flag that it becomes.
const VARIABLES: &[(&str, Component, &str)] = &[
    ("kube_api_anonymous_auth", ApiServer, "anonymous-auth"),
    ("kube_apiserver_insecure_port", ApiServer, "insecure-port"),
    (
        "kube_apiserver_insecure_bind_address",
        ApiServer,
        "insecure-bind-address",
    ),
    ("authorization_modes", ApiServer, "authorization-mode"),
    (
        "kube_apiserver_enable_admission_plugins",
        ApiServer,
        "enable-admission-plugins",
    ),
    (
        "kube_apiserver_disable_admission_plugins",
        ApiServer,
        "disable-admission-plugins",
    ),
    (
        "kube_apiserver_service_account_lookup",
        ApiServer,
        "service-account-lookup",
    ),
    ("audit_log_maxage", ApiServer, "audit-log-maxage"),
    ("audit_log_maxbackups", ApiServer, "audit-log-maxbackup"),
    ("audit_log_maxsize", ApiServer, "audit-log-maxsize"),
    ("tls_min_version", ApiServer, "tls-min-version"),
    ("kube_encrypt_secret_data", ApiServer, "secrets-encryption"),
    ("kubernetes_audit", ApiServer, "kubernetes_audit"),
    ("kubelet_anonymous_auth", Kubelet, "anonymous-auth"),
    ("kube_read_only_port", Kubelet, "read-only-port"),
    ("kubelet_rotate_certificates", Kubelet, "rotate-certificates"),
    ("etcd_secure_client", Etcd, "client-cert-auth"),
    ("etcd_peer_client_auth", Etcd, "peer-client-cert-auth"),
];

/// Switches that become a flag with a file, or a mode.
const SWITCHES: &[(&str, &str, Component, &str, &str)] = &[
    (
        "kube_basic_auth",
        "true",
        ApiServer,
        "basic-auth-file",
        "/etc/kubernetes/users",
    ),
    (
        "kube_token_auth",
        "true",
        ApiServer,
        "token-auth-file",
        "/etc/kubernetes/tokens",
    ),
    (
        "kubelet_authorization_mode_webhook",
        "false",
        Kubelet,
        "authorization-mode",
        "AlwaysAllow",
    ),
];

/// What a file of variables says about the components.
pub(crate) fn of_kubespray(tree: &Tree) -> Vec<Settings<'_>> {
    let mut found: Vec<Settings<'_>> = Vec::new();
    for root in &tree.documents {
        let root = tree.at(*root);
        let switches = SWITCHES
            .iter()
            .filter_map(|(variable, on, component, flag, value)| {
                let node = root.get(variable);
                node.is(on)
                    .then_some((*component, *flag, node, Cow::Borrowed(*value)))
            });
        let plain = VARIABLES.iter().filter_map(|(variable, component, flag)| {
            let node = root.get(variable);
            let value = match node.str() {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Owned(node.items().filter_map(Cursor::str).collect::<Vec<_>>().join(",")),
            };
            node.exists().then_some((*component, *flag, node, value))
        });
        for (component, flag, node, value) in switches.chain(plain) {
            let span = node.span();
            let setting = Setting {
                name: Cow::Borrowed(flag),
                value: Some(value),
                span,
                raw: tree.raw(span),
                own: node.scalar().map(|scalar| scalar.span),
            };
            match found.iter_mut().find(|settings| settings.component == component) {
                Some(settings) => settings.list.push(setting),
                None => found.push(Settings {
                    component,
                    source: Source::Partial,
                    at: span,
                    list: vec![setting],
                }),
            }
        }
    }
    found
}
