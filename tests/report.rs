//! What people and machines read.

use std::fs;

use crate::common::{Tree, builtin_rules, sample, snapshot};

/// A tree with something of everything, the same on every machine.
fn tree() -> (Tree, Vec<String>) {
    let rules = builtin_rules();
    let secrets: Vec<String> = ["github-pat-classic", "private-key-rsa", "slack-bot-token", "stripe-live-secret-key"]
        .iter()
        .map(|id| sample(&rules, id, 42))
        .collect();
    let tree = Tree::new();
    tree.file("src/config.py", format!("import os\nGITHUB_TOKEN = \"{}\"  # two on a line: {}\n", secrets[0], secrets[2]));
    tree.file("deploy/key.pem", format!("{}\n", secrets[1]));
    tree.file("tests/fixture.env", format!("STRIPE={}\n", secrets[3]));
    tree.file(
        "k8s/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          env:\n            - name: DB_PASSWORD\n              value: \"swordfish\"\n",
    );
    tree.file("Dockerfile", "FROM debian:12\nARG NPM_TOKEN\nENV API_TOKEN=q7Lm-22xTz\n");
    tree.file("evil\u{1b}[31m.txt", format!("a\u{1b}[2J\u{202e} token={}\n", secrets[0]));
    tree.file("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{env: [\n");
    tree.file("made-up.txt", format!("token = ghp_{}\n", &secrets[0].replace("ghp_", "").chars().rev().collect::<String>()));
    tree.file("data.bin", b"\0\x01");
    (tree, secrets)
}

/// A report without the time it took.
fn timeless(text: &str) -> String {
    let text = text.split(" s; skipped").collect::<Vec<_>>();
    let cut = |part: &str| part.rsplit_once(", in ").map_or(part.to_owned(), |(before, _)| format!("{before}, in TIME"));
    let mut out = cut(text[0]);
    for rest in &text[1..] {
        out.push_str("; skipped");
        out.push_str(rest);
    }
    out
}

#[test]
fn the_text_report() {
    let (tree, _) = tree();
    let run = tree.keysift(&["scan", "."]).expect(1);
    snapshot("report.txt", &timeless(&run.out()));
    assert_eq!(run.err(), "");
}

#[test]
fn low_confidence_shows_what_was_refused_and_why() {
    let (tree, _) = tree();
    let run = tree.keysift(&["scan", "made-up.txt", "--min-confidence", "low"]).expect(0);
    assert!(run.out().contains("right shape, wrong checksum"), "{}", run.out());
    assert!(tree.keysift(&["scan", "made-up.txt"]).expect(0).out().contains("1 of low confidence"));
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
    let document: serde_json::Value = serde_json::from_str(&tree.keysift(&["scan", ".", "--format", "json"]).out()).unwrap();
    assert_eq!(document["schema"], "keysift/1");
    assert_eq!(document["findings"].as_array(), Some(&lines));
    let empty: serde_json::Value = serde_json::from_str(&tree.keysift(&["scan", "data.bin", "--format", "json"]).out()).unwrap();
    assert_eq!(empty["findings"], serde_json::json!([]));
}

#[test]
fn no_report_holds_a_secret_unless_it_is_asked_to() {
    let (tree, mut secrets) = tree();
    secrets.extend(["swordfish".to_owned(), "q7Lm-22xTz".to_owned()]);
    secrets[1] = secrets[1].lines().nth(1).unwrap().to_owned();
    for format in ["text", "json", "jsonl"] {
        let out = tree.keysift(&["scan", ".", "--format", format, "--min-confidence", "low"]).out();
        let revealed = tree.keysift(&["scan", ".", "--format", format, "--reveal"]).out();
        for secret in &secrets {
            assert!(!out.contains(secret.as_str()), "{format} tells {secret}");
        }
        for secret in &secrets[2..] {
            assert!(revealed.contains(secret.as_str()), "{format} does not reveal {secret}");
        }
    }
}

#[test]
fn nothing_of_a_file_reaches_the_terminal_raw() {
    let (tree, _) = tree();
    for args in [&["scan", "."][..], &["scan", ".", "--reveal"]] {
        let out = tree.keysift(args).out();
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'), "{out}");
        assert!(out.contains("evil\\x1b[31m.txt"));
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let (tree, _) = tree();
    assert!(tree.keysift(&["scan", "Dockerfile", "--color", "always"]).out().contains("\u{1b}["));
    assert!(!tree.keysift(&["scan", "Dockerfile"]).out().contains("\u{1b}["));
    assert!(!tree.keysift(&["scan", "Dockerfile", "--color", "never"]).out().contains("\u{1b}["));
}

#[test]
fn severity_and_confidence_decide_what_is_shown_and_what_fails() {
    let (tree, _) = tree();
    let count =
        |args: &[&str], code| tree.keysift(&[&["scan", "Dockerfile", "--format", "jsonl"], args].concat()).expect(code).jsonl().0.len();
    assert_eq!(count(&[], 1), 2);
    assert_eq!(count(&["--min-severity", "high"], 1), 1);
    assert_eq!(count(&["--min-confidence", "high"], 1), 1);
    assert_eq!(count(&["--fail-on", "critical"], 0), 2);
}

#[test]
fn a_report_in_a_file_is_whole_or_not_there() {
    let (tree, _) = tree();
    tree.keysift(&["scan", ".", "--format", "jsonl", "-o", "out.jsonl"]).expect(1);
    assert_eq!(fs::read_to_string(tree.path().join("out.jsonl")).unwrap().lines().count(), 10);
    assert!(tree.keysift(&["scan", ".", "-o", "no/such/folder/x"]).expect(2).err().contains("cannot write no/such/folder/x"));
    let leftovers =
        fs::read_dir(tree.path()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".part")).count();
    assert_eq!(leftovers, 0);
    if fs::exists("/dev/full").unwrap() {
        assert!(tree.keysift(&["scan", ".", "-o", "/dev/full"]).expect(2).err().contains("cannot write /dev/full"));
    } else {
        eprintln!("SKIPPED: no /dev/full");
    }
}

#[test]
fn a_remark_in_the_line_or_above_it_excuses_a_finding() {
    let tree = Tree::new();
    let tokens: Vec<String> = (0..6).map(|seed| sample(&builtin_rules(), "github-pat-classic", seed)).collect();
    tree.file(
        "a.py",
        format!(
            "a = '{}'  # keysift:ignore\nb = '{}'  # keysift:ignore github-pat-classic -- revoked\nc = '{}'  # keysift:ignore slack-bot-token\n# keysift:ignore -- a sample\nd = '{}'\ne = '{}'\nx = 'keysift:ignore'; y = 1\nf = '{}'\n",
            tokens[0], tokens[1], tokens[2], tokens[3], tokens[4], tokens[5]
        ),
    );
    let (findings, summary) = tree.keysift(&["scan", ".", "--format", "jsonl"]).expect(1).jsonl();
    let lines: Vec<_> = findings.iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 6, 8]);
    assert_eq!(summary["hidden"]["ignored in the line"], 3);
}

#[test]
fn a_baseline_hides_what_it_knows_and_nothing_else() {
    let (tree, _) = tree();
    for format in ["json", "jsonl"] {
        tree.keysift(&["scan", ".", "--format", format, "-o", "known.out"]).expect(1);
        let run = tree.keysift(&["scan", ".", "--baseline", "known.out"]).expect(0);
        assert!(run.out().contains("of known from the baseline"), "{}", run.out());
        fs::remove_file(tree.path().join("known.out")).unwrap();
    }
    tree.keysift(&["scan", ".", "--format", "json", "-o", "known.out"]).expect(1);
    tree.file("new.env", format!("A={}\n", sample(&builtin_rules(), "github-pat-classic", 99)));
    let (findings, _) = tree.keysift(&["scan", ".", "--baseline", "known.out", "--format", "jsonl"]).expect(1).jsonl();
    assert_eq!(findings.iter().map(|finding| finding["path"].as_str().unwrap()).collect::<Vec<_>>(), ["new.env"]);
    tree.file("bad.json", "{\"a\": 1}");
    assert!(tree.keysift(&["scan", ".", "--baseline", "bad.json"]).expect(2).err().contains("is no report of keysift"));
    assert!(tree.keysift(&["scan", ".", "--baseline", "missing.json"]).expect(2).err().contains("cannot read the baseline"));
}

#[test]
fn sarif_fits_the_official_schema_and_says_what_the_report_says() {
    let (tree, _) = tree();
    tree.file("k8s/kubelet.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 10255\n");
    let text = tree.keysift(&["scan", ".", "--format", "sarif"]).expect(1).out();
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.schema.json")).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), tree.keysift(&["scan", ".", "--format", "jsonl"]).jsonl().0.len());
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    assert!(results.iter().any(|result| result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "0"));
    assert!(text.contains("evil%1B%5B31m.txt") && text.contains("read as text only: broken.yaml"));
}

#[test]
fn the_configuration_decides_what_is_shown_and_says_what_it_did_not_need() {
    let (tree, _) = tree();
    tree.file(
        "keysift.toml",
        "disable = [\"k8s-*\"]\n[severity]\nslack-bot-token = \"low\"\n[[allow]]\nreason = \"a test key\"\npaths = [\"deploy/\"]\nrules = [\"private-key-*\"]\n[[allow]]\nreason = \"gone\"\npaths = [\"nowhere/**\"]\n[[allow]]\nreason = \"over\"\nuntil = \"2020-01-01\"\nrules = [\"*\"]\n",
    );
    let (findings, summary) = tree.keysift(&["scan", ".", "--format", "jsonl"]).expect(1).jsonl();
    let rules: Vec<_> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert!(!rules.iter().any(|rule| rule.starts_with("k8s-") || rule.starts_with("private-key")), "{rules:?}");
    assert!(findings.iter().any(|finding| finding["rule"] == "slack-bot-token" && finding["severity"] == "low"));
    assert_eq!((&summary["hidden"]["rules that are off"], &summary["hidden"]["allowed by the configuration"]), (&2.into(), &1.into()));
    let idle = summary["idle"].to_string();
    assert!(idle.contains("keysift.toml:8:1: gone (allows nothing)") && idle.contains("allowed until 2020-01-01: over"), "{idle}");
    // From a folder below, and without it.
    assert!(tree.keysift(&["scan", "deploy", "--format", "jsonl", "--no-config"]).jsonl().0.len() == 1);
    for (text, told) in [
        ("disabel = []\n", "bad.toml:1:1: unknown field `disabel`"),
        ("[[allow]]\nrules = [\"a\"]\n", "missing field `reason`"),
        ("[[allow]]\nreason = \"x\"\n", "would allow everything"),
        ("[severity]\na = \"grave\"\n", "grave"),
    ] {
        tree.file("bad.toml", text);
        let err = tree.keysift(&["scan", ".", "--config", "bad.toml"]).expect(2).err();
        assert!(err.contains(told), "{text}: {err}");
    }
}
