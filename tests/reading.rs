//! Names, values and encodings, from file to report.

use std::fmt::Write;

use crate::common::{Tree, builtin_rules, sample};

fn token() -> String {
    sample(&builtin_rules(), "github-pat-classic", 7)
}

/// Encodes bytes as base64.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        for digit in 0..4 {
            let coded = DIGITS[(number >> (18 - 6 * digit) & 63) as usize] as char;
            out.push(if digit <= chunk.len() { coded } else { '=' });
        }
    }
    out
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Writes every byte as an escape sequence.
fn escaped(text: &str, mark: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{mark}{byte:02x}");
        out
    })
}

#[test]
fn a_token_in_every_encoding_is_found_at_its_position() {
    let token = token();
    let (head, tail) = token.split_at(17);
    let config = format!(
        "user: app\ntoken: {token}\n# {}\n",
        "and more text, so that lines are full ".repeat(4)
    );
    let wrapped: Vec<_> = base64(config.as_bytes())
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let utf16: Vec<u8> = format!("token = {token}\r\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (path, content, line, how) in [
        (
            "a.yaml",
            format!("\ndata: {}\n", base64(config.as_bytes())).into_bytes(),
            2,
            "base64",
        ),
        (
            "a.yaml",
            format!("data: {}\n", base64(base64(config.as_bytes()).as_bytes())).into_bytes(),
            1,
            "base64",
        ),
        (
            "a.txt",
            format!("x\n\n{}\n", wrapped.join("\n")).into_bytes(),
            3,
            "base64",
        ),
        (
            "a.txt",
            format!("blob {}\n", hex(&format!("token={token}"))).into_bytes(),
            1,
            "hex",
        ),
        (
            "a.txt",
            format!("GET /?x={}&y\n", escaped(&token, "%")).into_bytes(),
            1,
            "percent-encoding",
        ),
        (
            "a.json",
            format!("{{\"x\": \"{}\"}}\n", escaped(&token, "\\u00")).into_bytes(),
            1,
            "escapes",
        ),
        (
            "a.sh",
            format!("printf '{}'\n", escaped(&token, "\\x")).into_bytes(),
            1,
            "escapes",
        ),
        (
            "a.js",
            format!("const x = \"{head}\" + \"{tail}\";\n").into_bytes(),
            1,
            "put together",
        ),
        (
            "a.js",
            format!("const x = '{head}' +\n  '{tail}';\n").into_bytes(),
            1,
            "put together",
        ),
        (
            "a.py",
            format!("x = (\n  '{head}'\n  '{tail}')\n").into_bytes(),
            2,
            "put together",
        ),
        (
            "a.php",
            format!("$x = '{head}' . '{tail}';\n").into_bytes(),
            1,
            "put together",
        ),
        (
            "a.eml",
            format!("token=3D{head}=\r\n{tail}\r\n").into_bytes(),
            1,
            "quoted-printable",
        ),
        ("a.txt", utf16, 1, ""),
    ] {
        let tree = Tree::new();
        tree.file(path, &content);
        let (findings, _) = tree
            .keysift(&["scan", ".", "--format", "jsonl"])
            .expect(1)
            .jsonl();
        let shown = String::from_utf8_lossy(&content).into_owned();
        assert_eq!(findings.len(), 1, "{shown}: {findings:?}");
        assert_eq!(
            (&findings[0]["rule"], findings[0]["line"].as_u64()),
            (&"github-pat-classic".into(), Some(line)),
            "{shown}"
        );
        assert!(
            findings[0]["notes"].to_string().contains(how),
            "{shown}: {}",
            findings[0]["notes"]
        );
    }
}

#[test]
fn a_string_without_a_name_is_reported_only_on_request() {
    let tree = Tree::new();
    tree.file(
        "a.js",
        format!(
            "setup(\"{}\")\n",
            sample(&builtin_rules(), "generic-high-entropy-string", 3)
        ),
    );
    assert_eq!(
        tree.keysift(&["scan", ".", "--format", "jsonl"])
            .expect(0)
            .jsonl()
            .0
            .len(),
        0
    );
    let (findings, _) = tree
        .keysift(&["scan", ".", "--format", "jsonl", "--min-confidence", "low"])
        .expect(0)
        .jsonl();
    assert_eq!(findings[0]["rule"], "generic-high-entropy-string");
}

#[test]
fn copies_of_a_secret_are_one_group() {
    let tree = Tree::new();
    for path in ["a.env", "b/c.env", "d.env"] {
        tree.file(path, format!("GITHUB_TOKEN={}\n", token()));
    }
    let run = tree.keysift(&["scan", "."]).expect(1);
    assert_eq!(
        run.out().matches("same: b/c.env:1:14, d.env:1:14").count(),
        1,
        "{}",
        run.out()
    );
    let all = tree.keysift(&["scan", ".", "--show", "all"]).expect(1).out();
    assert_eq!(all.matches("same: ").count(), 3, "{all}");
    let (findings, _) = tree.keysift(&["scan", ".", "--format", "jsonl"]).jsonl();
    for (at, finding) in findings.iter().enumerate() {
        let others: Vec<_> = findings
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, other)| other["fingerprint"].clone())
            .collect();
        assert_eq!(finding["same_as"].as_array(), Some(&others));
    }
}

#[test]
fn comments_and_samples_lower_the_confidence_once_and_proof_stays() {
    let tree = Tree::new();
    let password = sample(&builtin_rules(), "generic-password-assignment", 5);
    tree.file(
        "a.ts",
        format!("const password = '{password}';\n// const password = '{password}';\n"),
    );
    tree.file(
        "tests/a.ts",
        format!("// const password = '{password}';\n// {}\n", token()),
    );
    let (findings, _) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let seen: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding["path"].as_str().unwrap(),
                finding["confidence"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            // Its copy is near it, which the model counts against both.
            ("a.ts", "medium"),
            ("a.ts", "medium"),
            // The password in a test path has low confidence; the proven token keeps its own.
            ("tests/a.ts", "high")
        ]
    );
}

#[test]
fn explain_shows_the_result_of_every_rule_for_a_line() {
    let tree = Tree::new();
    let made_up = format!("ghp_{}", token()[4..].chars().rev().collect::<String>());
    tree.file(
        "a.py",
        format!(
            "password = os.environ['X']\ntoken = '${{TOKEN}}'\nX = '{made_up}'\nY = '{}'\n",
            token()
        ),
    );
    for (place, expected) in [
        ("a.py:1", "no string literal is assigned to it"),
        ("a.py:2", "a reference, the value lives elsewhere"),
        ("a.py:3", "rejected by a validator: right format, wrong checksum"),
        ("a.py:4:6", "github-pat-classic, critical, high confidence"),
    ] {
        let run = tree.keysift(&["explain", place]).expect(0);
        assert!(run.out().contains(expected), "{place}: {}", run.out());
        assert!(!run.out().contains(&token()[8..]), "{place} holds the secret");
    }
    assert!(
        tree.keysift(&["explain", "a.py:9"])
            .expect(2)
            .err()
            .contains("has no line 9")
    );
    assert!(
        tree.keysift(&["explain", "b.py:9"])
            .expect(2)
            .err()
            .contains("cannot read b.py")
    );
}

#[test]
#[cfg(feature = "grammars")]
fn secrets_in_documentation_are_samples_unless_proven() {
    let tree = Tree::new();
    let password = sample(&builtin_rules(), "generic-password-assignment", 6);
    tree.file("a.py", format!("def f():\n    \"\"\"Use it.\n\n    connect(password='{password}', token='{}')\n    \"\"\"\n    connect(password='{password}')\n", token()));
    let (findings, _) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let seen: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding["rule"].as_str().unwrap(),
                finding["line"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [("github-pat-classic", 4), ("generic-password-assignment", 6)]
    );
}

#[test]
#[cfg(feature = "grammars")]
fn secrets_passed_as_parameters_are_found() {
    let password = sample(&builtin_rules(), "generic-password-assignment", 9);
    for (path, text) in [
        (
            "a.py",
            format!("def connect(user, password):\n    pass\n\nconnect('app', '{password}')\n"),
        ),
        (
            "a.js",
            format!("function connect(user, password) {{}}\n\n\nconnect('app', '{password}');\n"),
        ),
        (
            "a.go",
            format!(
                "package a\nfunc connect(user, password string) {{}}\nfunc main() {{\n\tconnect(\"app\", \"{password}\")\n}}\n"
            ),
        ),
        (
            "A.java",
            format!(
                "class A {{\n  void connect(String user, String password) {{}}\n  void b() {{\n    connect(\"app\", \"{password}\");\n  }}\n}}\n"
            ),
        ),
        (
            "b.py",
            format!("import requests\n\n\nrequests.get(url, auth=HTTPBasicAuth('app', '{password}'))\n"),
        ),
        (
            "B.java",
            format!(
                "class B {{\n  void b() {{\n\n    DriverManager.getConnection(url, \"app\", \"{password}\");\n  }}\n}}\n"
            ),
        ),
    ] {
        let tree = Tree::new();
        tree.file(path, &text);
        let (findings, _) = tree
            .keysift(&["scan", ".", "--format", "jsonl"])
            .expect(1)
            .jsonl();
        let seen: Vec<_> = findings
            .iter()
            .map(|finding| {
                (
                    finding["rule"].as_str().unwrap(),
                    finding["line"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(seen, [("generic-password-assignment", 4)], "{text}");
    }
}

#[test]
fn bad_input_is_bounded_and_never_stops_a_run() {
    let token = token();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..40 {
            let refs = format!("*a{}, ", level - 1).repeat(9);
            let _ = writeln!(text, "a{level}: &a{level} [{}]", refs.trim_end_matches(", "));
        }
        format!(
            "apiVersion: v1\nkind: Pod\nspec: {{containers: [{{env: [{{name: PASSWORD, value: x}}]}}]}}\n{text}"
        )
    };
    let invalid: Vec<u8> = b"password = \"\xff\xfe\x80\"\n\xc3\x28 token: \xf0\x28\x8c\x28\n".repeat(2_000);
    let tree = Tree::new();
    let with_token = |text: String| format!("{text}\ntoken = {token}\n").into_bytes();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("deep.json", with_token(deep("{\"a\":", "}"))),
        ("deep-list.json", with_token(deep("[", "]"))),
        (
            "deep.yaml",
            with_token(format!(
                "apiVersion: v1\nkind: Pod\nspec: {{containers: [{{env: [{{name: PASSWORD, value: x}}]}}]}}\nx: {}",
                deep("[", "]")
            )),
        ),
        (
            "deep-block.yaml",
            with_token(format!(
                "apiVersion: v1\nkind: Pod\nspec: {{containers: [{{env: [{{name: PASSWORD, value: x}}]}}]}}\n{}",
                (0..2_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n")
            )),
        ),
        ("deep.py", with_token(format!("password = {}", deep("(", ")")))),
        (
            "angles.java",
            with_token(format!("String password = {}", "a<".repeat(50_000))),
        ),
        (
            "broken.js",
            with_token("function ( { password = 'x' ))) }}} `${ \"\n".repeat(200)),
        ),
        ("bomb.yaml", with_token(bomb)),
        (
            "one-line.js",
            with_token(format!(
                "var password='a',{};",
                "secret=f(1)+\"b\"+'c',".repeat(480_000)
            )),
        ),
        ("invalid.py", [invalid, with_token(String::new())].concat()),
        (
            "escapes.txt",
            with_token(format!(
                "{}{}",
                "%41".repeat(2_000_000),
                "\\u0041".repeat(100_000)
            )),
        ),
    ];
    for (path, content) in &files {
        tree.file(path, content);
    }
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let mut found: Vec<_> = findings
        .iter()
        .filter(|finding| finding["rule"] == "github-pat-classic")
        .map(|finding| finding["path"].as_str().unwrap())
        .collect();
    found.sort_unstable();
    let mut expected: Vec<_> = files.iter().map(|(path, _)| *path).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(summary["coverage"]["files"], files.len());
    // Text that could not be parsed is reported.
    let partial = summary["coverage"]["partial"].to_string();
    for path in ["deep.yaml", "deep-block.yaml", "bomb.yaml", "escapes.txt"] {
        assert!(partial.contains(path), "{path}: {partial}");
    }
}

#[test]
fn explain_shows_suppressions_and_checks_across_files() {
    let tree = Tree::new();
    std::fs::create_dir(tree.path().join(".git")).unwrap();
    let rules = builtin_rules();
    let secret = |seed| {
        format!(
            "password = '{}'",
            sample(&rules, "generic-password-assignment", seed)
        )
    };
    let text = format!("{} # keysift:ignore\n{}\n{}\n", secret(1), secret(2), secret(3));
    tree.file("app/a.py", text);
    tree.file("b.py", format!("{}\n", secret(4)));
    tree.file(
        "k/binding.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: x}\nroleRef:\n  kind: ClusterRole\n  name: all\nsubjects: [{kind: ServiceAccount, name: app, namespace: app}]\n",
    );
    tree.file(
        "k/role.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n",
    );
    tree.keysift(&["baseline", "create", "b.py"]).expect(0);
    let explained = |args: &[&str]| {
        let args: Vec<&str> = ["explain"].iter().chain(args).copied().collect();
        tree.keysift(&args).expect(0).out()
    };
    let inline = explained(&["app/a.py:1"]);
    assert!(
        inline.contains("suppressed: ") && !inline.contains("keysift.toml"),
        "{inline}"
    );
    assert!(!explained(&["app/a.py:2"]).contains("suppressed"));
    tree.file(
        "keysift.toml",
        "[[allow]]\nreason = 'sample of the manual'\npaths = ['app/*.py']\n",
    );
    let allowed = explained(&["./app/a.py:2"]);
    assert!(
        allowed.contains("keysift.toml:1:1: sample of the manual"),
        "{allowed}"
    );
    let known = explained(&["b.py:1", "--baseline", ".keysift-baseline"]);
    assert!(
        known.contains("suppressed: ") && known.contains("baseline"),
        "{known}"
    );
    // The role is in another file.
    let (findings, _) = tree.keysift(&["scan", "k", "--format", "jsonl"]).jsonl();
    let joined = findings
        .iter()
        .find(|finding| finding["path"].as_str().unwrap().starts_with("k/"));
    let joined = joined.expect("the binding gives the role");
    let place = format!("{}:{}", joined["path"].as_str().unwrap(), joined["line"]);
    let explained = explained(&[&place]);
    assert!(
        explained.contains(joined["rule"].as_str().unwrap()),
        "{joined}: {explained}"
    );
}

#[test]
fn a_literal_that_two_rules_judge_is_weighed_for_both() {
    let tree = Tree::new();
    let text = "package mail\n\nfunc Example() {\n\tauth := smtp.PlainAuth(\"\", \"user@example.com\", \"password\", host)\n}\n";
    tree.file("mail_test.go", text);
    let (shown, ..) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(0)
        .jsonl();
    assert!(shown.is_empty(), "{shown:?}");
    let run = tree.keysift(&["scan", ".", "--format", "jsonl", "--min-confidence", "low"]);
    let (all, ..) = run.jsonl();
    assert!(
        all.iter().all(|finding| finding["confidence"] == "low"),
        "{all:?}"
    );
    assert!(!all.is_empty());
}
