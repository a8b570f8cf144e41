//! The literals of Kubernetes objects.

use std::{borrow::Cow, collections::HashSet};

use keysift_finding::Span;

use crate::{
    FieldKind, Literal, Object, Workload, command,
    document::lines,
    yaml::{Id, Node, Scalar, Tree},
};

/// All literals of an object under the names they are given.
pub(crate) fn literals<'t>(object: &Object<'t>, workloads: &[Workload<'t>]) -> Vec<Literal<'t>> {
    let mut found = Vec::new();
    if object.kind == "CustomResourceDefinition" {
        // A schema describes fields, it does not fill them.
        return found;
    }
    let mut walk = Walk {
        object: *object,
        owner: object.shown().into(),
        env: HashSet::new(),
        found: &mut found,
    };
    walk.env(object.root, None);
    if object.is("", "ConfigMap") {
        walk.config_map();
    } else if object.is("", "Secret") {
        walk.secret();
    } else if !object.is_builtin() && !is_reference_kind(object) {
        walk.fields(object.root);
    }
    for workload in workloads {
        for container in &workload.containers {
            walk.commands(workload, container.node, container.name());
        }
    }
    found
}

/// Kinds that hold names of secrets and ciphertext, and nothing else.
fn is_reference_kind(object: &Object<'_>) -> bool {
    const KINDS: &[&str] = &[
        "SealedSecret",
        "ExternalSecret",
        "ClusterExternalSecret",
        "PushSecret",
        "SopsSecret",
        "SecretProviderClass",
        "VaultStaticSecret",
        "VaultDynamicSecret",
        "Kustomization",
        "InfisicalSecret",
        "DopplerSecret",
        "OnePasswordItem",
        "EncryptionConfiguration",
        "EncryptionConfig",
        "InitConfiguration",
        "JoinConfiguration",
        "ClusterConfiguration",
        "Policy",
    ];
    KINDS.contains(&object.kind)
}

struct Walk<'t, 'f> {
    object: Object<'t>,
    owner: Cow<'t, str>,
    /// Nodes of `env` entries: a custom resource's own fields are other ones.
    env: HashSet<Id>,
    found: &'f mut Vec<Literal<'t>>,
}

impl<'t> Walk<'t, '_> {
    fn tree(&self) -> &'t Tree {
        self.object.tree
    }

    fn scalar(&self, id: Option<Id>) -> Option<&'t Scalar> {
        let tree = self.object.tree;
        id.and_then(|id| tree.scalar(id)).filter(|scalar| !scalar.tagged)
    }

    fn push(
        &mut self,
        carrier: FieldKind,
        name: impl Into<Cow<'t, str>>,
        value: &'t Scalar,
        container: Option<&'t str>,
    ) {
        let literal = Literal::of_scalar(carrier, name, value, self.owner.clone());
        self.found.push(literal.in_container(container));
    }

    /// All entries of all lists of `{name, value}` under a key like `env`, in whatever kind: pod templates are everywhere.
    fn env(&mut self, root: Id, container: Option<&'t str>) {
        let tree = self.tree();
        let mut walk = tree.walk([root], container);
        while let Some((node, mut container)) = walk.next() {
            if let Node::Mapping(entries) = tree.node(node) {
                container = tree
                    .text(node, "name")
                    .filter(|_| tree.get(node, "image").is_some() || tree.get(node, "env").is_some())
                    .or(container);
                for (_, value) in entries.iter().rev().filter(|(key, _)| is_env(tree.scalar(*key))) {
                    self.entries(*value, container);
                }
            }
            walk.below(node, container);
        }
    }

    fn entries(&mut self, list: Id, container: Option<&'t str>) {
        let tree = self.tree();
        for item in tree.afforded(list) {
            let (Some(name), value) = (self.scalar(tree.get(*item, "name")), tree.get(*item, "value")) else {
                continue;
            };
            if let Some(scalar) = self.scalar(value) {
                self.push(FieldKind::Env, &*name.text, scalar, container);
                let key = tree
                    .entries(*item)
                    .into_iter()
                    .find(|(key, _)| key.text == "value")
                    .map(|(key, _)| key.span);
                if let (Some(key), Some(literal)) = (key.filter(|_| !scalar.block), self.found.last_mut()) {
                    let quoted = tree
                        .raw(Span::new(scalar.span.end, scalar.span.end + 1))
                        .starts_with(['"', '\'']);
                    literal.field = Some(Span::new(key.start, scalar.span.end + usize::from(quoted)));
                }
            }
            self.env.extend(value);
        }
    }

    fn config_map(&mut self) {
        let tree = self.tree();
        let Some(data) = tree.get(self.object.root, "data") else {
            return;
        };
        for (key, value) in tree.entries(data) {
            let Some(scalar) = self.scalar(Some(value)) else {
                continue;
            };
            if scalar.text.contains('\n') {
                self.text(scalar, FieldKind::ConfigMapText);
            } else {
                self.push(FieldKind::ConfigMap, &*key.text, scalar, None);
            }
        }
    }

    /// The assignments of a document in a string, if its lines stand in the file as they are.
    fn text(&mut self, scalar: &'t Scalar, carrier: FieldKind) {
        if !scalar.block {
            return;
        }
        let raw = self.tree().raw(scalar.span);
        for line in lines(raw) {
            let literal = Literal::of_line(carrier, line, scalar.span.start, self.owner.clone());
            self.found.push(literal);
        }
    }

    fn secret(&mut self) {
        let tree = self.tree();
        let root = self.object.root;
        // A file that SOPS encrypted: what it left in clear is `sops-partially-encrypted`'s business.
        if tree.get(root, "sops").is_some() {
            return;
        }
        for (section, encoded) in [("stringData", false), ("data", true)] {
            let Some(data) = tree.get(root, section) else {
                continue;
            };
            for (key, value) in tree.entries(data) {
                // `!!binary` says what `data` is anyway.
                let scalar = match encoded {
                    true => tree.scalar(value),
                    false => self.scalar(Some(value)),
                };
                let Some(scalar) = scalar else {
                    continue;
                };
                if scalar.text.contains('\n') && !encoded {
                    self.text(scalar, FieldKind::SecretText);
                    continue;
                }
                let value = match encoded {
                    false => Some(Cow::Borrowed(&*scalar.text)),
                    true => keysift_judge::base64_text(scalar.text.trim())
                        .or_else(|| keysift_judge::base64_wrapped(&scalar.text).filter(|_| scalar.block))
                        .map(|text| Cow::Owned(text.trim_end().to_owned())),
                };
                if let Some(value) = value {
                    let owner = self.owner.clone();
                    let literal = Literal::new(FieldKind::Secret, &*key.text, value, scalar.span, owner);
                    self.found.push(literal);
                }
            }
        }
    }

    /// Scalars under sensitive keys, and `{name|key, value}` pairs, of a custom resource.
    fn fields(&mut self, root: Id) {
        let tree = self.tree();
        let mut walk = tree.walk([root], None::<&'t str>);
        while let Some((node, parent)) = walk.next() {
            match tree.node(node) {
                Node::Mapping(entries) => {
                    if let (Some(name), Some(value)) = (pair_name(tree, node), tree.get(node, "value"))
                        && let Some(scalar) = self.scalar(Some(value))
                        && !self.env.contains(&value)
                    {
                        self.push(FieldKind::CustomResource, name, scalar, None);
                    }
                    for (key, value) in entries {
                        let Some(key) = tree.scalar(*key) else { continue };
                        if !describes(&key.text) {
                            self.field(key, *value, parent);
                            walk.enter(*value, Some(&key.text));
                        }
                    }
                }
                _ => walk.below(node, parent),
            }
        }
    }

    fn field(&mut self, key: &'t Scalar, value: Id, parent: Option<&'t str>) {
        let Some(scalar) = self.scalar(Some(value)).filter(|_| !self.env.contains(&value)) else {
            return;
        };
        if scalar.block {
            self.text(scalar, FieldKind::CustomResourceText);
        } else if !is_schema_reference(&key.text, &scalar.text) {
            self.push(
                FieldKind::CustomResource,
                field_name(&key.text, parent),
                scalar,
                None,
            );
        }
    }

    /// Credentials in commands, probes and hooks.
    fn commands(&mut self, workload: &Workload<'t>, node: Id, container: Option<&'t str>) {
        let tree = workload.tree();
        let words = |id: Id| {
            let lists = ["command", "args"]
                .into_iter()
                .flat_map(move |key| tree.list(id, key));
            lists.filter_map(|item| tree.scalar(*item)).collect::<Vec<_>>()
        };
        self.command(FieldKind::Args, words(node), container);
        let script = tree
            .get(node, "source")
            .or_else(|| tree.get(node, "script"))
            .and_then(|id| tree.scalar(id));
        self.command(FieldKind::Args, script.into_iter().collect(), container);
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"]
            .iter()
            .filter_map(|key| tree.get(node, key));
        let hooks = ["postStart", "preStop"]
            .iter()
            .filter_map(|key| tree.path(node, &["lifecycle", key]));
        for probe in probes.chain(hooks) {
            self.command(
                FieldKind::Probe,
                tree.get(probe, "exec").map(words).unwrap_or_default(),
                container,
            );
            for header in tree
                .path(probe, &["httpGet", "httpHeaders"])
                .map(|list| tree.afforded(list))
                .unwrap_or_default()
            {
                self.header(*header, container);
            }
        }
    }

    fn command(&mut self, carrier: FieldKind, list: Vec<&'t Scalar>, container: Option<&'t str>) {
        let tree = self.tree();
        let words: Vec<_> = list
            .into_iter()
            .map(|scalar| command::Word::of(tree, scalar))
            .collect();
        for credential in command::credentials(&words) {
            let literal = Literal::of_credential(carrier, credential, self.owner.clone());
            self.found.push(literal.in_container(container));
        }
    }

    fn header(&mut self, header: Id, container: Option<&'t str>) {
        let tree = self.tree();
        let (Some(name), Some(value)) = (
            tree.text(header, "name"),
            tree.get(header, "value").and_then(|value| tree.scalar(value)),
        ) else {
            return;
        };
        // Words that tell a probe from other requests are no secret: `session-id=x-readiness-probe`.
        let words = |secret: &&str| {
            keysift_judge::base64_text(secret).is_none()
                && !secret.bytes().any(|byte| byte.is_ascii_digit())
                && keysift_judge::wordiness(secret).any < 4.8
        };
        if let Some(secret) = command::header_secret(name, &value.text).filter(|secret| !words(secret)) {
            let owner = self.owner.clone();
            let literal = Literal::new(FieldKind::Probe, "password", secret, value.span, owner);
            self.found.push(literal.in_container(container));
        }
    }
}

/// `env`, `extraEnv`, `envVars`, `initContainerEnv`, …
pub(crate) fn is_env(key: Option<&Scalar>) -> bool {
    key.is_some_and(|key| {
        let lower = key.text.to_ascii_lowercase();
        lower.ends_with("env")
            || lower.ends_with("envvars")
            || lower.ends_with("environment")
            || lower.ends_with("envs")
    })
}

fn pair_name(tree: &Tree, node: Id) -> Option<&str> {
    tree.text(node, "name").or_else(|| tree.text(node, "key"))
}

/// Keys whose contents describe, and are no values: schemas, documentation, ciphertext, what identifies an object.
pub(crate) fn describes(key: &str) -> bool {
    matches!(
        key,
        "openAPIV3Schema"
            | "description"
            | "example"
            | "examples"
            | "encryptedData"
            | "caBundle"
            | "metadata"
            | "status"
            | "sops"
            | "labels"
            | "matchLabels"
            | "selector"
    )
}

/// The name that a field is judged by: `value` and `data` say nothing, `key` needs what stands above it.
pub(crate) fn field_name<'t>(key: &'t str, parent: Option<&'t str>) -> Cow<'t, str> {
    match (key, parent) {
        ("value" | "data" | "default" | "content", Some(parent)) => Cow::Borrowed(parent),
        ("key" | "pass" | "pw", Some(parent)) => Cow::Owned(format!("{parent}_{key}")),
        _ => Cow::Borrowed(key),
    }
}

/// Fields that name where a secret lives: `existingSecret: db`, `passwordSecretRef`, `userPasswordKey: password`.
pub(crate) fn is_schema_reference(key: &str, value: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let names_another = lower.starts_with("existing")
        || [
            "ref",
            "refs",
            "secretname",
            "secretnames",
            "secretkeys",
            "fromsecret",
            "secretstore",
            "issuer",
            "class",
        ]
        .iter()
        .any(|end| lower.ends_with(end));
    // The key of a key: `secretKey: password`, and the name of a Secret: `secret: db-credentials`.
    let label = !value.is_empty()
        && value.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_')
        });
    let worded = label
        && keysift_judge::wordiness(value).bits < 5.1
        && value.bytes().filter(u8::is_ascii_digit).count() * 4 <= value.len();
    let key_of = worded
        && ["key", "secret", "secrets", "token", "credentials"]
            .iter()
            .any(|end| lower.ends_with(end));
    names_another || key_of
}
