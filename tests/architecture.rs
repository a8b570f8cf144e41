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
    let files = keysift::builtin::embed(&root.join("patterns")).expect("the rule files are well-formed");
    for (name, bytes) in files {
        let embedded = std::fs::read(root.join("crates/engine/embedded").join(name)).expect(name);
        assert!(
            embedded == bytes,
            "{name} is out of date: cargo run --release -- rules embed"
        );
    }
}

/// Our source files without their tests: path, lines.
fn sources() -> Vec<(String, Vec<String>)> {
    fn add(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && name != "tests" && name != "target" {
                add(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    add(&root.join("crates"), &mut files);
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("a source file");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
        let name = path.strip_prefix(root).expect("in the repository");
        (
            name.to_string_lossy().into_owned(),
            lines.map(str::to_owned).collect(),
        )
    };
    files.iter().map(read).collect()
}

#[test]
fn files_have_one_subject_and_functions_fit_a_screen() {
    /// Lines of a file, without its tests. Longer ones have a reason.
    const FILE: usize = 450;
    const LONG_FILES: &[(&str, &str)] = &[
        ("crates/cli/args.rs", "one entry for each option"),
        (
            "crates/manifest/src/checks/apiserver/settings.rs",
            "one table of settings",
        ),
        ("crates/manifest/src/control/mod.rs", "to be split"),
        ("crates/manifest/src/graph/facts.rs", "to be split"),
        ("crates/manifest/src/graph/mod.rs", "to be split"),
        (
            "crates/matcher/src/runs.rs",
            "the search and its fallback, line by line alike",
        ),
        ("crates/policy/src/settings.rs", "to be split"),
        ("crates/syntax/src/readers/yaml.rs", "to be split"),
    ];
    /// Lines of a function.
    const FUNCTION: usize = 100;
    let mut wrong = Vec::new();
    for (path, lines) in sources() {
        if lines.len() > FILE && !LONG_FILES.iter().any(|(long, _)| *long == path) {
            wrong.push(format!("{path}: {} lines", lines.len()));
        }
        let mut open: Option<(usize, String)> = None;
        for (number, line) in (1..).zip(&lines) {
            let code = line.trim_start();
            let indent = &line[..line.len() - code.len()];
            let begins = code.contains("fn ") && !code.starts_with("//") && !code.ends_with(';');
            match &open {
                None if begins => open = Some((number, format!("{indent}}}"))),
                Some((start, end)) if line == end => {
                    let length = number - start + 1;
                    if length > FUNCTION {
                        wrong.push(format!("{path}:{start}: a function of {length} lines"));
                    }
                    open = None;
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "split these: {wrong:#?}");
}

/// A `git add` of everything once took another program's package of 22 MB along.
#[test]
fn no_tracked_file_is_large() {
    let tracked = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let tracked = tracked.map_or_else(|_| Vec::new(), |output| output.stdout);
    if tracked.is_empty() {
        eprintln!("SKIPPED: no git, or no checkout: the sizes of tracked files");
    }
    for name in tracked.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&*name);
        let size = path.metadata().map_or(0, |metadata| metadata.len());
        let most = if name.ends_with("rules.postcard") {
            2 << 20
        } else {
            200 << 10
        };
        assert!(size <= most, "{name} has {size} bytes");
    }
}
