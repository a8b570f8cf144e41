//! Rules of the user's own.

use std::{collections::BTreeMap, fs, path::Path};

use crate::common::{Tree, builtin_rules, command, corpus};

const GOOD: &str = r#"provider: Acme
rules:
  - id: acme-token
    name: Acme token
    severity: high
    literals: [acme_]
    pattern: '\b(?P<secret>acme_[0-9a-f]{20})\b'
    secret: 'acme_{{hex 20}}'
    why: It opens Acme.
    fix: Ask Acme for another one.
    examples: ['token={{secret}}']
    counterexamples:
      - {text: 'acme_{{hex 19}}', stops_at: pattern, why: too short}
"#;

#[test]
fn a_user_rule_matches_and_is_explained_and_listed() {
    let tree = Tree::new();
    tree.file("rules/acme.yaml", GOOD);
    tree.file("a.txt", format!("x acme_{}\n", "9f3b07c2d1e84a65b0f7"));
    let (findings, _) = tree
        .keysift(&["scan", "a.txt", "--rules", "rules", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(
        (findings.len(), findings[0]["rule"].as_str()),
        (1, Some("acme-token"))
    );
    assert!(
        tree.keysift(&["explain", "acme-token", "--rules", "rules"])
            .expect(0)
            .out()
            .contains("It opens Acme.")
    );
    assert!(
        tree.keysift(&["rules", "list", "--rules", "rules/acme.yaml"])
            .expect(0)
            .out()
            .contains("acme-token")
    );
    assert!(
        tree.keysift(&["rules", "check", "rules"])
            .expect(0)
            .out()
            .contains("1 rule OK, 0 errors, 0 warnings")
    );
}

#[test]
fn all_that_is_wrong_with_a_rule_file_is_reported_at_once() {
    let tree = Tree::new();
    let rule = |id: &str, more: &str| format!("  - id: acme-{id}\n{more}");
    let rules = [
        rule("one", "    pattern: acme_[a-z]{20}\n    color: red\n"),
        rule("two", "    patern: acme_[a-z]{20}\n"),
        rule("three", "    pattern: acme_(\n"),
        rule("four", "    pattern: acme_[a-z]{20}\n"),
        rule("five", "    pattern: acme_[a-z]{20}\n    severity: grave\n"),
    ];
    tree.file("acme.yaml", format!("provider: Acme\nrules:\n{}", rules.concat()));
    let said = tree.keysift(&["rules", "check", "acme.yaml"]).expect(2).out();
    for part in [
        "acme.yaml:5:5: unknown field `color`",
        "acme.yaml:7:5: unknown field `patern`",
        "acme.yaml:9:14: rule `acme-three`: the pattern does not compile",
        "unknown variant `grave`",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("acme-four"), "{said}");
    // Of a file that is no YAML only the first error is reported: the others would follow from it.
    tree.file(
        "bad.yaml",
        "provider: Acme\nrules:\n  - id: [a\n  - id: b\n  - id: c\n",
    );
    let said = tree.keysift(&["rules", "check", "bad.yaml"]).expect(2).out();
    assert_eq!(said.matches("bad.yaml:").count(), 1, "{said}");
}

#[test]
fn settings_of_trivy_and_detectors_of_trufflehog_are_read() {
    let tree = Tree::new();
    tree.file(
        "trivy-secret.yaml",
        "rules:\n- {id: acme, category: x, title: Acme key, severity: CRITICAL, regex: 'acme_(?P<secret>[0-9a-z]{20})', secret-group-name: secret, keywords: [acme_]}\nallow-rules:\n- {id: lib, path: '^lib/'}\n",
    );
    tree.file(
        "hog.yaml",
        "detectors:\n- name: Hog\n  keywords: [hog_]\n  regex: {token: 'hog_([0-9a-z]{20})'}\n  exclude_words: [zebra]\n",
    );
    let token = "9f3b07c2d1e84a65b0f7";
    let text = format!("a acme_{token}\nb hog_{token}\nc hog_zebra{}\n", &token[5..]);
    tree.file("a.txt", &text);
    tree.file("lib/a.txt", &text);
    let rules = ["--rules", "trivy-secret.yaml", "--rules", "hog.yaml"];
    let (findings, _) = tree
        .keysift(
            &[
                &["scan", ".", "-f", "jsonl", "--rule", "trivy-*", "--rule", "hog-*"][..],
                &rules,
            ]
            .concat(),
        )
        .expect(1)
        .jsonl();
    let found: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding["rule"].as_str(),
                finding["path"].as_str(),
                finding["column"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (Some("trivy-secret-acme"), Some("a.txt"), Some(8)),
            (Some("hog-hog"), Some("a.txt"), Some(7)),
            (Some("hog-hog"), Some("lib/a.txt"), Some(7)),
        ]
    );
}

#[test]
fn what_no_rule_of_keysift_can_say_is_refused_or_left_out_with_a_warning() {
    let tree = Tree::new();
    tree.file(
        "trivy-secret.yaml",
        "disable-rules: [x]\nrules:\n- {id: a, regex: 'aaa_[0-9]{20}'}\n",
    );
    let rules = ["--rules", "trivy-secret.yaml"];
    let said = tree
        .keysift(&[&["scan", "."][..], &rules].concat())
        .expect(2)
        .err();
    assert!(
        said.contains("trivy-secret.yaml:1:1: `disable-rules` names rules of Trivy"),
        "{said}"
    );
    let said = tree
        .keysift(&[&["scan", ".", "--skip-unsupported"][..], &rules].concat())
        .expect(0)
        .err();
    assert!(said.contains("warning: skipped: trivy-secret.yaml:1:1"), "{said}");
    tree.file(
        ".secrets.baseline",
        "{\"version\": \"1.5.0\", \"plugins_used\": [], \"results\": {}}",
    );
    let said = tree
        .keysift(&["scan", ".", "--rules", ".secrets.baseline"])
        .expect(2)
        .err();
    assert!(said.contains("pass it with --baseline"), "{said}");
}

#[test]
fn malformed_rule_files_are_reported_with_line_and_column() {
    let cases = [
        ("bad YAML", "provider: Acme\nrules: [\n", "rules.yaml:"),
        (
            "an unknown key",
            &GOOD.replace("    why:", "    color: red\n    why:"),
            "rules.yaml:9:5: unknown field `color`",
        ),
        (
            "a missing key",
            &GOOD.replace("provider: Acme\n", ""),
            "missing field `provider`",
        ),
        (
            "a bad regex",
            &GOOD.replace("{20})", "{20}"),
            "rules.yaml:7:14: rule `acme-token`: the pattern does not compile: unclosed group",
        ),
        (
            "no group",
            &GOOD.replace("?P<secret>", ""),
            "the pattern has no group `secret`",
        ),
        (
            "no example",
            &GOOD.replace("['token={{secret}}']", "[]"),
            "rules.yaml:3:9: rule `acme-token`: a rule needs at least one of `examples`",
        ),
        (
            "no place",
            &GOOD.replace("token={{secret}}", "token"),
            "does not contain `{{secret}}`",
        ),
        (
            "a short literal",
            &GOOD.replace("[acme_]", "[ac]"),
            "rules.yaml:6:15: rule `acme-token`: the literal `ac` is shorter than 3 bytes",
        ),
        (
            "a bad recipe",
            &GOOD.replace("{{hex 20}}'", "{{hax 20}}'"),
            "rules.yaml:8:13: rule `acme-token`: unknown directive `{{hax 20}}`",
        ),
        (
            "a bad id",
            &GOOD.replace("acme-token", "Acme Token"),
            "an id is lower-case words joined by `-`",
        ),
        (
            "a bad severity",
            &GOOD.replace("severity: high", "severity: hihg"),
            "unknown variant `hihg`",
        ),
        (
            "a group that a validator lacks",
            &GOOD.replace("    secret:", "    validate: [{jwt: {of: body}}]\n    secret:"),
            "reads the group `body`",
        ),
    ];
    for (what, text, message) in cases {
        let tree = Tree::new();
        tree.file("rules.yaml", text);
        tree.file("a.txt", "nothing\n");
        let run = tree
            .keysift(&["scan", "a.txt", "--rules", "rules.yaml"])
            .expect(2);
        assert!(run.err().contains(message), "{what}: {}", run.err());
        assert_eq!(run.err().lines().count(), 1, "{what}: {}", run.err());
        let run = tree.keysift(&["rules", "check", "rules.yaml"]).expect(2);
        assert!(run.out().contains(message), "{what}: {}", run.out());
    }
}

#[test]
fn failing_examples_are_reported_by_check() {
    let tree = Tree::new();
    tree.file("rules.yaml", GOOD.replace("{20}", "{21}"));
    let out = tree.keysift(&["rules", "check", "rules.yaml"]).expect(2).out();
    assert!(
        out.contains("the example `token={{secret}}` is not matched as expected: seed 0: stopped at Pattern"),
        "{out}"
    );
}

#[test]
fn a_weak_literal_is_rejected_unless_a_run_selects_the_rule() {
    let tree = Tree::new();
    let weak = GOOD.replace("acme_", "key-");
    tree.file("rules.yaml", &weak);
    let out = tree.keysift(&["rules", "check", "rules.yaml"]).expect(2).out();
    assert!(
        out.contains("rule `acme-token`: the literal `key-` is in nearly every file")
            && out.contains("1 error"),
        "{out}"
    );
    tree.file(
        "rules.yaml",
        weak.replace("    pattern:", "    run: 24\n    pattern:"),
    );
    assert!(
        tree.keysift(&["rules", "check", "rules.yaml"])
            .expect(0)
            .out()
            .contains("0 errors")
    );
    tree.file("a.txt", "x=key-9f3b07c2d1e84a65b0f7\nkey-9f3b07c2d1e84a65b0f\n");
    let (findings, _) = tree
        .keysift(&["scan", "a.txt", "--rules", "rules.yaml", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!((findings.len(), findings[0]["column"].as_u64()), (1, Some(3)));
}

#[test]
fn a_sample_from_documentation_is_suppressed_with_a_note() {
    let tree = Tree::new();
    tree.file("a.txt", ["token=acme_", "9f3b07c2d1e84a65b0f7\n"].concat());
    tree.file(
        "rules.yaml",
        GOOD.replace("    why:", "    samples: ['a8d96a2dd5c10bca']\n    why:"),
    );
    let out = tree
        .keysift(&[
            "scan",
            "a.txt",
            "--rules",
            "rules.yaml",
            "--min-confidence",
            "low",
        ])
        .expect(0)
        .out();
    assert!(out.contains("printed in documentation"), "{out}");
    tree.file(
        "rules.yaml",
        GOOD.replace("    why:", "    samples: ['0000000000000000']\n    why:"),
    );
    tree.keysift(&["scan", "a.txt", "--rules", "rules.yaml"])
        .expect(1);
}

#[test]
fn an_id_cannot_be_taken_twice() {
    let tree = Tree::new();
    tree.file("rules.yaml", GOOD.replace("acme-token", "github-pat-classic"));
    tree.file("a.txt", "nothing\n");
    let err = tree
        .keysift(&["scan", "a.txt", "--rules", "rules.yaml"])
        .expect(2)
        .err();
    assert!(
        err.contains("two rules have the id `github-pat-classic` (of GitHub and Acme)"),
        "{err}"
    );
}

#[test]
fn the_pages_of_the_rules_match_the_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = Tree::new();
    let patterns = root.join("patterns");
    tree.keysift(&["rules", "docs", patterns.to_str().unwrap(), "--out", "pages"])
        .expect(0);
    let pages = |folder: &Path| -> BTreeMap<String, String> {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        // Computed by `coverage.rs`.
        let files = files.filter(|file| !file.to_string_lossy().ends_with("-coverage.md"));
        files
            .map(|file| {
                (
                    file.file_name().unwrap().to_string_lossy().into_owned(),
                    fs::read_to_string(&file).unwrap(),
                )
            })
            .collect()
    };
    let (written, committed) = (pages(&tree.path().join("pages")), pages(&root.join("docs/rules")));
    let differ: Vec<_> = written
        .keys()
        .chain(committed.keys())
        .filter(|name| written.get(*name) != committed.get(*name))
        .collect();
    assert!(
        differ.is_empty(),
        "run `cargo run --release -- rules docs patterns`: {differ:?}"
    );
    let index = &committed["README.md"];
    let all = index.lines().find(|line| line.starts_with("| all |")).unwrap();
    let numbers: Vec<usize> = all
        .split('|')
        .filter_map(|cell| cell.trim().parse().ok())
        .collect();
    assert!(
        numbers[0] >= 450 && numbers[1] >= 250 && numbers[2] >= 80,
        "rules, providers, proofs: {numbers:?}"
    );
}

const GITLEAKS: &str = r#"title = "ours"
[extend]
useDefault = true
[[rules]]
id = "acme-key"
description = "Acme key."
regex = """(?i)acme[\\w-]{0,20}\\s*=\\s*["']([a-z0-9]{12,40})["']"""
secretGroup = 1
entropy = 3.0
keywords = ["acme"]
  [[rules.allowlists]]
  stopwords = ["sample"]
  [[rules.allowlists]]
  regexTarget = "line"
  regexes = ["; demo"]
[[rules]]
id = "no-words"
regex = "zq[0-9]{10}"
[allowlist]
paths = ["(^|/)third_party/"]
"#;

#[test]
fn rules_of_gitleaks_are_read() {
    let tree = Tree::new();
    tree.file(".gitleaks.toml", GITLEAKS);
    let lines = [
        "k3j9f8a7s6d5'",
        "aaaaaaaaaaaa'",
        "sample3j9f8a7'",
        "k3j9f8a7s6d4' ; demo",
    ]
    .map(|value| format!("acme_key = '{value}\n"));
    tree.file("a.txt", lines.concat());
    tree.file("b.txt", "nothing else, zq0123498765\n");
    tree.file("third_party/a.txt", &lines[0]);
    let run = tree
        .keysift(&[
            "scan",
            "a.txt",
            "b.txt",
            "third_party",
            "--rules",
            ".gitleaks.toml",
            "--format",
            "jsonl",
        ])
        .expect(1);
    let (findings, _) = run.jsonl();
    let place = |finding: &serde_json::Value| {
        (
            finding["rule"].as_str().unwrap().to_owned(),
            finding["line"].clone(),
            finding["column"].clone(),
        )
    };
    let found: Vec<_> = findings.iter().map(place).collect();
    assert_eq!(
        found,
        [
            ("gitleaks-acme-key".to_owned(), 1.into(), 13.into()),
            ("gitleaks-no-words".to_owned(), 1.into(), 15.into())
        ]
    );
    let out = tree
        .keysift(&["rules", "check", ".gitleaks.toml"])
        .expect(0)
        .out();
    assert!(
        out.contains("without keywords the pattern runs on every file") && out.contains("2 rules OK"),
        "{out}"
    );
    tree.file("bad.toml", GITLEAKS.replace("entropy", "entropie"));
    let err = tree
        .keysift(&["scan", "a.txt", "--rules", "bad.toml"])
        .expect(2)
        .err();
    assert!(
        err.contains("bad.toml:5:6: rule `acme-key`: `entropie` is not supported"),
        "{err}"
    );
}

#[test]
fn halves_of_a_pair_are_one_finding_with_two_locations() {
    let tree = Tree::new();
    let rules = builtin_rules();
    let rule = |id: &str| rules.iter().find(|rule| rule.meta().id == id).unwrap();
    let (id, secret) = (
        corpus::secret(rule("aws-access-key-id"), 3),
        corpus::secret(rule("aws-secret-access-key"), 3),
    );
    tree.file(
        "near.env",
        format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"),
    );
    tree.file(
        "far.env",
        format!(
            "AWS_ACCESS_KEY_ID={id}\n{}AWS_SECRET_ACCESS_KEY={secret}\n",
            "A=1\n".repeat(300)
        ),
    );
    let run = tree.keysift(&["scan", "near.env", "--format", "jsonl"]).expect(1);
    let (findings, _) = run.jsonl();
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0]["rule"].as_str(), findings[0]["line"].as_u64()),
        (Some("aws-secret-access-key"), Some(2))
    );
    assert_eq!(findings[0]["related"][0]["line"].as_u64(), Some(1));
    assert_eq!(findings[0]["related"][0]["column"].as_u64(), Some(19));
    for format in ["text", "json", "jsonl"] {
        let out = tree
            .keysift(&["scan", "near.env", "--format", format])
            .expect(1)
            .out();
        assert!(
            !out.contains(&id) && !out.contains(&secret),
            "{format} shows a half"
        );
    }
    assert_eq!(
        tree.keysift(&["scan", "far.env", "--format", "jsonl"])
            .expect(1)
            .jsonl()
            .0
            .len(),
        2
    );
}

#[test]
fn no_such_rules_and_no_such_rule() {
    let tree = Tree::new();
    assert!(
        tree.keysift(&["scan", ".", "--rules", "nowhere"])
            .expect(2)
            .err()
            .contains("cannot read the rules in nowhere")
    );
    assert!(
        tree.keysift(&["scan", ".", "--rules", "."])
            .expect(2)
            .err()
            .contains("no rule files (*.yaml) in .")
    );
    assert!(
        tree.keysift(&["explain", "github-token"])
            .expect(2)
            .err()
            .contains("did you mean github-")
    );
    assert!(
        tree.keysift(&["explain", "qqq"])
            .expect(2)
            .err()
            .contains("use `keysift rules list`")
    );
}

#[test]
fn every_rule_and_check_can_be_explained() {
    let tree = Tree::new();
    let list = tree.keysift(&["rules", "list"]).expect(0).out();
    let ids: Vec<_> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|id| id.contains('-'))
        .collect();
    assert!(ids.len() > 100 && ids.contains(&"k8s-env-literal"));
    for id in [
        "k8s-env-literal",
        "docker-env-secret",
        "github-pat-classic",
        "private-key-rsa",
    ] {
        let output = command(&["explain", id]).output().expect("runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success()
                && text.contains("Why\n")
                && text.contains("Fix\n")
                && text.contains("Not found in"),
            "{text}"
        );
    }
}

#[test]
fn every_output_for_people_shows_how_to_check_and_rotate_a_secret() {
    let tree = Tree::new();
    let rules = builtin_rules();
    let with_steps: Vec<_> = rules
        .iter()
        .filter(|rule| !rule.spec().check.is_empty() && !rule.spec().rotate.is_empty())
        .collect();
    let providers: std::collections::HashSet<_> =
        with_steps.iter().map(|rule| &rule.meta().provider).collect();
    assert!(providers.len() >= 100, "{} providers", providers.len());
    let rule = rules
        .iter()
        .find(|rule| rule.meta().id == "github-pat-classic")
        .unwrap();
    tree.file("a.env", format!("GITHUB_TOKEN={}\n", corpus::secret(rule, 2)));
    let (command, step) = (&rule.spec().check, &rule.spec().rotate[0]);
    let explained = tree.keysift(&["explain", "github-pat-classic"]).expect(0).out();
    let text = tree.keysift(&["scan", "a.env", "-v"]).expect(1).out();
    for out in [&explained, &text] {
        assert!(
            out.contains(command.as_str()) && out.contains(&format!("1. {step}")),
            "{out}"
        );
    }
    let page = tree
        .keysift(&["scan", "a.env", "--format", "html"])
        .expect(1)
        .out();
    let quoted = |text: &str| serde_json::to_string(text).unwrap().replace('<', "\\u003c");
    assert!(page.contains(&quoted(command)) && page.contains(&quoted(step)));
}
