//! A repository cannot make keysift run programs, and its configuration does not change the findings.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::common::{Tree, command};
use crate::git::{commit, git, places, repository, token};

/// Configuration keys that name programs, filters, hooks, pagers or transports. `*` is a variable part.
const PROGRAMS: &[&str] = &[
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.askPass",
    "core.pager",
    "core.editor",
    "core.alternateRefsCommand",
    "credential.helper",
    "credential.https://example.com.helper",
    "diff.external",
    "diff.trap.command",
    "diff.trap.textconv",
    "filter.trap.clean",
    "filter.trap.smudge",
    "filter.trap.process",
    "merge.trap.driver",
    "gpg.program",
    "gpg.openpgp.program",
    "gpg.x509.program",
    "gpg.ssh.program",
    "gpg.ssh.defaultKeyCommand",
    "interactive.diffFilter",
    "pager.log",
    "pager.diff",
    "pager.rev-list",
    "pager.cat-file",
    "pager.ls-files",
    "sequence.editor",
    "remote.origin.uploadpack",
    "remote.origin.receivepack",
    "remote.origin.vcs",
    "uploadpack.packObjectsHook",
    "trailer.trap.command",
    "trailer.trap.cmd",
    "trailer.sign.cmd",
    "alias.log",
    "alias.rev-list",
    "alias.cat-file",
    "alias.diff-tree",
    "alias.diff-index",
    "alias.rev-parse",
    "browser.trap.cmd",
    "difftool.trap.cmd",
    "mergetool.trap.cmd",
    "man.trap.cmd",
    "sendemail.smtpserver",
    "instaweb.httpd",
    "submodule.sub.update",
    "tar.tar.gz.command",
];

/// Configuration keys that change the output of porcelain commands, or what they follow.
const OUTPUT: &[(&str, &str)] = &[
    ("log.showSignature", "true"),
    ("log.diffMerges", "off"),
    ("log.showRoot", "false"),
    ("log.follow", "true"),
    ("log.date", "raw"),
    ("log.decorate", "full"),
    ("log.mailmap", "true"),
    ("format.pretty", "%h"),
    ("diff.relative", "true"),
    ("diff.noprefix", "true"),
    ("diff.mnemonicPrefix", "true"),
    ("diff.renames", "copies"),
    ("diff.ignoreSubmodules", "all"),
    ("diff.submodule", "log"),
    ("diff.orderFile", "order"),
    ("diff.context", "0"),
    ("diff.renameLimit", "1"),
    ("diff.algorithm", "patience"),
    ("diff.wsErrorHighlight", "all"),
    ("color.ui", "always"),
    ("color.diff", "always"),
    ("core.quotePath", "false"),
    ("core.abbrev", "4"),
    ("core.attributesFile", "attributes"),
    ("core.excludesFile", "excludes"),
    ("core.untrackedCache", "true"),
    ("core.splitIndex", "true"),
    ("core.ignoreCase", "true"),
    ("core.warnAmbiguousRefs", "true"),
    ("core.autocrlf", "true"),
    ("core.notesRef", "refs/notes/other"),
    ("notes.displayRef", "refs/notes/*"),
    ("i18n.logOutputEncoding", "UTF-16"),
    ("i18n.commitEncoding", "UTF-16"),
    ("status.relativePaths", "false"),
    ("status.showUntrackedFiles", "no"),
    ("submodule.recurse", "true"),
    ("transfer.hideRefs", "refs/"),
    ("uploadpack.hideRefs", "refs/"),
    ("protocol.allow", "always"),
    ("protocol.ext.allow", "always"),
    ("protocol.file.allow", "always"),
    ("maintenance.auto", "true"),
    ("gc.auto", "1"),
    ("gc.autoDetach", "false"),
    ("fetch.recurseSubmodules", "true"),
    ("fetch.writeCommitGraph", "true"),
    ("pack.useBitmaps", "true"),
    ("trace2.normalTarget", "trace"),
    ("extensions.partialClone", "origin"),
    ("remote.origin.promisor", "true"),
    ("remote.origin.partialCloneFilter", "blob:none"),
    ("remote.origin.url", "ext::sh -c trap% here"),
];

/// Creates a program that leaves a mark in a folder.
fn trap(folder: &Path) -> String {
    let path = folder.join("trap.sh");
    let mark = folder.join("mark");
    fs::write(
        &path,
        format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n", mark.display()),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

/// Creates a signed commit and a signed tag; signatures must not be verified.
fn signed(tree: &Tree) {
    let written = git(tree.path(), &["write-tree"]);
    let parent = git(tree.path(), &["rev-parse", "HEAD"]);
    let who = "A <a@example.com> 1700000000 +0000";
    let seal = "-----BEGIN PGP SIGNATURE-----\n \n iQEz\n -----END PGP SIGNATURE-----";
    tree.file(
        ".git/object",
        format!("tree {written}\nparent {parent}\nauthor {who}\ncommitter {who}\ngpgsig {seal}\n\nsigned\n"),
    );
    let object = git(tree.path(), &["hash-object", "-t", "commit", "-w", ".git/object"]);
    git(tree.path(), &["update-ref", "refs/heads/main", &object]);
    tree.file(
        ".git/object",
        format!(
            "object {object}\ntype commit\ntag v1\ntagger {who}\n\nv1\n{}\n",
            seal.replace("\n ", "\n")
        ),
    );
    let tag = git(tree.path(), &["hash-object", "-t", "tag", "-w", ".git/object"]);
    git(tree.path(), &["update-ref", "refs/tags/v1", &tag]);
}

/// All modes that read a repository: arguments and standard input.
fn modes(tree: &Tree) -> Vec<(Vec<&'static str>, String)> {
    let head = git(tree.path(), &["rev-parse", "HEAD"]);
    let first = git(tree.path(), &["rev-list", "--max-parents=0", "HEAD"]);
    let zeros = "0".repeat(40);
    let push =
        format!("refs/heads/main {head} refs/heads/main {first}\nrefs/tags/v1 {head} refs/tags/v1 {zeros}\n");
    let receive = format!("{zeros} {head} refs/heads/main\n");
    let plain = |args: &[&'static str]| (args.to_vec(), String::new());
    vec![
        plain(&["scan", "."]),
        plain(&["scan", ".", "--no-ignore", "--archives"]),
        plain(&["scan", "--staged"]),
        plain(&["scan", "--staged", "--archives"]),
        plain(&["scan", "--since", "HEAD~1"]),
        plain(&["scan", "--range", "HEAD~1..HEAD"]),
        plain(&["scan", "--range", "v1"]),
        plain(&["scan", "--history"]),
        plain(&["scan", "--history", "--reflog", "--unreachable"]),
        (vec!["scan", "--stdin-refs"], push.clone()),
        (vec!["scan", "--stdin-refs", "--remote", "origin"], push),
        (vec!["scan", "--stdin-refs"], receive),
        plain(&["ci"]),
        plain(&["hook", "install"]),
        plain(&["hook", "install", "--pre-push"]),
        plain(&["hook", "uninstall"]),
        plain(&["baseline", "create"]),
        plain(&["baseline", "update"]),
        plain(&["baseline", "audit"]),
        plain(&["scan", ".", "--baseline", ".keysift-baseline"]),
        plain(&["scan", ".", "--fix", "--dry-run"]),
        plain(&["explain", "a.env:1"]),
        plain(&["graph", "."]),
        plain(&["config", "show"]),
    ]
}

/// Runs all modes; they may find something, and may fail.
fn run_all(tree: &Tree) {
    for (args, stdin) in modes(tree) {
        let code = tree.keysift_with(&args, stdin.as_bytes()).code();
        assert!((0..=2).contains(&code), "{args:?}: {code}");
    }
    let services = [
        ("GITHUB_ACTIONS", "GITHUB_BASE_REF"),
        ("TF_BUILD", "SYSTEM_PULLREQUEST_TARGETBRANCH"),
        ("JENKINS_URL", "CHANGE_TARGET"),
    ];
    for (service, base) in services {
        let run = command(&["ci"])
            .current_dir(tree.path())
            .envs([(service, "true"), (base, "main")])
            .output();
        run.unwrap();
    }
}

fn trapped() -> (Tree, Tree) {
    let outside = Tree::new();
    let program = trap(outside.path());
    let tree = repository();
    tree.file(".gitattributes", "* filter=trap diff=trap merge=trap\n");
    tree.file("a.env", format!("A={}\n", token(1)));
    tree.file("deploy.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    commit(&tree, "one");
    signed(&tree);
    git(tree.path(), &["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    tree.file(".gitignore", "a.env\n");
    tree.file("b.env", format!("B={}\n", token(2)));
    git(tree.path(), &["add", "-A"]);
    let hooks = outside.path().join("hooks");
    fs::create_dir(&hooks).unwrap();
    for hook in [
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
        "pre-auto-gc",
        "post-checkout",
    ] {
        fs::copy(&program, hooks.join(hook)).unwrap();
        fs::copy(&program, tree.path().join(".git/hooks").join(hook)).unwrap();
    }
    for key in PROGRAMS {
        let value = match key.starts_with("alias.") || key.starts_with("submodule.") {
            true => format!("!{program}"),
            false => program.clone(),
        };
        git(tree.path(), &["config", key, &value]);
    }
    for (key, value) in OUTPUT {
        git(tree.path(), &["config", key, value]);
    }
    git(
        tree.path(),
        &["config", "core.hooksPath", hooks.to_str().unwrap()],
    );
    // git does not read an unchanged index again: the monitor runs only after a change.
    tree.file("b.env", format!("B={}\n\n", token(2)));
    (tree, outside)
}

#[test]
fn programs_named_by_a_repository_are_not_run() {
    let (tree, outside) = trapped();
    let mark = outside.path().join("mark");
    assert!(
        !mark.exists(),
        "{}",
        fs::read_to_string(&mark).unwrap_or_default()
    );
    run_all(&tree);
    assert!(
        !mark.exists(),
        "{}",
        fs::read_to_string(&mark).unwrap_or_default()
    );
    // The trap works: git itself runs it, for several of its keys.
    for (args, trapped) in [
        (&["log", "-1", "main"][..], "--verify"),
        (&["status", "--short"], "trap.sh"),
        (&["log", "-p", "main"], "trap.sh"),
    ] {
        let run = Command::new("git").args(args).current_dir(tree.path()).output();
        run.unwrap();
        let output = fs::read_to_string(&mark).unwrap_or_default();
        assert!(output.contains(trapped), "git {args:?}: {output}");
        fs::remove_file(&mark).unwrap();
    }
}

#[test]
fn programs_named_by_the_environment_are_not_run() {
    let (tree, outside) = trapped();
    let program = outside.path().join("trap.sh");
    let trace = outside.path().join("trace");
    for args in [
        &["scan", "--history"][..],
        &["scan", "--staged"],
        &["scan", "--since", "HEAD~1"],
    ] {
        let mut keysift = command(args);
        for name in [
            "GIT_EXTERNAL_DIFF",
            "GIT_PAGER",
            "PAGER",
            "GIT_SSH",
            "GIT_SSH_COMMAND",
            "GIT_ASKPASS",
            "GIT_EDITOR",
        ] {
            keysift.env(name, &program);
        }
        for name in [
            "GIT_TRACE",
            "GIT_TRACE2",
            "GIT_TRACE_PACKET",
            "GIT_TRACE2_EVENT",
            "GIT_TRACE_SETUP",
        ] {
            keysift.env(name, &trace);
        }
        keysift.current_dir(tree.path()).output().unwrap();
        assert!(
            !outside.path().join("mark").exists() && !trace.exists(),
            "{args:?}"
        );
    }
}

#[test]
fn missing_objects_of_a_partial_clone_are_reported_and_not_fetched() {
    let outside = Tree::new();
    let program = trap(outside.path());
    let source = repository();
    for number in 0..20 {
        source.file(&format!("{number}.env"), format!("A={}\n", token(number)));
    }
    commit(&source, "one");
    git(source.path(), &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", source.path().display());
    let clone = [
        "-c",
        "protocol.file.allow=always",
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        &url,
        "r",
    ];
    git(outside.path(), &clone);
    let partial = outside.path().join("r");
    // One of the objects is present.
    fs::write(partial.join("0.env"), format!("A={}\n", token(0))).unwrap();
    git(&partial, &["hash-object", "-w", "0.env"]);
    fs::remove_file(partial.join("0.env")).unwrap();
    for (key, value) in [
        ("remote.origin.uploadpack", program.as_str()),
        ("core.sshCommand", program.as_str()),
        ("remote.origin.url", url.as_str()),
        ("remote.origin.url", "ssh://a@example.invalid/b"),
        ("remote.origin.url", "ext::trap"),
    ] {
        git(&partial, &["config", key, value]);
        for args in [
            &["scan", "r", "--history"][..],
            &["scan", "r", "--staged"],
            &["scan", "r", "--history", "--unreachable"],
        ] {
            let run = outside.keysift(args);
            assert!(
                run.out().contains("missing in this partial clone") || args.contains(&"--staged"),
                "{}{}",
                run.out(),
                run.err()
            );
            assert!(!outside.path().join("mark").exists(), "{key} {args:?}");
        }
        // All missing objects are reported; findings in present ones too.
        let args = ["scan", "r", "--history", "--format", "jsonl"];
        let (findings, summary) = outside.keysift(&args).expect(2).jsonl();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(
            summary["coverage"]["unread"].as_array().map(Vec::len),
            Some(19),
            "{summary}"
        );
    }
}

#[test]
fn output_settings_change_no_finding() {
    let build = || {
        let tree = repository();
        tree.file("sub/ä b.env", format!("A={}\n", token(1)));
        commit(&tree, "one");
        tree.file("sub/new.env", format!("A={}\n", token(2)));
        tree.file("c.env", format!("A={}\n", token(3)));
        commit(&tree, &format!("two: {}", token(4)));
        tree.file("staged.env", format!("A={}\n", token(5)));
        git(tree.path(), &["add", "staged.env"]);
        tree
    };
    let (plain, odd) = (build(), build());
    for (key, value) in OUTPUT
        .iter()
        .filter(|(key, _)| !key.starts_with("remote") && !key.starts_with("extensions"))
    {
        git(odd.path(), &["config", key, value]);
    }
    // In `sub` nothing is left out either, regardless of `diff.relative`.
    for args in [
        &["--history", "."][..],
        &["--history", "sub"],
        &["--since", "HEAD~1", "sub"],
        &["--range", "HEAD~1..HEAD", "."],
        &["--staged", "sub"],
    ] {
        let (mut expected, mut found) = (places(&plain, args, 1), places(&odd, args, 1));
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{args:?}");
        assert!(!expected.is_empty());
    }
}

#[test]
fn revisions_are_never_options_and_empty_ones_are_misuse() {
    let tree = repository();
    tree.file("a.env", format!("A={}\n", token(1)));
    commit(&tree, "one");
    let outside = Tree::new();
    let victim = outside.file("victim", "precious\n");
    let output = format!("--output={}", victim.display());
    for option in ["--range", "--since"] {
        for value in [output.as_str(), "--all", "-p", "", " ", "--ext-diff", "\n--all"] {
            let run = tree.keysift(&["scan", &format!("{option}={value}")]).expect(2);
            assert!(run.err().contains(option), "{option}={value}: {}", run.err());
        }
    }
    for range in ["..", "...", "HEAD..", "..HEAD", "main..main", "@.."] {
        let run = tree.keysift(&["scan", "--range", range]).expect(2);
        assert!(run.err().contains("empty"), "{range}: {}", run.err());
    }
    let line = format!("refs/heads/main {output} refs/heads/main {}\n", "0".repeat(40));
    tree.keysift_with(&["scan", "--stdin-refs"], line.as_bytes())
        .expect(2);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious\n");
    // A branch may be named like an option.
    git(tree.path(), &["update-ref", "refs/heads/--all", "HEAD"]);
    assert_eq!(places(&tree, &["--history"], 1).len(), 1);
}

#[test]
fn a_blocked_git_ends_with_the_run() {
    let tree = repository();
    tree.file("a.env", format!("A={}\n", token(1)));
    commit(&tree, "one");
    let fifo = tree.path().join(".git/fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::write(
        tree.path().join(".git/config"),
        format!(
            "[core]\n\trepositoryformatversion = 0\n[include]\n\tpath = {}\n",
            fifo.display()
        ),
    )
    .unwrap();
    for args in [
        &["scan", "--history", "--timeout", "1s"][..],
        &["scan", "--staged", "--timeout", "1s"],
    ] {
        let run = tree.keysift(args).expect(2);
        assert!((run.out() + &run.err()).contains("--timeout"), "{args:?}");
    }
    // A scan of the tree starts no git and reads no configuration.
    assert_eq!(places(&tree, &["."], 1).len(), 1);
}

#[test]
fn git_is_started_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let mut folders = vec![root];
    let mut places = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && fs::read_to_string(&path)
                    .unwrap()
                    .split("#[cfg(test)]")
                    .next()
                    .is_some_and(|code| code.contains("Command::new(\"git\")"))
            {
                places.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(places, ["command.rs"]);
}
