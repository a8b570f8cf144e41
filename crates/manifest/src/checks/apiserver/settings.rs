//! Settings of the control plane that decide who reads Secrets, and how they are sent, stored and recorded: one table for each check.

use keysift_finding::Severity;

use crate::{
    Check, Found,
    control::{Component, Setting, Settings},
};

/// When a setting is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// It is set, to whatever.
    Set,
    /// It is one of these.
    Is(&'static [&'static str]),
    /// It is set to anything but this.
    IsNot(&'static str),
    /// It is a list with one of these in it.
    Has(&'static [&'static str]),
    /// It is a list without this.
    Lacks(&'static str),
    /// It is a number below this.
    Below(u64),
    /// It is a duration of more than so many hours.
    LongerThan(u64),
    /// It is a list of addresses, one of which is unencrypted and leaves the machine.
    Unencrypted,
    /// It is missing, where all settings are known, and the default is not safe.
    Missing,
}

/// A line of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    component: Component,
    flag: &'static str,
    when: When,
    says: &'static str,
    /// Another severity than that of the page.
    severity: Option<Severity>,
    /// Flags with which it does not matter.
    unless: &'static [&'static str],
    /// What to write instead.
    good: Option<&'static str>,
}

const fn row(component: Component, flag: &'static str, when: When, says: &'static str) -> Row {
    Row {
        component,
        flag,
        when,
        says,
        severity: None,
        unless: &[],
        good: None,
    }
}

impl Row {
    const fn low(self) -> Self {
        Self {
            severity: Some(Severity::Low),
            ..self
        }
    }

    const fn medium(self) -> Self {
        Self {
            severity: Some(Severity::Medium),
            ..self
        }
    }

    const fn unless(self, unless: &'static [&'static str]) -> Self {
        Self { unless, ..self }
    }

    const fn good(self, good: &'static str) -> Self {
        Self {
            good: Some(good),
            ..self
        }
    }

    fn is_bad(&self, setting: &Setting<'_>) -> bool {
        let value = setting.value.as_deref();
        // A flag without a value is switched on.
        let text = value.unwrap_or("true").trim();
        let mut parts = text.split(',').map(str::trim);
        if text.contains("{{") || text.contains("${") {
            return matches!(self.when, Set);
        }
        match self.when {
            Set => value.is_none_or(|value| !value.is_empty()),
            Is(bad) => bad.iter().any(|bad| text.eq_ignore_ascii_case(bad)),
            IsNot(good) => value.is_some() && text != good,
            Has(bad) => parts.any(|part| bad.contains(&part)),
            Lacks(good) => parts.all(|part| part != good),
            Below(least) => text.parse::<u64>().is_ok_and(|number| number < least),
            LongerThan(hours) => text
                .split_once('h')
                .and_then(|(number, _)| number.parse::<u64>().ok())
                .is_some_and(|number| number > hours),
            Unencrypted => parts.any(|part| {
                let host = part.strip_prefix("http://").unwrap_or_default();
                !host.is_empty()
                    && !["127.", "localhost", "[::1]"]
                        .iter()
                        .any(|local| host.starts_with(local))
            }),
            Missing => false,
        }
    }
}

/// A check of settings: a page and its table.
pub(crate) struct ControlPlane {
    pub(crate) page: &'static str,
    pub(crate) rows: &'static [Row],
}

impl Check for ControlPlane {
    fn page(&self) -> &'static str {
        self.page
    }

    fn settings(&self, settings: &Settings<'_>, found: &mut Found<'_>) {
        let rows = || self.rows.iter().filter(|row| row.component == settings.component);
        let matters = |row: &&Row| !row.unless.iter().any(|flag| settings.has(flag));
        for row in rows().filter(matters) {
            let Some(setting) = settings.get(row.flag).filter(|setting| row.is_bad(setting)) else {
                continue;
            };
            let shown = match &setting.value {
                Some(value) => format!("`{}={}`", row.flag, keysift_finding::head(value, 100)),
                None => format!("`{}`", row.flag),
            };
            let detail = found.at(
                setting.span,
                format!("{} {shown}: {}", settings.component.shown(), row.says),
            );
            let detail = match row.severity {
                Some(severity) => detail.severity(severity, "limited impact by itself"),
                None => detail,
            };
            if let (Some(good), Some(span)) = (row.good, setting.value_span()) {
                detail.mend(span, good);
            }
        }
        if settings.is_complete() {
            let missing = rows().filter(matters).filter(|row| matches!(row.when, Missing));
            self.missing(
                settings,
                missing.copied().filter(|row| !settings.has(row.flag)).collect(),
                found,
            );
        }
    }
}

impl ControlPlane {
    /// All missing settings are one finding: they are added in one place.
    fn missing(&self, settings: &Settings<'_>, rows: Vec<Row>, found: &mut Found<'_>) {
        let Some(first) = rows.first() else { return };
        let flags: Vec<_> = rows.iter().map(|row| format!("`{}`", row.flag)).collect();
        let detail = found.at(
            settings.at,
            format!(
                "{} without {}: {}",
                settings.component.shown(),
                flags.join(", "),
                first.says
            ),
        );
        let severities = rows.iter().map(|row| row.severity);
        if let Some(severity) = severities
            .collect::<Option<Vec<_>>>()
            .and_then(|all| all.into_iter().max())
        {
            detail.severity(severity, "the default is not safe");
        }
    }
}

use Component::{ApiServer, ControllerManager, Etcd, Kubelet};
use When::{Below, Has, Is, IsNot, Lacks, LongerThan, Missing, Set, Unencrypted};

/// `apiserver-anonymous-auth`.
pub(crate) const ANONYMOUS: &[Row] = &[
    row(
        ApiServer,
        "anonymous-auth",
        Is(&["true"]),
        "requests without a credential are accepted, and only authorization restricts them",
    ),
    row(
        ApiServer,
        "anonymous-auth",
        Missing,
        "requests without a credential are accepted by default",
    )
    .low()
    .unless(&["authentication-config"]),
];

/// `apiserver-static-credentials-file`.
pub(crate) const STATIC_CREDENTIALS: &[Row] = &[
    row(
        ApiServer,
        "token-auth-file",
        Set,
        "static credentials that never expire and have no second factor",
    ),
    row(
        ApiServer,
        "basic-auth-file",
        Set,
        "static credentials that never expire and have no second factor",
    ),
    row(
        ApiServer,
        "insecure-allow-any-token",
        Set,
        "any token is accepted",
    ),
];

/// `apiserver-insecure-port`.
pub(crate) const INSECURE_PORT: &[Row] = &[
    row(
        ApiServer,
        "insecure-port",
        IsNot("0"),
        "requests on this port are neither encrypted, authenticated nor authorized",
    )
    .good("0"),
    row(
        ApiServer,
        "insecure-bind-address",
        Set,
        "requests on this address are neither encrypted, authenticated nor authorized",
    ),
    row(
        ApiServer,
        "secure-port",
        Is(&["0"]),
        "the API is not served over TLS",
    ),
];

/// `apiserver-admission-plugins`.
pub(crate) const ADMISSION: &[Row] = &[
    row(
        ApiServer,
        "enable-admission-plugins",
        Has(&["AlwaysAdmit"]),
        "every request is admitted",
    ),
    row(
        ApiServer,
        "enable-admission-plugins",
        Lacks("NodeRestriction"),
        "without NodeRestriction a node may change the objects of other nodes, and so reach their Secrets",
    ),
    row(
        ApiServer,
        "admission-control",
        Has(&["AlwaysAdmit"]),
        "every request is admitted",
    ),
    row(
        ApiServer,
        "enable-admission-plugins",
        Missing,
        "without NodeRestriction a node may change the objects of other nodes, and so reach their Secrets",
    )
    .unless(&["admission-control"]),
    row(
        ApiServer,
        "disable-admission-plugins",
        Has(&["ServiceAccount", "NodeRestriction", "NamespaceLifecycle"]),
        "a plug-in is off that limits what service accounts and nodes may do",
    ),
];

/// `apiserver-service-account-keys`.
pub(crate) const SERVICE_ACCOUNTS: &[Row] = &[
    row(
        ApiServer,
        "service-account-lookup",
        Is(&["false"]),
        "tokens stay valid when their service account or Secret is deleted",
    )
    .good("true"),
    row(
        ApiServer,
        "service-account-key-file",
        Missing,
        "tokens are verified with the key of the TLS certificate, which cannot be rotated by itself",
    )
    .low(),
    row(
        ControllerManager,
        "service-account-private-key-file",
        Missing,
        "no key of its own signs the tokens of service accounts",
    )
    .low(),
];

/// `apiserver-token-extension`.
pub(crate) const TOKEN_EXTENSION: &[Row] = &[
    row(
        ApiServer,
        "service-account-extend-token-expiration",
        Is(&["true"]),
        "tokens of pods are valid for a year instead of an hour",
    )
    .good("false"),
    row(
        ApiServer,
        "service-account-max-token-expiration",
        LongerThan(168),
        "whoever may request a token gets one for longer than a week",
    ),
];

/// `apiserver-kubelet-tls`.
pub(crate) const KUBELET_LINK: &[Row] = &[
    row(
        ApiServer,
        "kubelet-https",
        Is(&["false"]),
        "the API server talks to kubelets without TLS",
    )
    .good("true"),
    row(
        ApiServer,
        "kubelet-certificate-authority",
        Missing,
        "the certificate of a kubelet is not verified: whoever is in between sees what is sent to pods",
    )
    .low(),
    row(
        ApiServer,
        "kubelet-client-certificate",
        Missing,
        "the API server does not authenticate to kubelets",
    ),
    row(
        ApiServer,
        "kubelet-client-key",
        Missing,
        "the API server does not authenticate to kubelets",
    ),
];

/// Ciphers that are broken or have no forward secrecy.
const WEAK_CIPHERS: &[&str] = &[
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
];
const OLD_TLS: &[&str] = &["VersionTLS10", "VersionTLS11"];
const WEAK: &str = "traffic that is recorded today can be decrypted";

/// `control-plane-tls`.
pub(crate) const TLS: &[Row] = &[
    row(
        ApiServer,
        "tls-cert-file",
        Missing,
        "the API server makes a certificate of its own, which clients cannot verify",
    ),
    row(
        ApiServer,
        "tls-private-key-file",
        Missing,
        "the API server makes a certificate of its own, which clients cannot verify",
    ),
    row(
        ApiServer,
        "client-ca-file",
        Missing,
        "clients cannot authenticate with certificates",
    )
    .low(),
    row(ApiServer, "tls-cipher-suites", Has(WEAK_CIPHERS), WEAK).low(),
    row(ApiServer, "tls-min-version", Is(OLD_TLS), WEAK).good("VersionTLS12"),
    row(
        Kubelet,
        "client-ca-file",
        Missing,
        "the kubelet cannot authenticate the API server by its certificate",
    )
    .low(),
    row(Kubelet, "tls-cipher-suites", Has(WEAK_CIPHERS), WEAK).low(),
    row(Kubelet, "tls-min-version", Is(OLD_TLS), WEAK).good("VersionTLS12"),
    row(
        ControllerManager,
        "root-ca-file",
        Missing,
        "pods get no certificate with which they verify the API server before they send it their token",
    )
    .low(),
];

/// `apiserver-etcd-tls`.
pub(crate) const ETCD_LINK: &[Row] = &[
    row(
        ApiServer,
        "etcd-servers",
        Unencrypted,
        "Secrets cross the network unencrypted",
    ),
    row(
        ApiServer,
        "etcd-cafile",
        Missing,
        "the connection to etcd, which holds every Secret, is not mutual TLS",
    )
    .medium(),
    row(
        ApiServer,
        "etcd-certfile",
        Missing,
        "the connection to etcd, which holds every Secret, is not mutual TLS",
    )
    .medium(),
    row(
        ApiServer,
        "etcd-keyfile",
        Missing,
        "the connection to etcd, which holds every Secret, is not mutual TLS",
    )
    .medium(),
];

/// `apiserver-audit-log-retention`.
pub(crate) const AUDIT_LOG: &[Row] = &[
    row(
        ApiServer,
        "audit-log-maxage",
        Below(30),
        "who read a Secret is forgotten in less than 30 days",
    )
    .good("30"),
    row(
        ApiServer,
        "audit-log-maxbackup",
        Below(10),
        "who read a Secret is forgotten when fewer than 10 files are full",
    )
    .good("10"),
    row(
        ApiServer,
        "audit-log-maxsize",
        Below(100),
        "who read a Secret is forgotten early: files hold less than 100 MB",
    )
    .good("100"),
];

/// `etcd-client-tls`.
pub(crate) const ETCD_CLIENT: &[Row] = &[
    row(
        Etcd,
        "client-cert-auth",
        Is(&["false"]),
        "any client reads and writes every Secret",
    )
    .good("true"),
    row(
        Etcd,
        "auto-tls",
        Is(&["true"]),
        "clients cannot verify a certificate that etcd makes for itself",
    )
    .good("false"),
    row(
        Etcd,
        "listen-client-urls",
        Unencrypted,
        "Secrets cross the network unencrypted",
    ),
    row(
        Etcd,
        "client-cert-auth",
        Missing,
        "any client that reaches it reads and writes every Secret",
    ),
    row(
        Etcd,
        "cert-file",
        Missing,
        "any client that reaches it reads and writes every Secret",
    ),
    row(
        Etcd,
        "key-file",
        Missing,
        "any client that reaches it reads and writes every Secret",
    ),
];

/// `etcd-peer-tls`.
pub(crate) const ETCD_PEER: &[Row] = &[
    row(
        Etcd,
        "peer-client-cert-auth",
        Is(&["false"]),
        "any machine can join as a peer, and receives every Secret",
    )
    .good("true"),
    row(
        Etcd,
        "peer-auto-tls",
        Is(&["true"]),
        "peers cannot verify a certificate that etcd makes for itself",
    )
    .good("false"),
    row(
        Etcd,
        "listen-peer-urls",
        Unencrypted,
        "Secrets cross the network unencrypted",
    ),
    row(
        Etcd,
        "peer-client-cert-auth",
        Missing,
        "any machine that reaches it can join as a peer",
    ),
    row(
        Etcd,
        "peer-cert-file",
        Missing,
        "any machine that reaches it can join as a peer",
    ),
    row(
        Etcd,
        "peer-key-file",
        Missing,
        "any machine that reaches it can join as a peer",
    ),
];

/// `kubelet-open`.
pub(crate) const KUBELET_OPEN: &[Row] = &[
    row(
        Kubelet,
        "anonymous-auth",
        Is(&["true"]),
        "the kubelet accepts anonymous requests",
    )
    .good("false"),
    row(
        Kubelet,
        "authorization-mode",
        Is(&["AlwaysAllow"]),
        "the kubelet does not authorize requests",
    )
    .good("Webhook"),
    row(
        Kubelet,
        "read-only-port",
        IsNot("0"),
        "the kubelet accepts unauthenticated requests on this port",
    )
    .good("0"),
];

/// `certificate-rotation-off`.
pub(crate) const ROTATION: &[Row] = &[
    row(
        Kubelet,
        "rotate-certificates",
        Is(&["false"]),
        "the kubelet's client certificate is not renewed before it expires",
    )
    .good("true"),
    row(
        Kubelet,
        "feature-gates",
        Has(&["RotateKubeletServerCertificate=false"]),
        "the kubelet's server certificate is not renewed",
    ),
    row(
        Kubelet,
        "RotateKubeletServerCertificate",
        Is(&["false"]),
        "the kubelet's server certificate is not renewed",
    )
    .good("true"),
    row(
        ControllerManager,
        "feature-gates",
        Has(&["RotateKubeletServerCertificate=false"]),
        "kubelets' server certificates are not renewed",
    ),
    row(
        ControllerManager,
        "cluster-signing-duration",
        LongerThan(8_784),
        "certificates are valid for more than a year",
    ),
    row(
        ControllerManager,
        "experimental-cluster-signing-duration",
        LongerThan(8_784),
        "certificates are valid for more than a year",
    ),
];

/// `controller-manager-credentials`.
pub(crate) const CONTROLLER_MANAGER: &[Row] = &[
    row(
        ControllerManager,
        "use-service-account-credentials",
        Is(&["false"]),
        "all controllers use one credential with all their permissions",
    )
    .good("true"),
    row(
        ControllerManager,
        "use-service-account-credentials",
        Missing,
        "all controllers use one credential with all their permissions",
    ),
];
