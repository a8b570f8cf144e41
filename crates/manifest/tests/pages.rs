//! Every page is true, and every page is listed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::Path, rc::Rc};

use keysift_finding::{Finding, Position};
use keysift_manifest::{CHECKS, Cluster, Facts, InFile, Page, Surroundings, check};

fn folder() -> impl Iterator<Item = std::path::PathBuf> {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks")).unwrap();
    folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .flat_map(|family| {
            fs::read_dir(family)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|end| end == "md"))
        })
}

/// The files of an example.
struct GrantedRole(Vec<(String, String)>);

impl Surroundings for GrantedRole {
    fn files(&self, folder: &str) -> Rc<[String]> {
        assert_eq!(folder, "", "examples lie in one folder");
        self.0.iter().map(|(path, _)| path.clone()).collect()
    }

    fn read(&self, path: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(name, _)| name == path)
            .map(|(_, text)| text.clone())
    }

    fn holds_secret(&self, path: &str) -> bool {
        self.read(path).is_some_and(|text| text.contains("gr33n-Eleph"))
    }

    /// What the expressions of the pages need: the end of a path, or a part of it.
    fn fits(&self, pattern: &str, text: &str) -> Option<bool> {
        let plain = pattern.replace('\\', "");
        Some(
            plain
                .strip_suffix('$')
                .map_or_else(|| text.contains(&plain), |end| text.ends_with(end)),
        )
    }
}

/// Returns whether a message begins with a capital letter or a code span. `etcd` is spelled in lower case.
fn begins_like_a_sentence(message: &str) -> bool {
    message.starts_with("etcd ") || !message.starts_with(|first: char| first.is_ascii_lowercase())
}

/// The lines on which a check of this id speaks.
fn guilty_lines(id: &str, language: &str, text: &str) -> BTreeSet<u64> {
    let name = match language {
        "dockerfile" => "Dockerfile",
        "json" => "object.json",
        "yaml:compose" => "compose.yaml",
        "yaml:values" => "values-prod.yaml",
        "yaml:kustomization" => "kustomization.yaml",
        "yaml:workflow" => ".github/workflows/ci.yml",
        "yaml:gitlab" => ".gitlab-ci.yml",
        "yaml:helm" => "chart/templates/object.yaml",
        "yaml:k3s" => "config.yaml",
        "yaml:patch" => "patch.yaml",
        "json:tfstate" => "terraform.tfstate",
        "json:tfstate.backup" => "terraform.tfstate.backup",
        "ini:unit" => "component.service",
        "ini:env" => ".env",
        "yaml" => "object.yaml",
        "hcl" => "main.tf",
        "bicep" => "main.bicep",
        "yaml:cloudformation" => "stack.yaml",
        "json:cloudformation" | "json:arm" => "template.json",
        "json:ecs" => "task.json",
        "yaml:serverless" => "serverless.yml",
        "yaml:playbook" => "site.yml",
        "yaml:group_vars" => "group_vars/all.yml",
        // Bytes, by their numbers; the path is part of the language.
        other if other.starts_with("hex:") => &other[4..],
        other => panic!("{id}: a language of its own: {other}"),
    };
    let mut findings = Vec::new();
    let mut facts = Vec::new();
    let mut files = Vec::new();
    // `# file: NAME` begins another file, which stands beside the first.
    for (number, part) in text.split("# file: ").enumerate() {
        let (path, content) = if number == 0 {
            (name, part)
        } else {
            part.split_once('\n').unwrap()
        };
        let bytes: Vec<u8> = match language.starts_with("hex:") {
            true => content
                .split_whitespace()
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect(),
            false => content.as_bytes().to_vec(),
        };
        let outcome = check(Path::new(path), &bytes);
        assert_eq!(outcome.broken, None, "{id}, in:\n{content}");
        files.push((path.to_owned(), content.to_owned()));
        let numbered = |mut found: Facts| {
            found.id = number;
            found
        };
        facts.extend(outcome.facts.map(numbered));
        if number == 0 {
            findings.extend(outcome.findings);
        }
    }
    let late = Cluster::new(facts)
        .findings(&GrantedRole(files))
        .into_iter()
        .filter(|(place, _)| *place == InFile::Facts(0) || *place == InFile::Read(name.to_owned()));
    findings.extend(late.flat_map(|(_, findings)| findings));
    let own = findings.iter().filter(|finding: &&Finding| finding.rule.id == id);
    own.inspect(|finding| {
        assert!(
            begins_like_a_sentence(&finding.message),
            "{id}: {}",
            finding.message
        )
    })
    .map(|finding| Position::START.after(&text.as_bytes()[..finding.span.start]).line)
    .collect()
}

#[test]
fn every_page_is_true() {
    let mut wrong = Vec::new();
    for check in CHECKS {
        let page =
            Page::parse(check.page()).unwrap_or_else(|error| panic!("{error} in: {}", &check.page()[..60]));
        let id = &page.meta.id;
        let own = id.starts_with("docker-") || id == "k8s-env-literal";
        assert!(
            own || page.bad.len() >= 3 && page.good.len() >= 3,
            "{id}: three examples of both kinds"
        );
        for (example, bad) in page
            .bad
            .iter()
            .map(|example| (example, true))
            .chain(page.good.iter().map(|example| (example, false)))
        {
            let expected: BTreeSet<u64> = example.lines.iter().copied().collect();
            assert_eq!(
                bad,
                !expected.is_empty(),
                "{id}: a bad example says which lines are guilty, a good one has none"
            );
            let found = guilty_lines(id, &example.language, &example.text);
            if found != expected {
                wrong.push(format!(
                    "{id}: lines {found:?}, expected {expected:?}, in:\n{}",
                    example.text
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} examples are wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_page_is_listed_once_and_says_everything() {
    let mut listed = BTreeSet::new();
    for check in CHECKS {
        let meta = Page::parse(check.page()).unwrap().meta;
        assert!(listed.insert(meta.id.clone()), "{} is listed twice", meta.id);
        assert!(
            !meta.why.is_empty() && !meta.fix.is_empty() && !meta.references.is_empty(),
            "{}",
            meta.id
        );
    }
    let pages: BTreeSet<String> = folder()
        .map(|path| Page::parse(&fs::read_to_string(path).unwrap()).unwrap().meta.id)
        .collect();
    assert_eq!(listed, pages);
}
