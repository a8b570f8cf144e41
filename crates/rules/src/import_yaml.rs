//! Settings of Trivy (`trivy-secret.yaml`) and custom detectors of TruffleHog: what they say, as rules of ours.
//!
//! Sources of the formats: <https://trivy.dev/docs/latest/guide/scanner/secret/> and
//! <https://docs.trufflesecurity.com/custom-detectors>. As for gitleaks, what cannot be said in our rules is an error that names the rule.

use std::{collections::BTreeMap, path::Path};

use keysift_finding::Severity;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    Allow, Error, Import, Spec, Target,
    import::regex,
    imported_rule::{ImportedRule, stem},
    re2::translated,
};

/// Keys that only Trivy has.
const TRIVY: &[&str] = &[
    "enable-builtin-rules",
    "disable-rules",
    "disable-allow-rules",
    "allow-rules",
    "exclude-block",
];

/// Who wrote a file of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// keysift's own form.
    Keysift,
    Gitleaks,
    Trivy,
    TruffleHog,
    DetectSecrets,
}

impl Author {
    /// Who wrote a file, by its name and its keys.
    pub(crate) fn of(file: &Path, text: &str) -> Self {
        if file.extension().is_some_and(|extension| extension == "toml") {
            return Self::Gitleaks;
        }
        if text.trim_start().starts_with('{') && text.contains("\"plugins_used\"") {
            return Self::DetectSecrets;
        }
        let has = |key: &str| {
            let mut lines = text.lines();
            lines.any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        };
        let is_expression = |line: &str| line.trim_start_matches([' ', '-']).starts_with("regex:");
        match () {
            () if has("provider") => Self::Keysift,
            () if has("detectors") => Self::TruffleHog,
            () if TRIVY.iter().any(|key| has(key)) => Self::Trivy,
            () if has("rules") && text.lines().any(is_expression) => Self::Trivy,
            () => Self::Keysift,
        }
    }
}

#[derive(Deserialize)]
struct TrivyFile {
    #[serde(default)]
    rules: Vec<TrivyRule>,
    #[serde(default, rename = "allow-rules")]
    allow: Vec<TrivyAllow>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct TrivyRule {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    regex: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    secret_group_name: String,
    #[serde(default)]
    allow_rules: Vec<TrivyAllow>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrivyAllow {
    #[serde(default)]
    #[expect(dead_code, reason = "a name and a description say nothing to a scanner")]
    id: String,
    #[serde(default)]
    #[expect(dead_code, reason = "as the id")]
    description: String,
    #[serde(default)]
    regex: String,
    #[serde(default)]
    path: String,
}

#[derive(Deserialize)]
struct TruffleHogFile {
    detectors: Vec<Detector>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Detector {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    regex: BTreeMap<String, String>,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    exclude_words: Vec<String>,
    #[serde(default)]
    exclude_regexes_capture: Vec<String>,
    #[serde(default)]
    exclude_regexes_match: Vec<String>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

/// Builds errors of one file.
struct File<'t> {
    path: &'t Path,
    text: &'t str,
}

impl File<'_> {
    fn error(&self, line: u64, column: u64, message: String) -> Error {
        Error {
            file: self.path.to_owned(),
            line,
            column,
            message,
            others: Vec::new(),
        }
    }

    /// An error at the first line with this word as a key or a value.
    fn at(&self, word: &str, message: String) -> Error {
        let is_word = |line: &str| {
            let line = line.trim_start_matches([' ', '-']);
            let value = line.split_once(':').map_or("", |(_, value)| value.trim());
            line.starts_with(&format!("{word}:")) || value.trim_matches(['"', '\'']) == word
        };
        let line = self.text.lines().position(is_word).unwrap_or_default() as u64 + 1;
        self.error(line, 1, message)
    }

    fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Error> {
        serde_saphyr::from_str(self.text).map_err(|error| {
            let place = error.location().unwrap_or(serde_saphyr::Location::UNKNOWN);
            let message = crate::spec::first_line(&error.to_string());
            self.error(place.line(), place.column(), message)
        })
    }
}

/// What can be said in our rules, and one error for each thing that cannot.
type Imported = Result<(Vec<Spec>, Vec<Error>), Error>;

/// Reads the settings of Trivy for secrets.
pub(crate) fn trivy(path: &Path, text: &str) -> Imported {
    let file = File { path, text };
    let raw: TrivyFile = file.parse()?;
    let (mut specs, mut errors) = (Vec::new(), Vec::new());
    for key in raw.others.keys() {
        let message = match key.as_str() {
            "disable-rules" | "enable-builtin-rules" | "disable-allow-rules" => format!(
                "`{key}` names rules of Trivy: to leave out one of keysift's, use --disable, or `disable` in keysift.toml"
            ),
            _ => format!("`{key}` is not supported"),
        };
        errors.push(file.at(key, message));
    }
    let global = match allow_of_trivy(raw.allow) {
        Ok(global) => global,
        Err(message) => {
            errors.push(file.at("allow-rules", format!("the `allow-rules` of the file: {message}")));
            None
        }
    };
    for rule in raw.rules {
        let id = rule.id.clone();
        match spec_of_trivy(rule, &stem(path), global.as_ref()) {
            Ok(spec) => specs.push(spec),
            Err(message) => errors.push(file.at(&id, format!("rule `{id}`: {message}"))),
        }
    }
    Ok((specs, errors))
}

fn spec_of_trivy(rule: TrivyRule, prefix: &str, global: Option<&Allow>) -> Result<Spec, String> {
    let mut others = rule.others.keys().filter(|key| *key != "category");
    if let Some(key) = others.next() {
        return Err(format!("`{key}` is not supported"));
    }
    if rule.regex.is_empty() {
        return Err("it has no `regex`".to_owned());
    }
    let severity = match rule.severity.to_ascii_uppercase().as_str() {
        "CRITICAL" => Severity::Critical,
        "HIGH" | "" => Severity::High,
        "MEDIUM" => Severity::Medium,
        "LOW" => Severity::Low,
        "UNKNOWN" => Severity::Info,
        other => return Err(format!("unknown severity `{other}`")),
    };
    // Without a group the whole match is the secret: it becomes one.
    let (pattern, secret_group) = match rule.secret_group_name.as_str() {
        "" => (format!("({})", translated(&rule.regex)), 1),
        name => {
            let pattern = translated(&rule.regex);
            let group = regex(&pattern)?
                .capture_names()
                .position(|group| group == Some(name));
            (
                pattern,
                group.ok_or(format!("its `regex` has no group `{name}`"))?,
            )
        }
    };
    let own = allow_of_trivy(rule.allow_rules)?;
    let imported = ImportedRule {
        id: rule.id,
        name: rule.title,
        severity,
        keywords: rule.keywords,
        pattern,
        from: "a configuration of Trivy",
        import: Import {
            secret_group,
            entropy: 0.0,
            path: translated(&rule.path),
            allow: own.into_iter().chain(global.cloned()).collect(),
        },
    };
    imported.spec(prefix)
}

/// Each of them allows by itself.
fn allow_of_trivy(rules: Vec<TrivyAllow>) -> Result<Option<Allow>, String> {
    let mut allow = Allow::default();
    for rule in rules {
        for (pattern, list) in [(rule.path, &mut allow.paths), (rule.regex, &mut allow.regexes)] {
            if !pattern.is_empty() {
                list.push(checked(&pattern)?);
            }
        }
    }
    Ok((allow != Allow::default()).then_some(allow))
}

fn checked(pattern: &str) -> Result<String, String> {
    let pattern = translated(pattern);
    regex(&pattern).map(|_| pattern)
}

/// Reads custom detectors of TruffleHog.
pub(crate) fn trufflehog(path: &Path, text: &str) -> Imported {
    let file = File { path, text };
    let raw: TruffleHogFile = file.parse()?;
    let (mut specs, mut errors) = (Vec::new(), Vec::new());
    for key in raw.others.keys() {
        let message = match key.as_str() {
            "sources" => "`sources` is not supported: name what to scan on the command line".to_owned(),
            _ => format!("`{key}` is not supported"),
        };
        errors.push(file.at(key, message));
    }
    for detector in raw.detectors {
        let name = detector.name.clone();
        match spec_of_trufflehog(detector, &stem(path)) {
            Ok(spec) => specs.push(spec),
            Err(message) => errors.push(file.at(&name, format!("detector `{name}`: {message}"))),
        }
    }
    Ok((specs, errors))
}

fn spec_of_trufflehog(detector: Detector, prefix: &str) -> Result<Spec, String> {
    // keysift sends no secret to anybody. With one expression there is nothing to choose.
    let mut others = detector
        .others
        .keys()
        .filter(|key| !matches!(key.as_str(), "verify" | "primary_regex_name"));
    if let Some(key) = others.next() {
        return Err(format!("`{key}` is not supported"));
    }
    let mut patterns = detector.regex.into_values();
    let pattern = match (patterns.next(), patterns.next()) {
        (Some(pattern), None) => translated(&pattern),
        (None, _) => return Err("it has no `regex`".to_owned()),
        (Some(_), Some(_)) => {
            return Err(
                "several expressions that must match together are not supported: write one rule for each secret"
                    .to_owned(),
            );
        }
    };
    let list = |patterns: Vec<String>, stopwords: Vec<String>, target: Target| {
        let regexes = patterns.iter().map(|pattern| checked(pattern));
        Ok::<_, String>(Allow {
            regexes: regexes.collect::<Result<_, _>>()?,
            stopwords,
            target,
            ..Allow::default()
        })
    };
    let imported = ImportedRule {
        id: detector.name,
        name: detector.description,
        severity: Severity::High,
        keywords: detector.keywords,
        pattern,
        from: "custom detectors of TruffleHog",
        import: Import {
            secret_group: 0,
            entropy: detector.entropy,
            path: String::new(),
            allow: vec![
                list(
                    detector.exclude_regexes_capture,
                    detector.exclude_words,
                    Target::Secret,
                )?,
                list(detector.exclude_regexes_match, Vec::new(), Target::Match)?,
            ],
        },
    };
    imported.spec(prefix)
}

/// A baseline of detect-secrets holds no rules.
pub(crate) fn detect_secrets(path: &Path, text: &str) -> Error {
    let message = "a baseline of detect-secrets holds no rules: pass it with --baseline, which accepts the findings that it lists; \
                   for its filters, use `exclude` and `[[allow]]` in keysift.toml";
    File { path, text }.error(1, 1, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{import, import_supported};

    const TRIVY_FILE: &str = r#"rules:
  - id: acme-key
    category: general
    title: Acme key
    severity: CRITICAL
    path: .*\.sh
    keywords: [acme]
    regex: (?i)(?P<key>acme)(=|:).{0,5}['"](?P<secret>[0-9a-z]{8,64})['"]
    secret-group-name: secret
    allow-rules:
      - {id: samples, description: samples, regex: '^sample'}
  - id: whole
    category: general
    title: Whole
    severity: LOW
    regex: who_[a-z]{8}
allow-rules:
  - {id: texts, path: '.*\.txt'}
"#;

    #[test]
    fn settings_of_trivy_become_rules() {
        let specs = import(Path::new("trivy-secret.yaml"), TRIVY_FILE).expect("all of it is supported");
        let ids: Vec<_> = specs
            .iter()
            .map(|spec| (spec.id.as_str(), spec.severity))
            .collect();
        assert_eq!(
            ids,
            [
                ("trivy-secret-acme-key", Severity::Critical),
                ("trivy-secret-whole", Severity::Low)
            ]
        );
        let imports: Vec<_> = specs.iter().filter_map(Spec::import).collect();
        assert_eq!((imports[0].secret_group, imports[1].secret_group), (3, 1));
        assert_eq!((imports[0].allow.len(), imports[1].allow.len()), (2, 1));
        assert_eq!(imports[0].path, r".*\.sh");
    }

    #[test]
    fn what_trivy_says_and_keysift_cannot_is_reported_all_at_once() {
        let text = "disable-rules: [aws-access-key-id]\nrules:\n\
                    - {id: one, regex: 'a(', severity: HIGH}\n\
                    - id: two\n  regex: two_[a-z]{8}\n  exclude-block: {regexes: [x]}\n\
                    - id: three\n  regex: three_[a-z]{8}\n  secret-group-name: none\n\
                    - id: four\n  regex: four_[a-z]{8}\n";
        let (specs, errors) = import_supported(Path::new("t.yaml"), text).expect("its form is right");
        assert_eq!(specs.len(), 1);
        let all = import(Path::new("t.yaml"), text)
            .expect_err("four things")
            .to_string();
        assert_eq!((errors.len(), all.lines().count()), (4, 4), "{all}");
        for part in [
            "t.yaml:1:1: `disable-rules` names rules of Trivy",
            "rule `one`: the pattern does not compile",
            "t.yaml:4:1: rule `two`: `exclude-block` is not supported",
            "t.yaml:7:1: rule `three`: its `regex` has no group `none`",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
    }

    #[test]
    fn detectors_of_trufflehog_become_rules() {
        let text = r#"detectors:
  - name: HogToken
    keywords: [hog]
    regex: {token: '\b(HOG[0-9A-Z]{17})\b'}
    entropy: 3.5
    exclude_words: [sample]
    exclude_regexes_capture: ['^HOG0']
    exclude_regexes_match: ['x$']
    verify:
      - {endpoint: http://localhost:8000/, unsafe: true}
  - name: Pair
    keywords: [pair]
    regex: {id: 'a{8}', token: 'b{8}'}
sources: []
"#;
        let (specs, errors) = import_supported(Path::new("hog.yaml"), text).expect("its form is right");
        assert_eq!(specs[0].id, "hog-hogtoken");
        let import = specs[0].import().expect("it is imported");
        assert_eq!((import.entropy, import.allow.len()), (3.5, 2));
        let errors: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        assert!(
            errors[0].contains("`sources`") && errors[1].contains("`Pair`"),
            "{errors:?}"
        );
    }

    #[test]
    fn who_wrote_a_file_is_seen_by_its_keys() {
        let of = |name: &str, text: &str| Author::of(Path::new(name), text);
        assert_eq!(of("a.toml", ""), Author::Gitleaks);
        assert_eq!(of("a.yaml", TRIVY_FILE), Author::Trivy);
        assert_eq!(of("a.yaml", "exclude-block:\n"), Author::Trivy);
        assert_eq!(of("a.yaml", "detectors:\n- name: x\n"), Author::TruffleHog);
        assert_eq!(
            of(".secrets.baseline", "{\n \"plugins_used\": []}"),
            Author::DetectSecrets
        );
        // A rule file of ours that lacks its first line is still one.
        assert_eq!(of("a.yaml", "rules:\n- id: x\n  pattern: y\n"), Author::Keysift);
        let ours = "provider: A\nrules:\n- id: x\n  pattern: |\n    regex: y\n";
        assert_eq!(of("a.yaml", ours), Author::Keysift);
    }
}
