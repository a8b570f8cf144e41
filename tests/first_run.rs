//! The first run of a new user: a report with the worst first, a command line that selects, a repository that is prepared, a hook that advises.

use std::{fs, process::Command};

use crate::common::{Run, Tree, builtin_rules, command, sample, snapshot};
use crate::git::git;

fn token(seed: u64) -> String {
    sample(&builtin_rules(), "github-pat-classic", seed)
}

/// A pod that reads a Secret from its environment: low severity, nothing hard-coded.
fn pod(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  automountServiceAccountToken: false\n  containers:\n    - name: {name}\n      \
         image: {name}:1\n      env:\n        - name: A\n          valueFrom: {{secretKeyRef: {{name: s, key: k}}}}\n"
    )
}

/// Low findings, copies of a secret, several findings of a rule in one file, and something critical in the last file.
fn tree() -> Tree {
    let tree = Tree::new();
    for name in ["a", "b", "c"] {
        tree.file(&format!("k8s/{name}.yaml"), pod(name));
    }
    let dockerfile = "FROM debian:12\nENV API_TOKEN=q7Lm-22xTz\nENV OTHER_TOKEN=p9Kx-41rBn\n";
    tree.file("Dockerfile", dockerfile);
    tree.file("src/z.env", format!("GITHUB_TOKEN={}\n", token(1)));
    tree.file("src/copy.env", format!("GITHUB_TOKEN={}\n", token(1)));
    tree
}

/// The severities of the entries of a text report, in their order.
fn shown(report: &str) -> Vec<String> {
    let severities = ["critical", "high", "medium", "low", "info"];
    report
        .lines()
        .filter(|line| line.starts_with("    "))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let place = words.next()?;
            let severity = words.next()?;
            (place.contains(':') && severities.contains(&severity)).then(|| severity.to_owned())
        })
        .collect()
}

#[test]
fn the_worst_comes_first_and_what_belongs_together_is_one() {
    let tree = tree();
    let out = tree.keysift(&["scan", "."]).expect(1).out();
    assert_eq!(shown(&out), ["critical", "high", "high"], "{out}");
    assert!(out.starts_with("src/copy.env\n"), "{out}");
    assert!(out.contains("same: src/z.env:1:14"), "{out}");
    // One fix for each rule.
    assert_eq!(out.matches("fix:").count(), 2, "{out}");
    assert!(out.contains("  low             3  "), "{out}");
    assert!(
        out.contains("2 shown, 2 of copies and repeats, 3 folded; to show each: --show all"),
        "{out}"
    );
    let steps = [("high", 3), ("low", 6), ("all", 7)];
    for (show, count) in steps {
        let out = tree.keysift(&["scan", ".", "--show", show]).expect(1).out();
        assert_eq!(shown(&out).len(), count, "{show}: {out}");
    }
    // Other formats have everything.
    let (findings, _) = tree.keysift(&["scan", ".", "-f", "jsonl"]).expect(1).jsonl();
    assert_eq!(findings.len(), 7);
}

#[test]
fn what_fails_the_run_is_never_folded() {
    let tree = Tree::new();
    tree.file("pod.yaml", pod("a"));
    let out = tree.keysift(&["scan", "."]).expect(0).out();
    assert!(shown(&out).is_empty(), "{out}");
    let out = tree.keysift(&["scan", ".", "--fail-on", "low"]).expect(1).out();
    assert_eq!(shown(&out), ["low"], "{out}");
}

#[test]
fn hard_coded_values_of_low_severity_are_shown() {
    let tree = Tree::new();
    tree.file(
        "examples/compose.yaml",
        "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: postgres\n",
    );
    let (findings, _) = tree.keysift(&["scan", ".", "-f", "jsonl"]).jsonl();
    let out = tree.keysift(&["scan", "."]).out();
    assert_eq!(shown(&out).len(), findings.len(), "{out}");
}

#[test]
fn rules_kinds_and_paths_are_selected() {
    let tree = tree();
    let rules = |args: &[&str]| -> Vec<String> {
        let args = [&["scan", ".", "--format", "jsonl"], args].concat();
        let (findings, _) = tree.keysift(&args).jsonl();
        let rules = findings.iter().map(|finding| finding["rule"].as_str().unwrap());
        let mut rules: Vec<String> = rules.map(str::to_owned).collect();
        rules.sort();
        rules.dedup();
        rules
    };
    let all = rules(&[]);
    assert_eq!(
        all,
        ["docker-env-secret", "github-pat-classic", "k8s-secret-env-ref"]
    );
    assert_eq!(rules(&["--rule", "docker-*"]), ["docker-env-secret"]);
    assert_eq!(rules(&["--rule", "docker-*", "--rule", "k8s-*"]).len(), 2);
    assert_eq!(rules(&["--disable", "github-*"]).len(), 2);
    assert_eq!(rules(&["--only", "checks"]), ["k8s-secret-env-ref"]);
    assert_eq!(rules(&["--only", "secrets"]).len(), 2);
    assert_eq!(
        rules(&["--exclude", "src", "--exclude", "*.yaml"]),
        ["docker-env-secret"]
    );
    tree.keysift(&["scan", ".", "--fail-on", "never"]).expect(0);
    let error = tree
        .keysift(&["scan", ".", "--rule", "github-pat-clasic"])
        .expect(2)
        .err();
    assert!(error.contains("did you mean github-pat-classic?"), "{error}");
}

#[test]
fn settings_are_for_paths_name_the_baseline_and_warn_of_unknown_rules() {
    let tree = tree();
    tree.keysift(&["baseline", "create"]).expect(0);
    tree.file("keysift.toml", "baseline = \".keysift-baseline\"\n");
    tree.keysift(&["scan", "."]).expect(0);
    // From a folder below, too.
    let run = command(&["scan", "src"])
        .current_dir(tree.path())
        .output()
        .unwrap();
    Run::of(run).expect(0);
    tree.file(
        "keysift.toml",
        "disable = [\"docker-env-secrets\"]\n[[override]]\npaths = [\"src/\"]\ndisable = [\"github-*\"]\n\
         [[override]]\npaths = [\"Dockerfile\"]\n[override.severity]\ndocker-env-secret = \"info\"\n",
    );
    let run = tree.keysift(&["scan", ".", "--format", "jsonl"]).expect(0);
    assert!(
        run.err().contains(
            "keysift.toml:1:12: no rule matches `docker-env-secrets`; did you mean docker-env-secret?"
        ),
        "{}",
        run.err()
    );
    let (findings, summary) = run.jsonl();
    let severity = |rule: &str| {
        let found = findings.iter().find(|finding| finding["rule"] == rule);
        found.map(|finding| finding["severity"].as_str().unwrap().to_owned())
    };
    assert_eq!(severity("docker-env-secret").as_deref(), Some("info"));
    assert_eq!(severity("github-pat-classic"), None);
    assert_eq!(summary["suppressed"]["disabled-rule"], 2);
}

#[test]
fn a_report_in_a_file_leaves_the_numbers_on_standard_error() {
    let tree = tree();
    let run = tree
        .keysift(&["scan", ".", "-f", "json", "-o", "report.json"])
        .expect(1);
    assert_eq!(run.out(), "");
    assert!(
        run.err()
            .starts_with("7 findings (2 critical, 2 high, 3 low) in 6 files"),
        "{}",
        run.err()
    );
}

#[test]
fn a_repository_is_prepared_and_nothing_is_overwritten() {
    let tree = tree();
    git(tree.path(), &["init", "-q", "."]);
    tree.file(".github/workflows/other.yml", "on: push\njobs: {}\n");
    tree.file(".gitlab-ci.yml", "stages: [test]\n");
    let dry = tree.keysift(&["init", "--dry-run"]).expect(0).out();
    assert!(dry.contains("would write: keysift.toml") && !tree.path().join("keysift.toml").exists());
    let out = tree.keysift(&["init", "--this-program"]).expect(0).out();
    for (part, file) in [
        ("written: keysift.toml", "keysift.toml"),
        ("written: .keysift-baseline", ".keysift-baseline"),
        (
            "written: .github/workflows/keysift.yml",
            ".github/workflows/keysift.yml",
        ),
        ("installed: ", ".git/hooks/pre-commit"),
    ] {
        assert!(
            out.contains(part) && tree.path().join(file).exists(),
            "{part}: {out}"
        );
    }
    assert!(out.contains("for GitLab, add to the pipeline:"), "{out}");
    // Nothing that existed fails, and what is new does.
    tree.keysift(&["scan", "."]).expect(0);
    tree.file("new.env", format!("GITHUB_TOKEN={}\n", token(9)));
    tree.keysift(&["scan", "."]).expect(1);
    tree.file("keysift.toml", "# mine\n");
    let again = tree.keysift(&["init"]).expect(0).out();
    assert!(again.contains("exists, kept: keysift.toml"), "{again}");
    assert_eq!(
        fs::read_to_string(tree.path().join("keysift.toml")).unwrap(),
        "# mine\n"
    );
}

#[test]
fn rules_are_listed_by_words_kind_and_severity() {
    let tree = Tree::new();
    let list = |args: &[&str]| tree.keysift(&[&["rules", "list"], args].concat()).expect(0).out();
    let github = list(&["github", "classic"]);
    assert!(
        github.contains("github-pat-classic")
            && github.ends_with("1 rule or check; for details, use `keysift explain RULE`\n")
    );
    assert!(list(&["github"]).contains(" rules and checks; for details"));
    let columns = list(&["github-pat-classic", "--columns", "provider,id,kind"]);
    assert!(
        columns.starts_with("GitHub  github-pat-classic  secrets\n"),
        "{columns}"
    );
    let checks: serde_json::Value = serde_json::from_str(&list(&["--kind", "checks", "-f", "json"])).unwrap();
    let checks = checks.as_array().unwrap();
    assert!(checks.len() > 20 && checks.iter().all(|check| check["kind"] == "checks"));
    assert!(list(&["--severity", "critical"]).lines().count() < list(&[]).lines().count());
    let completions = tree.keysift(&["completions", "bash"]).expect(0).out();
    assert!(completions.contains("github-pat-classic") && completions.contains("k8s-automount-token"));
}

/// Runs a program in a tree, with keysift on its PATH.
fn with_keysift(tree: &Tree, program: &str, args: &[&str]) -> Run {
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_keysift"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(program);
    command.args(args).current_dir(tree.path()).env("PATH", path);
    command.env("PRE_COMMIT_HOME", tree.path().join(".git/cache"));
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "PRE_COMMIT", "SKIP"] {
        command.env_remove(name);
    }
    for name in [
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_EMAIL",
    ] {
        command.env(name, "a@example.org");
    }
    Run::of(command.output().unwrap())
}

#[test]
fn a_hook_prints_nothing_or_advice() {
    let tree = Tree::new();
    git(tree.path(), &["init", "-q", "."]);
    tree.file("a.txt", "nothing\n");
    git(tree.path(), &["add", "-A"]);
    let clean = tree.keysift(&["hook", "run"]).expect(0);
    assert!(clean.out().is_empty() && clean.err().is_empty());
    tree.file("b.env", format!("GITHUB_TOKEN={}\n", token(3)));
    git(tree.path(), &["add", "-A"]);
    let blocked = tree.keysift(&["hook", "run"]).expect(1);
    let advice = blocked.err();
    for part in [
        "blocked this commit: 1 finding",
        "remove",
        "keysift:ignore github-pat-classic",
        "baseline",
        "--no-verify",
    ] {
        assert!(advice.contains(part), "{advice}");
    }
    assert!(blocked.out().contains("b.env") && !blocked.out().contains(&token(3)));
    // The baseline that the settings name counts.
    tree.keysift(&["baseline", "create"]).expect(0);
    tree.file("keysift.toml", "baseline = \".keysift-baseline\"\n");
    tree.keysift(&["hook", "run"]).expect(0);
}

#[test]
fn the_client_of_pre_commit_scans_what_it_says() {
    if Command::new("pre-commit").arg("--version").output().is_err() {
        eprintln!("SKIPPED: pre-commit is not installed");
        return;
    }
    let tree = Tree::new();
    git(tree.path(), &["init", "-q", "."]);
    tree.file(
        ".pre-commit-config.yaml",
        "repos:\n  - repo: local\n    hooks:\n      - {id: keysift, name: keysift, entry: keysift hook run, language: system, require_serial: true}\n",
    );
    tree.file("a.txt", "nothing\n");
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-qm", "one"]);
    let client = |args: &[&str]| with_keysift(&tree, "pre-commit", &[&["run"], args].concat());
    client(&["--all-files"]).expect(0);
    // A token that is committed: only what looks at it fails.
    tree.file("deep/b.env", format!("GITHUB_TOKEN={}\n", token(4)));
    git(tree.path(), &["add", "-A"]);
    let staged = client(&[]).expect(1).out();
    assert!(staged.contains("SKIP=keysift git commit"), "{staged}");
    git(tree.path(), &["commit", "-qm", "two"]);
    tree.file("c.txt", "more\n");
    git(tree.path(), &["add", "-A"]);
    client(&[]).expect(0);
    assert!(client(&["--all-files"]).expect(1).out().contains("deep/b.env"));
    assert!(
        client(&["--files", "deep/b.env"])
            .expect(1)
            .out()
            .contains("deep/b.env")
    );
    client(&["--files", "a.txt"]).expect(0);
    git(tree.path(), &["commit", "-qm", "three"]);
    client(&["--from-ref", "HEAD~1", "--to-ref", "HEAD"]).expect(0);
    assert!(
        client(&["--from-ref", "HEAD~2", "--to-ref", "HEAD"])
            .expect(1)
            .out()
            .contains("deep/b.env")
    );
}

#[test]
fn names_for_services_do_not_depend_on_lines() {
    let tree = Tree::new();
    let text = format!("A={}\nB={}\n", token(5), token(5));
    tree.file("a.env", &text);
    let ids = |format: &str, key: &str| -> Vec<String> {
        let out = tree.keysift(&["scan", ".", "--format", format]).expect(1).out();
        let key = format!("\"{key}\":\"");
        let parts = out.split(key.as_str()).skip(1);
        parts
            .map(|part| part.split('"').next().unwrap().to_owned())
            .collect()
    };
    let all = || {
        [
            ids("sarif", "primaryLocationLineHash"),
            ids("codequality", "fingerprint"),
            ids("gitlab", "id")
                .into_iter()
                .filter(|id| id != "keysift")
                .collect(),
        ]
    };
    let before = all();
    tree.file("a.env", format!("# a line\n\n{text}"));
    assert_eq!(all(), before);
    for ids in before {
        assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
    }
}

#[test]
fn annotations_stay_within_the_limits_of_the_service() {
    let tree = Tree::new();
    let lines: String = (0..30).map(|seed| format!("T{seed}={}\n", token(seed))).collect();
    tree.file("a.env", lines);
    tree.file("pod.yaml", pod("a"));
    let out = tree.keysift(&["scan", ".", "--format", "github"]).expect(1).out();
    assert_eq!(
        out.lines().filter(|line| line.starts_with("::error")).count(),
        10,
        "{out}"
    );
    assert_eq!(
        out.lines().filter(|line| line.starts_with("::notice")).count(),
        1,
        "{out}"
    );
    assert!(out.contains("20 findings without an annotation"), "{out}");
}

#[test]
fn a_pipeline_of_github_gets_a_summary_and_outputs() {
    let tree = tree();
    let (summary, outputs) = (tree.path().join("summary.md"), tree.path().join("outputs"));
    let mut ci = command(&["ci"]);
    ci.current_dir(tree.path())
        .env("GITHUB_ACTIONS", "true")
        .env_remove("GITHUB_BASE_REF");
    ci.env("GITHUB_STEP_SUMMARY", &summary)
        .env("GITHUB_OUTPUT", &outputs);
    Run::of(ci.output().unwrap()).expect(1);
    let summary = fs::read_to_string(summary).unwrap();
    let rows: Vec<&str> = summary
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(
        rows[0].starts_with("| critical |") && rows.last().unwrap().starts_with("| low |"),
        "{summary}"
    );
    let outputs = fs::read_to_string(outputs).unwrap();
    assert_eq!(outputs, "findings=7\nfailing=4\noutcome=findings\n");
    // The action passes each of them on.
    let action = include_str!("../action.yml");
    for output in outputs.lines().filter_map(|line| line.split('=').next()) {
        let value = format!("value: ${{{{ steps.scan.outputs.{output} }}}}");
        assert!(
            action.contains(&format!("  {output}:\n")) && action.contains(&value),
            "{output}"
        );
    }
    assert!(action.contains("- name: Scan\n      id: scan\n"));
}

#[test]
fn junit_fails_as_the_run_does() {
    let tree = tree();
    let out = |args: &[&str], code| {
        let args = [&["scan", ".", "--format", "junit"], args].concat();
        tree.keysift(&args).expect(code).out()
    };
    assert!(out(&[], 1).contains("tests=\"7\" failures=\"4\""));
    assert!(out(&["--fail-on", "critical"], 1).contains("tests=\"7\" failures=\"2\""));
    assert!(out(&["--fail-on", "never"], 0).contains("tests=\"7\" failures=\"0\""));
}

/// Drives a page in Chromium: `script` runs after the page's own, and its text is returned.
fn driven(tree: &Tree, page: &str, script: &str) -> Option<String> {
    if Command::new("chromium").arg("--version").output().is_err() {
        eprintln!("SKIPPED: chromium is not installed");
        return None;
    }
    let script = format!("<script>document.body.dataset.said = (() => {{ {script} }})();</script></body>");
    let file = tree.file("driven.html", page.replace("</body>", &script));
    let run = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            tree.path().join(".profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&run.stdout).into_owned();
    let said = dom
        .split("data-said=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    Some(said.unwrap_or("the page has an error").to_owned())
}

#[test]
fn the_page_has_an_overview_groups_permalinks_and_source_links() {
    let tree = tree();
    git(tree.path(), &["init", "-q", "-b", "main", "."]);
    git(
        tree.path(),
        &["remote", "add", "origin", "git@github.com:acme/shop.git"],
    );
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-qm", "one"]);
    let page = tree.keysift(&["scan", ".", "-f", "html"]).expect(1).out();
    let script = "
        const said = [], text = id => document.getElementById(id).textContent;
        const set = (id, value) => { const node = document.getElementById(id); node.value = value; node.dispatchEvent(new Event('input', {bubbles: true})); };
        said.push(text('facts').includes('branch: main'), document.querySelectorAll('ol.first li').length);
        said.push(document.querySelector('article').className);
        set('group', 'rule');
        said.push(document.querySelectorAll('details.group').length, location.hash);
        set('practice', 'Hard-coded secrets');
        said.push(text('shown'));
        const link = document.querySelector('article .permalink').getAttribute('href');
        location.hash = link; follow();
        said.push(document.querySelectorAll('article.target').length);
        const source = document.querySelector('article a[rel]').href;
        said.push(/^https:\\/\\/github.com\\/acme\\/shop\\/blob\\/[0-9a-f]{40}\\/src\\/copy.env#L1$/.test(source));
        return said.join('|');";
    if let Some(said) = driven(&tree, &page, script) {
        assert_eq!(said, "true|2|critical|3|#group=rule|4 of 7 findings|1|true");
    }
    let other = tree
        .keysift(&[
            "scan",
            ".",
            "-f",
            "html",
            "--source-url",
            "https://git.example.org/{commit}/{path}?n={line}",
        ])
        .expect(1)
        .out();
    let script = "return document.querySelector('article a[rel]').href;";
    if let Some(said) = driven(&tree, &other, script) {
        assert!(
            said.starts_with("https://git.example.org/") && said.ends_with("/src/copy.env?n=1"),
            "{said}"
        );
    }
}

#[test]
fn on_paper_a_rule_is_explained_once() {
    let tree = tree();
    let page = tree.keysift(&["scan", ".", "-f", "html"]).expect(1).out();
    let script = "
        window.dispatchEvent(new Event('beforeprint'));
        const all = [...document.querySelectorAll('article')], rules = new Set(all.map(node => node.dataset.rule));
        const told = all.filter(node => node.classList.contains('told'));
        const open = node => [...node.querySelectorAll('details')].every(details => details.open);
        return [all.length, rules.size, told.length, all.filter(open).length].join('|');";
    if let Some(said) = driven(&tree, &page, script) {
        assert_eq!(said, "7|3|4|3");
    }
}

#[test]
fn the_page_shows_limits_first_and_draws_the_graph() {
    let tree = Tree::new();
    tree.file(
        "broken.yaml",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{env: [\n",
    );
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n  - name: c\n    image: i:1\n    \
               envFrom: [{secretRef: {name: database}}]\n";
    tree.file("pod.yaml", pod);
    let page = tree.keysift(&["scan", ".", "-f", "html"]).expect(1).out();
    let script = "
        const graph = document.getElementById('graph'), limits = document.getElementById('limits');
        return [limits.hidden, limits.textContent.includes('broken.yaml'), graph.hidden, graph.querySelectorAll('.node').length, graph.querySelector('.band-name').textContent].join('|');";
    if let Some(said) = driven(&tree, &page, script) {
        assert_eq!(said, "false|true|false|2|shop");
    }
}

#[test]
fn ten_thousand_findings_stay_usable() {
    let tree = Tree::new();
    for file in 0..100 {
        let lines: String = (0..100)
            .map(|line| format!("{}\n", token(file * 100 + line)))
            .collect();
        tree.file(&format!("d{}/f{file}.txt", file % 7), lines);
    }
    let page = tree.keysift(&["scan", ".", "-f", "html"]).expect(1).out();
    let script = "
        const began = performance.now();
        const set = (id, value) => { const node = document.getElementById(id); node.value = value; node.dispatchEvent(new Event('input', {bubbles: true})); };
        set('search', 'f42'); set('search', ''); set('group', 'file'); set('sort', 'path');
        const took = performance.now() - began;
        return [document.querySelectorAll('article').length, document.getElementById('shown').textContent, took < 2000].join('|');";
    if let Some(said) = driven(&tree, &page, script) {
        assert_eq!(said, "100|10,000 findings|true");
    }
}

#[test]
fn the_drawing_of_the_graph_is_as_it_was() {
    let tree = Tree::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n  - name: c\n    image: i:1\n    \
               envFrom: [{secretRef: {name: database}}]\n";
    tree.file("pod.yaml", pod);
    for format in ["svg", "mermaid", "dot"] {
        let out = tree.keysift(&["graph", ".", "--format", format]).expect(0).out();
        snapshot(&format!("graph.{format}"), &out);
    }
}

#[test]
fn what_people_type_from_habit_has_an_answer() {
    let tree = Tree::new();
    tree.file("a.py", "x = 1\n");
    tree.file(".gitleaks.toml", "[[rules]]\nid = \"x\"\nregex = \"x\"\n");
    git(tree.path(), &["init", "-q", "."]);
    for (typed, answer) in [
        ("a.py", "hint: to scan it: keysift scan a.py"),
        ("detect a.py", "hint: to scan files: keysift scan a.py"),
        ("fs --quiet .", "hint: to scan files: keysift scan ."),
        ("git .", "hint: to scan the git history: keysift scan --history"),
        (
            "image alpine:3",
            "hint: to scan an image: docker save alpine:3 | keysift scan -",
        ),
        ("rule x", "hint: keysift explain x"),
        ("scan --report-path x .", "hint: use --output FILE"),
        ("scan -r x .", "hint: use --output FILE"),
        (
            "scan -c x .",
            "hint: use --config FILE for a keysift.toml, --rules FILE",
        ),
        ("scan --log-level debug .", "hint: there is no log"),
        ("scan --format table .", "hint: text is for people"),
        ("scan --fail-on none .", "hint: use never"),
        ("scan --min-severity HIGH,CRITICAL .", "hint: name the lowest"),
        (
            "scan --config .gitleaks.toml .",
            "(a configuration of gitleaks? pass it with --rules)",
        ),
        (
            "scan --output sarif .",
            "--output sarif: a format and no file; use --output sarif=FILE",
        ),
        ("scan --rule github .", "for all that begin so, use `github-*`"),
        (
            "scan --since nothing .",
            "there is no branch, tag or commit `nothing`",
        ),
    ] {
        let args: Vec<&str> = typed.split(' ').collect();
        let said = tree.keysift(&args).expect(2).err();
        assert!(said.contains(answer), "{typed}: {said}");
        // One answer, and no other that contradicts it.
        assert!(
            !said.contains("tip:") && !said.contains("similar"),
            "{typed}: {said}"
        );
    }
    for typed in [
        "scan --fail-on CRITICAL",
        "scan --min-severity High",
        "scan -f JSON",
    ] {
        tree.keysift(&typed.split(' ').collect::<Vec<_>>()).expect(0);
    }
}

#[test]
fn a_report_has_the_format_of_the_name_of_its_file() {
    let tree = tree();
    for (file, begins) in [
        ("report.html", "<!doctype html>"),
        ("report.SARIF", "{\"$schema\""),
        ("report.json", "{\"schema\":"),
        ("report.jsonl", "{\"type\":"),
        ("report.md", "## keysift"),
        ("report.csv", "severity,"),
        ("report.xml", "<?xml"),
        ("report.out", "src/"),
        ("gitlab", "src/"),
    ] {
        let file = tree.path().join("out").join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        tree.keysift(&["scan", "src", "-o", file.to_str().unwrap()])
            .expect(1);
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.to_lowercase().starts_with(&begins.to_lowercase()),
            "{}: {text}",
            file.display()
        );
    }
    // What the user says comes first.
    tree.keysift(&["scan", "src", "-f", "csv", "-o", "report.json"])
        .expect(1);
    let text = fs::read_to_string(tree.path().join("report.json")).unwrap();
    assert!(text.starts_with("severity,"), "{text}");
}
