//! Imports rules of gitleaks and betterleaks (`.gitleaks.toml`).
//!
//! Source of the format: <https://github.com/gitleaks/gitleaks#configuration>. What keysift does not support
//! is an error that names the rule, so nothing is dropped silently. `docs/import.md` lists the differences.

use std::path::Path;

use keysift_finding::Severity;
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Spec,
    import_yaml::{Author, detect_secrets, trivy, trufflehog},
    imported_rule::{ImportedRule, stem},
    re2::translated,
};

/// The settings of an imported rule that built-in rules do not have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The capture group of the secret; 0: the first group that matched, or the whole match.
    pub secret_group: usize,
    /// The minimum Shannon entropy of the secret, in bits per byte.
    pub entropy: f32,
    /// A regular expression for the paths of files to scan; empty: all.
    pub path: String,
    /// Allowlists, which reject matches.
    pub allow: Vec<Allow>,
}

/// An allowlist.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Allow {
    /// Whether all kinds of criteria must apply, instead of one.
    pub all: bool,
    /// Regular expressions for the path.
    pub paths: Vec<String>,
    /// Regular expressions for the text of `target`.
    pub regexes: Vec<String>,
    /// The text to which `regexes` apply.
    pub target: Target,
    /// Words in the secret, in any case.
    pub stopwords: Vec<String>,
}

/// The text to which the expressions of an allowlist apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The secret.
    #[default]
    Secret,
    /// The whole match.
    Match,
    /// The line.
    Line,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    #[expect(dead_code, reason = "a title says nothing to a scanner")]
    title: String,
    #[serde(default)]
    #[expect(dead_code, reason = "as the title")]
    description: String,
    #[serde(default)]
    #[expect(dead_code, reason = "the least version of gitleaks")]
    min_version: String,
    extend: Option<Extend>,
    #[serde(default)]
    rules: Vec<RawRule>,
    allowlist: Option<RawAllow>,
    #[serde(default)]
    allowlists: Vec<RawAllow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Extend {
    /// Whether the built-in rules of gitleaks are included. keysift's own always run.
    #[serde(default)]
    #[expect(dead_code, reason = "ours run in any case")]
    use_default: bool,
    path: Option<String>,
    url: Option<String>,
    #[serde(default)]
    disabled_rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRule {
    id: String,
    #[serde(default)]
    description: String,
    regex: Option<String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    secret_group: usize,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "tags say nothing to a scanner")]
    tags: Vec<String>,
    allowlist: Option<RawAllow>,
    #[serde(default)]
    allowlists: Vec<RawAllow>,
    #[serde(flatten)]
    others: std::collections::BTreeMap<String, toml::Value>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawAllow {
    #[serde(default)]
    #[expect(dead_code, reason = "a description says nothing to a scanner")]
    description: String,
    #[serde(default)]
    condition: String,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    regex_target: String,
    #[serde(default)]
    stopwords: Vec<String>,
    #[serde(default)]
    target_rules: Vec<String>,
}

/// Whether a rule file is of another scanner, by its name and its keys.
pub fn is_import(file: &Path, text: &str) -> bool {
    Author::of(file, text) != Author::Keysift
}

/// Reads a rule file of gitleaks or betterleaks, settings of Trivy for secrets, or custom detectors of TruffleHog.
///
/// # Errors
/// All syntax errors and unsupported settings, with the rule's id.
pub fn import(file: &Path, text: &str) -> Result<Vec<Spec>, Error> {
    let (specs, errors) = import_supported(file, text)?;
    Error::all(errors)?;
    Ok(specs)
}

/// As [`import`], but leaves out what is not supported, with one error for each rule, allowlist or setting.
///
/// # Errors
/// If the syntax of the file is wrong.
pub fn import_supported(file: &Path, text: &str) -> Result<(Vec<Spec>, Vec<Error>), Error> {
    match Author::of(file, text) {
        Author::Trivy => trivy(file, text),
        Author::TruffleHog => trufflehog(file, text),
        Author::DetectSecrets => Err(detect_secrets(file, text)),
        Author::Gitleaks | Author::Keysift => gitleaks(file, text),
    }
}

fn gitleaks(file: &Path, text: &str) -> Result<(Vec<Spec>, Vec<Error>), Error> {
    let at = |span: Option<std::ops::Range<usize>>, message: String| {
        let before = &text[..span.map_or(0, |span| span.start)];
        let column = before.chars().rev().take_while(|char| *char != '\n').count() as u64 + 1;
        Error {
            file: file.to_owned(),
            line: before.matches('\n').count() as u64 + 1,
            column,
            message,
            others: Vec::new(),
        }
    };
    let raw: File = toml::from_str(text).map_err(|error| at(error.span(), error.message().to_owned()))?;
    let mut errors = Vec::new();
    let extends =
        "`extend` by path or URL, and `disabledRules`, is not supported: pass each file with --rules";
    if let Some(extend) = &raw.extend
        && (extend.path.is_some() || extend.url.is_some() || !extend.disabled_rules.is_empty())
    {
        errors.push(at(None, extends.to_owned()));
    }
    let prefix = stem(file);
    let mut globals = Vec::new();
    for raw in raw.allowlist.into_iter().chain(raw.allowlists) {
        let targets = raw.target_rules.clone();
        match allow(raw) {
            Ok(allow) => globals.push((targets, allow)),
            Err(message) => errors.push(at(None, format!("the allowlist of the file: {message}"))),
        }
    }
    let mut specs = Vec::with_capacity(raw.rules.len());
    for rule in raw.rules {
        let place = text
            .find(&format!("\"{}\"", rule.id))
            .map(|start| start..start + 1);
        let id = rule.id.clone();
        match spec(rule, &prefix, &globals) {
            Ok(spec) => specs.push(spec),
            Err(message) => errors.push(at(place, format!("rule `{id}`: {message}"))),
        }
    }
    Ok((specs, errors))
}

fn spec(rule: RawRule, prefix: &str, globals: &[(Vec<String>, Allow)]) -> Result<Spec, String> {
    // All that is wrong with it, so that nobody has to ask twice.
    let mut wrong: Vec<String> = rule
        .others
        .keys()
        .map(|key| format!("`{key}` is not supported"))
        .collect();
    let mut lists = Vec::new();
    for own in rule.allowlist.into_iter().chain(rule.allowlists) {
        match allow(own) {
            Ok(list) => lists.push(list),
            Err(message) => wrong.push(message),
        }
    }
    if rule.regex.is_none() {
        wrong.push("without a `regex` it matches file names, which is not supported".to_owned());
    }
    let pattern = rule.regex.filter(|_| wrong.is_empty());
    let pattern = pattern.ok_or_else(|| wrong.join("; "))?;
    let global = globals
        .iter()
        .filter(|(targets, _)| targets.is_empty() || targets.contains(&rule.id));
    lists.extend(global.map(|(_, list)| list.clone()));
    let imported = ImportedRule {
        id: rule.id,
        name: rule.description,
        severity: Severity::High,
        keywords: rule.keywords,
        pattern: translated(&pattern),
        from: "a gitleaks configuration",
        import: Import {
            secret_group: rule.secret_group,
            entropy: rule.entropy,
            path: translated(&rule.path),
            allow: lists,
        },
    };
    imported.spec(prefix)
}

fn allow(raw: RawAllow) -> Result<Allow, String> {
    if !raw.commits.is_empty() {
        return Err("an allowlist of commits is not supported".to_owned());
    }
    let all = match raw.condition.to_ascii_uppercase().as_str() {
        "" | "OR" | "||" => false,
        "AND" | "&&" => true,
        other => return Err(format!("unknown condition `{other}` of an allowlist")),
    };
    let target = match raw.regex_target.as_str() {
        "" | "secret" => Target::Secret,
        "match" => Target::Match,
        "line" => Target::Line,
        other => return Err(format!("unknown regexTarget `{other}`")),
    };
    let checked = |pattern: &String| {
        let pattern = translated(pattern);
        regex(&pattern).map(|_| pattern)
    };
    let all_checked = |patterns: &[String]| patterns.iter().map(checked).collect::<Result<Vec<_>, _>>();
    Ok(Allow {
        all,
        paths: all_checked(&raw.paths)?,
        regexes: all_checked(&raw.regexes)?,
        target,
        stopwords: raw.stopwords,
    })
}

/// Compiles an expression in the common syntax of RE2 and the regex crate.
pub(crate) fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(10 << 20)
        .build()
        .map_err(|error| {
            let last = error.to_string();
            format!(
                "`{pattern}` is not a valid expression: {}",
                last.lines()
                    .last()
                    .unwrap_or_default()
                    .trim()
                    .trim_start_matches("error: ")
            )
        })
}

/// The compiled expressions of an [`Import`].
#[derive(Debug)]
pub(crate) struct Compiled {
    path: Option<Regex>,
    allow: Vec<(Vec<Regex>, Vec<Regex>)>,
}

impl Compiled {
    pub(crate) fn new(import: &Import) -> Result<Self, String> {
        let list = |patterns: &[String]| {
            patterns
                .iter()
                .map(|pattern| regex(pattern))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            path: if import.path.is_empty() {
                None
            } else {
                Some(regex(&import.path)?)
            },
            allow: import
                .allow
                .iter()
                .map(|allow| Ok((list(&allow.paths)?, list(&allow.regexes)?)))
                .collect::<Result<_, String>>()?,
        })
    }

    /// The reason why an imported rule rejects a match, if it does.
    pub(crate) fn refuses(
        &self,
        import: &Import,
        path: &str,
        secret: &[u8],
        whole: &[u8],
        line: &[u8],
    ) -> Option<&'static str> {
        if self
            .path
            .as_ref()
            .is_some_and(|expression| !expression.is_match(path.as_bytes()))
        {
            return Some("the rule is for other paths");
        }
        let applies = |(allow, (paths, regexes)): (&Allow, &(Vec<Regex>, Vec<Regex>))| {
            let text = match allow.target {
                Target::Secret => secret,
                Target::Match => whole,
                Target::Line => line,
            };
            let lower = String::from_utf8_lossy(secret).to_ascii_lowercase();
            let kinds = [
                (!paths.is_empty()).then(|| {
                    paths
                        .iter()
                        .any(|expression| expression.is_match(path.as_bytes()))
                }),
                (!regexes.is_empty()).then(|| regexes.iter().any(|expression| expression.is_match(text))),
                (!allow.stopwords.is_empty()).then(|| {
                    allow
                        .stopwords
                        .iter()
                        .any(|word| lower.contains(&word.to_ascii_lowercase()))
                }),
            ];
            let mut kinds = kinds.into_iter().flatten().peekable();
            kinds.peek().is_some()
                && if allow.all {
                    kinds.all(|kind| kind)
                } else {
                    kinds.any(|kind| kind)
                }
        };
        import
            .allow
            .iter()
            .zip(&self.allow)
            .any(applies)
            .then_some("allowed by the rule's allowlist")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_error(text: &str) -> String {
        import(Path::new(".gitleaks.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn unsupported_settings_are_errors_that_name_the_rule() {
        let rule = |more: &str| format!("[[rules]]\nid = \"acme\"\nregex = '''acme_[a-z]{{8}}'''\n{more}");
        for (text, expected) in [
            (
                rule("skipReport = true"),
                "rule `acme`: `skipReport` is not supported",
            ),
            (
                rule("[[rules.allowlists]]\ncommits = [\"abc\"]"),
                "rule `acme`: an allowlist of commits",
            ),
            (
                rule("[[rules.allowlists]]\nregexTarget = \"commit\""),
                "rule `acme`: unknown regexTarget `commit`",
            ),
            (
                "[[rules]]\nid = \"acme\"\npath = '''\\.pem$'''\n".to_owned(),
                "rule `acme`: without a `regex`",
            ),
            (
                "[[rules]]\nid = \"acme\"\nregex = '''(?P<x'''\n".to_owned(),
                "rule `acme`: the pattern does not compile",
            ),
            (
                rule("skipReport = true\nrequired = []\n[[rules.allowlists]]\ncommits = [\"abc\"]"),
                "rule `acme`: `required` is not supported; `skipReport` is not supported; an allowlist of commits",
            ),
            (
                "[extend]\npath = \"base.toml\"\n".to_owned(),
                "`extend` by path or URL",
            ),
            ("[[rules]]\nid = \n".to_owned(), ".gitleaks.toml:2:"),
        ] {
            let error = first_error(&text);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_file_with_braces_and_allowlists_loads_as_a_whole() {
        let text = r#"
title = "x"
[allowlist]
description = "global"
paths = ["(^|/)vendor/", "{gen}"]
regexes = ['^\$(?:\d+|{\d+})$']
stopwords = ["sample"]
[[rules]]
id = "one"
regex = 'one_{[a-z]{8}}'
keywords = ["one_"]
[[rules]]
id = "two"
regex = 'two_[a-z]{8}'
[[rules.allowlists]]
regexes = ['{x']
"#;
        let specs = import(Path::new("g.toml"), text).unwrap();
        let allowlists: Vec<_> = specs
            .iter()
            .map(|spec| spec.import().unwrap().allow.len())
            .collect();
        assert_eq!(allowlists, [1, 2]);
    }

    #[test]
    fn unsupported_settings_can_be_skipped_and_are_all_reported() {
        let text = "[[rules]]\nid = \"good\"\nregex = 'good_[a-z]{8}'\n\
                    [[rules]]\nid = \"names\"\npath = '\\.pem$'\n\
                    [[rules]]\nid = \"broken\"\nregex = '(?P<x'\n";
        let (specs, errors) = import_supported(Path::new("g.toml"), text).unwrap();
        assert_eq!((specs.len(), errors.len()), (1, 2));
        let all = import(Path::new("g.toml"), text).unwrap_err().to_string();
        assert!(all.contains("g.toml:5:6: rule `names`"), "{all}");
        assert!(all.contains("\ng.toml:8:6: rule `broken`"), "{all}");
    }

    #[test]
    fn ids_take_the_name_of_the_file() {
        let specs = import(
            Path::new("x/.gitleaks.toml"),
            "[[rules]]\nid = \"My_Rule\"\nregex = 'x'\n",
        )
        .unwrap();
        assert_eq!(
            (specs[0].id.as_str(), specs[0].name.as_str()),
            ("gitleaks-my-rule", "My_Rule")
        );
    }
}
