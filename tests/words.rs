//! Words that confused readers must not occur in pages, texts of rules and checks, or messages of the
//! program.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::Regex;

/// Forbidden words (regular expressions), each with its replacement.
const WORDS: &[(&str, &str)] = &[
    (
        r"\bstands? (?:in|on|at|here|there|unencrypted|near)\b",
        "is in, is hard-coded in",
    ),
    (r"\bstood\b", "was"),
    (r"\blies (?:in|on|below|behind)\b", "is in, is below"),
    (r"\btold\b", "reported"),
    (r"\bgraver?\b", "higher severity"),
    (r"\bguilty\b", "the bytes that a finding is about"),
    (r"\bexcuse[sd]?\b", "suppress"),
    (r"\bheed(?:s|ed)?\b", "apply, follow"),
    (r"\bspeaks? (?:for|against)\b", "is evidence for, against"),
    (r"\bpassed over\b", "skipped"),
    (r"\bheld to\b", "verified, validated"),
    (r"\bstrangers?\b", "untrusted"),
    (r"\bmend(?:s|ed)?\b", "fix"),
    (r"\bremarks?\b", "inline suppression"),
    (r"\beverybody\b", "everyone"),
    (r"\bsomebody\b", "someone, a person"),
    (r"\bin (?:the )?clear\b", "plaintext, unencrypted"),
    (r"\bkey stores?\b", "keystore"),
    (r"\blies here\b", "committed"),
    (r"\bthe surer\b", "the more confident"),
    (
        r"\bhand(?:s|ed)? (?:them|it) around\b",
        "insecure secret handling",
    ),
    (r"\bways? (?:from outside|through files)\b", "attack path"),
    (r"\bcried over\b", "reported at a lower severity"),
    (r"\bfalse alarms?\b", "false positive"),
    (r"\btaken? along\b", "copied"),
    (r"\bnot be taken back\b", "revoked"),
    (r"\byields?\b[^()]*\btheirs\b", "is suppressed in favor of"),
    (r"\bin the input\b", "in the scanned files"),
    (r"\b(?:stands?|stood) for\b", "means, replaces"),
    (r"\bspeaks? of\b", "mentions"),
    (r"\bhanded\b", "passed"),
    (r"\blaid\b", "placed, formatted"),
    (r"\bhears?\b", "receives"),
    (r"\bgone through\b", "searched"),
    (r"\bdoubted\b", "has a lower confidence"),
    (r"\bneighbours?\b", "neighbor"),
];

/// Forbidden words in the documentation of public items. Text in backticks is not checked.
const WORDS_OF_ITEMS: &[(&str, &str)] = &[
    (r"\b(?:stands?|stood)\b", "is, is located"),
    (r"\btold\b", "reported"),
    (r"\bguilty\b", "the bytes that a finding is about"),
    (r"\b(?:graver|surer)\b", "higher severity, more confident"),
    (r"\bmend(?:s|ed)?\b", "fix"),
    (r"\bremarks?\b", "comment, inline suppression"),
    (r"\b(?:some|every)body\b", "someone, a person, everyone"),
    (r"\bhanded\b", "passed"),
    (r"\blaid\b", "placed, formatted"),
    (r"\bhears?\b", "receives"),
    (r"\bgone through\b", "searched"),
    (r"\bspeaks? (?:of|for)\b", "mentions, indicates"),
    (r"\bdoubted\b", "has a lower confidence"),
    (r"\bso many\b", "this number of"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
}

fn compiled(words: &[(&str, &'static str)]) -> Vec<(Regex, &'static str)> {
    let compile = |(pattern, instead): &(&str, &'static str)| {
        (Regex::new(&format!("(?i){pattern}")).unwrap(), *instead)
    };
    words.iter().map(compile).collect()
}

fn look(place: &str, text: &str, found: &mut Vec<String>) {
    static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| compiled(WORDS));
    for (pattern, instead) in PATTERNS.iter() {
        for word in pattern.find_iter(text) {
            let line = text[..word.start()].matches('\n').count() + 1;
            found.push(format!("{place}:{line}: `{}`: say {instead}", word.as_str()));
        }
    }
}

/// Returns a page without code blocks.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().map(|line| {
        fenced ^= line.starts_with("```");
        if fenced || line.starts_with("    ") {
            ""
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn pages_use_the_words_of_the_field() {
    let mut all = Vec::new();
    for name in ["README.md", "CHANGELOG.md", "SECURITY.md", "ARCHITECTURE.md"] {
        all.push(root().join(name));
    }
    files(&root().join("docs"), "md", &mut all);
    files(&root().join("crates/manifest/src/checks"), "md", &mut all);
    let mut found = Vec::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        look(&path.display().to_string(), &prose(&text), &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn rules_and_checks_use_the_words_of_the_field() {
    let mut found = Vec::new();
    let metas = crate::common::builtin_rules();
    for meta in metas
        .iter()
        .map(|rule| rule.meta().clone())
        .chain(keysift_manifest::metas())
    {
        for text in [&meta.name, &meta.why, &meta.fix] {
            look(&meta.id, text, &mut found);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Checks string literals of the program, without comments and tests.
#[test]
fn messages_use_the_words_of_the_field() {
    let literal = Regex::new(r#""(?:[^"\\]|\\.)*""#).unwrap();
    let mut all = Vec::new();
    files(&root().join("crates"), "rs", &mut all);
    all.retain(|path| {
        !path.components().any(|part| {
            ["tests", "tables", "benches", "matcher"]
                .iter()
                .any(|name| part.as_os_str() == *name)
        })
    });
    let mut found = Vec::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in shipped.lines().enumerate() {
            if line.trim_start().starts_with("//") && !is_help(&path, line) {
                continue;
            }
            let place = format!("{}:{}", path.display(), number + 1);
            if is_help(&path, line) {
                look(&place, line, &mut found);
            }
            // A single word is a name, not a message.
            for text in literal.find_iter(line).filter(|text| text.as_str().contains(' ')) {
                look(&place, text.as_str(), &mut found);
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The doc comments of arguments are the help text.
fn is_help(path: &Path, line: &str) -> bool {
    path.ends_with("cli/args.rs") && line.trim_start().starts_with("///")
}

/// The doc comments of modules and of public items and fields, as line number and text.
fn public_docs(text: &str) -> Vec<(usize, &str)> {
    let (mut docs, mut pending) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with("//!") {
            docs.push((number + 1, line));
        } else if line.starts_with("///") {
            pending.push((number + 1, line));
        } else if line.starts_with("pub ") {
            docs.append(&mut pending);
        } else if !line.starts_with("#[") {
            pending.clear();
        }
    }
    docs
}

/// Crates whose comments are all written in these words, not only the documentation of public items.
const CRATES_OF_COMMENTS: &[&str] = &["judge", "lsp", "matcher", "policy", "rules", "syntax"];

#[test]
fn comments_use_the_words_of_the_field() {
    let code = Regex::new("`[^`]*`").unwrap();
    let patterns = compiled(WORDS_OF_ITEMS);
    let (mut all, mut found) = (Vec::new(), Vec::new());
    for name in CRATES_OF_COMMENTS {
        files(&root().join("crates").join(name).join("src"), "rs", &mut all);
    }
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let comments = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.trim_start().starts_with("//"));
        for (number, line) in comments {
            let line = code.replace_all(line, "");
            for (pattern, instead) in &patterns {
                if let Some(word) = pattern.find(&line) {
                    found.push(format!(
                        "{}:{}: `{}`: say {instead}",
                        path.display(),
                        number + 1,
                        word.as_str()
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn documentation_of_public_items_uses_the_words_of_the_field() {
    let code = Regex::new("`[^`]*`").unwrap();
    let patterns = compiled(WORDS_OF_ITEMS);
    let (mut all, mut found) = (Vec::new(), Vec::new());
    files(&root().join("crates"), "rs", &mut all);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        for (line, doc) in public_docs(&text) {
            let doc = code.replace_all(doc, "");
            for (pattern, instead) in &patterns {
                if let Some(word) = pattern.find(&doc) {
                    let place = path.display();
                    found.push(format!("{place}:{line}: `{}`: say {instead}", word.as_str()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
