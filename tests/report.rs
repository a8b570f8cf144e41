//! Reports for people and machines.

use std::fs;

use crate::common::{Tree, builtin_rules, sample, snapshot};

/// Creates a tree with every kind of finding, the same on every machine.
fn tree() -> (Tree, Vec<String>) {
    let rules = builtin_rules();
    let secrets: Vec<String> = [
        "github-pat-classic",
        "private-key-rsa",
        "slack-bot-token",
        "stripe-live-secret-key",
    ]
    .iter()
    .map(|id| sample(&rules, id, 42))
    .collect();
    let tree = Tree::new();
    tree.file(
        "src/config.py",
        format!(
            "import os\nGITHUB_TOKEN = \"{}\"  # two on a line: {}\n",
            secrets[0], secrets[2]
        ),
    );
    tree.file("deploy/key.pem", format!("{}\n", secrets[1]));
    tree.file("tests/fixture.env", format!("STRIPE={}\n", secrets[3]));
    tree.file(
        "k8s/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          env:\n            - name: DB_PASSWORD\n              value: \"swordfish\"\n",
    );
    tree.file(
        "Dockerfile",
        "FROM debian:12\nARG NPM_TOKEN\nENV API_TOKEN=q7Lm-22xTz\n",
    );
    tree.file(
        "evil\u{1b}[31m.txt",
        format!("a\u{1b}[2J\u{202e} token={}\n", secrets[0]),
    );
    tree.file(
        "broken.yaml",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{env: [\n",
    );
    tree.file(
        "made-up.txt",
        format!(
            "token = ghp_{}\n",
            &secrets[0].replace("ghp_", "").chars().rev().collect::<String>()
        ),
    );
    tree.file("data.bin", b"\0\x01");
    (tree, secrets)
}

/// Removes the duration from a report.
fn timeless(text: &str) -> String {
    let text = text.split(" s; skipped").collect::<Vec<_>>();
    let cut = |part: &str| {
        part.rsplit_once(", in ")
            .map_or(part.to_owned(), |(before, _)| format!("{before}, in TIME"))
    };
    let mut out = cut(text[0]);
    for rest in &text[1..] {
        out.push_str("; skipped");
        out.push_str(rest);
    }
    out
}

const FORMATS: [&str; 11] = [
    "text",
    "json",
    "jsonl",
    "sarif",
    "html",
    "markdown",
    "gitlab",
    "codequality",
    "github",
    "junit",
    "csv",
];

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk
            .iter()
            .fold(0usize, |number, byte| number << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        let letters = (0..4).map(|at| LETTERS[number >> (18 - 6 * at) & 63] as char);
        out.extend(letters.take(chunk.len() + 1));
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}

/// Removes everything that differs between runs.
fn steady(text: &str) -> String {
    let mut out = text.to_owned();
    for (before, after) in [
        ("\"start_time\":\"", "\""),
        ("\"end_time\":\"", "\""),
        ("\"elapsed_ms\":", ","),
        (" time=\"", "\""),
        ("\"date\":\"", "\""),
        ("\"project\":\"", "\""),
        ("\"uri\":\"file://", "\""),
    ] {
        let mut from = 0;
        while let Some(at) = out[from..].find(before).map(|at| from + at + before.len()) {
            let len = out[at..].find(after).unwrap();
            out.replace_range(at..at + len, "0");
            from = at + 1;
        }
    }
    out
}

#[test]
fn formats_match_their_snapshots() {
    let (tree, _) = tree();
    for format in FORMATS
        .iter()
        .filter(|format| !["text", "jsonl", "html"].contains(*format))
    {
        let out = tree.keysift(&["scan", ".", "--format", format]).expect(1).out();
        snapshot(&format!("report.{format}"), &steady(&out));
    }
    // Only the data of the page: its code is in crates/report/src/page.html.
    let page = tree.keysift(&["scan", ".", "--format", "html"]).expect(1).out();
    let data = page
        .split("type=\"application/json\">")
        .nth(1)
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    snapshot("report.html.json", &steady(data));
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        data["findings"].as_array().unwrap().len(),
        tree.keysift(&["scan", ".", "--format", "jsonl"]).jsonl().0.len()
    );
}

#[test]
fn several_reports_at_once_and_the_groups_of_the_text() {
    let (tree, _) = tree();
    let run = tree
        .keysift(&[
            "scan",
            "src",
            "deploy",
            "-o",
            "sarif=r.sarif",
            "-o",
            "csv=r.csv",
            "--quiet",
        ])
        .expect(1);
    assert_eq!(run.out().lines().count(), 5, "{}", run.out());
    assert!(
        run.out()
            .starts_with("deploy/key.pem:1:1: critical: RSA private key [private-key-rsa]\n"),
        "{}",
        run.out()
    );
    assert_eq!(
        fs::read_to_string(tree.path().join("r.csv"))
            .unwrap()
            .matches("\r\n")
            .count(),
        4
    );
    assert!(
        fs::read_to_string(tree.path().join("r.sarif"))
            .unwrap()
            .contains("2.1.0")
    );
    assert!(
        tree.keysift(&["scan", ".", "-o", "a", "-o", "b"])
            .expect(2)
            .err()
            .contains("FORMAT=FILE")
    );
    let by_rule = tree.keysift(&["scan", ".", "--group-by", "rule"]).expect(1).out();
    assert_eq!(
        by_rule
            .matches("github-pat-classic: GitHub personal access token (classic)\n")
            .count(),
        1,
        "{by_rule}"
    );
    assert!(
        tree.keysift(&["scan", ".", "--group-by", "secret"])
            .expect(1)
            .out()
            .contains("secret at src/config.py:2:77\n")
    );
    let verbose = tree.keysift(&["scan", "Dockerfile", "--verbose"]).expect(1).out();
    assert!(
        verbose.contains("why:") && verbose.contains("see:  https://"),
        "{verbose}"
    );
}

#[test]
fn the_page_works_in_a_browser() {
    if std::process::Command::new("chromium")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("SKIPPED: chromium is not installed");
        return;
    }
    let (tree, _) = tree();
    tree.keysift(&["scan", ".", "-o", "html=page.html", "-q"])
        .expect(1);
    let page = fs::read_to_string(tree.path().join("page.html")).unwrap();
    // Simulates a user. An error in the script would leave the marks out.
    let script = "<script>const said = [document.getElementById('shown').textContent];\
                  const set = (id, value) => { const node = document.getElementById(id); node.value = value; node.dispatchEvent(new Event('input', {bubbles: true})); said.push(document.getElementById('shown').textContent); };\
                  set('severity', 'critical'); set('search', 'slack'); set('search', ''); set('severity', 'info'); set('rule', 'k8s-env-literal'); set('rule', ''); set('path', 'dockerfile');\
                  document.body.dataset.said = said.join('|') + '|' + document.querySelectorAll('article').length;</script></body>";
    let file = tree.file("driven.html", page.replace("</body>", script));
    let run = std::process::Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=3000",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            tree.path().join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&run.stdout);
    let said = dom
        .split("data-said=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("nothing");
    assert_eq!(
        said,
        "9 findings|4 of 9 findings|1 of 9 findings|4 of 9 findings|9 findings|1 of 9 findings|9 findings|2 of 9 findings|2"
    );
}

#[test]
fn baselines_are_made_merged_moved_and_pruned() {
    let (tree, _) = tree();
    let git = |args: &[&str]| {
        let all = [
            &[
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@b",
                "-c",
                "init.defaultBranch=main",
            ],
            args,
        ]
        .concat();
        assert!(
            std::process::Command::new("git")
                .args(all)
                .current_dir(tree.path())
                .output()
                .unwrap()
                .status
                .success(),
            "git {args:?}"
        );
    };
    git(&["init", "-q"]);
    let created = tree.keysift(&["baseline", "create"]).expect(0).out();
    assert!(
        created.contains("with 9 findings") && created.contains("merge=union"),
        "{created}"
    );
    assert!(
        tree.keysift(&["baseline", "create"])
            .expect(2)
            .err()
            .contains("already exists")
    );
    let scan = |code| {
        tree.keysift(&["scan", ".", "--baseline", ".keysift-baseline"])
            .expect(code)
    };
    scan(0);
    // A file that moved keeps its entries; a copy is new.
    fs::rename(
        tree.path().join("src/config.py"),
        tree.path().join("src/moved.py"),
    )
    .unwrap();
    scan(0);
    fs::copy(tree.path().join("deploy/key.pem"), tree.path().join("copy.pem")).unwrap();
    scan(1);
    fs::remove_file(tree.path().join("copy.pem")).unwrap();
    fs::rename(
        tree.path().join("src/moved.py"),
        tree.path().join("src/config.py"),
    )
    .unwrap();
    // Two people add findings at the same time.
    tree.file(".gitattributes", ".keysift-baseline merge=union\n");
    let token = |seed| format!("A={}\n", sample(&builtin_rules(), "github-pat-classic", seed));
    git(&["add", "-A"]);
    git(&["commit", "-qm", "base"]);
    for (branch, name, seed) in [("one", "n1.env", 101), ("two", "n2.env", 102)] {
        git(&["checkout", "-q", "-b", branch, "main"]);
        tree.file(name, token(seed));
        assert!(
            tree.keysift(&["baseline", "update"])
                .expect(0)
                .out()
                .starts_with("added 1 finding;")
        );
        git(&["add", "-A"]);
        git(&["commit", "-qm", branch]);
    }
    git(&["merge", "-q", "-m", "both", "one"]);
    scan(0);
    fs::remove_file(tree.path().join("n1.env")).unwrap();
    assert!(
        tree.keysift(&["baseline", "audit"])
            .expect(0)
            .out()
            .contains("stale  n1.env")
    );
    assert!(
        tree.keysift(&["baseline", "prune"])
            .expect(0)
            .out()
            .starts_with("removed 1 entry, 10 left")
    );
    let text = fs::read_to_string(tree.path().join(".keysift-baseline")).unwrap();
    assert!(
        !text.contains("swordfish")
            && text
                .lines()
                .skip(1)
                .is_sorted_by_key(|line| line.splitn(4, ' ').nth(3).unwrap().to_owned())
    );
}

#[test]
fn baselines_of_others_are_read() {
    let (tree, _) = tree();
    tree.file(
        "gitleaks.json",
        r#"[{"RuleID": "github-pat", "File": "src/config.py", "StartLine": 2, "Secret": "x"}]"#,
    );
    tree.file("ds.json", r#"{"version": "1.5.0", "plugins_used": [], "results": {"src/config.py": [{"type": "x", "line_number": 2}]}}"#);
    for file in ["gitleaks.json", "ds.json"] {
        let (findings, summary) = tree
            .keysift(&["scan", ".", "--baseline", file, "--format", "jsonl"])
            .expect(1)
            .jsonl();
        assert!(
            findings.iter().all(|finding| finding["path"] != "src/config.py"),
            "{file}"
        );
        assert_eq!(summary["suppressed"]["baseline"], 2, "{file}");
    }
}

#[test]
fn the_text_report() {
    let (tree, _) = tree();
    let run = tree.keysift(&["scan", "."]).expect(1);
    snapshot("report.txt", &timeless(&run.out()));
    assert_eq!(run.err(), "");
}

#[test]
fn low_confidence_shows_rejected_matches_with_reasons() {
    let (tree, _) = tree();
    let run = tree
        .keysift(&["scan", "made-up.txt", "--min-confidence", "low"])
        .expect(0);
    assert!(
        run.out().contains("right format, wrong checksum"),
        "{}",
        run.out()
    );
    assert!(
        tree.keysift(&["scan", "made-up.txt"])
            .expect(0)
            .out()
            .contains("1 of low confidence")
    );
}

#[test]
fn the_jsonl_report() {
    let (tree, _) = tree();
    let run = tree.keysift(&["scan", ".", "--format", "jsonl"]).expect(1);
    let (_, summary) = run.jsonl();
    let elapsed = format!("\"elapsed_ms\":{}", summary["elapsed_ms"]);
    snapshot("report.jsonl", &run.out().replace(&elapsed, "\"elapsed_ms\":0"));
}

#[test]
fn json_is_one_document_with_the_same_findings() {
    let (tree, _) = tree();
    let lines = tree.keysift(&["scan", ".", "--format", "jsonl"]).jsonl().0;
    let document: serde_json::Value =
        serde_json::from_str(&tree.keysift(&["scan", ".", "--format", "json"]).out()).unwrap();
    assert_eq!(document["schema"], "keysift/1");
    assert_eq!(document["findings"].as_array(), Some(&lines));
    let empty: serde_json::Value =
        serde_json::from_str(&tree.keysift(&["scan", "data.bin", "--format", "json"]).out()).unwrap();
    assert_eq!(empty["findings"], serde_json::json!([]));
}

#[test]
fn no_report_contains_a_secret_without_reveal() {
    let (tree, mut secrets) = tree();
    secrets.extend(["swordfish".to_owned(), "q7Lm-22xTz".to_owned()]);
    secrets[1] = secrets[1].lines().nth(1).unwrap().to_owned();
    // Decoded secrets are redacted too.
    let inner = sample(&builtin_rules(), "github-pat-classic", 77);
    let wrapped = base64(format!("token = {inner}\n").as_bytes());
    tree.file("wrapped.txt", format!("blob: {wrapped}\n"));
    for secret in [&inner, &wrapped] {
        for format in FORMATS {
            let out = tree
                .keysift(&[
                    "scan",
                    ".",
                    "--format",
                    format,
                    "--min-confidence",
                    "low",
                    "--verbose",
                ])
                .out();
            assert!(!out.contains(secret.as_str()), "{format} tells {secret}");
        }
    }
    for format in FORMATS {
        let out = tree
            .keysift(&["scan", ".", "--format", format, "--min-confidence", "low"])
            .out();
        let revealed = tree.keysift(&["scan", ".", "--format", format, "--reveal"]).out();
        for secret in &secrets {
            assert!(!out.contains(secret.as_str()), "{format} tells {secret}");
        }
        // Markup escapes nothing of these two.
        let shows = ["text", "json", "jsonl", "csv", "gitlab", "html"].contains(&format);
        for secret in secrets[2..4].iter().filter(|_| shows) {
            assert!(
                revealed.contains(secret.as_str()),
                "{format} does not reveal {secret}"
            );
        }
    }
}

#[test]
fn no_control_characters_of_a_file_reach_the_terminal() {
    let (tree, _) = tree();
    for args in [&["scan", "."][..], &["scan", ".", "--reveal"]] {
        let out = tree.keysift(args).out();
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'), "{out}");
        assert!(out.contains("evil\\x1b[31m.txt"));
    }
}

#[test]
fn colors_are_used_only_on_terminals() {
    let (tree, _) = tree();
    assert!(
        tree.keysift(&["scan", "Dockerfile", "--color", "always"])
            .out()
            .contains("\u{1b}[")
    );
    assert!(!tree.keysift(&["scan", "Dockerfile"]).out().contains("\u{1b}["));
    assert!(
        !tree
            .keysift(&["scan", "Dockerfile", "--color", "never"])
            .out()
            .contains("\u{1b}[")
    );
}

#[test]
fn severity_and_confidence_decide_what_is_reported_and_what_fails() {
    let (tree, _) = tree();
    let count = |args: &[&str], code| {
        tree.keysift(&[&["scan", "Dockerfile", "--format", "jsonl"], args].concat())
            .expect(code)
            .jsonl()
            .0
            .len()
    };
    assert_eq!(count(&[], 1), 2);
    assert_eq!(count(&["--min-severity", "high"], 1), 1);
    assert_eq!(count(&["--min-confidence", "high"], 1), 1);
    assert_eq!(count(&["--fail-on", "critical"], 0), 2);
}

#[test]
fn a_report_file_is_complete_or_absent() {
    let (tree, _) = tree();
    tree.keysift(&["scan", ".", "--format", "jsonl", "-o", "out.jsonl"])
        .expect(1);
    assert_eq!(
        fs::read_to_string(tree.path().join("out.jsonl"))
            .unwrap()
            .lines()
            .count(),
        10
    );
    assert!(
        tree.keysift(&["scan", ".", "-o", "no/such/folder/x"])
            .expect(2)
            .err()
            .contains("cannot write no/such/folder/x")
    );
    let leftovers = fs::read_dir(tree.path())
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains(".part")
        })
        .count();
    assert_eq!(leftovers, 0);
    if fs::exists("/dev/full").unwrap() {
        assert!(
            tree.keysift(&["scan", ".", "-o", "/dev/full"])
                .expect(2)
                .err()
                .contains("cannot write /dev/full")
        );
    } else {
        eprintln!("SKIPPED: no /dev/full");
    }
}

#[test]
fn inline_suppressions_on_the_line_or_above_it_apply() {
    let tree = Tree::new();
    let tokens: Vec<String> = (0..6)
        .map(|seed| sample(&builtin_rules(), "github-pat-classic", seed))
        .collect();
    tree.file(
        "a.py",
        format!(
            "a = '{}'  # keysift:ignore\nb = '{}'  # keysift:ignore github-pat-classic -- revoked\nc = '{}'  # keysift:ignore slack-bot-token\n# keysift:ignore -- a sample\nd = '{}'\ne = '{}'\nx = 'keysift:ignore'; y = 1\nf = '{}'\n",
            tokens[0], tokens[1], tokens[2], tokens[3], tokens[4], tokens[5]
        ),
    );
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let lines: Vec<_> = findings
        .iter()
        .map(|finding| finding["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [3, 6, 8]);
    assert_eq!(summary["suppressed"]["inline"], 3);
}

#[test]
fn inline_suppressions_of_other_tools_apply_unless_strict() {
    let tree = Tree::new();
    let token = |seed| sample(&builtin_rules(), "github-pat-classic", seed);
    tree.file(
        "a.py",
        format!(
            "a = '{}'  # gitleaks:allow\nb = '{}'  # pragma: allowlist secret\n# pragma: allowlist nextline secret\nc = '{}'\nd = '{}'  # keysift:ignore\ne = '{}'  # keysift:ignore[github-pat-classic] revoked\nf = '{}'\n",
            token(1), token(2), token(3), token(4), token(5), token(6)
        ),
    );
    let lines = |args: &[&str]| -> Vec<u64> {
        let (findings, _) = tree
            .keysift(&[&["scan", ".", "--format", "jsonl"], args].concat())
            .expect(1)
            .jsonl();
        findings
            .iter()
            .map(|finding| finding["line"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(lines(&[]), [7]);
    assert_eq!(lines(&["--no-inline-ignores"]), [1, 2, 4, 5, 6, 7]);
    tree.file("keysift.toml", "strict = true\n");
    assert_eq!(lines(&[]), [1, 2, 4, 5, 7]);
}

#[test]
fn unused_inline_suppressions_are_reported() {
    let tree = Tree::new();
    let token = sample(&builtin_rules(), "github-pat-classic", 1);
    let text = format!(
        "a = '{token}'  # keysift:ignore\n# keysift:ignore github-pat-classic\nb = '{token}'\nc = 1  # keysift:ignore\nd = 'keysift:ignore'\n"
    );
    tree.file("a.py", text);
    tree.file("notes.md", "Write # keysift:ignore behind it.\n");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a  # keysift:ignore k8s-automount-token\n      image: a\n";
    tree.file("pod.yaml", pod);
    let (_, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(0)
        .jsonl();
    assert_eq!(
        summary["unused_suppressions"],
        serde_json::json!(["unused suppression: a.py:4"])
    );
}

#[test]
fn an_annotation_suppresses_only_findings_of_its_object() {
    let tree = Tree::new();
    let pod = |name: &str, annotation: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}{annotation}}}\nspec:\n  automountServiceAccountToken: false\n  containers: [{{name: a, image: a, env: [{{name: DB_PASSWORD, value: swordfish}}]}}]\n---\n"
        )
    };
    let ignore = ", annotations: {keysift.dev/ignore: \"k8s-env-literal -- a sandbox\"}";
    tree.file(
        "pods.yaml",
        pod("a", ignore) + &pod("b", "") + &pod("c", ", annotations: {keysift.dev/ignore: other-rule}"),
    );
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding["line"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [13, 20]
    );
    assert_eq!(summary["suppressed"]["annotation"], 1);
    assert_eq!(
        tree.keysift(&["scan", ".", "--format", "jsonl", "--no-inline-ignores"])
            .expect(1)
            .jsonl()
            .0
            .len(),
        3
    );
}

#[test]
fn a_baseline_suppresses_only_its_entries() {
    let (tree, _) = tree();
    for format in ["json", "jsonl"] {
        tree.keysift(&["scan", ".", "--format", format, "-o", "known.out"])
            .expect(1);
        let run = tree.keysift(&["scan", ".", "--baseline", "known.out"]).expect(0);
        assert!(run.out().contains(" baseline)"), "{}", run.out());
        fs::remove_file(tree.path().join("known.out")).unwrap();
    }
    tree.keysift(&["scan", ".", "--format", "json", "-o", "known.out"])
        .expect(1);
    tree.file(
        "new.env",
        format!("A={}\n", sample(&builtin_rules(), "github-pat-classic", 99)),
    );
    let (findings, _) = tree
        .keysift(&["scan", ".", "--baseline", "known.out", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding["path"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["new.env"]
    );
    tree.file("bad.json", "{\"a\": 1}");
    assert!(
        tree.keysift(&["scan", ".", "--baseline", "bad.json"])
            .expect(2)
            .err()
            .contains("is not a baseline or a report")
    );
    assert!(
        tree.keysift(&["scan", ".", "--baseline", "missing.json"])
            .expect(2)
            .err()
            .contains("cannot read the baseline")
    );
}

#[test]
fn sarif_matches_its_schema_and_the_other_reports() {
    let (tree, _) = tree();
    tree.file(
        "k8s/kubelet.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 10255\n",
    );
    let text = tree.keysift(&["scan", ".", "--format", "sarif"]).expect(1).out();
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("schemas/sarif-2.1.0.schema.json")).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(
        results.len(),
        tree.keysift(&["scan", ".", "--format", "jsonl"]).jsonl().0.len()
    );
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    assert!(results.iter().any(
        |result| result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"]
            == "0"
    ));
    assert!(text.contains("evil%1B%5B31m.txt") && text.contains("partially analyzed: broken.yaml"));
}

#[test]
fn settings_suppress_findings_and_unused_entries_are_reported() {
    let (tree, _) = tree();
    tree.file(
        "keysift.toml",
        "disable = [\"k8s-*\"]\n[severity]\nslack-bot-token = \"low\"\n[[allow]]\nreason = \"a test key\"\npaths = [\"deploy/\"]\nrules = [\"private-key-*\"]\n[[allow]]\nreason = \"gone\"\npaths = [\"nowhere/**\"]\n[[allow]]\nreason = \"over\"\nuntil = \"2020-01-01\"\nrules = [\"*\"]\n",
    );
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let rules: Vec<_> = findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert!(
        !rules
            .iter()
            .any(|rule| rule.starts_with("k8s-") || rule.starts_with("private-key")),
        "{rules:?}"
    );
    assert!(
        findings
            .iter()
            .any(|finding| finding["rule"] == "slack-bot-token" && finding["severity"] == "low")
    );
    assert_eq!(
        (
            &summary["suppressed"]["disabled-rule"],
            &summary["suppressed"]["allowed"]
        ),
        (&2.into(), &1.into())
    );
    let idle = summary["unused_suppressions"].to_string();
    assert!(
        idle.contains("unused allow entry: ")
            && idle.contains("keysift.toml:8:1: gone")
            && idle.contains("expired allow entry (until 2020-01-01): "),
        "{idle}"
    );
    // If nothing was read, no entry could be used.
    let wrong = tree.keysift(&["scan", "no-such-folder"]).expect(2);
    let printed = wrong.out() + &wrong.err();
    assert!(
        printed.contains("no such file") && !printed.contains("unused"),
        "{printed}"
    );
    // From a folder below, and without it.
    assert!(
        tree.keysift(&["scan", "deploy", "--format", "jsonl", "--no-config"])
            .jsonl()
            .0
            .len()
            == 1
    );
    for (text, expected) in [
        ("disabel = []\n", "bad.toml:1:1: unknown field `disabel`"),
        ("[[allow]]\nrules = [\"a\"]\n", "missing field `reason`"),
        ("[[allow]]\nreason = \"x\"\n", "an entry needs `paths`"),
        ("[severity]\na = \"grave\"\n", "grave"),
    ] {
        tree.file("bad.toml", text);
        let err = tree
            .keysift(&["scan", ".", "--config", "bad.toml"])
            .expect(2)
            .err();
        assert!(err.contains(expected), "{text}: {err}");
    }
}

#[test]
fn two_reports_are_compared() {
    let (tree, _) = tree();
    tree.keysift(&["scan", ".", "--format", "jsonl", "-o", "old.jsonl"])
        .expect(1);
    fs::remove_file(tree.path().join("deploy/key.pem")).unwrap();
    tree.file(
        "new.env",
        format!("A={}\n", sample(&builtin_rules(), "github-pat-classic", 99)),
    );
    tree.keysift(&[
        "scan",
        "src",
        "deploy",
        "tests",
        "k8s",
        "Dockerfile",
        "new.env",
        ".",
        "--format",
        "json",
        "-o",
        "new.json",
    ]);
    let run = tree.keysift(&["diff", "old.jsonl", "new.json"]).expect(1);
    assert!(
        run.out().contains("+ new.env:1:3: critical:")
            && run.out().contains("- deploy/key.pem:1:1: critical:"),
        "{}",
        run.out()
    );
    assert!(
        tree.keysift(&["diff", "new.json", "new.json"])
            .expect(0)
            .out()
            .starts_with("0 new, 0 fixed")
    );
    assert!(
        tree.keysift(&["diff", "Dockerfile", "new.json"])
            .expect(2)
            .err()
            .contains("is not a keysift report")
    );
}

#[test]
fn completions_man_page_and_generated_pages_match_the_arguments() {
    let tree = Tree::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            tree.keysift(&["completions", shell])
                .expect(0)
                .out()
                .contains("min-severity"),
            "{shell}"
        );
    }
    tree.keysift(&["man", "pages"]).expect(0);
    assert!(
        fs::read_to_string(tree.path().join("pages/keysift-scan.1"))
            .unwrap()
            .contains("fail\\-on")
    );
    tree.keysift(&["rules", "cli-docs", "--out", "cli.md"]).expect(0);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let same = |written: String, committed: &str, how: &str| {
        assert!(
            fs::read_to_string(root.join(committed)).is_ok_and(|text| text == written),
            "{committed} is not what `{how}` writes"
        );
    };
    same(
        fs::read_to_string(tree.path().join("cli.md")).unwrap(),
        "docs/cli.md",
        "keysift rules cli-docs",
    );
    same(
        tree.keysift(&["config", "schema"]).expect(0).out(),
        "docs/keysift.schema.json",
        "keysift config schema",
    );
}

#[test]
fn the_effective_configuration_is_shown_and_matches_its_schema() {
    let (tree, _) = tree();
    tree.file("team/base.toml", "disable = [\"k8s-*\"]\nexclude = [\"tests/\"]\n[[allow]]\nreason = \"samples\"\nsecrets = [\"^xoxb-\"]\n");
    let own = "extends = [\"team/base.toml\"]\n[severity]\nprivate-key-rsa = \"low\"\n";
    tree.file("keysift.toml", own);
    let shown = tree.keysift(&["config", "show"]).expect(0).out();
    for line in [
        "disable \"k8s-*\"  (",
        "team/base.toml:1:12)",
        "severity of private-key-rsa: low  (",
        "allow: samples  (",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert!(
        findings
            .iter()
            .any(|finding| finding["rule"] == "private-key-rsa" && finding["severity"] == "low")
    );
    assert_eq!(
        (
            &summary["suppressed"]["excluded-path"],
            &summary["suppressed"]["allowed"]
        ),
        (&1.into(), &1.into())
    );
    tree.file("keysift.toml", "extends = [\"keysift.toml\"]\n");
    assert!(
        tree.keysift(&["scan", "."])
            .expect(2)
            .err()
            .contains("extends itself")
    );
    // The parser accepts exactly the keys of the schema.
    let schema: serde_json::Value =
        serde_json::from_str(&tree.keysift(&["config", "schema"]).expect(0).out()).unwrap();
    let all = "strict = true\nexclude = []\nextends = []\ndisable = []\nrules = []\nbaseline = \"b\"\ntests = \"show\"\n[[override]]\npaths = [\"a\"]\ndisable = []\n[override.severity]\na = \"low\"\n[severity]\na = \"low\"\n[[allow]]\nreason = \"x\"\npaths = [\"a\"]\nrules = [\"a\"]\nfingerprints = []\nsecrets = []\nuntil = \"2099-01-01\"\n";
    tree.file("all.toml", all);
    tree.keysift(&["config", "show", "--config", "all.toml"])
        .expect(0);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    assert!(
        validator.is_valid(&value(all))
            && !validator.is_valid(&value("disabel = []\n"))
            && !validator.is_valid(&value("[[allow]]\n"))
    );
    let keys = |value: &serde_json::Value| {
        value["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(
        keys(&schema),
        value(all).as_object().unwrap().keys().cloned().collect()
    );
}

#[test]
fn json_matches_its_schema_for_every_source() {
    let (tree, secrets) = tree();
    // Places in other files, changes, layers, configurations, commits.
    tree.file("rbac.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: web}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get]}]\n");
    let layer = crate::image::archive(&[("a.env", format!("A={}\n", secrets[0]).as_bytes())]);
    let config = serde_json::json!({"config": {"Env": [format!("TOKEN={}", secrets[0])]}});
    tree.file(
        "image.tar",
        crate::image::image(&[layer, crate::image::archive(&[(".wh.a.env", b"")])], config),
    );
    let git = |args: &[&str]| {
        let all = [&["-c", "user.name=A", "-c", "user.email=a@b"], args].concat();
        assert!(
            std::process::Command::new("git")
                .args(all)
                .current_dir(tree.path())
                .output()
                .unwrap()
                .status
                .success()
        );
    };
    git(&["init", "-q"]);
    git(&["add", "src"]);
    git(&["commit", "-qm", "one"]);
    let schema: serde_json::Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let check = |value: &serde_json::Value| {
        let errors: Vec<String> = validator
            .iter_errors(value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}: {value}");
    };
    for args in [
        &["scan", "."][..],
        &["scan", "image.tar"],
        &["scan", "--history"],
        &["scan", "."],
    ] {
        check(&tree.keysift(&[args, &["--format", "json"]].concat()).json());
        let (findings, summary) = tree.keysift(&[args, &["--format", "jsonl"]].concat()).jsonl();
        assert!(!findings.is_empty(), "{args:?}");
        findings.iter().chain([&summary]).for_each(check);
    }
    check(
        &tree
            .keysift_with(
                &["scan", "-", "--format", "json"],
                format!("token={}\n", secrets[0]).as_bytes(),
            )
            .json(),
    );
    assert!(!validator.is_valid(&serde_json::json!({"type": "finding"})));
}

#[test]
fn other_parsers_can_read_the_reports() {
    let python = |script: &str, file: &std::path::Path| {
        std::process::Command::new("python3")
            .args(["-c", script])
            .arg(file)
            .output()
    };
    let (tree, _) = tree();
    tree.file(
        "odd,\"name\".env",
        format!("A={}\n", sample(&builtin_rules(), "github-pat-classic", 8)),
    );
    let count = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .jsonl()
        .0
        .len()
        .to_string();
    for (format, script) in [
        (
            "junit",
            "import sys, xml.etree.ElementTree as e; t = e.parse(sys.argv[1]); print(len(t.findall('.//testcase')))",
        ),
        (
            "gitlab",
            "import sys, json; d = json.load(open(sys.argv[1])); [v['location']['start_line'] + len(v['identifiers'][0]['value']) for v in d['vulnerabilities']]; assert d['scan']['type'] == 'secret_detection'; print(len(d['vulnerabilities']))",
        ),
        (
            "codequality",
            "import sys, json; d = json.load(open(sys.argv[1])); assert len({i['fingerprint'] for i in d}) == len(d); print(len(d))",
        ),
        (
            "csv",
            "import sys, csv; r = list(csv.DictReader(open(sys.argv[1], newline=''))); assert all(len(x) == 10 and None not in x for x in r); print(len(r))",
        ),
    ] {
        let file = tree.path().join("report.out");
        tree.keysift(&["scan", ".", "--format", format, "-o", file.to_str().unwrap()])
            .expect(1);
        let Ok(output) = python(script, &file) else {
            eprintln!("SKIPPED: python3 is not installed");
            return;
        };
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            count,
            "{format}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        fs::remove_file(file).unwrap();
    }
}
