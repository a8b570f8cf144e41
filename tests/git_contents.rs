//! The same content has the same findings in a tree, in the index, in a range and in the history. Tracked
//! files are read whatever ignore rules say; skipped ones are counted.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use serde_json::Value;

use crate::{
    archives::zip,
    common::{Run, Tree, builtin_rules, sample},
    git::{commit, found, git, places, repository, token},
};

fn secret(seed: u64) -> String {
    format!("A={}\n", token(seed))
}

fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xFF, 0xFE].into_iter().chain(units).collect()
}

/// The first bytes of a Java key store.
fn keystore() -> Vec<u8> {
    [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 1][..], &[b'a'; 64]].concat()
}

/// Contents of several types, each with at least one finding.
fn contents() -> Vec<(&'static str, Vec<u8>)> {
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    image: a:1\n    env:\n    - name: DB_PASSWORD\n      value: Zk3mQ9xW2pLs\n";
    let inner = zip(&[("in/b.env", secret(4).as_bytes())]);
    vec![
        ("plain.env", secret(1).into_bytes()),
        ("mark.env", format!("\u{FEFF}{}", secret(2)).into_bytes()),
        ("wide.txt", utf16(&format!("one\r\n{}", secret(3)))),
        ("store.jks", keystore()),
        (
            "box.zip",
            zip(&[("a.env", secret(5).as_bytes()), ("store.jks", &keystore())]),
        ),
        ("nested.zip", zip(&[("inner.zip", &inner)])),
        (".env", secret(6).into_bytes()),
        ("pod.yaml", manifest.into()),
        (
            "Dockerfile",
            b"FROM scratch\nENV DB_PASSWORD=Zk3mQ9xW2pLs\n".to_vec(),
        ),
        // Larger than a window, with a secret at both ends.
        (
            "large.txt",
            [
                secret(7).into_bytes(),
                b"a line of text\n".repeat(600_000),
                secret(8).into_bytes(),
            ]
            .concat(),
        ),
        (
            "like a pointer",
            format!("version https://git-lfs.github.com/spec/v1\n{}", secret(9)).into_bytes(),
        ),
    ]
}

/// Returns rule, path and line of each finding.
fn all(run: Run) -> BTreeSet<(String, String, u64)> {
    let (findings, _) = run.jsonl();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .map(|finding| {
            (
                text(&finding["rule"]),
                text(&finding["path"]),
                finding["line"].as_u64().unwrap(),
            )
        })
        .filter(|(_, path, _)| path != "(message)")
        .collect()
}

#[test]
fn a_content_gives_the_same_findings_from_every_source_of_git() {
    let tree = repository();
    tree.file("README", "x\n");
    commit(&tree, "base");
    for (name, content) in contents() {
        tree.file(name, content);
    }
    git(tree.path(), &["add", "-A"]);
    tree.file(".git/info/exclude", ".env\n");
    for archives in [&["--archives"][..], &[]] {
        let scan = |args: &[&str]| {
            let args = [&["scan", "--format", "jsonl"], args, archives].concat();
            all(tree.keysift(&args).expect(1))
        };
        let expected: BTreeSet<_> = scan(&["."]);
        for (name, _) in contents() {
            let opened = !name.ends_with(".zip") || !archives.is_empty();
            let found = expected.iter().any(|(_, path, _)| path.starts_with(name));
            assert_eq!(found, opened, "{name}: {expected:?}");
        }
        assert_eq!(scan(&["--staged"]), expected);
        let head = git(tree.path(), &["rev-parse", "HEAD"]);
        commit(&tree, "all of it");
        assert_eq!(scan(&["--since", &head]), expected);
        assert_eq!(scan(&["--range", &format!("{head}..HEAD")]), expected);
        // Insecure handling that was fixed exposes nothing: in the history only secrets are reported.
        let mut secrets = expected.clone();
        secrets.retain(|(rule, ..)| rule != "k8s-automount-token");
        assert_ne!(secrets, expected);
        assert_eq!(scan(&["--history"]), secrets);
        // Archive members at the tip are reported as such.
        let args = [&["--history"], archives].concat();
        assert!(
            found(&tree, &args, 1)
                .iter()
                .all(|(_, _, origin)| origin["at_tip"] == true)
        );
        git(tree.path(), &["reset", "-q", "--soft", &head]);
    }
}

#[test]
fn tracked_files_are_not_ignored() {
    let tree = repository();
    tree.file("a/.env", secret(1));
    tree.file("b/.env", secret(2));
    tree.file("b/kept.env", secret(3));
    commit(&tree, "one");
    tree.file(".gitignore", ".env\n");
    tree.file("b/.gitignore", "*\n");
    // Untracked files stay ignored.
    tree.file("a/build/.env", secret(4));
    tree.file("b/untracked.env", secret(5));
    let sorted = |args: &[&str]| {
        let mut found = places(&tree, args, 1);
        found.sort();
        found.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(sorted(&["."]), ["a/.env", "b/.env", "b/kept.env"]);
    assert_eq!(sorted(&["b"]), ["b/.env", "b/kept.env"]);
    assert_eq!(sorted(&[tree.path().to_str().unwrap()]).len(), 3);
    assert_eq!(sorted(&["b/", "a"]).len(), 3);
    // Each file is read once.
    let (_, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(summary["coverage"]["files"], 4, "{summary}");
    // Ignore files for scanners and --no-hidden still apply.
    tree.file(".keysiftignore", "b/.env\n");
    assert_eq!(sorted(&["."]), ["a/.env", "b/kept.env"]);
    assert_eq!(sorted(&[".", "--no-hidden"]), ["b/kept.env"]);
    tree.file(".ignore", "kept.env\n");
    assert_eq!(sorted(&["."]), ["a/.env"]);
    assert_eq!(sorted(&[".", "--no-ignore"]).len(), 5);
}

#[test]
fn indexes_of_every_form_are_read() {
    for (init, configure, index) in [
        (&["init", "-q"][..], &[][..], "2"),
        (&["init", "-q"], &[], "4"),
        (&["init", "-q", "--object-format=sha256"], &[], "2"),
        (&["init", "-q", "--object-format=sha256"], &[], "4"),
        (&["init", "-q"], &["update-index", "--split-index"], "2"),
        (&["init", "-q", "--separate-git-dir=../dir"], &[], "2"),
    ] {
        let outside = Tree::new();
        fs::create_dir(outside.path().join("r")).unwrap();
        let folder = outside.path().join("r");
        git(&folder, init);
        git(&folder, &["config", "index.version", index]);
        for name in ["a.env", "sub/b.env", "sub/c.env"] {
            outside.file(&format!("r/{name}"), secret(1));
        }
        git(&folder, &["add", "-A"]);
        outside.file("r/later.env", secret(1));
        // Entries with extended flags.
        git(&folder, &["add", "-N", "later.env"]);
        if !configure.is_empty() {
            git(&folder, configure);
        }
        outside.file("r/.gitignore", "*.env\n");
        assert_eq!(
            places(&outside, &["r"], 1).len(),
            4,
            "{init:?} {configure:?} {index}"
        );
    }
    // A linked worktree, and an invalid index.
    let tree = repository();
    tree.file("a.env", secret(1));
    commit(&tree, "one");
    let outside = Tree::new();
    let linked = outside.path().join("linked");
    git(tree.path(), &["worktree", "add", "-q", linked.to_str().unwrap()]);
    outside.file("linked/.gitignore", "*.env\n");
    assert_eq!(places(&outside, &["linked"], 1).len(), 1);
    tree.file(".git/index", "nonsense");
    let run = tree.keysift(&["scan", "."]).expect(2);
    assert!(run.out().contains("git's index is damaged"), "{}", run.out());
    // A folder that only looks like a repository.
    let plain = Tree::new();
    plain.file("a/.git", "gitdir: /dev/zero\n");
    plain.file("a/b.env", secret(1));
    plain.file("c/.git/x", "");
    assert_eq!(places(&plain, &["."], 1).len(), 1);
}

#[test]
fn repositories_in_repositories() {
    let other = repository();
    other.file("s.env", secret(7));
    other.file(".gitignore", "s.env\nt.env\n");
    git(other.path(), &["add", "-f", "s.env", ".gitignore"]);
    commit(&other, "sub");
    let tree = repository();
    tree.file("a.txt", "a\n");
    let url = other.path().to_str().unwrap();
    for at in ["open", "vendor/hidden"] {
        git(
            tree.path(),
            &[
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "--quiet",
                "add",
                url,
                at,
            ],
        );
    }
    commit(&tree, "one");
    tree.file(".gitignore", "vendor/\n/other/\n");
    // In the submodules: one file that is ignored and tracked, and one that is only ignored.
    tree.file("open/t.env", secret(1));
    tree.file("vendor/hidden/t.env", secret(2));
    // An ignored repository that is not tracked is skipped with all that it tracks.
    git(tree.path(), &["clone", "-q", url, "other"]);
    git(tree.path(), &["clone", "-q", url, "beside"]);
    let mut found = places(&tree, &["."], 1);
    found.sort();
    let paths: Vec<_> = found.into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["beside/s.env", "open/s.env", "vendor/hidden/s.env"]);
    // Submodules that are not checked out are counted, in the tree and in the history.
    git(
        tree.path(),
        &["-c", "protocol.file.allow=always", "clone", "-q", ".", "bare"],
    );
    for args in [&["scan", "bare"][..], &["scan", "bare", "--history"]] {
        let args = [args, &["--format", "jsonl"]].concat();
        let (_, summary) = tree.keysift(&args).expect(0).jsonl();
        assert_eq!(summary["coverage"]["skipped"]["submodule"], 2, "{summary}");
    }
    // Regardless of `.gitmodules`.
    let modules = fs::read_to_string(tree.path().join(".gitmodules")).unwrap();
    tree.file(
        ".gitmodules",
        modules
            .replace("[submodule", "[submodule \"x\"]\n\tignore = all\n[submodule")
            .replace("\turl", "\tignore = all\n\turl"),
    );
    git(
        tree.path(),
        &[
            "update-index",
            "--cacheinfo",
            &format!("160000,{},open", "1".repeat(40)),
        ],
    );
    let (_, summary) = tree
        .keysift(&["scan", "--staged", "--format", "jsonl"])
        .expect(0)
        .jsonl();
    assert_eq!(summary["coverage"]["skipped"]["submodule"], 1, "{summary}");
}

#[test]
fn a_content_is_read_under_each_of_its_names() {
    let tree = repository();
    let content = format!("t = \"{}\"\n", token(1));
    tree.file("vendor/x.py", &content);
    commit(&tree, "one");
    tree.file("src/x.py", &content);
    tree.file(".keysiftignore", "vendor/\n");
    commit(&tree, "two");
    assert_eq!(places(&tree, &["--history"], 1), [("src/x.py".to_owned(), 1)]);
    let mut both = places(&tree, &["--history", "--no-ignore"], 1);
    both.sort();
    assert_eq!(both, [("src/x.py".to_owned(), 1), ("vendor/x.py".to_owned(), 1)]);
    // The path decides what a file is: first a draft, then a manifest; first a sample, then not.
    let tree = repository();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    image: a:1\n    env:\n    - name: DB_PASSWORD\n      value: Zk3mQ9xW2pLs\n";
    tree.file("draft.txt", pod);
    tree.file("tests/fixtures/a.py", "password = \"Xk7q2LmW9rTbZ4vN\"\n");
    commit(&tree, "one");
    git(tree.path(), &["mv", "draft.txt", "pod.yaml"]);
    git(tree.path(), &["mv", "tests/fixtures/a.py", "a.py"]);
    commit(&tree, "two");
    let found: BTreeSet<_> = places(&tree, &["--history"], 1)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert!(found.contains("pod.yaml") && found.contains("a.py"), "{found:?}");
}

#[test]
fn keysiftignore_applies_unless_no_ignore_is_given() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    let base = commit(&tree, "one");
    tree.file(".keysiftignore", "*\n");
    tree.file("a.env", secret(1));
    git(tree.path(), &["add", "-A"]);
    let both = |args: &[&str]| {
        assert_eq!(places(&tree, args, 0), []);
        assert_eq!(
            places(&tree, &[args, &["--no-ignore"]].concat(), 1),
            [("a.env".to_owned(), 1)]
        );
    };
    both(&["--staged"]);
    commit(&tree, "two");
    both(&["--history"]);
    both(&["--since", &base]);
}

#[test]
fn a_secret_of_several_lines_is_new_when_one_of_them_is() {
    let rules = builtin_rules();
    let key = |seed| sample(&rules, "private-key-pkcs8", seed);
    let tree = repository();
    tree.file("id", format!("x\n{}\n", key(1)));
    commit(&tree, "one");
    // Moved, and with other line endings: the same key.
    tree.file("id", format!("x\ny\n{}\n", key(1)).replace('\n', "\r\n"));
    git(tree.path(), &["add", "-A"]);
    assert_eq!(places(&tree, &["--staged"], 0), []);
    // A new key with the same first and last line.
    let (old, new) = (key(1), key(2));
    assert_eq!(old.lines().next(), new.lines().next());
    tree.file("id", format!("x\n{new}\n"));
    git(tree.path(), &["add", "-A"]);
    assert_eq!(places(&tree, &["--staged"], 1).len(), 1);
    commit(&tree, "two");
    assert_eq!(places(&tree, &["--since", "HEAD~1"], 1).len(), 1);
    // A keystore: lines before the change are not new.
    tree.file("store.jks", keystore());
    commit(&tree, "three");
    tree.file("store.jks", [keystore(), b"more".to_vec()].concat());
    git(tree.path(), &["add", "-A"]);
    assert_eq!(places(&tree, &["--staged"], 1), [("store.jks".to_owned(), 1)]);
    // An archive: lines that another member had before are not new.
    tree.file("a.zip", zip(&[("a.env", secret(1).as_bytes())]));
    commit(&tree, "four");
    tree.file(
        "a.zip",
        zip(&[("a.env", secret(1).as_bytes()), ("b.env", secret(2).as_bytes())]),
    );
    git(tree.path(), &["add", "-A"]);
    assert_eq!(
        places(&tree, &["--staged", "--archives"], 1),
        [("a.zip!/b.env".to_owned(), 1)]
    );
}

#[test]
fn a_secret_that_was_removed_and_added_again_is_new() {
    let tree = repository();
    tree.file("a.env", format!("{}x\n", secret(1)));
    let base = commit(&tree, "with");
    tree.file("a.env", format!("{}y\n", secret(1)));
    commit(&tree, "another line");
    tree.file("a.env", "y\n");
    commit(&tree, "without");
    tree.file("a.env", format!("{}y\n", secret(1)));
    let back = commit(&tree, "back");
    let found = found(&tree, &["--since", &base], 1);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].2["commit"].as_str(), Some(back.as_str()));
}

#[test]
fn stashes_tags_and_references_of_all_kinds_are_read() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "one");
    for seed in 1..4 {
        tree.file("a.txt", secret(seed));
        git(tree.path(), &["stash", "-q"]);
    }
    assert_eq!(
        places(&tree, &["--history"], 1).len(),
        3,
        "the stash and two older ones"
    );
    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "one");
    let message = |seed| format!("deploys with {}", token(seed));
    git(tree.path(), &["tag", "-a", "inner", "-m", &message(1)]);
    // A tag of a tag whose inner tag has no name any more; a tag outside of refs/tags.
    git(tree.path(), &["tag", "-a", "outer", "-m", &message(2), "inner"]);
    git(tree.path(), &["update-ref", "refs/other/x", "outer"]);
    git(tree.path(), &["tag", "-d", "inner"]);
    git(tree.path(), &["tag", "-d", "outer"]);
    // References and tags of files and folders.
    let blob = |seed| {
        tree.file(".git/blob", secret(seed));
        git(tree.path(), &["hash-object", "-w", ".git/blob"])
    };
    git(tree.path(), &["update-ref", "refs/keep/blob", &blob(3)]);
    git(tree.path(), &["tag", "-a", "key", "-m", "a key", &blob(4)]);
    tree.file("folder.env", secret(5));
    git(tree.path(), &["add", "folder.env"]);
    let folder = git(tree.path(), &["write-tree"]);
    git(tree.path(), &["tag", "folder", &folder]);
    git(tree.path(), &["rm", "-q", "-f", "--cached", "folder.env"]);
    assert_eq!(places(&tree, &["--history"], 1).len(), 5);
    // Unreachable commits and tags are read as well.
    git(tree.path(), &["commit", "-q", "--allow-empty", "-m", &message(6)]);
    git(tree.path(), &["tag", "-a", "gone", "-m", &message(7)]);
    git(tree.path(), &["reset", "-q", "--hard", "HEAD~1"]);
    git(tree.path(), &["tag", "-d", "gone"]);
    git(tree.path(), &["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(places(&tree, &["--history"], 1).len(), 5);
    assert_eq!(places(&tree, &["--history", "--unreachable"], 1).len(), 7);
}

#[test]
fn messages_are_read_to_their_last_byte() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    let head = commit(&tree, "one");
    let written = git(tree.path(), &["write-tree"]);
    let who = "A <a@example.com> 1700000000 +0000";
    let put = |kind: &str, object: String| {
        tree.file(".git/object", object);
        git(
            tree.path(),
            &["hash-object", "--literally", "-t", kind, "-w", ".git/object"],
        )
    };
    let made = put(
        "commit",
        format!(
            "tree {written}\nparent {head}\nauthor {who}\ncommitter {who}\nmergetag object {head}\n type commit\n tag v1\n \n {}\nodd {}\n\nwhy\0{}\n",
            token(1),
            token(2),
            token(3)
        ),
    );
    git(tree.path(), &["update-ref", "refs/heads/main", &made]);
    assert_eq!(places(&tree, &["--history"], 1).len(), 3);
    assert_eq!(places(&tree, &["--range", &format!("{head}..main")], 1).len(), 3);
}

#[test]
fn new_commits_of_a_push_depend_on_the_remote() {
    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "one");
    tree.file("a.env", secret(1));
    let head = commit(&tree, "two");
    git(
        tree.path(),
        &["tag", "-a", "v1", "-m", &format!("with {}", token(2))],
    );
    let tag = git(tree.path(), &["rev-parse", "refs/tags/v1"]);
    // The first remote has everything, the second nothing.
    for remote in ["first", "second"] {
        git(
            tree.path(),
            &["remote", "add", remote, "https://example.invalid/"],
        );
    }
    git(tree.path(), &["update-ref", "refs/remotes/first/main", &head]);
    let zeros = "0".repeat(40);
    let push = |args: &[&str], line: &str, code: i32| {
        let args = [&["scan", "--stdin-refs"], args].concat();
        tree.keysift_with(&args, line.as_bytes()).expect(code);
    };
    let branch = format!("refs/heads/main {head} refs/heads/main {zeros}\n");
    push(&["--remote", "first"], &branch, 0);
    push(&["--remote", "second"], &branch, 1);
    // A URL is not a known remote. Without a name, what one of the remotes lacks is new.
    push(&["--remote", "https://example.invalid/other"], &branch, 1);
    push(&[], &branch, 1);
    git(tree.path(), &["update-ref", "refs/remotes/second/main", &head]);
    push(&[], &branch, 0);
    // The old value of the reference is missing locally: a forced push.
    let unknown = "1".repeat(40);
    push(
        &["--remote", "first"],
        &format!("refs/heads/main {head} refs/heads/main {unknown}\n"),
        0,
    );
    git(tree.path(), &["update-ref", "-d", "refs/remotes/first/main"]);
    push(
        &["--remote", "first"],
        &format!("refs/heads/main {head} refs/heads/main {unknown}\n"),
        1,
    );
    // A tag is pushed with its message.
    git(tree.path(), &["update-ref", "refs/remotes/first/main", &head]);
    push(
        &["--remote", "first"],
        &format!("refs/tags/v1 {tag} refs/tags/v1 {zeros}\n"),
        1,
    );
    push(&[], &format!("{zeros} {tag} refs/tags/v1\n"), 1);
}

#[test]
fn replaced_objects_are_read_as_in_a_clone() {
    let tree = repository();
    tree.file("a.env", secret(1));
    let with = commit(&tree, "with");
    tree.file("a.env", "a\n");
    git(tree.path(), &["commit", "-q", "-a", "--amend", "-m", "clean"]);
    let clean = git(tree.path(), &["rev-parse", "HEAD"]);
    git(tree.path(), &["reset", "-q", "--hard", &with]);
    git(tree.path(), &["replace", &with, &clean]);
    let first = || {
        let found = found(&tree, &["--history"], 1);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].2["commit"].as_str(), Some(with.as_str()));
    };
    first();
    // Grafts hide parents.
    tree.file("b.txt", "b\n");
    let last = commit(&tree, "last");
    git(tree.path(), &["replace", "-d", &with]);
    tree.file(".git/info/grafts", format!("{last}\n"));
    first();
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes() {
    use std::os::unix::ffi::OsStrExt;

    let tree = repository();
    tree.file("a.txt", "a\n");
    commit(&tree, "one");
    for name in [
        &b"caf\xE9.env"[..],
        b"\nline.env",
        b"tab\t.env",
        b"q\"uote.env",
        b"\x01ctl.env",
    ] {
        let path = tree.path().join(PathBuf::from(std::ffi::OsStr::from_bytes(name)));
        fs::write(path, secret(u64::from(name[0]))).unwrap();
    }
    git(tree.path(), &["add", "-A"]);
    let staged = places(&tree, &["--staged"], 1).len();
    assert_eq!(staged, 5);
    commit(&tree, "two");
    let found = found(&tree, &["--history"], 1);
    assert_eq!(found.len(), 5);
    // All are at the tip: their names are resolved.
    assert!(
        found.iter().all(|(_, _, origin)| origin["at_tip"] == true),
        "{found:?}"
    );
    fs::write(tree.path().join(".gitignore"), "*.env\n").unwrap();
    assert_eq!(places(&tree, &["."], 1).len(), 5);
}

#[test]
fn repositories_of_every_form_are_read() {
    // Without commits, with and without staged files.
    let tree = repository();
    assert_eq!(places(&tree, &["--history"], 0), []);
    assert_eq!(places(&tree, &["--staged"], 0), []);
    tree.keysift(&["scan", "--since", "HEAD"]).expect(2);
    // SHA-256, also unborn; bare; names that look like other things.
    for init in [&["init", "-q", "--object-format=sha256"][..], &["init", "-q"]] {
        let tree = Tree::new();
        git(tree.path(), init);
        tree.file("a.env", secret(1));
        git(tree.path(), &["add", "-A"]);
        assert_eq!(places(&tree, &["--staged"], 1).len(), 1, "{init:?}");
        commit(&tree, "one");
        for name in [
            "refs/heads/HEAD",
            "refs/heads/-x",
            "refs/heads/a b",
            "refs/heads/ä",
            "refs/tags/--all",
            "refs/heads/@{x}",
        ] {
            let made = Command::new("git")
                .args(["update-ref", name, "HEAD"])
                .current_dir(tree.path())
                .output();
            let _ = made.unwrap();
        }
        tree.file("b.env", secret(2));
        commit(&tree, "two");
        assert_eq!(places(&tree, &["--history"], 1).len(), 2, "{init:?}");
        assert_eq!(places(&tree, &["--since", "HEAD~1"], 1).len(), 1, "{init:?}");
        git(tree.path(), &["clone", "-q", "--mirror", ".", "bare.git"]);
        assert_eq!(places(&tree, &["--history", "bare.git"], 1).len(), 2);
        assert_eq!(
            places(&tree, &["--range", "HEAD~1..HEAD", "bare.git"], 1).len(),
            1
        );
    }
    // A tree that git would not create.
    let tree = repository();
    tree.file("x", secret(1));
    let blob = git(tree.path(), &["hash-object", "-w", "x"]);
    let raw: Vec<u8> = (0..20)
        .map(|at| u8::from_str_radix(&blob[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let entry = |name: &str| [format!("100644 {name}\0").as_bytes(), &raw].concat();
    tree.file(
        ".git/tree",
        [entry("../up.env"), entry("/root.env"), entry("a/../b.env")].concat(),
    );
    let made = git(
        tree.path(),
        &["hash-object", "-t", "tree", "-w", "--literally", ".git/tree"],
    );
    let made = git(tree.path(), &["commit-tree", "-m", "odd", &made]);
    git(tree.path(), &["update-ref", "refs/heads/main", &made]);
    fs::write(tree.path().join(".keysiftignore"), "nothing\n").unwrap();
    assert_eq!(places(&tree, &["--history"], 1).len(), 3);
    // In the middle of a merge: unmerged files are reported as not read.
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
        .output();
    assert!(!merge.unwrap().status.success());
    let run = tree.keysift(&["scan", "--staged"]).expect(2);
    assert!(run.out().contains("unresolved merge conflicts"), "{}", run.out());
}
