//! Which inputs are read, which are skipped, and which cannot be read.

use std::{fs, os::unix::fs::symlink, process::Stdio};

use crate::common::{Tree, builtin_rules, command, sample};

fn token() -> String {
    sample(&builtin_rules(), "github-pat-classic", 1)
}

/// Returns the paths of the findings of a scan.
fn paths(tree: &Tree, args: &[&str], code: i32) -> Vec<String> {
    let args: Vec<&str> = ["scan", "--format", "jsonl"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let (findings, _) = tree.keysift(&args).expect(code).jsonl();
    findings
        .iter()
        .map(|finding| finding["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn hidden_files_are_read_and_git_is_not() {
    let tree = Tree::new();
    for path in [".env", ".github/workflows/ci.yml", ".git/config", "src/a.py"] {
        tree.file(path, format!("token={}\n", token()));
    }
    assert_eq!(
        paths(&tree, &["."], 1),
        [".env", ".github/workflows/ci.yml", "src/a.py"]
    );
    assert_eq!(paths(&tree, &[".", "--no-hidden"], 1), ["src/a.py"]);
    assert_eq!(paths(&tree, &[".git"], 1), [".git/config"]);
}

#[test]
fn ignored_files_are_skipped_unless_requested() {
    let tree = Tree::new();
    fs::create_dir(tree.path().join(".git")).unwrap();
    tree.file(".gitignore", "secret.txt\n");
    tree.file(".keysiftignore", "fixtures/\n");
    for path in ["secret.txt", "fixtures/a.txt", "open.txt"] {
        tree.file(path, format!("token={}\n", token()));
    }
    assert_eq!(paths(&tree, &["."], 1), ["open.txt"]);
    assert_eq!(
        paths(&tree, &[".", "--no-ignore"], 1),
        ["fixtures/a.txt", "open.txt", "secret.txt"]
    );
    assert_eq!(paths(&tree, &["secret.txt"], 1), ["secret.txt"]);
}

#[test]
fn paths_are_relative_to_the_root_as_written() {
    let tree = Tree::new();
    tree.file("a/b/c.txt", format!("token={}\n", token()));
    for (root, path) in [
        (".", "a/b/c.txt"),
        ("a", "b/c.txt"),
        ("./a/b", "c.txt"),
        ("a/b/c.txt", "a/b/c.txt"),
    ] {
        assert_eq!(paths(&tree, &[root], 1), [path], "{root}");
    }
    let text = tree.keysift(&["scan", "a"]).expect(1).out();
    assert!(text.starts_with("a/b/c.txt\n"), "{text}");
}

#[test]
fn standard_input_is_read() {
    let tree = Tree::new();
    let run = tree
        .keysift_with(
            &["scan", "-", "--format", "jsonl"],
            format!("x\ntoken={}\n", token()).as_bytes(),
        )
        .expect(1);
    let (findings, summary) = run.jsonl();
    assert_eq!(
        (findings[0]["path"].as_str(), findings[0]["line"].as_u64()),
        (Some("-"), Some(2))
    );
    assert_eq!(findings[0]["origin"]["kind"], "stdin");
    assert_eq!(summary["coverage"]["files"], 1);
    let manifest = b"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    - name: DB_PASSWORD\n      value: swordfish\n";
    assert_eq!(
        tree.keysift_with(&["scan", "-", "--format", "jsonl"], manifest)
            .expect(1)
            .jsonl()
            .0[0]["rule"],
        "k8s-env-literal"
    );
    assert_eq!(
        tree.keysift_with(
            &["scan", "-", "--format", "jsonl"],
            b"FROM a\nENV DB_PASSWORD=swordfish\n"
        )
        .expect(1)
        .jsonl()
        .0
        .len(),
        1
    );
}

#[test]
fn utf16_is_decoded_and_binary_is_counted() {
    let tree = Tree::new();
    let text = format!("# ü\ntoken={}\n", token());
    let little: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let big: Vec<u8> = [0xFE, 0xFF]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    tree.file("little.txt", little);
    tree.file("big.txt", big);
    tree.file("bom.txt", format!("\u{FEFF}{}\n", token()));
    tree.file("binary.dat", format!("\0{}", token()));
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let places: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding["path"].as_str().unwrap(),
                finding["line"].as_u64(),
                finding["column"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("big.txt", Some(2), Some(7)),
            ("bom.txt", Some(1), Some(1)),
            ("little.txt", Some(2), Some(7))
        ]
    );
    assert_eq!(summary["coverage"]["skipped"]["binary"], 1);
}

#[test]
fn large_files_are_read_in_windows_and_lose_nothing_at_their_edges() {
    let tree = Tree::new();
    let token = token();
    let mut text = String::new();
    let mut lines = Vec::new();
    // A token every 40,000 bytes, so that one crosses every edge of windows, whatever their size.
    while text.len() < 20_000_000 {
        while text.len() % 40_000 < 39_900 {
            text.push_str("some ordinary line of text that holds nothing of interest at all, again\n");
        }
        lines.push(text.matches('\n').count() as u64 + 1);
        text.push_str(&format!("token={token}\n"));
    }
    tree.file("big.log", &text);
    let found = |args: &[&str]| {
        let (findings, summary) = tree.keysift(args).expect(1).jsonl();
        assert_eq!(summary["coverage"]["bytes"].as_u64(), Some(text.len() as u64));
        findings
            .iter()
            .map(|finding| finding["line"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&["scan", ".", "--format", "jsonl"]), lines);
    assert_eq!(found(&["scan", "big.log", "--format", "jsonl", "-j", "1"]), lines);
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--max-file-size", "1M", "--format", "jsonl"])
        .expect(0)
        .jsonl();
    assert_eq!(
        (
            findings.len(),
            summary["coverage"]["skipped"]["too-large"].as_u64()
        ),
        (0, Some(1))
    );
    assert_eq!(
        found(&["scan", "big.log", "--max-file-size", "1M", "--format", "jsonl"]),
        lines,
        "a named file is always read"
    );
}

#[test]
fn unreadable_inputs_are_reported_and_the_rest_is_scanned() {
    let tree = Tree::new();
    tree.file("good.txt", format!("token={}\n", token()));
    symlink("nowhere", tree.path().join("broken")).unwrap();
    symlink("loop", tree.path().join("loop")).unwrap();
    for (path, why) in [
        ("missing.txt", "no such file or directory"),
        ("broken", "no such file or directory"),
        ("loop", "too many levels of symbolic links"),
    ] {
        let run = tree.keysift(&["scan", path, "good.txt"]).expect(2);
        assert!(
            run.out().contains(&format!("not read: {path}: {why}")),
            "{}",
            run.out()
        );
        assert!(
            run.out().contains("github-pat-classic"),
            "the rest is scanned: {}",
            run.out()
        );
    }
}

#[test]
fn an_unreadable_file_makes_the_run_incomplete() {
    // Root can read every file, so permissions do not help: the file is one whose reads fail.
    let failing = "/proc/self/mem";
    if !fs::exists(failing).unwrap() {
        eprintln!("SKIPPED: no {failing} on this system");
        return;
    }
    let tree = Tree::new();
    let run = tree.keysift(&["scan", failing]).expect(2);
    assert!(
        run.out().contains("not read: /proc/self/mem: input/output error"),
        "{}",
        run.out()
    );
    assert!(run.out().contains("nothing could be read"), "{}", run.out());
}

#[test]
fn links_and_special_files_in_a_folder_are_counted() {
    let tree = Tree::new();
    tree.file("a.txt", "nothing\n");
    symlink("a.txt", tree.path().join("link")).unwrap();
    symlink(".", tree.path().join("circle")).unwrap();
    symlink("nowhere", tree.path().join("broken")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(tree.path().join("pipe"))
        .status();
    let (_, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(0)
        .jsonl();
    assert_eq!(summary["coverage"]["skipped"]["symbolic-link"], 3);
    assert_eq!(summary["coverage"]["files"], 1);
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(summary["coverage"]["skipped"]["special-file"], 1);
        let run = tree.keysift(&["scan", "pipe"]).expect(2);
        assert!(
            run.out()
                .contains("not read: pipe: is a FIFO, socket or device; to scan its contents, use"),
            "{}",
            run.out()
        );
    } else {
        eprintln!("SKIPPED: no mkfifo");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let tree = Tree::new();
    tree.file("many.txt", format!("token={}\n", token()).repeat(20_000));
    for format in ["text", "json", "jsonl"] {
        let mut child = command(&["scan", "many.txt", "--format", format])
            .current_dir(tree.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stderr).as_ref()
            ),
            (Some(1), ""),
            "{format}"
        );
    }
}

#[test]
fn a_manifest_too_large_for_checks_is_reported() {
    let tree = Tree::new();
    let head =
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{env: [{name: DB_PASSWORD, value: swordfish}]}]}\n";
    tree.file("big.yaml", format!("{head}{}", "# padding\n".repeat(900_000)));
    let (_, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(0)
        .jsonl();
    assert_eq!(summary["coverage"]["partial"][0]["what"], "big.yaml");
}

/// Regression test: each finding was compared with all others, and with its whole line, which took a minute.
#[test]
fn a_line_of_many_secrets_is_reported_in_linear_time() {
    let tree = Tree::new();
    tree.file("line.txt", format!("token={} ", token()).repeat(40_000));
    let (findings, _) = tree
        .keysift(&["scan", "line.txt", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(findings.len(), 40_000);
}

/// Regression test: 8,000 characters were read after each BEGIN line to find its end, which took half a
/// minute for 10 MB.
#[test]
fn begin_lines_without_an_end_are_read_once() {
    let tree = Tree::new();
    tree.file("begin.txt", "-----BEGIN RSA PRIVATE KEY-----\n".repeat(60_000));
    tree.keysift(&["scan", "begin.txt"]).expect(0);
}

#[test]
fn wrong_usage_is_exit_2() {
    let tree = Tree::new();
    for (args, message) in [
        (&["explain"][..], "<RULE|FILE:LINE>"),
        (&["scan", ".", "--format", "xml"], "xml"),
        (
            &["scan", ".", "--fail-on", "hihg"],
            "expected one of info, low, medium, high, critical",
        ),
        (&["scan", ".", "--max-file-size", "12Q"], "unknown unit `Q`"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let run = tree.keysift(args).expect(2);
        assert!(run.err().contains(message), "{}", run.err());
    }
}

#[test]
fn fleet_without_the_python_package_says_where_it_is() {
    let run = Tree::new()
        .keysift(&["fleet", "run", "--sources", "repos.txt"])
        .expect(2);
    assert!(
        run.err().contains("pip install 'keysift[fleet]'"),
        "{}",
        run.err()
    );
}
