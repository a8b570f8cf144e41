//! The directions of the house: which crate may use which, and which must stay free of what.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// Crate, and what it may use of ours. Bottom-up: whatever is named on the right stands further up in this table.
const FLOORS: &[(&str, &[&str])] = &[
    ("finding", &[]),
    ("matcher", &[]),
    ("judge", &[]),
    // The contexts of literals that it reads from patterns are sets of the matcher's.
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
];

/// Crate, and what of others it must not depend on.
const NEVER: &[(&str, &[&str])] = &[
    ("finding", &["regex", "clap", "ignore", "serde_json"]),
    ("matcher", &["regex", "serde", "clap"]),
    ("judge", &["regex", "serde", "clap", "ignore"]),
    ("rules", &["ignore", "rayon", "clap"]),
    ("manifest", &["ignore", "clap", "regex"]),
    ("scan", &["ignore", "clap", "anstream", "rayon"]),
    ("policy", &["clap", "ignore", "anstream", "anyhow"]),
    ("report", &["clap", "ignore", "regex"]),
    // serde reads the documents of images, strangers' JSON, key by key.
    ("source", &["clap", "regex"]),
    ("engine", &["clap", "anstream", "anyhow"]),
];

/// The dependencies of each of our packages that a build needs.
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
fn directions_are_down_only() {
    let dependencies = dependencies();
    for (at, (name, allowed)) in FLOORS.iter().enumerate() {
        let used = &dependencies[&format!("keysift-{name}")];
        for ours in used.iter().filter_map(|package| package.strip_prefix("keysift-")) {
            assert!(allowed.contains(&ours), "{name} may not use {ours}");
        }
        for lower in *allowed {
            assert!(
                FLOORS[..at].iter().any(|(other, _)| other == lower),
                "{name} -> {lower} runs up"
            );
        }
    }
    let ours = dependencies
        .keys()
        .filter(|name| name.starts_with("keysift-"))
        .count();
    assert_eq!(ours, FLOORS.len(), "every crate stands in the table");
}

#[test]
fn rooms_stay_free_of_what_is_not_their_business() {
    let dependencies = dependencies();
    for (name, never) in NEVER {
        for package in &dependencies[&format!("keysift-{name}")] {
            assert!(
                !never.contains(&package.as_str()),
                "{name} must not use {package}"
            );
        }
    }
}

#[test]
fn both_names_of_the_hook_file_say_the_same() {
    let read = |name: &str| {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
    };
    assert_eq!(read(".pre-commit-hooks.yaml"), read("pre-commit-hooks.yaml"));
}

#[test]
fn the_embedded_rules_are_those_of_the_rule_files() {
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
