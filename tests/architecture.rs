//! The layers of the crates: which crate may use which, and which external crates each must not use.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// Each crate with the crates that it may use. Dependencies must be earlier in the table.
const LAYERS: &[(&str, &[&str])] = &[
    ("finding", &[]),
    ("matcher", &[]),
    ("judge", &[]),
    // Contexts of literals are byte sets of the matcher.
    ("rules", &["finding", "matcher", "judge"]),
    ("syntax", &["finding", "judge"]),
    ("manifest", &["finding", "judge"]),
    ("source", &["finding"]),
    ("policy", &["finding"]),
    ("report", &["finding", "judge", "policy"]),
    (
        "scan",
        &["finding", "matcher", "judge", "rules", "syntax", "manifest"],
    ),
    (
        "engine",
        &[
            "finding", "matcher", "rules", "manifest", "source", "policy", "report", "scan",
        ],
    ),
    // Two front ends beside the command line.
    (
        "lsp",
        &[
            "finding", "source", "syntax", "policy", "report", "scan", "engine",
        ],
    ),
    ("py", &["finding", "source", "policy", "report", "scan", "engine"]),
];

/// Each crate with the external crates that it must not use.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("finding", &["regex", "clap", "ignore", "serde_json"]),
    ("matcher", &["regex", "serde", "clap"]),
    ("judge", &["regex", "serde", "clap", "ignore"]),
    ("rules", &["ignore", "rayon", "clap"]),
    ("manifest", &["ignore", "clap", "regex"]),
    ("scan", &["ignore", "clap", "anstream", "rayon"]),
    ("policy", &["clap", "ignore", "anstream", "anyhow"]),
    ("report", &["clap", "ignore", "regex"]),
    // serde_json is allowed: it parses manifests of images, which are untrusted, key by key.
    ("source", &["clap", "regex"]),
    ("engine", &["clap", "anstream", "anyhow"]),
    ("lsp", &["clap", "anstream", "anyhow"]),
];

/// Returns the normal dependencies of each of our packages.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies").iter();
            let normal = all.filter(|dependency| dependency["kind"].is_null());
            (
                text(&package["name"]),
                normal.map(|dependency| text(&dependency["name"])).collect(),
            )
        })
        .collect()
}

#[test]
fn crates_use_only_lower_layers() {
    let dependencies = dependencies();
    for (at, (name, allowed)) in LAYERS.iter().enumerate() {
        let used = &dependencies[&format!("keysift-{name}")];
        for ours in used.iter().filter_map(|package| package.strip_prefix("keysift-")) {
            assert!(allowed.contains(&ours), "{name} may not use {ours}");
        }
        for lower in *allowed {
            assert!(
                LAYERS[..at].iter().any(|(other, _)| other == lower),
                "{name} -> {lower} is not a lower layer"
            );
        }
    }
    let ours = dependencies
        .keys()
        .filter(|name| name.starts_with("keysift-"))
        .count();
    assert_eq!(ours, LAYERS.len(), "every crate is in the table");
}

#[test]
fn crates_do_not_use_forbidden_dependencies() {
    let dependencies = dependencies();
    for (name, forbidden) in FORBIDDEN {
        for package in &dependencies[&format!("keysift-{name}")] {
            assert!(
                !forbidden.contains(&package.as_str()),
                "{name} must not use {package}"
            );
        }
    }
}

#[test]
fn both_names_of_the_hook_file_have_the_same_content() {
    let read = |name: &str| {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
    };
    assert_eq!(read(".pre-commit-hooks.yaml"), read("pre-commit-hooks.yaml"));
}

#[test]
fn the_embedded_rules_match_the_rule_files() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (rules, plan) =
        keysift::builtin::embed(&root.join("patterns")).expect("the rule files are well-formed");
    for (name, bytes) in [("rules.postcard", rules), ("matcher.plan", plan)] {
        let embedded = std::fs::read(root.join("crates/engine/embedded").join(name)).expect(name);
        assert!(
            embedded == bytes,
            "{name} is out of date: cargo run --release -- rules embed"
        );
    }
}
