//! The documentation matches the program: its commands run, its examples load, its output is that of the
//! program, its links have targets, and its numbers are computed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
};

use keysift_rules::Validator;
use regex::Regex;

use crate::common::{Run, Tree, builtin_rules, command, sample};
use crate::git::git;

/// A hand-written page, relative to the repository.
struct Page {
    path: String,
    text: String,
}

/// A fenced block.
struct Block<'p> {
    page: &'p str,
    language: &'p str,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn markdown(folder: &str) -> Vec<String> {
    let all = fs::read_dir(root().join(folder)).unwrap();
    let names = all.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<_> = names
        .filter(|name| name.ends_with(".md"))
        .map(|name| Path::new(folder).join(name).to_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

fn read(path: String) -> Page {
    let text = fs::read_to_string(root().join(&path)).unwrap();
    Page { path, text }
}

/// Returns all hand-written pages, not those that the program generates.
fn pages() -> Vec<Page> {
    let mut all = markdown("");
    all.extend(markdown("docs"));
    all.extend(markdown("docs/ci"));
    all.retain(|path| path != "docs/cli.md");
    all.into_iter().map(read).collect()
}

fn blocks(page: &Page) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut inside = false;
    for line in page.text.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                inside = true;
                found.push(Block {
                    page: &page.path,
                    language,
                    text: String::new(),
                });
            }
            None if inside => {
                let block = found.last_mut().expect("pushed above");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside, "{}: a block does not end", page.path);
    found
}

/// Returns the arguments of every keysift command in a line of shell, with values for placeholders.
fn calls(line: &str) -> Vec<Vec<String>> {
    let line = line.split(" # ").next().unwrap_or_default();
    let line = line.split(" > ").next().unwrap_or_default();
    let parts = line.split('|').flat_map(|part| part.split("&&"));
    let filled = |word: &str| match word {
        "PATH" => ".".to_owned(),
        "FILE" => "my-rules.yaml".to_owned(),
        "FILE:LINE" => "src/app.py:2".to_owned(),
        "RULE" => "generic-password-assignment".to_owned(),
        "REV" => "main".to_owned(),
        "A..B" => "v1.0..v1.1".to_owned(),
        "NAME" => "origin".to_owned(),
        _ => word.trim_matches('\'').to_owned(),
    };
    let arguments = |part: &str| {
        let part = part.trim();
        let own = part
            .strip_prefix("keysift")
            .filter(|rest| rest.is_empty() || rest.starts_with(' '));
        let rest = own.or_else(|| part.strip_prefix("cargo run --release -- "))?;
        Some(rest.split_whitespace().map(filled).collect())
    };
    parts.filter_map(arguments).collect()
}

/// A file in a tar archive.
fn tar(name: &str, text: &str) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    let size = format!("{:011o}", text.len());
    header[124..135].copy_from_slice(size.as_bytes());
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = header.to_vec();
    archive.extend(text.as_bytes());
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}

/// The manifests of the page about the graph.
const GRAPH: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
  - {apiGroups: [\"\"], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: prod}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: web
          env:
            - name: DB_PASSWORD
              valueFrom: {secretKeyRef: {name: db, key: password}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: prod}
spec: {type: LoadBalancer, selector: {app: web}}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: prod}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: dev}
";

/// Creates a repository in which every command of the documentation can run.
fn prepared() -> Tree {
    let tree = Tree::new();
    let page = read("docs/writing-rules.md".to_owned());
    let own = blocks(&page).remove(0).text;
    tree.file("my-rules.yaml", &own);
    tree.file("security/rules.yaml", &own);
    tree.file("patterns/acme.yaml", &own);
    tree.file("src/app.py", "import os\nname = os.environ['NAME']\n");
    tree.file("deploy/all.yaml", GRAPH);
    tree.file("Dockerfile", "FROM scratch\n");
    tree.file(
        ".gitleaks.toml",
        "[[rules]]\nid = \"acme\"\nregex = '''acme_[0-9]{12}'''\nkeywords = [\"acme_\"]\n",
    );
    for archive in ["app.tar", "image.tar", "base.tar"] {
        tree.file(archive, tar("README", "nothing\n"));
    }
    tree.file("app/README", "nothing\n");
    git(tree.path(), &["init", "-q", "."]);
    for tag in ["v1.0", "v1.1"] {
        tree.file("VERSION", tag);
        git(tree.path(), &["add", "-A"]);
        git(tree.path(), &["commit", "-q", "-m", tag]);
        git(tree.path(), &["tag", tag]);
    }
    git(tree.path(), &["update-ref", "refs/remotes/origin/main", "v1.0"]);
    for report in ["known.json", "OLD.json", "NEW.json"] {
        tree.keysift(&["scan", ".", "--format", "json", "-o", report]);
    }
    tree.keysift(&["baseline", "create"]);
    tree
}

fn run(tree: &Tree, args: &[String]) -> Run {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut command = command(&args);
    for variable in [
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "BITBUCKET_BUILD_NUMBER",
        "TF_BUILD",
        "JENKINS_URL",
    ] {
        command.env_remove(variable);
    }
    let child = command.current_dir(tree.path()).spawn().unwrap();
    Run::of(child.wait_with_output().unwrap())
}

/// Usage errors of the program.
const USAGE: &str = "For more information, try '--help'";

#[test]
fn every_command_in_a_block_runs() {
    let mut count = 0;
    for page in pages() {
        // A page's baseline must not affect the next page.
        let tree = prepared();
        for block in blocks(&page) {
            let lines = block.text.lines().filter_map(|line| match block.language {
                "sh" => Some(line),
                "console" => line.strip_prefix("$ "),
                _ => None,
            });
            for args in lines.flat_map(calls) {
                if args.first().is_some_and(|first| first == "baseline") && args[1] == "create" {
                    fs::remove_file(tree.path().join(".keysift-baseline")).unwrap();
                }
                let run = run(&tree, &args);
                // Only builds with another feature read registries.
                let registry = args.iter().any(|arg| arg.starts_with("docker://"));
                assert!(
                    run.code() < 2 || registry && !run.err().contains(USAGE),
                    "{}: {args:?}: {}{}",
                    block.page,
                    run.out(),
                    run.err()
                );
                count += 1;
            }
        }
    }
    assert!(count > 30, "only {count} commands");
}

#[test]
fn every_command_in_a_sentence_is_valid() {
    let span = Regex::new("`(keysift [^`]+)`").unwrap();
    let mut count = 0;
    for page in pages() {
        let tree = prepared();
        let mut fenced = false;
        let prose = page.text.lines().filter(|line| {
            fenced ^= line.starts_with("```");
            !fenced
        });
        // Commands for the development of keysift work only in this repository.
        let own = |args: &[String]| {
            args.iter()
                .any(|arg| ["embed", "cli-docs", "checks-docs"].contains(&&**arg))
        };
        let prose = prose.collect::<Vec<_>>().join("\n");
        for args in span.captures_iter(&prose).flat_map(|found| calls(&found[1])) {
            // A command of the Python package, whose own tests run it.
            let is_fleet = args.first().is_some_and(|arg| arg == "fleet");
            if own(&args) || is_fleet || args.iter().any(|arg| arg.contains('…')) {
                continue;
            }
            let run = run(&tree, &args);
            // A sentence may name a command without its required arguments.
            let named = run.err().contains("required arguments were not provided");
            assert!(
                named || !run.err().contains(USAGE),
                "{}: {args:?}: {}",
                page.path,
                run.err()
            );
            count += 1;
        }
    }
    assert!(count > 30, "only {count} commands");
}

#[test]
fn every_example_of_configuration_loads() {
    let mut count = 0;
    for page in pages() {
        for block in blocks(&page) {
            let tree = Tree::new();
            match block.language {
                "yaml" if block.text.contains("literals:") => {
                    tree.file("github.yaml", &block.text);
                    tree.keysift(&["rules", "check", "github.yaml"]).expect(0);
                }
                "yaml" => {
                    tree.file(".github/workflows/a.yml", &block.text);
                    let (_, summary) = tree
                        .keysift(&["scan", ".", "--format", "jsonl"])
                        .expect(0)
                        .jsonl();
                    assert_eq!(
                        summary["coverage"]["partial"].as_array().map(Vec::len),
                        Some(0),
                        "{}",
                        block.page
                    );
                }
                "toml" => {
                    let folder = "project";
                    tree.file("team/keysift.toml", "");
                    tree.file("project/keysift.toml", &block.text);
                    let page = read("docs/writing-rules.md".to_owned());
                    tree.file("project/security/rules.yaml", &blocks(&page)[0].text);
                    let run = command(&["config", "show"])
                        .current_dir(tree.path().join(folder))
                        .output()
                        .unwrap();
                    Run::of(run).expect(0);
                }
                "sh" | "console" | "text" => continue,
                // crates/py/tests/fleet/test_examples.py runs them.
                "sql" | "python" if page.path == "docs/fleet.md" => continue,
                other => panic!("{}: nothing here checks a block of `{other}`", block.page),
            }
            count += 1;
        }
    }
    assert!(count > 4, "only {count} examples");
}

/// The output in pages is that of the program. `KEYSIFT_BLESS=1` updates the pages.
#[test]
fn output_in_pages_matches_the_program() {
    let graph = Tree::new();
    graph.file("deploy/all.yaml", GRAPH);
    compare("docs/graph.md", &graph, &["graph", "deploy/"], 0);
    compare("README.md", &shown_in_readme(), &["scan", "."], 1);
}

/// The manifest in the README's example.
const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: app
          image: shop/web:1
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {kind: ClusterRole, name: edit, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";

/// Creates the tree of the README's example report.
fn shown_in_readme() -> Tree {
    let tree = Tree::new();
    let token = sample(&builtin_rules(), "github-pat-classic", 7);
    tree.file(
        "src/config.py",
        format!("import os\n\nGITHUB_TOKEN = \"{token}\"\n"),
    );
    tree.file("k8s/web.yaml", WEB);
    tree
}

fn compare(page: &str, tree: &Tree, args: &[&str], code: i32) {
    let path = root().join(page);
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find("```console\n").unwrap() + "```console\n".len();
    let end = start + text[start..].find("```").unwrap();
    let output = tree.keysift(args).expect(code).out();
    // The example has no duration.
    let output = Regex::new("(?m), in [0-9.]+ s$")
        .unwrap()
        .replace(&output, "")
        .into_owned();
    let new = format!(
        "{}$ keysift {}\n{output}{}",
        &text[..start],
        args.join(" "),
        &text[end..]
    );
    if std::env::var_os("KEYSIFT_BLESS").is_some() {
        fs::write(&path, &new).unwrap();
    } else {
        assert_eq!(
            new, text,
            "{page} shows another output; KEYSIFT_BLESS=1 writes it"
        );
    }
}

#[test]
fn every_link_has_a_target() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut all: Vec<String> = pages().into_iter().map(|page| page.path).collect();
    for folder in [
        "docs/rules",
        "docs/checks",
        "benches/compare",
        "benches/runs",
        "crates/matcher",
    ] {
        all.extend(markdown(folder));
    }
    let mut wrong = Vec::new();
    for page in all.into_iter().map(read) {
        for found in link.captures_iter(&page.text) {
            let target = &found[1];
            if target.contains("://") || target.contains("…") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let here = Path::new(&page.path);
            let path = match file {
                "" => here.to_owned(),
                _ => normal(&here.parent().unwrap().join(file)),
            };
            let inside = !page.path.starts_with("docs/") || path.starts_with("docs");
            let known = anchor.is_empty()
                || fs::read_to_string(root().join(&path)).is_ok_and(|text| has_heading(&text, anchor));
            if !root().join(&path).exists() || !inside || !known {
                wrong.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Removes `.` and `..` from a relative path.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

fn has_heading(text: &str, anchor: &str) -> bool {
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.map(|char| if char == ' ' { '-' } else { char })
            .eq(anchor.chars())
    })
}

/// The table of contents lists every page, including generated ones. `KEYSIFT_BLESS=1` updates it.
#[test]
fn the_book_has_every_page() {
    let path = root().join("docs/SUMMARY.md");
    let text = fs::read_to_string(&path).unwrap();
    let generated = |folder: &str| {
        let mut all = markdown(&format!("docs/{folder}"));
        all.retain(|page| !page.ends_with("README.md") && !page.ends_with("-coverage.md"));
        let entry = |page: String| {
            let title = read(page.clone()).text;
            let title = title
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches(['#', ' ']);
            let link = page.strip_prefix("docs/").expect("it is below docs");
            let id = link
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(".md");
            let title = if folder == "checks" { id } else { title };
            format!("    - [{title}]({link})\n")
        };
        all.into_iter().map(entry).collect::<String>()
    };
    let mut new = String::new();
    for line in text.lines().filter(|line| !line.starts_with("    - ")) {
        new.push_str(line);
        new.push('\n');
        for folder in ["checks", "rules"] {
            if line.ends_with(&format!("({folder}/README.md)")) {
                new.push_str(&generated(folder));
            }
        }
    }
    if std::env::var_os("KEYSIFT_BLESS").is_some() {
        fs::write(&path, &new).unwrap();
    } else {
        assert_eq!(new, text, "docs/SUMMARY.md: KEYSIFT_BLESS=1 writes it");
    }
    for page in markdown("docs").into_iter().chain(markdown("docs/ci")) {
        let link = page.strip_prefix("docs/").expect("it is below docs");
        assert!(
            link == "SUMMARY.md" || new.contains(&format!("({link})")),
            "{page} is not in docs/SUMMARY.md"
        );
    }
}

/// Numbers in prose: page, pattern with one group, value.
#[test]
fn numbers_in_pages_are_computed() {
    let rules = builtin_rules();
    let providers: BTreeSet<_> = rules.iter().map(|rule| &rule.spec().provider).collect();
    let proofs = rules
        .iter()
        .filter(|rule| rule.spec().validate.iter().any(Validator::is_structural))
        .count();
    let checks = keysift_manifest::metas().count();
    let live = rules.iter().filter(|rule| !rule.spec().check.is_empty());
    let live: BTreeSet<_> = live.map(|rule| &rule.spec().provider).collect();
    let expected = [
        ("([0-9][0-9,]*) (?:pattern )?rules (?:for|of)", rules.len()),
        ("rules (?:for|of) ([0-9][0-9,]*) providers", providers.len()),
        ("([0-9][0-9,]*) rules verify", proofs),
        (
            "providers, ([0-9][0-9,]*) with (?:proof|offline validation)",
            proofs,
        ),
        (r"([0-9][0-9,]*) (?:\[checks\]|checks)", checks),
        (
            "for ([0-9][0-9,]*) providers `keysift explain` shows a read-only",
            live.len(),
        ),
    ];
    let mut count = 0;
    for page in pages() {
        for (pattern, value) in &expected {
            for found in Regex::new(pattern).unwrap().captures_iter(&page.text) {
                let number: usize = found[1].replace(',', "").parse().unwrap();
                // `rules for N providers` counts all providers, `for N providers` those with a command.
                let all = found[0].starts_with("for") && number == providers.len();
                assert!(
                    number == *value || all,
                    "{}: `{}`: it is {value}",
                    page.path,
                    &found[0]
                );
                count += 1;
            }
        }
    }
    assert!(count > 5, "only {count} numbers");
}

/// The table of steps matches the code. `KEYSIFT_BLESS=1` updates it.
#[test]
fn the_steps_of_a_score_are_documented() {
    const MARKS: [&str; 2] = ["<!-- steps -->\n", "<!-- /steps -->"];
    let page = read("docs/confidence.md".to_owned());
    let (before, rest) = page.text.split_once(MARKS[0]).expect("a mark");
    let (_, after) = rest.split_once(MARKS[1]).expect("a mark");
    let rows: String = keysift_finding::Step::ALL
        .iter()
        .map(|step| format!("| {} | {} |\n", step.reason(), step.effect()))
        .collect();
    let table = format!("| reason | confidence |\n|---|---|\n{rows}");
    let new = format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1]);
    if std::env::var_os("KEYSIFT_BLESS").is_some() {
        fs::write(root().join(&page.path), &new).unwrap();
    } else {
        assert_eq!(page.text, new, "docs/confidence.md: KEYSIFT_BLESS=1 writes it");
    }
}
