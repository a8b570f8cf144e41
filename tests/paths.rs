//! A file has one path in reports, baselines and settings, however the user names it. A renamed file has no
//! new findings.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::{
    archives::zip,
    common::{Run, Tree, command},
    git::{commit, git, places, repository, token},
};

/// Runs the program in a folder of the tree.
fn keysift_in(tree: &Tree, folder: &str, args: &[&str]) -> Run {
    let mut command = command(args);
    command.current_dir(tree.path().join(folder));
    Run::of(command.output().unwrap())
}

/// Returns the paths and fingerprints of the findings.
fn named(run: Run) -> BTreeSet<(String, String)> {
    let (findings, _) = run.expect(1).jsonl();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings
        .iter()
        .map(|finding| (text(finding, "path"), text(finding, "fingerprint")))
        .collect()
}

fn services() -> Tree {
    let tree = repository();
    tree.file("svc/c.py", format!("t = '{}'\n", token(1)));
    tree.file("svc/deep er/d.py", format!("t = '{}'\n", token(2)));
    tree.file(
        "svc/box.zip",
        zip(&[("in/e.env", format!("T={}\n", token(3)).as_bytes())]),
    );
    tree
}

#[test]
fn paths_do_not_depend_on_how_a_folder_is_named() {
    let tree = services();
    let whole = named(tree.keysift(&["scan", ".", "--archives", "--format", "jsonl"]));
    assert_eq!(whole.len(), 3);
    assert!(
        whole.iter().all(|(path, _)| path.starts_with("svc/")),
        "{whole:?}"
    );
    let absolute = tree.path().join("svc");
    for (from, root) in [
        (".", "svc"),
        (".", "./svc"),
        (".", "svc/"),
        (".", "svc/../svc"),
        (".", absolute.to_str().unwrap()),
        ("svc", "."),
        ("svc", "../svc"),
        ("svc/deep er", ".."),
    ] {
        let found = named(keysift_in(
            &tree,
            from,
            &["scan", root, "--archives", "--format", "jsonl"],
        ));
        assert_eq!(found, whole, "{root} from {from}");
    }
    let file = absolute.join("c.py");
    let one: BTreeSet<_> = whole
        .iter()
        .filter(|(path, _)| path == "svc/c.py")
        .cloned()
        .collect();
    for (from, name) in [
        (".", "svc/c.py"),
        (".", "./svc/c.py"),
        ("svc", "c.py"),
        ("svc/deep er", "../c.py"),
        (".", file.to_str().unwrap()),
    ] {
        let found = named(keysift_in(&tree, from, &["scan", name, "--format", "jsonl"]));
        assert_eq!(found, one, "{name} from {from}");
    }
    // The same in the index and in a range.
    git(tree.path(), &["add", "."]);
    let staged = named(keysift_in(
        &tree,
        "svc",
        &["scan", "--staged", "--archives", "--format", "jsonl"],
    ));
    assert_eq!(staged, whole);
}

#[test]
fn settings_and_baselines_do_not_depend_on_how_a_folder_is_named() {
    let tree = services();
    tree.file("gen/d.py", format!("t = '{}'\n", token(4)));
    tree.file("keysift.toml", "exclude = [\"gen/**\"]\n");
    tree.keysift(&["baseline", "create", "--archives"]).expect(0);
    let baseline = tree.path().join(".keysift-baseline");
    let absolute = tree.path().join("svc");
    for (from, root) in [
        (".", "."),
        (".", "./svc"),
        (".", "svc/c.py"),
        (".", "./gen/d.py"),
        (".", absolute.to_str().unwrap()),
        ("svc", "."),
        ("gen", "d.py"),
    ] {
        let args = [
            "scan",
            root,
            "--archives",
            "--baseline",
            baseline.to_str().unwrap(),
        ];
        keysift_in(&tree, from, &args).expect(0);
    }
}

#[test]
fn machine_readable_reports_have_repository_paths_and_text_has_openable_ones() {
    let tree = services();
    let root = tree.path().join("svc");
    for format in ["sarif", "gitlab", "codequality", "github", "junit"] {
        let run = keysift_in(
            &tree,
            "svc",
            &["scan", root.to_str().unwrap(), "--format", format],
        )
        .expect(1);
        let out = run.out();
        let path = if format == "github" || format == "junit" {
            "svc/c.py"
        } else {
            "\"svc/c.py\""
        };
        assert!(out.contains(path), "{format}: {out}");
        assert!(!out.contains(root.to_str().unwrap()), "{format}: {out}");
    }
    let out = keysift_in(&tree, "svc", &["scan", "."]).expect(1).out();
    assert!(out.starts_with("c.py\n"), "{out}");
    // JSON has the base of the path, so that the file can be opened.
    let (findings, _) = keysift_in(&tree, "svc", &["scan", ".", "--format", "jsonl"]).jsonl();
    let base = findings[0]["origin"]["root"].as_str().unwrap();
    let path = findings[0]["path"].as_str().unwrap();
    assert!(
        tree.path().join("svc").join(base).join(path).is_file(),
        "{base} {path}"
    );
}

#[test]
fn a_renamed_file_has_no_new_findings() {
    let tree = repository();
    tree.file("svc/c.py", format!("import os\nt = '{}'\n# end\n", token(1)));
    tree.file(
        "svc/store.p12",
        [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 1][..], &[b'a'; 64]].concat(),
    );
    let before = commit(&tree, "one");
    git(tree.path(), &["mv", "svc", "lib"]);
    tree.keysift(&["scan", "--staged"]).expect(0);
    // Additions in the same commit are found.
    tree.file(
        "lib/c.py",
        format!("import os\nt = '{}'\n# end\nu = '{}'\n", token(1), token(2)),
    );
    git(tree.path(), &["add", "."]);
    assert_eq!(places(&tree, &["--staged"], 1), [("lib/c.py".to_owned(), 4)]);
    commit(&tree, "two");
    assert_eq!(
        places(&tree, &["--since", &before], 1),
        [("lib/c.py".to_owned(), 4)]
    );
    let range = format!("{before}..HEAD");
    assert_eq!(
        places(&tree, &["--range", &range], 1),
        [("lib/c.py".to_owned(), 4)]
    );
    // A copy is a new place.
    fs::copy(tree.path().join("lib/c.py"), tree.path().join("copy.py")).unwrap();
    git(tree.path(), &["add", "."]);
    assert_eq!(places(&tree, &["--staged"], 1).len(), 2);
}

#[test]
fn an_ignored_file_that_is_renamed_is_new() {
    let tree = repository();
    tree.file(".keysiftignore", "fixtures/\n");
    tree.file("fixtures/c.py", format!("t = '{}'\n", token(1)));
    commit(&tree, "one");
    git(tree.path(), &["mv", "fixtures", "src"]);
    assert_eq!(places(&tree, &["--staged"], 1), [("src/c.py".to_owned(), 1)]);
}
