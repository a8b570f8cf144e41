//! What git knows: the index, ranges, the whole history, hooks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::common::{Tree, builtin_rules, command, sample};

fn token(seed: u64) -> String {
    sample(&builtin_rules(), "github-pat-classic", seed)
}

/// Runs git in a folder, with nothing of this machine's configuration.
fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn repository() -> Tree {
    let tree = Tree::new();
    git(tree.path(), &["init", "-q"]);
    tree
}

fn commit(tree: &Tree, message: &str) -> String {
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-qm", message]);
    git(tree.path(), &["rev-parse", "HEAD"])
}

/// Path and line of each finding, and what it came from.
fn found(tree: &Tree, args: &[&str], code: i32) -> Vec<(String, u64, Value)> {
    let args: Vec<&str> = ["scan", "--format", "jsonl"].iter().chain(args).copied().collect();
    let (findings, _) = tree.keysift(&args).expect(code).jsonl();
    findings
        .iter()
        .map(|finding| (finding["path"].as_str().unwrap().to_owned(), finding["line"].as_u64().unwrap(), finding["origin"].clone()))
        .collect()
}

fn places(tree: &Tree, args: &[&str], code: i32) -> Vec<(String, u64)> {
    found(tree, args, code).into_iter().map(|(path, line, _)| (path, line)).collect()
}

#[test]
fn the_index_is_read_and_only_what_the_commit_adds() {
    let tree = repository();
    tree.file("old.env", format!("A={}\nx\n", token(1)));
    // An unborn branch: everything staged is new.
    git(tree.path(), &["add", "old.env"]);
    assert_eq!(places(&tree, &["--staged"], 1), [("old.env".to_owned(), 1)]);
    commit(&tree, "one");
    assert_eq!(places(&tree, &["--staged"], 0), []);
    // A line that was there is not new; one that is staged is, and one that is not staged is not.
    tree.file("old.env", format!("first\nA={}\nx\nB={}\n", token(1), token(2)));
    tree.file("sub dir/gone ä.env", format!("C={}\n", token(3)));
    git(tree.path(), &["add", "-A"]);
    fs::remove_file(tree.path().join("sub dir/gone ä.env")).unwrap();
    tree.file("old.env", format!("D={}\n", token(4)));
    tree.file("unstaged.env", format!("E={}\n", token(5)));
    assert_eq!(places(&tree, &["--staged"], 1), [("old.env".to_owned(), 4), ("sub dir/gone ä.env".to_owned(), 1)]);
    // From a folder below, and for a renamed file: the same lines under another name are new to nobody who reads the history.
    assert_eq!(places(&tree, &["--staged", "sub dir"], 1).len(), 2);
    // What a scan of the tree leaves out, a scan of the index leaves out too.
    tree.file(".keysiftignore", "sub dir/\n");
    assert_eq!(places(&tree, &["--staged"], 1), [("old.env".to_owned(), 4)]);
    fs::remove_file(tree.path().join(".keysiftignore")).unwrap();
    git(tree.path(), &["rm", "-q", "-f", "--cached", "old.env"]);
    assert_eq!(places(&tree, &["--staged"], 1), [("sub dir/gone ä.env".to_owned(), 1)]);
}

#[test]
fn hooks_environment_and_linked_worktrees_are_honoured() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "one");
    git(tree.path(), &["worktree", "add", "-q", "linked"]);
    let linked = tree.path().join("linked");
    fs::write(linked.join("new.env"), format!("A={}\n", token(1))).unwrap();
    git(&linked, &["add", "new.env"]);
    assert_eq!(places(&tree, &["--staged", "linked"], 1), [("new.env".to_owned(), 1)]);
    assert_eq!(places(&tree, &["--staged"], 0), []);
    // `git commit -a` hands its hooks an index of its own.
    let index: PathBuf = tree.path().join("other.index");
    let run = |args: &[&str]| {
        let status = Command::new("git").args(args).current_dir(tree.path()).env("GIT_INDEX_FILE", &index).stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
    };
    run(&["read-tree", "HEAD"]);
    tree.file("hook.env", format!("B={}\n", token(2)));
    run(&["add", "hook.env"]);
    let output =
        command(&["scan", "--staged", "--format", "jsonl"]).current_dir(tree.path()).env("GIT_INDEX_FILE", &index).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("hook.env"));
}

#[test]
fn a_branch_is_read_commit_by_commit_also_what_it_took_out_again() {
    let tree = repository();
    tree.file("a.env", format!("OLD={}\n", token(1)));
    commit(&tree, "base");
    git(tree.path(), &["checkout", "-qb", "topic"]);
    tree.file("a.env", format!("OLD={}\nNEW={}\n", token(1), token(2)));
    let added = commit(&tree, "add");
    tree.file("a.env", format!("OLD={}\n", token(1)));
    commit(&tree, "remove");
    let findings = found(&tree, &["--since", "main"], 1);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].0.as_str(), findings[0].1, findings[0].2["commit"].as_str()), ("a.env", 2, Some(added.as_str())));
    assert_eq!(findings[0].2["author"], "A <a@example.com>");
    assert_eq!(places(&tree, &["--range", "main..topic"], 1), [("a.env".to_owned(), 2)]);
    let mut all = places(&tree, &["--history"], 1);
    all.sort();
    assert_eq!(all, [("a.env".to_owned(), 1), ("a.env".to_owned(), 2)]);
    let text = tree.keysift(&["scan", "--since", "main"]).expect(1).out();
    assert!(text.contains(&format!("commit {} of A <a@example.com>", &added[..10])), "{text}");
    assert!(tree.keysift(&["scan", "--since", "nowhere"]).expect(2).err().contains("nowhere"));
    assert!(Tree::new().keysift(&["scan", "--staged"]).code() == 2);
}

#[test]
fn what_a_merge_makes_by_itself_is_found_with_the_merge() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "base");
    git(tree.path(), &["checkout", "-qb", "side"]);
    tree.file("a.txt", "side\n");
    commit(&tree, "side");
    git(tree.path(), &["checkout", "-q", "main"]);
    tree.file("a.txt", "main\n");
    commit(&tree, "main");
    let merge = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@b", "merge", "-q", "side"])
        .current_dir(tree.path())
        .output()
        .unwrap();
    assert!(!merge.status.success(), "a conflict");
    tree.file("a.txt", format!("token={}\n", token(1)));
    let merge = commit(&tree, "merge");
    let findings = found(&tree, &["--history"], 1);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].2["commit"].as_str(), Some(merge.as_str()));
}

#[test]
fn bare_and_shallow_repositories() {
    let tree = repository();
    tree.file("a.env", format!("A={}\n", token(1)));
    commit(&tree, "one");
    tree.file("b.env", "b\n");
    commit(&tree, "two");
    git(tree.path(), &["clone", "-q", "--bare", ".", "bare.git"]);
    assert_eq!(places(&tree, &["--history", "bare.git"], 1), [("a.env".to_owned(), 1)]);
    let url = format!("file://{}", tree.path().display());
    git(tree.path(), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let run = tree.keysift(&["scan", "--history", "shallow"]).expect(2);
    assert!(run.out().contains("a shallow clone"), "{}", run.out());
}

#[test]
fn a_commit_is_blocked_by_the_hook_and_passes_without_the_secret() {
    let tree = repository();
    let hook = tree.file(".git/hooks/pre-commit", format!("#!/bin/sh\nexec '{}' scan --staged\n", env!("CARGO_BIN_EXE_keysift")));
    let mut permissions = fs::metadata(&hook).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&hook, permissions).unwrap();
    let commits = || {
        let output = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", "x"])
            .current_dir(tree.path())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    tree.file("a.env", format!("A={}\n", token(1)));
    git(tree.path(), &["add", "-A"]);
    let (done, told) = commits();
    assert!(!done && told.contains("GitHub personal access token") && told.contains("fix:"), "{told}");
    tree.file("a.env", "A=${TOKEN}\n");
    assert!(commits().0);
}
