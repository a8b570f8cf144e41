//! Terraform, templates of cloud services, Ansible, and objects of running clusters.

use crate::common::Tree;

/// Returns rule, file and line of each finding.
fn found(tree: &Tree) -> Vec<(String, String, u64)> {
    let run = tree.keysift(&["scan", ".", "--format", "jsonl"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let findings = run.jsonl().0;
    let found = findings.iter().map(|finding| {
        let line = finding["line"].as_u64().unwrap();
        (text(&finding["rule"]), text(&finding["path"]), line)
    });
    found.collect()
}

fn entry(rule: &str, path: &str, line: u64) -> (String, String, u64) {
    (rule.to_owned(), path.to_owned(), line)
}

const ROLE: &str = r#"resource "kubernetes_cluster_role" "reader" {
  metadata { name = "reader" }
  rule {
    api_groups = [""]
    resources  = ["secrets"]
    verbs      = ["get"]
  }
}
"#;

const BINDING: &str = r#"resource "kubernetes_cluster_role_binding" "b" {
  metadata { name = "b" }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "reader"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "app"
    namespace = "prod"
  }
}
"#;

#[test]
fn resources_of_the_kubernetes_provider_are_joined_across_files() {
    let tree = Tree::new();
    tree.file("role.tf", ROLE);
    assert_eq!(found(&tree), [entry("rbac-read-secrets-cluster", "role.tf", 5)]);
    tree.file("binding.tf", BINDING);
    let both = [("binding.tf", 6), ("role.tf", 5)];
    assert_eq!(
        found(&tree),
        both.map(|(path, line)| entry("rbac-read-secrets-cluster", path, line))
    );
}

#[test]
fn pods_and_secrets_of_terraform_are_checked_as_those_of_manifests() {
    let tree = Tree::new();
    let text = r#"resource "kubernetes_secret" "s" {
  metadata { name = "s" }
  data = { password = "gr33n-Elephant-7" }
}
resource "kubernetes_deployment_v1" "d" {
  metadata { name = "d" }
  spec {
    template {
      spec {
        container {
          name  = "app"
          image = "app"
          env {
            name  = "DB_PASSWORD"
            value = "gr33n-Elephant-8"
          }
          env {
            name  = "OTHER_PASSWORD"
            value = var.password
          }
          env_from {
            secret_ref { name = "s" }
          }
        }
        volume {
          name = "docker"
          host_path { path = "/var/run/docker.sock" }
        }
      }
    }
  }
}
resource "kubectl_manifest" "m" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Secret
    metadata: {name: x}
    stringData:
      password: gr33n-Elephant-9
  YAML
}
"#;
    tree.file("main.tf", text);
    let expected = [
        ("k8s-secret-manifest-plaintext", 3),
        ("k8s-automount-token", 11),
        ("k8s-env-literal", 15),
        ("k8s-secret-envfrom", 22),
        ("k8s-hostpath-credential-dir", 27),
        ("k8s-secret-manifest-plaintext", 39),
    ];
    assert_eq!(
        found(&tree),
        expected.map(|(rule, line)| entry(rule, "main.tf", line))
    );
}

#[test]
fn an_object_of_a_running_cluster_is_reported_as_its_state_and_once() {
    let tree = Tree::new();
    let data = "R240cHVycGxlOXRyZWU=";
    let text = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  data: {{password: {data}}}\n  metadata:\n    name: db\n    \
         namespace: prod\n    uid: 0b1c9d1c-9df8-4f62-b4c7-6a59a7f1b6c1\n    resourceVersion: \"7\"\n    annotations:\n      \
         kubectl.kubernetes.io/last-applied-configuration: |\n        \
         {{\"apiVersion\":\"v1\",\"data\":{{\"password\":\"{data}\"}},\"kind\":\"Secret\",\"metadata\":{{\"name\":\"db\"}}}}\n"
    );
    tree.file("live.yaml", &text);
    let run = tree.keysift(&["scan", "."]);
    assert!(run.out().contains("this is the cluster's state"), "{}", run.out());
    assert_eq!(
        found(&tree),
        [entry("k8s-secret-manifest-plaintext", "live.yaml", 6)]
    );
    // As somebody wrote it, both copies are in the repository.
    tree.file("live.yaml", text.replace("    resourceVersion: \"7\"\n", ""));
    assert_eq!(found(&tree).len(), 2);
    assert!(!tree.keysift(&["scan", "."]).out().contains("the cluster's state"));
}

#[test]
fn variables_of_kubespray_are_settings_of_the_control_plane() {
    let tree = Tree::new();
    let bad = "kube_api_anonymous_auth: true\nkube_token_auth: true\nkube_encrypt_secret_data: false\nkubernetes_audit: false\n\
               kube_read_only_port: 10255\nauthorization_modes: [AlwaysAllow]\n";
    tree.file("inventory/group_vars/k8s_cluster.yml", bad);
    let lines: Vec<u64> = found(&tree).into_iter().map(|(_, _, line)| line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6]);
    let good = "kube_api_anonymous_auth: false\nkube_token_auth: false\nkube_encrypt_secret_data: true\nkubernetes_audit: true\n\
                kube_read_only_port: 0\nauthorization_modes: [Node, RBAC]\n";
    tree.file("inventory/group_vars/k8s_cluster.yml", good);
    assert_eq!(found(&tree), []);
}

#[test]
fn objects_that_tasks_define_are_checked() {
    let tree = Tree::new();
    let text = "- hosts: localhost\n  tasks:\n    - name: secret\n      no_log: true\n      kubernetes.core.k8s:\n        definition:\n          \
                apiVersion: v1\n          kind: Secret\n          metadata: {name: db}\n          stringData:\n            \
                password: gr33n-Elephant-7\n";
    tree.file("site.yml", text);
    let lines: Vec<u64> = found(&tree).into_iter().map(|(_, _, line)| line).collect();
    assert_eq!(lines, [11]);
}

#[test]
fn one_object_in_two_files_is_reported_once() {
    let tree = Tree::new();
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\nrules:\n  - {apiGroups: [\"\"], resources: \
                [secrets], verbs: [get]}\n";
    tree.file("aws/deploy.yaml", role);
    tree.file("aws/nlb/deploy.yaml", role);
    assert_eq!(
        found(&tree),
        [entry("rbac-read-secrets-cluster", "aws/deploy.yaml", 5)]
    );
    tree.file("aws/nlb/deploy.yaml", role.replace("reader", "other"));
    assert_eq!(found(&tree).len(), 2);
}
