//! Checks of single objects.

use keysift_finding::{Severity, Span};
use keysift_judge::{Value, value};

use crate::{
    Check, Found, Object,
    yaml::{Id, Scalar, Tree},
};

fn is_literal(text: &str) -> bool {
    value(text) == Value::Literal && keysift_judge::inert(text).is_none()
}

/// `k8s-sa-token-secret`.
pub(super) struct SaTokenSecret;

impl Check for SaTokenSecret {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/sa_token_secret.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if object.is("", "Secret")
            && tree.text(object.root, "type") == Some("kubernetes.io/service-account-token")
        {
            let span = tree
                .get(object.root, "type")
                .map_or(object.kind_span(), |kind| tree.span(kind));
            let detail = found.at(
                span,
                format!(
                    "{} contains a service account token that never expires",
                    object.shown()
                ),
            );
            let token = tree
                .path(object.root, &["data", "token"])
                .and_then(|token| tree.scalar(token));
            if token.is_some_and(|token| is_literal(&token.text)) {
                detail.severity(Severity::Critical, "the token itself is in the manifest");
            }
        }
        if object.is("", "ServiceAccount") {
            for secret in tree.list(object.root, "secrets") {
                let Some(name) = tree.get(*secret, "name").and_then(|name| tree.scalar(name)) else {
                    continue;
                };
                if name.text.contains("-token") {
                    found.at(
                        name.span,
                        format!("{} references a token Secret that never expires", object.shown()),
                    );
                }
            }
        }
    }
}

/// `kubeconfig-embedded-credential`.
pub(super) struct Kubeconfig;

impl Check for Kubeconfig {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/kubeconfig_embedded_credential.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if object.kind != "Config" || tree.get(object.root, "users").is_none() {
            return;
        }
        let servers = tree
            .list(object.root, "clusters")
            .iter()
            .filter_map(|cluster| tree.path(*cluster, &["cluster", "server"]))
            .filter_map(|server| tree.scalar(server));
        let local = servers.clone().count() > 0
            && servers.clone().all(|server| {
                ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"]
                    .iter()
                    .any(|host| server.text.contains(host))
            });
        for user in tree.list(object.root, "users") {
            let name = tree.text(*user, "name").unwrap_or("?");
            for key in ["token", "password", "client-key-data"] {
                let Some(scalar) = tree
                    .path(*user, &["user", key])
                    .and_then(|value| tree.scalar(value))
                else {
                    continue;
                };
                let omitted = ["REDACTED", "DATA+OMITTED"].contains(&scalar.text.as_str());
                if is_literal(&scalar.text) && !omitted {
                    let detail = found
                        .at(
                            scalar.span,
                            format!("`{key}` of user `{name}` is embedded in a kubeconfig"),
                        )
                        .secret();
                    if local {
                        detail.severity(Severity::Medium, "the API server address is local");
                    }
                }
            }
        }
    }
}

/// `k8s-secret-last-applied`.
pub(super) struct LastApplied;

impl Check for LastApplied {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/secret_last_applied.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        let Some(scalar) = object
            .annotation("kubectl.kubernetes.io/last-applied-configuration")
            .and_then(|id| tree.scalar(id))
        else {
            return;
        };
        let inner = tree.inner(scalar.text.as_bytes(), 0);
        let Some(root) = inner.documents.first() else {
            return;
        };
        let filled = ["data", "stringData"]
            .iter()
            .filter_map(|key| inner.get(*root, key))
            .any(|data| {
                inner
                    .entries(data)
                    .iter()
                    .any(|(_, value)| inner.scalar(*value).is_some_and(|value| is_literal(&value.text)))
            });
        if inner.text(*root, "kind") == Some("Secret") && filled {
            found
                .at(
                    scalar.span,
                    format!(
                        "the last-applied-configuration annotation of {} contains the Secret's values",
                        object.shown()
                    ),
                )
                .secret();
        }
    }
}

/// `k8s-bootstrap-token`.
pub(super) struct BootstrapToken;

impl Check for BootstrapToken {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/bootstrap_token.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if !object.is("", "Secret") || tree.text(object.root, "type") != Some("bootstrap.kubernetes.io/token")
        {
            return;
        }
        for section in ["stringData", "data"] {
            let Some(data) = tree.get(object.root, section) else {
                continue;
            };
            if let Some(secret) = tree
                .get(data, "token-secret")
                .and_then(|secret| tree.scalar(secret))
                .filter(|secret| is_literal(&secret.text))
            {
                let detail = found
                    .at(
                        secret.span,
                        format!(
                            "{} contains a bootstrap token, which can join a node to the cluster",
                            object.shown()
                        ),
                    )
                    .secret();
                if tree.get(data, "expiration").is_none() {
                    detail.note("the token never expires");
                }
            }
        }
    }
}

/// `sops-partially-encrypted`.
pub(super) struct SopsPartial;

impl SopsPartial {
    /// Scalars under sensitive names, or in a Secret's data, that SOPS left in plaintext.
    fn look(tree: &Tree, root: Id, found: &mut Found<'_>) {
        if tree.path(root, &["sops", "mac"]).is_none() {
            return;
        }
        let secret = tree.text(root, "kind") == Some("Secret");
        let mut walk = tree.walk([root], false);
        while let Some((node, inside)) = walk.next() {
            for (key, value) in tree.entries(node) {
                if matches!(
                    key.text.as_str(),
                    "sops" | "metadata" | "kind" | "apiVersion" | "type"
                ) {
                    continue;
                }
                let inside = inside || secret && matches!(key.text.as_str(), "data" | "stringData");
                match tree.scalar(value) {
                    Some(scalar) if Self::is_clear(key, scalar, inside) => {
                        found
                            .at(
                                scalar.span,
                                format!("`{}` is plaintext in a SOPS-encrypted file", key.text),
                            )
                            .secret();
                    }
                    Some(_) => {}
                    None => walk.enter(value, inside),
                }
            }
            if !tree.items(node).is_empty() {
                walk.below(node, inside);
            }
        }
    }

    fn is_clear(key: &Scalar, scalar: &Scalar, inside: bool) -> bool {
        let sensitive = inside || keysift_judge::name(&key.text) == keysift_judge::Name::Sensitive;
        sensitive && is_literal(&scalar.text) && !key.text.ends_with("_unencrypted")
    }
}

impl Check for SopsPartial {
    fn page(&self) -> &'static str {
        include_str!("gitops/sops_partially_encrypted.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        Self::look(object.tree, object.root, found);
    }

    fn file(&self, file: &crate::File<'_>, found: &mut Found<'_>) {
        file.tree
            .documents
            .iter()
            .for_each(|root| Self::look(file.tree, *root, found));
    }
}

/// `decryption-key-committed`.
pub(super) struct DecryptionKey;

impl Check for DecryptionKey {
    fn page(&self) -> &'static str {
        include_str!("gitops/decryption_key_committed.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if !object.is("", "Secret") {
            return;
        }
        let sealed = tree
            .path(
                object.root,
                &[
                    "metadata",
                    "labels",
                    "sealedsecrets.bitnami.com/sealed-secrets-key",
                ],
            )
            .is_some();
        for section in ["data", "stringData"] {
            let Some(data) = tree.get(object.root, section) else {
                continue;
            };
            for (key, value) in tree.entries(data) {
                let Some(scalar) = tree.scalar(value).filter(|scalar| is_literal(&scalar.text)) else {
                    continue;
                };
                let age = scalar.text.contains("AGE-SECRET-KEY-1")
                    || keysift_judge::base64_text(scalar.text.trim())
                        .is_some_and(|text| text.contains("AGE-SECRET-KEY-1"));
                if sealed && key.text == "tls.key" || age {
                    let what = if age {
                        "an age private key"
                    } else {
                        "the Sealed Secrets private key"
                    };
                    found
                        .at(
                            scalar.span,
                            format!(
                                "`{}` in {} is {what}: it decrypts everything encrypted for it",
                                key.text,
                                object.shown()
                            ),
                        )
                        .secret();
                }
            }
        }
    }
}

/// `secret-zero-static-auth`.
pub(super) struct SecretZero;

impl Check for SecretZero {
    fn page(&self) -> &'static str {
        include_str!("gitops/secret_zero_static_auth.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if !matches!(object.kind, "SecretStore" | "ClusterSecretStore") {
            return;
        }
        let tree = object.tree;
        let ways = [
            (&["vault", "auth", "tokenSecretRef"][..], "a Vault token"),
            (&["vault", "auth", "appRole", "secretRef"], "an AppRole secret ID"),
            (&["vault", "auth", "userPass", "secretRef"], "a Vault password"),
            (&["aws", "auth", "secretRef"], "an AWS access key"),
            (&["gcpsm", "auth", "secretRef"], "a Google service account key"),
            (&["azurekv", "authSecretRef"], "an Azure client secret"),
        ];
        let Some(provider) = tree.path(object.root, &["spec", "provider"]) else {
            return;
        };
        for (path, what) in ways {
            if let Some(node) = tree.path(provider, path) {
                found.at(
                    tree.span(node),
                    format!(
                        "{} authenticates to the secret store with {what}, a static credential",
                        object.shown()
                    ),
                );
            }
        }
    }
}

/// `helm-secret-to-non-secret`.
pub(super) struct SecretToNonSecret;

impl Check for SecretToNonSecret {
    fn page(&self) -> &'static str {
        include_str!("helm/secret_to_non_secret.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        let mut look = |name: &str, scalar: &Scalar, what: &str| {
            if let Some((span, path)) = sensitive_expression(tree, scalar)
                .filter(|_| keysift_judge::name(name) != keysift_judge::Name::Harmless || scalar.block)
            {
                found.at(span, format!("sensitive value `{path}` is rendered into {what}"));
            }
        };
        if object.is("", "ConfigMap") {
            let what = object.shown();
            for (key, value) in tree
                .get(object.root, "data")
                .map(|data| tree.entries(data))
                .unwrap_or_default()
            {
                if let Some(scalar) = tree.scalar(value) {
                    look(&key.text, scalar, &what);
                }
            }
        }
        for workload in crate::workload::workloads(*object) {
            for entry in workload
                .containers
                .iter()
                .flat_map(|container| tree.list(container.node, "env"))
            {
                if let (Some(name), Some(scalar)) = (
                    tree.text(*entry, "name"),
                    tree.get(*entry, "value").and_then(|value| tree.scalar(value)),
                ) {
                    look(name, scalar, "a container's environment");
                }
            }
        }
    }
}

/// The first `.Values.….password` that an expression puts out, with its place.
fn sensitive_expression<'t>(tree: &'t Tree, scalar: &Scalar) -> Option<(Span, &'t str)> {
    let raw = tree.raw(scalar.span);
    let mut at = 0;
    while let Some(open) = raw[at..].find("{{").map(|found| at + found) {
        let close = raw[open..].find("}}").map_or(raw.len(), |found| open + found);
        let action = &raw[open..close];
        at = close;
        let control = [
            "if",
            "with",
            "range",
            "else",
            "end",
            "checksum",
            "sha256sum",
            "include",
            "template",
            "required",
        ]
        .iter()
        .any(|word| {
            action
                .split(|char: char| !char.is_ascii_alphanumeric())
                .any(|part| part == *word)
        });
        let Some(start) = action.find(".Values.").filter(|_| !control) else {
            continue;
        };
        let path = &action[start..];
        let path = &path[..path
            .find(|char: char| !char.is_ascii_alphanumeric() && !"._-".contains(char))
            .unwrap_or(path.len())];
        let last = path.rsplit('.').next().unwrap_or_default();
        if keysift_judge::name(last) == keysift_judge::Name::Sensitive
            && !crate::collect::is_schema_reference(last, "")
        {
            let from = scalar.span.start + open + start;
            return Some((Span::new(from, from + path.len()), path));
        }
    }
    None
}

/// A verb, and the level of the first rule that matches it, with the place of that level.
type Level<'t> = (&'static str, Option<(&'t str, Id)>);

/// The rules of an audit policy, and what the first that matches a verb on Secrets says.
fn audit_levels<'t>(object: &Object<'t>) -> Option<Vec<Level<'t>>> {
    let tree = object.tree;
    if object.kind != "Policy" || !object.api.starts_with("audit.k8s.io") {
        return None;
    }
    const VERBS: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];
    let matches = |rule: Id, verb: &str| {
        let verbs = tree.texts(rule, "verbs");
        // Rules for some users, namespaces or URLs say nothing about the rest.
        let narrow = ["users", "userGroups", "namespaces", "nonResourceURLs"]
            .iter()
            .any(|key| !tree.list(rule, key).is_empty());
        let resources = tree.list(rule, "resources");
        let covers = |entry: &Id| {
            let names = tree.texts(*entry, "resources");
            tree.text(*entry, "group").unwrap_or_default().is_empty()
                && tree.list(*entry, "resourceNames").is_empty()
                && (names.is_empty() || names.iter().any(|name| matches!(*name, "secrets" | "*")))
        };
        !narrow
            && (verbs.is_empty() || verbs.iter().any(|known| *known == verb || *known == "*"))
            && (resources.is_empty() || resources.iter().any(covers))
    };
    let rules = tree.list(object.root, "rules");
    let first = |verb: &str| {
        let rule = rules.iter().find(|rule| matches(**rule, verb))?;
        let level = tree.get(*rule, "level")?;
        Some((tree.scalar(level)?.text.as_str(), level))
    };
    Some(VERBS.iter().map(|verb| (*verb, first(verb))).collect())
}

/// `audit-logs-secret-bodies`.
pub(super) struct AuditBodies;

impl Check for AuditBodies {
    fn page(&self) -> &'static str {
        include_str!("apiserver/audit_logs_secret_bodies.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let levels = audit_levels(object).unwrap_or_default();
        let mut told = Vec::new();
        for (verb, (level, id)) in levels
            .iter()
            .filter_map(|(verb, level)| level.map(|level| (verb, level)))
        {
            if matches!(level, "Request" | "RequestResponse") && !told.contains(&id) {
                told.push(id);
                found.at(
                    object.tree.span(id),
                    format!(
                        "audit level {level} logs Secret values (first rule that matches `{verb}` on Secrets)"
                    ),
                );
            }
        }
    }
}

/// `audit-ignores-secrets`.
pub(super) struct AuditIgnores;

impl Check for AuditIgnores {
    fn page(&self) -> &'static str {
        include_str!("apiserver/audit_ignores_secrets.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let Some(levels) = audit_levels(object) else {
            return;
        };
        let silent: Vec<_> = levels
            .iter()
            .filter(|(_, level)| level.is_none_or(|(level, _)| level == "None"))
            .collect();
        let Some((_, first)) = silent.first() else { return };
        let verbs: Vec<_> = silent.iter().map(|(verb, _)| *verb).collect();
        let span = first.map_or_else(|| object.kind_span(), |(_, id)| object.tree.span(id));
        found.at(
            span,
            format!("access to Secrets is not audited for {}", verbs.join(", ")),
        );
    }
}
