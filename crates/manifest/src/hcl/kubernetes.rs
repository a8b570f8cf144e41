//! Resources of Terraform's Kubernetes provider as the objects that they make, so that every check of objects reads them too. Scalars keep
//! their places in the file.
//!
//! Names: <https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs>. The provider writes `init_container` blocks where
//! Kubernetes has a list `initContainers`.

use keysift_finding::{Span, Work};

use super::{Attribute, Block, Body, Expr, Text};
use crate::yaml::{Builder, Node, Tree};

/// Resources without the prefix `kubernetes_` and a version behind them, and the objects that they make.
const KINDS: &[(&str, &str, &str)] = &[
    ("pod", "Pod", "v1"),
    ("deployment", "Deployment", "apps/v1"),
    ("stateful_set", "StatefulSet", "apps/v1"),
    ("daemonset", "DaemonSet", "apps/v1"),
    ("daemon_set", "DaemonSet", "apps/v1"),
    ("replication_controller", "ReplicationController", "v1"),
    ("job", "Job", "batch/v1"),
    ("cron_job", "CronJob", "batch/v1"),
    ("secret", "Secret", "v1"),
    ("config_map", "ConfigMap", "v1"),
    ("service", "Service", "v1"),
    ("ingress", "Ingress", "networking.k8s.io/v1"),
    ("service_account", "ServiceAccount", "v1"),
    ("default_service_account", "ServiceAccount", "v1"),
    ("persistent_volume", "PersistentVolume", "v1"),
    ("role", "Role", "rbac.authorization.k8s.io/v1"),
    ("cluster_role", "ClusterRole", "rbac.authorization.k8s.io/v1"),
    ("role_binding", "RoleBinding", "rbac.authorization.k8s.io/v1"),
    (
        "cluster_role_binding",
        "ClusterRoleBinding",
        "rbac.authorization.k8s.io/v1",
    ),
];

/// Blocks that are items of a list in Kubernetes, and the list's name.
const LISTS: &[(&str, &str)] = &[
    ("container", "containers"),
    ("init_container", "initContainers"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("volume", "volumes"),
    ("volume_mount", "volumeMounts"),
    ("port", "ports"),
    ("rule", "rules"),
    ("subject", "subjects"),
    ("image_pull_secret", "imagePullSecrets"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("sources", "sources"),
    ("items", "items"),
    ("http_header", "httpHeaders"),
    ("cluster_role_selectors", "clusterRoleSelectors"),
];

/// Fields whose names do not follow from Terraform's.
const NAMES: &[(&str, &str)] = &[
    ("host_pid", "hostPID"),
    ("host_ipc", "hostIPC"),
    ("cluster_ip", "clusterIP"),
    ("non_resource_urls", "nonResourceURLs"),
];

/// The kind and version of the object that a resource makes.
fn kind_of(resource: &str) -> Option<(&'static str, &'static str)> {
    let name = resource.strip_prefix("kubernetes_")?;
    let bare = name
        .rsplit_once("_v")
        .filter(|(_, version)| version.starts_with(|char: char| char.is_ascii_digit()))
        .map_or(name, |(bare, _)| bare);
    let found = KINDS.iter().find(|(snake, ..)| *snake == bare)?;
    Some((found.1, found.2))
}

/// Whether a block becomes an object of Kubernetes.
pub(crate) fn is_object(block: &Block<'_>) -> bool {
    let kind = block.labels.first().copied().unwrap_or_default();
    block.kind == "resource" && (kind_of(kind).is_some() || kind == "kubernetes_manifest")
}

/// The objects that the resources of a file make.
pub(crate) fn objects_tree(body: &Body<'_>, text: &str, work: &Work) -> Tree {
    Tree::build(text, work, |builder| {
        for block in body.blocks("resource") {
            match kind_of(block.labels.first().copied().unwrap_or_default()) {
                Some((kind, api)) => Writer { builder, kind }.object(block, api),
                None => {
                    if let Some(Expr::Object(entries)) = block.body.get("manifest") {
                        let kind = "";
                        Writer { builder, kind }.entries(entries);
                    }
                }
            }
        }
    })
}

struct Writer<'b, 't> {
    builder: &'b mut Builder<'t>,
    kind: &'static str,
}

/// `service_account_name` as Kubernetes writes it.
fn camel(name: &str) -> String {
    if let Some((_, exact)) = NAMES.iter().find(|(snake, _)| *snake == name) {
        return (*exact).to_owned();
    }
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(chars.as_str());
    }
    camel
}

impl Writer<'_, '_> {
    fn key(&mut self, name: &str, span: Span) {
        self.builder.scalar_at(name.to_owned(), span);
    }

    fn object(&mut self, block: &Block<'_>, api: &str) {
        self.builder.open(Node::Mapping(Vec::new()));
        for (key, value) in [("apiVersion", api), ("kind", self.kind)] {
            self.key(key, block.head);
            self.key(value, block.head);
        }
        self.fields(&block.body, true);
        self.builder.close();
    }

    fn fields(&mut self, body: &Body<'_>, root: bool) {
        for attribute in &body.attributes {
            let name = match (&*attribute.name, self.kind, root) {
                // The provider encodes `data` itself.
                ("data", "Secret", true) => "stringData".to_owned(),
                ("binary_data", "Secret", true) => "data".to_owned(),
                (name, ..) => camel(name),
            };
            self.key(&name, attribute.name_span);
            self.value(&attribute.value);
        }
        let blocks: Vec<_> = body.blocks.iter().map(unrolled).collect();
        for (number, (kind, block)) in blocks.iter().enumerate() {
            let is_first = blocks[..number].iter().all(|(other, _)| other != kind);
            let listed = LISTS
                .iter()
                .find(|(singular, _)| singular == kind)
                .map(|(_, list)| *list);
            let listed = listed.or_else(|| (root && *kind == "secret").then_some("secrets"));
            match listed {
                Some(list) if is_first => {
                    self.key(list, block.head);
                    self.builder.open(Node::Sequence(Vec::new()));
                    for (_, block) in blocks.iter().filter(|(other, _)| other == kind) {
                        self.mapping(&block.body);
                    }
                    self.builder.close();
                }
                Some(_) => {}
                None => {
                    self.key(&camel(kind), block.head);
                    self.mapping(&block.body);
                }
            }
        }
    }

    fn mapping(&mut self, body: &Body<'_>) {
        self.builder.open(Node::Mapping(Vec::new()));
        self.fields(body, false);
        self.builder.close();
    }

    fn entries(&mut self, entries: &[Attribute<'_>]) {
        self.builder.open(Node::Mapping(Vec::new()));
        for entry in entries {
            self.key(&entry.name, entry.name_span);
            self.value(&entry.value);
        }
        self.builder.close();
    }

    fn value(&mut self, value: &Expr<'_>) {
        match value {
            Expr::Text(Text { raw, span, block }) => self.builder.text_at((*raw).to_owned(), *span, *block),
            Expr::List(items) => {
                self.builder.open(Node::Sequence(Vec::new()));
                items.iter().for_each(|item| self.value(item));
                self.builder.close();
            }
            Expr::Object(entries) => self.entries(entries),
            Expr::Call { name, .. } => self.builder.scalar_at(format!("${{{name}()}}"), value.span()),
            Expr::Other(raw, span) => {
                let plain = matches!(*raw, "true" | "false" | "null")
                    || raw.starts_with(|char: char| char.is_ascii_digit());
                let text = if plain {
                    (*raw).to_owned()
                } else {
                    format!("${{{raw}}}")
                };
                self.builder.scalar_at(text, *span);
            }
        }
    }
}

/// The kind of a block and its content: `dynamic "env" { content { … } }` repeats a block.
fn unrolled<'b, 't>(block: &'b Block<'t>) -> (&'t str, &'b Block<'t>) {
    let content = block.body.blocks.iter().find(|inner| inner.kind == "content");
    match (block.kind, block.labels.first(), content) {
        ("dynamic", Some(kind), Some(content)) => (kind, content),
        _ => (block.kind, block),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_become_objects() {
        let text = "resource \"kubernetes_cron_job_v1\" \"x\" {\n  metadata { name = \"n\" }\n  spec {\n    job_template {\n      \
                    spec { template { spec {\n        host_pid = true\n        container { name = \"a\" }\n        container {\n          \
                    name = var.b\n        }\n        dynamic \"volume\" {\n          for_each = var.v\n          content { name = \"w\" }\n        }\n\
                    }}}\n    }\n  }\n}\nresource \"aws_x\" \"y\" {}\n";
        let tree = objects_tree(&Body::parse(text), text, &Work::default());
        assert_eq!(tree.documents.len(), 1);
        let root = tree.at(tree.documents[0]);
        assert_eq!(
            (root.get("kind").str(), root.get("apiVersion").str()),
            (Some("CronJob"), Some("batch/v1"))
        );
        let pod = root.path(&["spec", "jobTemplate", "spec", "template", "spec"]);
        assert_eq!(pod.get("hostPID").str(), Some("true"));
        let names: Vec<_> = pod
            .list("containers")
            .filter_map(|item| item.get("name").scalar())
            .collect();
        assert_eq!(names[0].text, "a");
        assert_eq!(
            (names[1].text.as_str(), tree.raw(names[1].span)),
            ("${var.b}", "var.b")
        );
        assert_eq!(pod.list("volumes").count(), 1);
    }

    #[test]
    fn names_of_fields() {
        for (snake, expected) in [
            ("automount_service_account_token", "automountServiceAccountToken"),
            ("api_groups", "apiGroups"),
            ("name", "name"),
            ("host_ipc", "hostIPC"),
        ] {
            assert_eq!(camel(snake), expected);
        }
        assert_eq!(
            kind_of("kubernetes_role_binding_v1"),
            Some(("RoleBinding", "rbac.authorization.k8s.io/v1"))
        );
        assert_eq!(kind_of("kubernetes_volume"), None);
    }
}
