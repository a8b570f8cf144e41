//! Names of files and objects with special characters of a report's language do not change its structure.

use std::fs;

use crate::common::Tree;

/// Names that file systems allow.
const NAMES: &[&str] = &[
    "::error file=x::y.env",
    "::add-mask::x.env",
    "##vso[task.setvariable variable=x]y.env",
    "a|b`c`d.env",
    "``<img src=x> [l](https:y) @team.env",
    "</script><script>alert(1)<!--.env",
    "=1+1,\"x\";=2.env",
    "-->]]>&amp;<x>.env",
    "a\u{1b}[2J\u{9b}31m\u{202e}\u{200b}.env",
    "new\nline\r\n::error::x.env",
    "%0A%25\\|\\.env",
    "'quoted' \"twice\".env",
];

fn tree() -> Tree {
    let tree = Tree::new();
    for name in NAMES {
        tree.file(
            name,
            "DB_PASSWORD=Zk3mQ9xW2pLs\n::error::x PASSWORD=Zk3mQ9xW2pLt ##vso[x]y\n",
        );
        let quoted = serde_json::to_string(name).unwrap();
        tree.file(
            &format!("m/{}.yaml", NAMES.iter().position(|other| other == name).unwrap()),
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: {quoted}, namespace: {quoted}}}\nspec:\n  containers:\n  - name: {quoted}\n    \
                 image: a\n    env:\n    - {{name: {quoted}, value: x}}\n    - {{name: DB_PASSWORD, value: Zk3mQ9xW2pLu}}\n    \
                 - name: B\n      valueFrom: {{secretKeyRef: {{name: {quoted}, key: {quoted}}}}}\n"
            ),
        );
    }
    tree
}

/// Returns the first control character, or one that reorders the text around it.
fn raw(text: &str) -> Option<char> {
    text.chars()
        .find(|char| char.is_control() && !"\n\r".contains(*char) || "\u{202e}\u{200b}".contains(*char))
}

/// Returns the number of tags of an XML text, if each is closed and every attribute is quoted.
fn tags(text: &str) -> Option<usize> {
    let (mut open, mut count) = (Vec::new(), 0);
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    while let Some((before, tag)) = rest.split_once('<') {
        let mut quoted = false;
        let end = tag.find(|char: char| {
            quoted ^= char == '"';
            char == '>' && !quoted
        })?;
        if before.contains('>') {
            return None;
        }
        let (inside, after) = (&tag[..end], &tag[end + 1..]);
        let name = |text: &str| text.split([' ', '/']).next().unwrap_or_default().to_owned();
        match inside.strip_prefix('/') {
            Some(closes) => (open.pop()? == closes).then_some(())?,
            None if inside.ends_with('/') => {}
            None => open.push(name(inside)),
        }
        (rest, count) = (after, count + 1);
    }
    (open.is_empty() && !rest.contains('>')).then_some(count)
}

/// Returns the number of cells of each CSV row.
fn cells(text: &str) -> Vec<usize> {
    let (mut rows, mut row, mut quoted) = (Vec::new(), 1, false);
    for char in text.chars() {
        match char {
            '"' => quoted = !quoted,
            ',' if !quoted => row += 1,
            '\n' if !quoted => rows.push(std::mem::replace(&mut row, 1)),
            _ => {}
        }
    }
    rows
}

#[test]
fn names_do_not_change_the_structure_of_reports() {
    let tree = tree();
    let report = |format: &str| {
        tree.keysift(&["scan", ".", "--format", format, "--min-confidence", "low"])
            .out()
    };
    for format in ["json", "sarif", "gitlab", "codequality"] {
        let text = report(format);
        assert_eq!(raw(&text), None, "{format}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
    let found = tree
        .keysift(&["scan", ".", "--format", "jsonl", "--min-confidence", "low"])
        .jsonl()
        .0
        .len();
    assert!(found > 3 * NAMES.len(), "{found}");
    let csv = report("csv");
    assert_eq!(raw(&csv), None);
    assert!(
        cells(&csv).iter().all(|cells| *cells == 10) && cells(&csv).len() == found + 1,
        "{csv}"
    );
    let junit = report("junit");
    assert_eq!(
        (raw(&junit), tags(&junit)),
        (None, Some(4 + 4 * found)),
        "{junit}"
    );
    let github = report("github");
    let ours = ["::error file=", "::warning file=", "::notice file=", "keysift: "];
    assert!(
        github
            .lines()
            .all(|line| ours.iter().any(|start| line.starts_with(start))
                || line.starts_with("  ") && !line.trim_start().starts_with("::")
                || line.contains(" findings without an annotation")),
        "{github}"
    );
    // A line for each finding, one for the run, and one if the service shows no more annotations.
    let most = github.contains(" findings without an annotation");
    assert_eq!(
        (raw(&github), github.lines().count()),
        (None, found + 1 + usize::from(most))
    );
    let markdown = report("markdown");
    let rows = markdown.lines().filter(|line| line.starts_with('|'));
    assert!(
        rows.clone().all(|row| row.matches('|').count() == 5),
        "{markdown}"
    );
    assert!(rows.count() > 12 && raw(&markdown).is_none());
    let known = [
        "<code>",
        "</code>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<sub>",
        "</sub>",
    ];
    let strange = known
        .iter()
        .fold(markdown.clone(), |text, tag| text.replace(tag, ""));
    assert!(
        !strange.contains('<') && !strange.contains("@team") && !strange.contains("](https"),
        "{strange}"
    );
    let html = report("html");
    assert_eq!(
        (html.matches("</script").count(), html.matches("<script").count()),
        (2, 2)
    );
    assert_eq!(raw(&html), None);
}

#[test]
fn no_control_characters_reach_terminals_and_logs() {
    let tree = tree();
    let file = tree.file("::error::x.toml", "x = [\n");
    let clean = |text: &str| {
        assert_eq!(raw(text), None, "{text}");
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(!line.contains("##vso["), "{line}");
        }
    };
    let mut all = vec![
        vec!["scan", "."],
        vec!["scan", ".", "-q"],
        vec!["scan", ".", "--reveal"],
        vec!["scan", ".", "--group-by", "secret", "--verbose"],
        vec!["scan", "::error::x\u{1b}[2J"],
        vec!["scan", ".", "--config", file.to_str().unwrap()],
        vec!["scan", ".", "--baseline", "::error::x.toml"],
        vec!["graph", "m"],
        vec!["graph", "m", "--format", "json"],
        vec!["graph", "m", "--format", "dot"],
        vec!["graph", "m", "--format", "mermaid"],
        vec!["baseline", "create"],
        vec!["baseline", "audit"],
    ];
    // Only one line, because every rule runs on it, which is slow.
    let lines: Vec<String> = NAMES.iter().take(4).map(|name| format!("{name}:1")).collect();
    lines.iter().for_each(|line| all.push(vec!["explain", line]));
    for args in all {
        let run = tree.keysift(&args);
        clean(&run.out());
        clean(&run.err());
    }
    // A report of another tool is as untrusted as a file.
    fs::write(
        tree.path().join("new.json"),
        r###"{"schema":"keysift/1","findings":[{"fingerprint":"x","path":"::error::\u001b","line":"\u009b","column":1,"message":"##vso[x]","severity":"\u001b","rule":"\u202e"}]}"###,
    )
    .unwrap();
    fs::write(
        tree.path().join("old.json"),
        r#"{"schema":"keysift/1","findings":[]}"#,
    )
    .unwrap();
    clean(&tree.keysift(&["diff", "old.json", "new.json"]).expect(1).out());
}
