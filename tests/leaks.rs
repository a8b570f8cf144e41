//! No output contains a secret or a part of one: files of many types, with two different secrets in every
//! line, in every output of the program.

use std::{collections::HashMap, fs};

use crate::common::{Run, Tree, builtin_rules, sample};

/// A part of a secret of this length is a leak: redaction keeps two characters at each end.
const PIECE: usize = 6;

/// Generates secrets, each once, and remembers them.
struct Secrets {
    state: u64,
    made: Vec<String>,
}

impl Secrets {
    fn new() -> Self {
        Self {
            state: 7,
            made: Vec::new(),
        }
    }

    fn below(&mut self, below: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below
    }

    fn letters(&mut self, alphabet: &str, len: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..len).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }

    /// Generates a provider's token, a password, a base64 key, or a password with punctuation.
    fn next(&mut self) -> String {
        const PLAIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let seed = self.made.len() as u64 + 500;
        let secret = match self.made.len() % 5 {
            0 => sample(&builtin_rules(), "github-pat-classic", seed),
            1 => format!("{}7k", self.letters(PLAIN, 12)),
            2 => format!("{}9Q+{}/3x=", self.letters(PLAIN, 20), self.letters(PLAIN, 18)),
            3 => format!(
                "{}!4{}-8{}",
                self.letters(PLAIN, 6),
                self.letters(PLAIN, 6),
                self.letters(PLAIN, 6)
            ),
            _ => sample(&builtin_rules(), "slack-bot-token", seed),
        };
        self.made.push(secret.clone());
        secret
    }

    /// Replaces each `@` of a template with a new secret.
    fn fill(&mut self, template: &str) -> String {
        let mut out = String::new();
        for (number, part) in template.split('@').enumerate() {
            if number > 0 {
                let secret = self.next();
                out.push_str(&secret);
            }
            out.push_str(part);
        }
        out
    }

    /// Returns every part of every secret, with the secret.
    fn pieces(&self) -> HashMap<&[u8], &str> {
        self.made
            .iter()
            .flat_map(|secret| {
                // The common prefix of a provider's tokens is not secret.
                let known = if secret.starts_with("xox") { 5 } else { 0 };
                let pieces = secret.as_bytes().windows(PIECE).skip(known);
                pieces.map(move |piece| (piece, secret.as_str()))
            })
            .collect()
    }
}

/// Files of many types; `@` is a secret, and every line has two.
const FILES: &[(&str, &str)] = &[
    (
        "a.py",
        "password = \"@\"; token = '@'\nlogin(\"@\", \"@\")\nx = {'user': 'u', 'pw': '@', 'other': \"@\"}\nkey = \"@\" \"@\"  # old\n",
    ),
    (
        "a.js",
        "var password = \"@\" + 9 + \"@\" + 6;\nfetch(\"https://api.corp.io/h?token=@&auth=@\");\nconst s = `@`, t = '@';\n",
    ),
    (
        "a.go",
        "\tdb.Open(\"postgres://app:@/main\", \"@\") // was\n\tpassword := \"@\" /* @ */\n",
    ),
    (
        "A.java",
        "String secret = \"@\", other = \"@\";\n@Value(\"@\") String x; // @\n",
    ),
    (
        "conf.yaml",
        "{password: '@', api_key: '@'}\npassword: @  # was @\nlist: ['@', \"@\"]\n? @\n: @\n",
    ),
    (
        ".env",
        "API_TOKEN=@ DB_PASSWORD=@\nexport A_SECRET='@' B_SECRET=\"@\"\n",
    ),
    (
        "a.json",
        "{\"name\": \"DB_PASSWORD\", \"value\": \"@\", \"token\": \"@\"}\n",
    ),
    (
        "a.xml",
        "<password>@</password><token>@</token>\n<add key=\"DbPassword\" value=\"@\"/><p name=\"secret\">@</p>\n",
    ),
    (
        "a.sh",
        "mysql --password @ --token @\ncurl -u admin:@ -H \"Authorization: Bearer @\" https://x.corp.io/\n",
    ),
    (
        "a.ini",
        "[db]\npassword = @ ; @\nurl = amqp://u:@x@host/v;key=@\n",
    ),
    ("notes.md", "The password is @ and the token `@`.\n| @ | @ |\n"),
    (
        "Dockerfile",
        "FROM debian:12\nENV DB_PASSWORD=@ API_KEY=@\nRUN curl -u admin:@ https://x.corp.io/?token=@\nENV X_TOKEN @ @\nLABEL password=@ other=@\n",
    ),
    (
        "compose.yaml",
        "services:\n  a:\n    image: x\n    environment: {DB_PASSWORD: '@', API_TOKEN: '@'}\n    command: run --password=@ --token @\n",
    ),
    (
        "role.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, annotations: {a: '@', b: '@'}}\nrules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get, list]}]\n---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}, metadata: {name: b, annotations: {t: '@', u: '@'}}, subjects: [{kind: ServiceAccount, name: default, namespace: default}]}\n",
    ),
    (
        "pod.json",
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"@\"},{\"value\":\"@\",\"name\":\"API_TOKEN\"}],\"name\":\"c\",\"image\":\"a:1\"}]}}\n",
    ),
    (
        "named.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: '@', labels: {x: '@'}}\nspec: {containers: [{name: '@', image: a, env: [{name: '@_PASSWORD', value: '@'}, {name: B, valueFrom: {secretKeyRef: {name: '@', key: '@'}}}]}]}\n",
    ),
    (
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {a: '@', b: '@'}}\nstringData: {password: '@', '@': '@'}\n",
    ),
    (
        "fixed.yaml",
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: a, env: [{name: T, value: '@'}, {name: U, value: \"@\"}]}], volumes: [{name: s, secret: {secretName: s, defaultMode: 400}}]}}\n",
    ),
    (
        "broken.yaml",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{env: [ '@', \"@\n",
    ),
    (
        "keys.txt",
        "-----BEGIN RSA PRIVATE KEY-----@\\n@\\n-----END RSA PRIVATE KEY-----\n",
    ),
];

/// Creates a tree of all these files, and a file larger than a window, with secrets on both sides of its
/// edge.
fn tree(secrets: &mut Secrets) -> Tree {
    let tree = Tree::new();
    for (name, template) in FILES {
        tree.file(name, secrets.fill(template));
    }
    let edge = (1 << 20) - (64 << 10);
    let mut long = "a,b;".repeat(edge / 4 + 1)[..edge - 44].to_owned();
    long.push_str(&secrets.fill(" t1=\"@\"; u=\"@\"; password = '@'; f('@');"));
    long.push_str(&" foo,bar;".repeat(940_000));
    tree.file("window.js", long);
    tree
}

/// Fails if a text contains a part of a secret.
#[track_caller]
fn clean(what: &str, text: &[u8], pieces: &HashMap<&[u8], &str>) {
    if let Some(at) = text.windows(PIECE).position(|window| pieces.contains_key(window)) {
        let near = &text[at.saturating_sub(100)..text.len().min(at + 60)];
        panic!(
            "{what} shows `{}` of {}: …{}…",
            String::from_utf8_lossy(&text[at..at + PIECE]),
            pieces[&text[at..at + PIECE]],
            String::from_utf8_lossy(near)
        );
    }
}

#[track_caller]
fn run(tree: &Tree, args: &[&str], pieces: &HashMap<&[u8], &str>) -> Run {
    let run = tree.keysift(args);
    clean(&format!("{args:?}"), run.out().as_bytes(), pieces);
    clean(
        &format!("standard error of {args:?}"),
        run.err().as_bytes(),
        pieces,
    );
    run
}

#[test]
fn no_output_contains_a_part_of_a_secret() {
    let mut secrets = Secrets::new();
    let tree = tree(&mut secrets);
    let pieces = secrets.pieces();
    let formats = [
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
    for confidence in ["medium", "low"] {
        let files: Vec<String> = formats
            .iter()
            .map(|format| format!("{format}=../{confidence}.{format}"))
            .collect();
        let out = Tree::new();
        let files: Vec<String> = files
            .iter()
            .map(|file| file.replace("..", &out.path().to_string_lossy()))
            .collect();
        let mut args = vec!["scan", ".", "--min-confidence", confidence, "--verbose"];
        files.iter().for_each(|file| args.extend(["-o", file]));
        let text = run(&tree, &args, &pieces).out();
        assert!(text.contains("findings"), "{text}");
        for format in formats {
            let report = fs::read(out.path().join(format!("{confidence}.{format}"))).unwrap();
            assert!(report.len() > 1000, "{format}");
            clean(format, &report, &pieces);
        }
        let report = out.path().join(format!("{confidence}.json"));
        let report = report.to_string_lossy();
        let empty = out.file("empty.json", "{\"schema\":\"keysift/1\",\"findings\":[]}");
        run(&tree, &["diff", &empty.to_string_lossy(), &report], &pieces);
    }
}

#[test]
fn no_other_command_prints_one() {
    let mut secrets = Secrets::new();
    let tree = tree(&mut secrets);
    let pieces = secrets.pieces();
    // One line of each type of file, because every rule runs on it, which is slow.
    for (name, _) in FILES {
        run(&tree, &["explain", &format!("{name}:2")], &pieces);
    }
    for format in ["text", "mermaid", "dot", "json"] {
        run(&tree, &["graph", ".", "--format", format], &pieces);
    }
    let shown = run(
        &tree,
        &["scan", "fixed.yaml", "named.yaml", "--fix", "--dry-run"],
        &pieces,
    );
    assert!(shown.out().contains("defaultMode: 0400"), "{}", shown.out());
    run(&tree, &["baseline", "create"], &pieces);
    clean(
        "the baseline",
        &fs::read(tree.path().join(".keysift-baseline")).unwrap(),
        &pieces,
    );
    run(&tree, &["baseline", "audit"], &pieces);
    let big = fs::read(tree.path().join("window.js")).unwrap();
    let piped = tree.keysift_with(&["scan", "-"], &big[..2_000_000]);
    clean("standard input", piped.out().as_bytes(), &pieces);
    // Wrong names and types of files: error messages quote what they read.
    for file in ["a.py", "conf.yaml", ".env", "a.json"] {
        run(&tree, &["scan", "--config", file, "a.sh"], &pieces);
        run(&tree, &["scan", "--rules", file, "a.sh"], &pieces);
        run(&tree, &["scan", "--baseline", file, "a.sh"], &pieces);
        run(&tree, &["diff", file, file], &pieces);
    }
}
