//! Scans of git repositories: the index, ranges, the whole history, hooks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::common::{Tree, builtin_rules, command, sample};

pub(crate) fn token(seed: u64) -> String {
    sample(&builtin_rules(), "github-pat-classic", seed)
}

/// Runs git in a folder, without the configuration of this machine.
pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn repository() -> Tree {
    let tree = Tree::new();
    git(tree.path(), &["init", "-q"]);
    tree
}

pub(crate) fn commit(tree: &Tree, message: &str) -> String {
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-qm", message]);
    git(tree.path(), &["rev-parse", "HEAD"])
}

/// Returns path, line and origin of each finding.
pub(crate) fn found(tree: &Tree, args: &[&str], code: i32) -> Vec<(String, u64, Value)> {
    let args: Vec<&str> = ["scan", "--format", "jsonl"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let (findings, _) = tree.keysift(&args).expect(code).jsonl();
    findings
        .iter()
        .map(|finding| {
            (
                finding["path"].as_str().unwrap().to_owned(),
                finding["line"].as_u64().unwrap(),
                finding["origin"].clone(),
            )
        })
        .collect()
}

pub(crate) fn places(tree: &Tree, args: &[&str], code: i32) -> Vec<(String, u64)> {
    found(tree, args, code)
        .into_iter()
        .map(|(path, line, _)| (path, line))
        .collect()
}

#[test]
fn only_additions_in_the_index_are_reported() {
    let tree = repository();
    tree.file("old.env", format!("A={}\nx\n", token(1)));
    // An unborn branch: everything staged is new.
    git(tree.path(), &["add", "old.env"]);
    assert_eq!(places(&tree, &["--staged"], 1), [("old.env".to_owned(), 1)]);
    commit(&tree, "one");
    assert_eq!(places(&tree, &["--staged"], 0), []);
    // An existing line is not new, a staged line is, and an unstaged line is not read.
    tree.file("old.env", format!("first\nA={}\nx\nB={}\n", token(1), token(2)));
    tree.file("sub dir/gone ä.env", format!("C={}\n", token(3)));
    git(tree.path(), &["add", "-A"]);
    fs::remove_file(tree.path().join("sub dir/gone ä.env")).unwrap();
    tree.file("old.env", format!("D={}\n", token(4)));
    tree.file("unstaged.env", format!("E={}\n", token(5)));
    assert_eq!(
        places(&tree, &["--staged"], 1),
        [("old.env".to_owned(), 4), ("sub dir/gone ä.env".to_owned(), 1)]
    );
    // From a subfolder, and for a renamed file: its old lines are not new.
    assert_eq!(places(&tree, &["--staged", "sub dir"], 1).len(), 2);
    // Ignored files are left out of a scan of the index as well.
    tree.file(".keysiftignore", "sub dir/\n");
    assert_eq!(places(&tree, &["--staged"], 1), [("old.env".to_owned(), 4)]);
    fs::remove_file(tree.path().join(".keysiftignore")).unwrap();
    git(tree.path(), &["rm", "-q", "-f", "--cached", "old.env"]);
    assert_eq!(
        places(&tree, &["--staged"], 1),
        [("sub dir/gone ä.env".to_owned(), 1)]
    );
}

#[test]
fn environment_of_hooks_and_linked_worktrees_are_supported() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "one");
    git(tree.path(), &["worktree", "add", "-q", "linked"]);
    let linked = tree.path().join("linked");
    fs::write(linked.join("new.env"), format!("A={}\n", token(1))).unwrap();
    git(&linked, &["add", "new.env"]);
    assert_eq!(
        places(&tree, &["--staged", "linked"], 1),
        [("new.env".to_owned(), 1)]
    );
    assert_eq!(places(&tree, &["--staged"], 0), []);
    // `git commit -a` passes its hooks a temporary index.
    let index: PathBuf = tree.path().join("other.index");
    let run = |args: &[&str]| {
        let status = Command::new("git")
            .args(args)
            .current_dir(tree.path())
            .env("GIT_INDEX_FILE", &index)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    };
    run(&["read-tree", "HEAD"]);
    tree.file("hook.env", format!("B={}\n", token(2)));
    run(&["add", "hook.env"]);
    let output = command(&["scan", "--staged", "--format", "jsonl"])
        .current_dir(tree.path())
        .env("GIT_INDEX_FILE", &index)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("hook.env"));
}

#[test]
fn secrets_that_a_branch_removed_again_are_found() {
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
    assert_eq!(
        (
            findings[0].0.as_str(),
            findings[0].1,
            findings[0].2["commit"].as_str()
        ),
        ("a.env", 2, Some(added.as_str()))
    );
    assert_eq!(findings[0].2["author"], "A <a@example.com>");
    assert_eq!(
        places(&tree, &["--range", "main..topic"], 1),
        [("a.env".to_owned(), 2)]
    );
    let mut all = places(&tree, &["--history"], 1);
    all.sort();
    assert_eq!(all, [("a.env".to_owned(), 1), ("a.env".to_owned(), 2)]);
    let text = tree.keysift(&["scan", "--since", "main"]).expect(1).out();
    assert!(
        text.contains(&format!("commit {} of A <a@example.com>", &added[..10])),
        "{text}"
    );
    assert!(
        tree.keysift(&["scan", "--since", "nowhere"])
            .expect(2)
            .err()
            .contains("nowhere")
    );
    assert!(Tree::new().keysift(&["scan", "--staged"]).code() == 2);
}

#[test]
fn changes_made_in_a_merge_are_found() {
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
    assert_eq!(
        places(&tree, &["--history", "bare.git"], 1),
        [("a.env".to_owned(), 1)]
    );
    let url = format!("file://{}", tree.path().display());
    git(tree.path(), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let run = tree.keysift(&["scan", "--history", "shallow"]).expect(2);
    assert!(run.out().contains("shallow clone"), "{}", run.out());
}

#[test]
fn a_commit_is_blocked_by_the_hook_and_passes_without_the_secret() {
    let tree = repository();
    let hook = tree.file(
        ".git/hooks/pre-commit",
        format!(
            "#!/bin/sh\nexec '{}' scan --staged\n",
            env!("CARGO_BIN_EXE_keysift")
        ),
    );
    let mut permissions = fs::metadata(&hook).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&hook, permissions).unwrap();
    let commits = || {
        let output = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", "x"])
            .current_dir(tree.path())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    tree.file("a.env", format!("A={}\n", token(1)));
    git(tree.path(), &["add", "-A"]);
    let (done, output) = commits();
    assert!(
        !done && output.contains("GitHub personal access token") && output.contains("fix:"),
        "{output}"
    );
    tree.file("a.env", "A=${TOKEN}\n");
    assert!(commits().0);
}

#[test]
fn secrets_are_found_in_every_part_of_a_repository() {
    let tree = repository();
    // In a file of an old commit.
    tree.file("old.env", format!("A={}\n", token(1)));
    tree.file("kept.env", format!("A={}\n", token(2)));
    commit(&tree, "one");
    fs::remove_file(tree.path().join("old.env")).unwrap();
    commit(&tree, "two");
    // In a stash, in a tag message, in a commit message.
    tree.file("kept.env", format!("A={}\nB={}\n", token(2), token(3)));
    git(tree.path(), &["stash", "-q"]);
    git(
        tree.path(),
        &["tag", "-a", "v1", "-m", &format!("deploys with {}", token(4))],
    );
    tree.file("c", "c\n");
    commit(&tree, &format!("three\n\nuse {} for now", token(5)));
    // In a commit that was reset.
    tree.file("gone.env", format!("A={}\n", token(6)));
    let gone = commit(&tree, "four");
    git(tree.path(), &["reset", "-q", "--hard", "HEAD~1"]);
    // In a submodule: a repository of its own.
    let other = repository();
    other.file("sub.env", format!("A={}\n", token(7)));
    commit(&other, "sub");
    git(
        tree.path(),
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            other.path().to_str().unwrap(),
            "sub",
        ],
    );
    commit(&tree, "five");
    let tips = |args: &[&str]| -> Vec<(String, Option<bool>)> {
        let mut found: Vec<_> = found(&tree, args, 1)
            .into_iter()
            .map(|(path, _, origin)| (path, origin["at_tip"].as_bool()))
            .collect();
        found.sort();
        found
    };
    let at_tip = |path: &str, tip: Option<bool>| (path.to_owned(), tip);
    let reached = [
        at_tip("(message)", None),
        at_tip("(message)", None),
        at_tip("kept.env", Some(false)),
        at_tip("kept.env", Some(true)),
        at_tip("old.env", Some(false)),
    ];
    assert_eq!(tips(&["--history"]), reached);
    assert_eq!(tips(&["--history", "--reflog"]).len(), 6);
    git(tree.path(), &["reflog", "expire", "--expire=now", "--all"]);
    let unreachable = found(&tree, &["--history", "--unreachable"], 1);
    assert_eq!(unreachable.len(), 6, "{unreachable:?}");
    assert_eq!(
        places(&tree, &["--history", "sub"], 1),
        [("sub.env".to_owned(), 1)]
    );
    // From the standard input of hooks.
    let head = git(tree.path(), &["rev-parse", "HEAD"]);
    let zeros = "0".repeat(40);
    let push = |lines: String| tree.keysift_with(&["scan", "--stdin-refs"], lines.as_bytes());
    push(format!("refs/heads/main {head} refs/heads/main {zeros}\n")).expect(1);
    push(format!("{gone} {gone} refs/heads/main\n")).expect(0);
    push(format!("(delete) {zeros} refs/heads/x {head}\n")).expect(0);
    push("nonsense\n".to_owned()).expect(2);
}

#[test]
fn damage_is_reported_and_the_rest_is_scanned() {
    let tree = repository();
    for (number, name) in ["a.env", "b.env", "c.env"].iter().enumerate() {
        tree.file(name, format!("A={}\n", token(number as u64)));
        commit(&tree, name);
    }
    let name = git(tree.path(), &["rev-parse", "HEAD:b.env"]);
    let object = tree.path().join(".git/objects").join(&name[..2]).join(&name[2..]);
    fs::set_permissions(&object, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    for damaged in [Some(&b"nonsense"[..]), None] {
        match damaged {
            Some(bytes) => fs::write(&object, bytes).unwrap(),
            None => fs::remove_file(&object).unwrap(),
        }
        let mut left = places(&tree, &["--history"], 2);
        left.sort();
        assert_eq!(left, [("a.env".to_owned(), 1), ("c.env".to_owned(), 1)]);
    }
    tree.file(
        ".git/refs/heads/broken",
        "0123456789012345678901234567890123456789\n",
    );
    assert_eq!(places(&tree, &["--history"], 2).len(), 2);
}

#[test]
fn a_pointer_of_lfs_is_counted() {
    let tree = repository();
    tree.file(
        "big.bin",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    );
    commit(&tree, "one");
    let (_, summary) = tree
        .keysift(&["scan", "--format", "jsonl", "--history"])
        .expect(0)
        .jsonl();
    assert_eq!(summary["coverage"]["skipped"]["lfs-pointer"], 1);
}

#[test]
fn hooks_are_installed_chained_and_removed() {
    let tree = repository();
    git(tree.path(), &["config", "core.hooksPath", "my hooks"]);
    let hook = tree.path().join("my hooks/pre-commit");
    let own = "#!/bin/sh\necho the old one ran >&2\n";
    tree.file("my hooks/pre-commit", own);
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    tree.keysift(&["hook", "install", "--this-program"]).expect(0);
    // Twice is once.
    tree.keysift(&["hook", "install", "--this-program"]).expect(0);
    tree.file("a.env", format!("A={}\n", token(1)));
    git(tree.path(), &["add", "a.env"]);
    let commits = || {
        let args = ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "x"];
        let output = Command::new("git")
            .args(args)
            .current_dir(tree.path())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (done, output) = commits();
    assert!(
        !done && output.contains("the old one ran") && output.contains("github-pat-classic"),
        "{output}"
    );
    tree.keysift(&["hook", "uninstall"]).expect(0);
    assert_eq!(fs::read_to_string(&hook).unwrap(), own);
    assert!(commits().0);
    tree.keysift(&["hook", "uninstall"]).expect(2);
    // A push: the commits that the remote lacks.
    git(tree.path(), &["init", "-q", "--bare", "remote.git"]);
    git(tree.path(), &["remote", "add", "origin", "remote.git"]);
    tree.keysift(&["hook", "install", "--pre-push", "--this-program"])
        .expect(0);
    let push = Command::new("git")
        .args(["push", "-q", "origin", "HEAD:refs/heads/main"])
        .current_dir(tree.path())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&push.stdout).into_owned() + &String::from_utf8_lossy(&push.stderr);
    assert!(
        !push.status.success() && output.contains("github-pat-classic"),
        "{output}"
    );
}

#[test]
fn pre_commit_itself_blocks_and_passes() {
    if Command::new("pre-commit").arg("--version").output().is_err() {
        eprintln!("SKIPPED: pre-commit is not installed");
        return;
    }
    let tree = repository();
    let program = Path::new(env!("CARGO_BIN_EXE_keysift")).parent().unwrap();
    // The hook of this repository that runs an installed keysift. Building one with `cargo install` takes
    // minutes.
    let hooks =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let source = repository();
    source.file(".pre-commit-hooks.yaml", hooks);
    let revision = commit(&source, "hooks");
    let repo = source.path().display();
    tree.file(
        ".pre-commit-config.yaml",
        format!("repos:\n  - repo: {repo}\n    rev: {revision}\n    hooks: [{{id: keysift-system}}]\n"),
    );
    tree.file("a.env", format!("A={}\n", token(1)));
    git(tree.path(), &["add", "-A"]);
    let run = || {
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("pre-commit");
        command
            .arg("run")
            .current_dir(tree.path())
            .env("PATH", path)
            .env("PRE_COMMIT_HOME", tree.path().join(".git/pre-commit"));
        let output = command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (done, output) = run();
    assert!(
        !done && output.contains("GitHub personal access token") && output.contains("fix:"),
        "{output}"
    );
    tree.file("a.env", "A=${TOKEN}\n");
    git(tree.path(), &["add", "-A"]);
    let (done, output) = run();
    assert!(done, "{output}");
}

#[test]
fn a_pipeline_fails_on_what_the_request_adds() {
    let tree = repository();
    tree.file("old.env", format!("A={}\n", token(1)));
    commit(&tree, "base");
    git(tree.path(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    git(tree.path(), &["checkout", "-q", "-b", "topic"]);
    tree.file("new.env", format!("A={}\n", token(2)));
    commit(&tree, "new");
    let ci = |variables: &[(&str, &str)], code: i32| {
        let mut keysift = command(&["ci"]);
        for name in [
            "GITHUB_ACTIONS",
            "GITLAB_CI",
            "BITBUCKET_BUILD_NUMBER",
            "TF_BUILD",
            "JENKINS_URL",
        ] {
            keysift.env_remove(name);
        }
        let output = keysift
            .envs(variables.iter().copied())
            .current_dir(tree.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code));
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (out, err) = ci(&[("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "main")], 1);
    assert!(
        out.starts_with("::error file=new.env,line=1,") && !out.contains("old.env"),
        "{out}"
    );
    assert_eq!(
        err,
        "keysift ci: GitHub; what was added since origin/main; a report in keysift.sarif\n"
    );
    assert!(
        fs::read_to_string(tree.path().join("keysift.sarif"))
            .unwrap()
            .contains("github-pat-classic")
    );
    let (out, err) = ci(&[("GITLAB_CI", "true")], 1);
    assert!(
        out.contains("old.env")
            && err.contains("the whole tree; a report in gl-secret-detection-report.json"),
        "{out}{err}"
    );
    let (_, err) = ci(&[("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "gone")], 2);
    assert!(err.contains("origin/gone"), "{err}");
}

#[test]
fn a_repository_in_the_middle_of_an_operation_is_read() {
    let tree = repository();
    tree.file("a.env", "one\n");
    commit(&tree, "base");
    git(tree.path(), &["checkout", "-q", "-b", "topic"]);
    tree.file("a.env", format!("A={}\n", token(1)));
    commit(&tree, "topic");
    git(tree.path(), &["checkout", "-q", "main"]);
    tree.file("a.env", "two\n");
    commit(&tree, "main");
    // A rebase that stopped at a conflict.
    let rebase = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "rebase",
            "-q",
            "main",
            "topic",
        ])
        .current_dir(tree.path())
        .output()
        .unwrap();
    assert!(!rebase.status.success());
    assert_eq!(places(&tree, &["--history"], 1), [("a.env".to_owned(), 1)]);
    tree.file("a.env", format!("two\nA={}\n", token(1)));
    git(tree.path(), &["add", "a.env"]);
    assert_eq!(places(&tree, &["--staged"], 1), [("a.env".to_owned(), 2)]);
    // Another process repacks and pushes at the same time.
    let folder = tree.path().to_owned();
    let packing = std::thread::spawn(move || {
        for number in 0..6 {
            let output = Command::new("git")
                .args(["gc", "-q", "--prune=now"])
                .current_dir(&folder)
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            git(&folder, &["branch", &format!("b{number}"), "main"]);
        }
    });
    for _ in 0..6 {
        assert_eq!(places(&tree, &["--history"], 1), [("a.env".to_owned(), 1)]);
    }
    packing.join().unwrap();
}

#[test]
fn an_ignored_file_that_git_tracks_is_not_ignored() {
    let tree = repository();
    tree.file(".gitignore", "*.env\n");
    for name in ["a/tracked.env", "a/local.env"] {
        tree.file(name, "A=1\n");
    }
    git(tree.path(), &["add", "-f", "a/tracked.env"]);
    let is_ignored = |name: &str| keysift_source::is_ignored(tree.path(), &tree.path().join(name));
    assert_eq!(
        (is_ignored("a/tracked.env"), is_ignored("a/local.env")),
        (false, true)
    );
}

#[test]
fn errors_of_git_are_printed_once() {
    let tree = Tree::new();
    let error = |args: &[&str]| tree.keysift(args).expect(2).err();
    let no_repository = error(&["scan", "--history", "."]);
    assert_eq!(
        no_repository.matches("not a git repository").count(),
        1,
        "{no_repository}"
    );
    let git = |args: &[&str]| git(tree.path(), args);
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "one"]);
    git(&["branch", "first"]);
    git(&["checkout", "-q", "--orphan", "second"]);
    git(&["commit", "-q", "--allow-empty", "-m", "two"]);
    let unknown = error(&["scan", "--since", "absent", "."]);
    assert_eq!(unknown.matches("absent").count(), 1, "{unknown}");
    let unrelated = error(&["scan", "--since", "first", "."]);
    assert_eq!(
        unrelated
            .matches("first has no common ancestor with HEAD")
            .count(),
        1,
        "{unrelated}"
    );
}
