//! Rules of the user's own.

use crate::common::{Tree, command};

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
fn a_rule_of_the_users_finds_and_is_explained_and_listed() {
    let tree = Tree::new();
    tree.file("rules/acme.yaml", GOOD);
    tree.file("a.txt", format!("x acme_{}\n", "9f3b07c2d1e84a65b0f7"));
    let (findings, _) = tree.keysift(&["scan", "a.txt", "--rules", "rules", "--format", "jsonl"]).expect(1).jsonl();
    assert_eq!((findings.len(), findings[0]["rule"].as_str()), (1, Some("acme-token")));
    assert!(tree.keysift(&["explain", "acme-token", "--rules", "rules"]).expect(0).out().contains("It opens Acme."));
    assert!(tree.keysift(&["rules", "list", "--rules", "rules/acme.yaml"]).expect(0).out().contains("acme-token"));
    assert!(tree.keysift(&["rules", "check", "rules"]).expect(0).out().contains("1 rules good, 0 problems, 0 warnings"));
}

#[test]
fn broken_rule_files_are_told_with_line_and_column() {
    let cases = [
        ("bad YAML", "provider: Acme\nrules: [\n", "rules.yaml:"),
        ("an unknown key", &GOOD.replace("    why:", "    color: red\n    why:"), "rules.yaml:9:5: unknown field `color`"),
        ("a missing key", &GOOD.replace("    why: It opens Acme.\n", ""), "missing field `why`"),
        ("a bad regex", &GOOD.replace("{20})", "{20}"), "rules.yaml:7:14: rule `acme-token`: the pattern does not compile: unclosed group"),
        ("no group", &GOOD.replace("?P<secret>", ""), "the pattern has no group `secret`"),
        (
            "no example",
            &GOOD.replace("['token={{secret}}']", "[]"),
            "rules.yaml:3:9: rule `acme-token`: a rule needs at least one of `examples`",
        ),
        ("no place", &GOOD.replace("token={{secret}}", "token"), "does not say where `{{secret}}` stands"),
        (
            "a short literal",
            &GOOD.replace("[acme_]", "[ac]"),
            "rules.yaml:6:15: rule `acme-token`: the literal `ac` is shorter than 3 bytes",
        ),
        ("a bad recipe", &GOOD.replace("{{hex 20}}'", "{{hax 20}}'"), "rules.yaml:8:13: rule `acme-token`: unknown directive `{{hax 20}}`"),
        ("a bad id", &GOOD.replace("acme-token", "Acme Token"), "an id is lower-case words joined by `-`"),
        ("a bad severity", &GOOD.replace("severity: high", "severity: hihg"), "unknown variant `hihg`"),
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
        let run = tree.keysift(&["scan", "a.txt", "--rules", "rules.yaml"]).expect(2);
        assert!(run.err().contains(message), "{what}: {}", run.err());
        assert_eq!(run.err().lines().count(), 1, "{what}: {}", run.err());
        let run = tree.keysift(&["rules", "check", "rules.yaml"]).expect(2);
        assert!(run.out().contains(message), "{what}: {}", run.out());
    }
}

#[test]
fn examples_that_do_not_hold_are_told_by_check() {
    let tree = Tree::new();
    tree.file("rules.yaml", GOOD.replace("{20}", "{21}"));
    let out = tree.keysift(&["rules", "check", "rules.yaml"]).expect(2).out();
    assert!(out.contains("the example `token={{secret}}` is not found as it should be: seed 0: stopped at Pattern"), "{out}");
}

#[test]
fn a_weak_literal_is_warned_of_unless_a_run_leads_to_the_rule() {
    let tree = Tree::new();
    let weak = GOOD.replace("acme_", "key-");
    tree.file("rules.yaml", &weak);
    let out = tree.keysift(&["rules", "check", "rules.yaml"]).expect(0).out();
    assert!(
        out.contains("warning: rule `acme-token`: the literal `key-` stands in nearly every file") && out.contains("1 warnings"),
        "{out}"
    );
    tree.file("rules.yaml", weak.replace("    pattern:", "    run: 24\n    pattern:"));
    assert!(tree.keysift(&["rules", "check", "rules.yaml"]).expect(0).out().contains("0 warnings"));
    tree.file("a.txt", "x=key-9f3b07c2d1e84a65b0f7\nkey-9f3b07c2d1e84a65b0f\n");
    let (findings, _) = tree.keysift(&["scan", "a.txt", "--rules", "rules.yaml", "--format", "jsonl"]).expect(1).jsonl();
    assert_eq!((findings.len(), findings[0]["column"].as_u64()), (1, Some(3)));
}

#[test]
fn a_sample_that_documentation_prints_is_hidden_and_says_so() {
    let tree = Tree::new();
    tree.file("a.txt", "token=acme_9f3b07c2d1e84a65b0f7\n");
    tree.file("rules.yaml", GOOD.replace("    why:", "    samples: ['a8d96a2dd5c10bca']\n    why:"));
    let out = tree.keysift(&["scan", "a.txt", "--rules", "rules.yaml", "--min-confidence", "low"]).expect(0).out();
    assert!(out.contains("printed in documentation"), "{out}");
    tree.file("rules.yaml", GOOD.replace("    why:", "    samples: ['0000000000000000']\n    why:"));
    tree.keysift(&["scan", "a.txt", "--rules", "rules.yaml"]).expect(1);
}

#[test]
fn an_id_cannot_be_taken_twice() {
    let tree = Tree::new();
    tree.file("rules.yaml", GOOD.replace("acme-token", "github-pat-classic"));
    tree.file("a.txt", "nothing\n");
    let err = tree.keysift(&["scan", "a.txt", "--rules", "rules.yaml"]).expect(2).err();
    assert!(err.contains("two rules have the id `github-pat-classic` (of GitHub and Acme)"), "{err}");
}

#[test]
fn no_such_rules_and_no_such_rule() {
    let tree = Tree::new();
    assert!(tree.keysift(&["scan", ".", "--rules", "nowhere"]).expect(2).err().contains("cannot read the rules in nowhere"));
    assert!(tree.keysift(&["scan", ".", "--rules", "."]).expect(2).err().contains("no rule files (*.yaml) in ."));
    assert!(tree.keysift(&["explain", "github-token"]).expect(2).err().contains("did you mean github-"));
    assert!(tree.keysift(&["explain", "qqq"]).expect(2).err().contains("`keysift rules list` shows all"));
}

#[test]
fn every_rule_and_check_can_be_explained() {
    let tree = Tree::new();
    let list = tree.keysift(&["rules", "list"]).expect(0).out();
    let ids: Vec<_> = list.lines().filter_map(|line| line.split_whitespace().next()).filter(|id| id.contains('-')).collect();
    assert!(ids.len() > 100 && ids.contains(&"k8s-env-literal"));
    for id in ["k8s-env-literal", "docker-env-secret", "github-pat-classic", "private-key-rsa"] {
        let output = command(&["explain", id]).output().expect("runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("Why\n") && text.contains("Fix\n") && text.contains("Not found in\n"), "{text}");
    }
}
