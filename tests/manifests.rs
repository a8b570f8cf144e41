//! Manifests: across files, from standard input, invalid, and as a graph.

use std::{collections::BTreeMap, fs, path::Path};

use crate::common::Tree;

const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\nrules:\n  - {apiGroups: [\"\"], resources: [secrets], verbs: [get]}\n";
const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef:\n  kind: ClusterRole\n  name: reader\nsubjects: [{kind: ServiceAccount, name: app, namespace: prod}]\n";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: prod}\nspec:\n  template:\n    spec:\n      serviceAccountName: app\n      containers:\n        - name: web\n          image: web\n          env:\n            - name: DB_PASSWORD\n              valueFrom: {secretKeyRef: {name: db, key: password}}\n";

/// Returns rule and position of each finding.
fn found(tree: &Tree, args: &[&str]) -> Vec<(String, String, u64)> {
    let args: Vec<&str> = ["scan", "--format", "jsonl"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let run = tree.keysift(&args);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    run.jsonl()
        .0
        .iter()
        .map(|finding| {
            (
                text(&finding["rule"]),
                text(&finding["path"]),
                finding["line"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn entry(rule: &str, path: &str, line: u64) -> (String, String, u64) {
    (rule.to_owned(), path.to_owned(), line)
}

#[test]
fn a_binding_and_its_role_are_joined_across_files() {
    let tree = Tree::new();
    tree.file("rbac/role.yaml", ROLE);
    tree.file("apps/binding.yaml", BINDING);
    tree.file("apps/web.yaml", DEPLOYMENT);
    let all = [
        entry("rbac-read-secrets-cluster", "apps/binding.yaml", 6),
        entry("k8s-secret-env-ref", "apps/web.yaml", 13),
        entry("rbac-read-secrets-cluster", "rbac/role.yaml", 5),
    ];
    assert_eq!(found(&tree, &["."]), all);
    // Without the role the permissions of the binding are unknown, but the account has a binding.
    fs::remove_file(tree.path().join("rbac/role.yaml")).unwrap();
    assert_eq!(found(&tree, &["."]), all[1..2]);
    let run = tree.keysift(&["scan", "apps", "--show", "low"]).expect(0);
    assert!(run.out().contains("name: db"), "{}", run.out());
}

#[test]
fn of_two_roles_with_the_same_name_the_nearer_one_is_used() {
    let tree = Tree::new();
    tree.file("a/role.yaml", ROLE);
    tree.file("b/role.yaml", ROLE.replace("secrets", "configmaps"));
    tree.file("b/binding.yaml", BINDING);
    // Nothing binds the one that reads Secrets.
    assert_eq!(
        found(&tree, &["."]),
        [entry("rbac-read-secrets-cluster", "a/role.yaml", 5)]
    );
    tree.file("a/binding.yaml", BINDING);
    assert_eq!(
        found(&tree, &["."]),
        [
            entry("rbac-read-secrets-cluster", "a/binding.yaml", 6),
            entry("rbac-read-secrets-cluster", "a/role.yaml", 5)
        ]
    );
}

#[test]
fn standard_input_is_a_cluster_of_its_own() {
    let tree = Tree::new();
    let run = tree
        .keysift_with(
            &["scan", "-", "--format", "jsonl"],
            format!("{ROLE}---\n{BINDING}").as_bytes(),
        )
        .expect(1);
    let (findings, _) = run.jsonl();
    assert_eq!(
        (findings[1]["rule"].as_str(), findings[1]["line"].as_u64()),
        (Some("rbac-read-secrets-cluster"), Some(12))
    );
}

#[test]
fn known_defects_of_other_checkers_do_not_occur() {
    // Each defect was seen in the code of another checker. docs/mission.md describes what the checks are for.
    let api = |words: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: a\n      {words}\n"
        )
    };
    for (rule, text) in [
        // The kind of a binding was misspelled, so a ClusterRoleBinding never matched.
        ("rbac-everyone-binding", BINDING.replace("{kind: ServiceAccount, name: app, namespace: prod}", "{kind: Group, name: \"system:unauthenticated\"}").replace("reader", "view")),
        // Only the first rule of a role was evaluated.
        ("rbac-wildcard", format!("{}  - {{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}}\n", ROLE.replace("secrets", "pods"))),
        // A RoleBinding was resolved to Roles only; built-in roles were unknown.
        ("rbac-read-secrets-namespace", BINDING.replace("ClusterRoleBinding", "RoleBinding").replace("reader", "edit")),
        // Flags were read from `command` only.
        ("apiserver-static-credentials-file", api("command: [kube-apiserver]\n      args: [--token-auth-file=/t.csv]")),
        // Only the environment of `containers` was read; values with a leading slash were skipped.
        ("k8s-env-literal", api("env: [{name: DB_PASSWORD, value: /aB3+x9/Zq+kLm=}]").replace("containers", "initContainers")),
        // `stringData` was not read.
        ("k8s-secret-manifest-plaintext", format!("apiVersion: v1\nkind: Secret\nstringData:\n  password: {}\n", ["gr33n-", "Elephant-7"].concat())),
        // Any good provider in any position was accepted.
        ("encryption-identity-first", "kind: EncryptionConfiguration\napiVersion: v1\nresources:\n  - resources: [secrets]\n    providers: [{identity: {}}, {kms: {name: k}}]\n".to_owned()),
        // `envFrom` was not read.
        ("k8s-secret-envfrom", api("envFrom: [{secretRef: {name: s}}]")),
    ] {
        let tree = Tree::new();
        tree.file("object.yaml", &text);
        assert!(found(&tree, &["."]).iter().any(|found| found.0 == rule), "{rule}: {:?} in\n{text}", found(&tree, &["."]));
    }
    for text in [
        // Names were ignored, of roles and in what they bind.
        ROLE.replace("verbs: [get]", "resourceNames: [db], verbs: [get]"),
        format!(
            "{}---\n{BINDING}",
            ROLE.replace("verbs: [get]", "resourceNames: [db], verbs: [get]")
        ),
        format!(
            "{}---\n{BINDING}",
            ROLE.replace("secrets", "configmaps")
                .replace("verbs: [get]", "verbs: [create, delete]")
        ),
    ] {
        let tree = Tree::new();
        tree.file("object.yaml", &text);
        assert_eq!(found(&tree, &["."]), [], "{text}");
    }
}

#[test]
fn invalid_manifests_are_read_in_part_and_reported() {
    let secret = ["gr33n-", "Elephant-7"].concat();
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      env:\n        - {{name: DB_PASSWORD, value: {secret}}}\n"
    );
    for (name, text, broken) in [
        ("whole.yaml", pod.clone(), false),
        ("crlf.yaml", pod.replace('\n', "\r\n"), false),
        ("bom.yaml", format!("\u{feff}{pod}"), false),
        ("truncated.yaml", format!("{pod}  volumes: [{{name: x, "), true),
        ("tabs.yaml", format!("{pod}---\na:\n\tb: [\n---\n{pod}"), true),
        (
            "second.yaml",
            format!("apiVersion: v1\nkind: Pod\nspec: [\n---\n{pod}"),
            true,
        ),
    ] {
        let tree = Tree::new();
        tree.file(name, &text);
        let run = tree.keysift(&["scan", ".", "--format", "jsonl"]).expect(1);
        let (findings, summary) = run.jsonl();
        assert!(
            findings
                .iter()
                .any(|finding| finding["rule"] == "k8s-env-literal"),
            "{name}: {findings:?}"
        );
        assert_eq!(
            !summary["coverage"]["partial"].as_array().unwrap().is_empty(),
            broken,
            "{name}"
        );
    }
}

#[test]
fn the_graph_shows_who_can_read_what_in_every_format() {
    let tree = Tree::new();
    tree.file("role.yaml", ROLE);
    tree.file("binding.yaml", BINDING);
    tree.file("web.yaml", DEPLOYMENT);
    let text = tree.keysift(&["graph", "."]).expect(0).out();
    assert_eq!(
        text,
        "Secret prod/db  (not defined in the scanned files)\n  <- Deployment prod/web: environment\nall Secrets\n  <- ServiceAccount prod/app: role reader through binding b\n     <- Deployment prod/web: runs as it\n"
    );
    assert!(
        tree.keysift(&["graph", ".", "--format", "mermaid"])
            .expect(0)
            .out()
            .starts_with("flowchart LR\n")
    );
    assert!(
        tree.keysift(&["graph", ".", "--format", "dot"])
            .expect(0)
            .out()
            .contains("\"Deployment prod/web\" -> \"Secret prod/db\" [label=\"environment\"];")
    );
    let json: serde_json::Value =
        serde_json::from_str(&tree.keysift(&["graph", ".", "--format", "json"]).expect(0).out()).unwrap();
    assert_eq!(json["edges"].as_array().unwrap().len(), 3);
    assert!(
        tree.keysift(&["graph", "missing"])
            .expect(2)
            .err()
            .contains("missing")
    );
}

#[test]
fn the_pages_of_the_checks_are_committed_as_they_are_written() {
    let tree = Tree::new();
    tree.keysift(&["rules", "checks-docs", "--out", "pages"])
        .expect(0);
    let pages = |folder: &Path| -> BTreeMap<String, String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    fs::read_to_string(&path).unwrap(),
                )
            })
            .collect()
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (written, committed) = (
        pages(&tree.path().join("pages")),
        pages(&root.join("docs/checks")),
    );
    let differ: Vec<_> = written
        .iter()
        .filter(|(name, text)| committed.get(*name) != Some(text))
        .map(|(name, _)| name)
        .chain(committed.keys().filter(|name| !written.contains_key(*name)))
        .collect();
    assert!(
        differ.is_empty(),
        "run `cargo run --release -- rules checks-docs`: {differ:?}"
    );
}

#[test]
fn every_check_serves_a_sentence_of_the_mission_and_every_sentence_names_real_checks() {
    let mission = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mission.md")).unwrap();
    let named: Vec<&str> = mission
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    let ids: Vec<String> = keysift_manifest::metas().map(|meta| meta.id.clone()).collect();
    let unknown: Vec<_> = named
        .iter()
        .filter(|id| !ids.iter().any(|known| known == *id))
        .collect();
    let unnamed: Vec<_> = ids.iter().filter(|id| !named.contains(&id.as_str())).collect();
    assert_eq!((unknown, unnamed), (Vec::new(), Vec::new()));
}

#[test]
fn safe_edits_are_shown_and_applied() {
    let tree = Tree::new();
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 10255  # why\nauthentication: {anonymous: {enabled: true}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, image: a}]\n  volumes: [{name: s, secret: {secretName: s, defaultMode: 400}}]\n  automountServiceAccountToken: false\n";
    let api = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      command: [kube-apiserver, \"--experimental-encryption-provider-config=/e.yaml\"]\n";
    let compose = "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${PG_PASSWORD:-postgres}\n";
    for (name, text) in [
        ("kubelet.yaml", kubelet),
        ("pod.yaml", pod),
        ("api.yaml", api),
        ("compose.yaml", compose),
    ] {
        tree.file(name, text);
    }
    let dry = tree.keysift(&["scan", ".", "--fix", "--dry-run"]).expect(1);
    assert!(
        dry.out()
            .contains("-readOnlyPort: 10255  # why\n+readOnlyPort: 0  # why\n"),
        "{}",
        dry.out()
    );
    assert_eq!(
        fs::read_to_string(tree.path().join("kubelet.yaml")).unwrap(),
        kubelet
    );
    // The report after a fix is about what remains.
    let fixed = tree
        .keysift(&["scan", ".", "--fix", "--show", "all"])
        .expect(1)
        .out();
    assert!(dry.out().contains("pod.yaml"), "{}", dry.out());
    assert!(!fixed.contains("pod.yaml"), "{fixed}");
    for (name, mended) in [
        (
            "kubelet.yaml",
            kubelet
                .replace("10255", "0")
                .replace("enabled: true", "enabled: false"),
        ),
        ("pod.yaml", pod.replace("400", "0400")),
        ("api.yaml", api.replace("experimental-", "")),
        (
            "compose.yaml",
            compose.replace(
                "${PG_PASSWORD:-postgres}",
                "${PG_PASSWORD:?PG_PASSWORD is required}",
            ),
        ),
    ] {
        assert_eq!(
            fs::read_to_string(tree.path().join(name)).unwrap(),
            mended,
            "{name}"
        );
    }
    // Fixed findings are not reported again, and nothing is left to fix.
    let again = tree.keysift(&["scan", ".", "--fix", "--dry-run"]);
    assert!(!again.out().contains("@@"), "{}", again.out());
}

#[test]
fn documents_inside_strings_are_read_at_their_position() {
    let tree = Tree::new();
    let word = ["an-", "elephant"].concat();
    tree.file("map.yaml", format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  mode: fast\n  kubeconfig: |\n    apiVersion: v1\n    kind: Config\n    users:\n      - name: a\n        user: {{token: {word}}}\n  kubelet: |\n    apiVersion: kubelet.config.k8s.io/v1beta1\n    kind: KubeletConfiguration\n    readOnlyPort: 10255\n"));
    assert_eq!(
        found(&tree, &["."]),
        [
            entry("kubeconfig-embedded-credential", "map.yaml", 10),
            entry("kubelet-open", "map.yaml", 14)
        ]
    );
}

#[test]
fn ignored_files_are_part_of_the_build_context() {
    let tree = Tree::new();
    let value = ["kq7zr2Vw", "9pLx4Tn8", "Bs6Y"].concat();
    tree.file("app/Dockerfile", "FROM alpine\nCOPY . /app\n");
    tree.file("app/.env", format!("DB_PASSWORD={value}\n"));
    tree.file(".gitignore", ".env\n");
    fs::create_dir(tree.path().join(".git")).unwrap();
    assert_eq!(
        found(&tree, &["."]),
        [entry("docker-context-leak", "app/Dockerfile", 2)]
    );
    tree.file("app/.dockerignore", "*\n!src\n");
    assert_eq!(found(&tree, &["."]), []);
    // A compose file sets the context to another folder.
    tree.file(
        "compose.yaml",
        "services: {a: {build: {context: ., dockerfile: app/Dockerfile}}}\n",
    );
    assert_eq!(
        found(&tree, &["."]),
        [entry("docker-context-leak", "app/Dockerfile", 2)]
    );
}

#[test]
fn a_context_outside_of_the_scanned_paths_is_not_read() {
    let tree = Tree::new();
    let value = ["kq7zr2Vw", "9pLx4Tn8", "Bs6Y"].concat();
    tree.file("outside/.env", format!("DB_PASSWORD={value}\n"));
    tree.file("scanned/Dockerfile", "FROM alpine\nCOPY . /app\n");
    tree.file(
        "scanned/compose.yaml",
        "services: {a: {build: {context: .., dockerfile: scanned/Dockerfile}}}\n",
    );
    assert_eq!(found(&tree, &["scanned"]), []);
    assert_eq!(found(&tree, &["scanned/Dockerfile"]), []);
    assert!(
        found(&tree, &["."])
            .iter()
            .any(|(rule, ..)| rule == "docker-context-leak")
    );
}

#[test]
fn an_attack_path_is_reported_with_all_its_hops() {
    let tree = Tree::new();
    tree.file("door.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, selector: {app: web}}\n");
    tree.file("web.yaml", "\n\napiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {serviceAccountName: web, containers: [{name: a, image: a}]}\n");
    tree.file("rbac.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: edit}\nsubjects: [{kind: ServiceAccount, name: web}]\n");
    let report = tree.keysift(&["scan", ".", "--format", "json"]).expect(1).json();
    let way = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["rule"] == "internet-to-secret-path")
        .unwrap();
    let places: Vec<_> = way["elsewhere"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| format!("{}:{}", place["path"].as_str().unwrap(), place["line"]))
        .collect();
    assert_eq!(places, ["web.yaml:6", "rbac.yaml:4"]);
    let sarif = tree.keysift(&["scan", ".", "--format", "sarif"]).expect(1).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let way = results
        .iter()
        .find(|found| found["ruleId"] == "internet-to-secret-path")
        .unwrap();
    assert_eq!(
        way["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"],
        "rbac.yaml"
    );
}

/// Service account, permission to read Secrets, workload and Service of one environment.
fn environment(reads: bool, exposed: bool) -> String {
    let rbac = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: shop, namespace: shop}\nrules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: shop, namespace: shop}\nroleRef: {kind: Role, name: shop}\nsubjects: [{kind: ServiceAccount, name: shop, namespace: shop}]\n---\n";
    let own = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop, namespace: shop}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, namespace: shop}\nspec: {template: {metadata: {labels: {app: shop}}, spec: {serviceAccountName: shop, containers: [{name: a, image: a}]}}}\n---\n";
    let kind = if exposed { "LoadBalancer" } else { "ClusterIP" };
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: shop, namespace: shop}}\nspec: {{type: {kind}, selector: {{app: shop}}}}\n"
    );
    format!("{}{own}{service}", if reads { rbac } else { "" })
}

fn paths(tree: &Tree, rule: &str) -> Vec<String> {
    let all = found(tree, &["."]).into_iter();
    all.filter(|found| found.0 == rule).map(|found| found.1).collect()
}

#[test]
fn copies_in_sibling_folders_are_different_clusters() {
    const RULE: &str = "internet-to-secret-path";
    for (one, other) in [
        ("dev", "prod"),
        ("providers/aws", "providers/gke"),
        ("a/x/y", "a/z"),
    ] {
        let tree = Tree::new();
        tree.file(&format!("{one}/app.yaml"), environment(true, false));
        tree.file(&format!("{other}/app.yaml"), environment(false, true));
        assert!(paths(&tree, RULE).is_empty(), "{one} {other}");
        // What is only in one of the folders still meets what is beside both.
        let tree = Tree::new();
        tree.file(&format!("{one}/app.yaml"), environment(true, true));
        tree.file(&format!("{other}/app.yaml"), environment(false, true));
        assert_eq!(paths(&tree, RULE), [format!("{one}/app.yaml")]);
    }
}

#[test]
fn parts_of_one_cluster_meet_in_any_folders() {
    const RULE: &str = "internet-to-secret-path";
    let whole = environment(true, true);
    let (rbac, app) = whole.split_at(whole.find("apiVersion: v1\nkind: ServiceAccount").unwrap());
    for (one, other) in [("rbac", "apps/shop"), ("base", "overlays/prod"), ("a", "a/b")] {
        let tree = Tree::new();
        tree.file(&format!("{one}/rbac.yaml"), rbac);
        tree.file(&format!("{other}/app.yaml"), app);
        assert_eq!(paths(&tree, RULE), [format!("{other}/app.yaml")], "{one} {other}");
    }
    // A patch of the same object is no other cluster where a kustomization applies both.
    let tree = Tree::new();
    tree.file("base/all.yaml", &*whole);
    tree.file("base/kustomization.yaml", "resources: [all.yaml]\n");
    tree.file(
        "prod/kustomization.yaml",
        "resources: [../base, service.yaml]\npatches: [{path: patch.yaml}]\n",
    );
    tree.file("prod/patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n");
    tree.file("prod/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: door, namespace: shop}\nspec: {type: NodePort, selector: {app: shop}}\n");
    assert_eq!(paths(&tree, RULE), ["base/all.yaml", "prod/service.yaml"]);
}

#[test]
fn a_finding_that_copies_share_is_reported_once_with_its_places() {
    let tree = Tree::new();
    for provider in ["aws", "gke", "kind"] {
        tree.file(&format!("deploy/{provider}/app.yaml"), environment(true, true));
    }
    let report = tree.keysift(&["scan", ".", "--format", "json"]).expect(1).json();
    let all = report["findings"].as_array().unwrap().iter();
    let reads: Vec<_> = all
        .filter(|found| found["rule"] == "rbac-read-secrets-namespace" && found["severity"] != "info")
        .collect();
    assert_eq!(
        (reads.len(), reads[0]["path"].as_str()),
        (1, Some("deploy/aws/app.yaml"))
    );
    let places = reads[0]["elsewhere"].as_array().unwrap().iter();
    let copies: Vec<_> = places
        .filter(|place| place["message"].as_str().unwrap().contains("copy"))
        .map(|place| place["path"].as_str().unwrap())
        .collect();
    assert_eq!(copies, ["deploy/gke/app.yaml", "deploy/kind/app.yaml"]);
}
