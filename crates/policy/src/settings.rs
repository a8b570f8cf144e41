//! `keysift.toml`, the settings of a project: in the scanned folder or above it, or named with `--config`.

use std::{
    collections::{BTreeMap, HashMap},
    env, io,
    ops::Range,
    path::{Path, PathBuf},
};

use keysift_finding::{Severity, Tests, date::days};
use regex::bytes::RegexBuilder;
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Allowed, InlineIgnores, Override, Predicate, SecretPredicate, Suppressions,
    date::today,
    globs::{any_of, path_pattern, rule_pattern},
    suggest,
};

/// The file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    extends: Vec<PathBuf>,
    strict: Option<bool>,
    tests: Option<TestCode>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    disable: Vec<Spanned<String>>,
    #[serde(default)]
    severity: BTreeMap<Spanned<String>, Severity>,
    baseline: Option<PathBuf>,
    #[serde(default)]
    rules: Vec<PathBuf>,
    #[serde(default, rename = "override")]
    overrides: Vec<Spanned<RawOverride>>,
    #[serde(default)]
    allow: Vec<Spanned<Allow>>,
}

/// The treatment of secrets without a format in test code, as written in the file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TestCode {
    Lower,
    Show,
}

/// Settings for some paths.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverride {
    paths: Vec<String>,
    #[serde(default)]
    disable: Vec<Spanned<String>>,
    #[serde(default)]
    severity: BTreeMap<Spanned<String>, Severity>,
}

/// An `[[allow]]` entry: allowed findings, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    reason: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    fingerprints: Vec<String>,
    #[serde(default)]
    secrets: Vec<String>,
    until: Option<String>,
}

/// A setting and where it is set, for display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveSetting {
    /// The setting.
    pub what: String,
    /// The file, with line and column if known.
    pub place: String,
}

/// Validated settings.
#[derive(Debug, Default)]
pub struct Settings {
    /// Rule files of the project.
    pub rules: Vec<PathBuf>,
    /// The baseline of the project.
    pub baseline: Option<PathBuf>,
    /// Disabled rules and checks, allowed findings, changed severities.
    pub suppressions: Suppressions,
    /// Whether only inline ignores of keysift that name the rule apply.
    pub strict: bool,
    /// The treatment of secrets without a format in test code and third-party packages.
    pub tests: Tests,
    /// All effective settings, in the order in which they were read.
    pub in_force: Vec<EffectiveSetting>,
    /// Patterns of rules, each with its place.
    patterns: Vec<(String, String)>,
}

/// The error of invalid settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("cannot read the configuration {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file is malformed.
    #[error("{at}: {message}")]
    Syntax {
        /// The place.
        at: String,
        /// What is wrong.
        message: String,
    },
    /// A file extends itself.
    #[error("{}: extends itself", .0.display())]
    Circle(PathBuf),
    /// Files extend each other too deep.
    #[error("{}: files extend each other more than {DEPTH} deep", .0.display())]
    TooDeep(PathBuf),
    /// Too many files extend each other.
    #[error("{}: more than {MOST} files extend each other", .0.display())]
    TooMany(PathBuf),
    /// A pattern of paths or rules is malformed.
    #[error("{at}")]
    Glob {
        /// The place.
        at: String,
        /// What is wrong.
        source: globset::Error,
    },
    /// A pattern of secrets is malformed, or too large.
    #[error("{at}")]
    Regex {
        /// The place.
        at: String,
        /// What is wrong.
        source: regex::Error,
    },
    /// An entry gives no reason.
    #[error("{0}: `reason` must not be empty")]
    NoReason(String),
    /// An entry names nothing.
    #[error("{0}: an entry needs `paths`, `rules`, `fingerprints` or `secrets`")]
    AllowsAll(String),
    /// Settings for some paths name none.
    #[error("{0}: `paths` must not be empty")]
    NoPaths(String),
    /// The last day of an entry is none.
    #[error("{0}: `until` must be a date such as 2027-01-31")]
    NoDate(String),
}

/// The maximum depth and number of files that extend each other.
const DEPTH: usize = 8;
const MOST: usize = 64;

const NAME: &str = "keysift.toml";

/// Formats the place of a range in a file, for messages.
type At<'a> = &'a dyn Fn(Option<Range<usize>>) -> String;

/// Reads the text of a file.
type Read<'r> = &'r dyn Fn(&Path) -> io::Result<String>;

impl Settings {
    /// The name of the file.
    pub const FILE: &'static str = NAME;

    /// Loads the effective settings: from the named file, or the nearest in or above `start`. `read` returns
    /// the text of a file.
    ///
    /// # Errors
    /// If a file cannot be read or is malformed.
    pub fn load(named: Option<&Path>, start: &Path, read: Read<'_>) -> Result<Self, SettingsError> {
        let mut reader = Reader {
            read,
            known: HashMap::new(),
            settings: Self::default(),
        };
        if let Some(file) = named.map(Path::to_owned).or_else(|| nearest(start)) {
            reader.file(&file, 0)?;
        }
        Ok(reader.settings)
    }

    /// Whether the settings name rules.
    pub fn names_rules(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// A warning for each rule name or pattern that matches none of `ids`, with suggestions.
    pub fn unknown_rules(&self, ids: &[&str]) -> Vec<String> {
        let all = self.patterns.iter();
        all.filter_map(|(pattern, place)| Some(format!("{place}: {}", unknown_rule(pattern, ids)?)))
            .collect()
    }

    /// Which inline ignores apply: all, or in strict mode those of keysift that name the rule.
    pub fn inline_ignores(&self) -> InlineIgnores {
        match self.strict {
            true => InlineIgnores::Strict,
            false => InlineIgnores::All,
        }
    }
}

/// The warning for a rule name or pattern that matches none of `ids`, with suggestions.
pub fn unknown_rule(pattern: &str, ids: &[&str]) -> Option<String> {
    let fits = rule_pattern(pattern).is_ok_and(|is_match| ids.iter().any(|id| is_match(id)));
    let near = || suggest(pattern, ids.iter().copied()).join(", ");
    let begins = ids
        .iter()
        .any(|id| id.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('-')));
    let warning = || match near() {
        _ if begins => format!("no rule is called `{pattern}`; for all that begin so, use `{pattern}-*`"),
        near if near.is_empty() => {
            format!("no rule matches `{pattern}`; to list all rules, use `keysift rules list`")
        }
        near => format!("no rule matches `{pattern}`; did you mean {near}?"),
    };
    (!fits).then(warning)
}

/// What to do with a file that is none of ours, if it looks like one of another scanner.
fn of_others(file: &Path, text: &str) -> &'static str {
    let is_toml = file.extension().is_some_and(|extension| extension == "toml");
    let has = |words: &[&str]| {
        let mut lines = text.lines();
        lines.any(|line| words.iter().any(|word| line.trim_start().starts_with(word)))
    };
    match is_toml {
        true if has(&["[[rules]]", "[allowlist]", "[[allowlists]]", "[extend]"]) => {
            " (a configuration of gitleaks? pass it with --rules)"
        }
        false if text.contains("\"plugins_used\"") => {
            " (a baseline of detect-secrets? pass it with --baseline)"
        }
        false => " (not a keysift.toml; rules of other scanners are passed with --rules)",
        true => "",
    }
}

/// Reads files that extend each other.
struct Reader<'r> {
    read: Read<'r>,
    /// Whether a file was read completely; false while it is being read.
    known: HashMap<PathBuf, bool>,
    settings: Settings,
}

impl Reader<'_> {
    /// Adds a file. Files that it extends are added first, so that its own settings take precedence. A file
    /// that several extend is read once, where it is named first.
    fn file(&mut self, file: &Path, depth: usize) -> Result<(), SettingsError> {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        match self.known.get(&real) {
            Some(true) => return Ok(()),
            Some(false) => return Err(SettingsError::Circle(file.to_owned())),
            None if depth > DEPTH => return Err(SettingsError::TooDeep(file.to_owned())),
            None if self.known.len() == MOST => return Err(SettingsError::TooMany(file.to_owned())),
            None => self.known.insert(real.clone(), false),
        };
        let text = (self.read)(file).map_err(|source| SettingsError::Read {
            file: file.to_owned(),
            source,
        })?;
        let at = |span| format!("{}{}", file.display(), place(&text, span));
        let raw: Raw = toml::from_str(&text).map_err(|error| SettingsError::Syntax {
            at: at(error.span()),
            message: format!("{}{}", error.message(), of_others(file, &text)),
        })?;
        let folder = file.parent().unwrap_or(Path::new("."));
        for other in &raw.extends {
            self.file(&folder.join(other), depth + 1)?;
        }
        self.add(raw, folder, &at)?;
        self.known.insert(real, true);
        Ok(())
    }

    fn in_force(&mut self, what: String, place: String) {
        self.settings.in_force.push(EffectiveSetting { what, place });
    }

    /// Adds the settings of one file, without those that it extends.
    fn add(&mut self, raw: Raw, folder: &Path, at: At<'_>) -> Result<(), SettingsError> {
        if let Some(strict) = raw.strict {
            self.settings.strict = strict;
            self.in_force(format!("strict = {strict}"), at(None));
        }
        if let Some(tests) = raw.tests {
            let (tests, word) = match tests {
                TestCode::Lower => (Tests::Lower, "lower"),
                TestCode::Show => (Tests::Show, "show"),
            };
            self.settings.tests = tests;
            self.in_force(format!("tests = {word:?}"), at(None));
        }
        for pattern in &raw.exclude {
            let place = at(Some(pattern.span()));
            let excluded = path_pattern(pattern.get_ref()).map_err(|source| glob_error(&place, source))?;
            self.settings.suppressions.excluded.push(excluded);
            self.in_force(format!("exclude {:?}", pattern.get_ref()), place);
        }
        let disabled = self.disabled(&raw.disable, "", at)?;
        self.settings.suppressions.disabled.extend(disabled);
        let severities = self.severities(raw.severity, "", at);
        self.settings.suppressions.severities.extend(severities);
        for entry in raw.overrides {
            let place = at(Some(entry.span()));
            self.add_override(entry.into_inner(), &place, at)?;
        }
        if let Some(baseline) = raw.baseline {
            self.in_force(format!("baseline {}", baseline.display()), at(None));
            self.settings.baseline = Some(folder.join(baseline));
        }
        for rules in &raw.rules {
            self.in_force(format!("rules {}", rules.display()), at(None));
            self.settings.rules.push(folder.join(rules));
        }
        for entry in raw.allow {
            let place = at(Some(entry.span()));
            self.in_force(format!("allow: {}", entry.get_ref().reason), place.clone());
            let rules = entry.get_ref().rules.iter();
            self.settings
                .patterns
                .extend(rules.map(|rule| (rule.clone(), place.clone())));
            allow(entry.into_inner(), &place, &mut self.settings.suppressions)?;
        }
        Ok(())
    }

    /// Compiles patterns of disabled rules. `paths` limits them, for display.
    fn disabled(
        &mut self,
        patterns: &[Spanned<String>],
        paths: &str,
        at: At<'_>,
    ) -> Result<Vec<Predicate>, SettingsError> {
        let mut disabled = Vec::new();
        for pattern in patterns {
            let (place, pattern) = (at(Some(pattern.span())), pattern.get_ref());
            disabled.push(rule_pattern(pattern).map_err(|source| glob_error(&place, source))?);
            self.in_force(format!("disable {pattern:?}{paths}"), place.clone());
            self.settings.patterns.push((pattern.clone(), place));
        }
        Ok(disabled)
    }

    fn severities(
        &mut self,
        severities: BTreeMap<Spanned<String>, Severity>,
        paths: &str,
        at: At<'_>,
    ) -> Vec<(String, Severity)> {
        let mut all = Vec::new();
        for (rule, severity) in severities {
            let (place, rule) = (at(Some(rule.span())), rule.into_inner());
            self.in_force(format!("severity of {rule}: {severity}{paths}"), place.clone());
            self.settings.patterns.push((rule.clone(), place));
            all.push((rule, severity));
        }
        all
    }

    fn add_override(&mut self, raw: RawOverride, place: &str, at: At<'_>) -> Result<(), SettingsError> {
        if raw.paths.is_empty() {
            return Err(SettingsError::NoPaths(place.to_owned()));
        }
        let questions: Vec<Predicate> = raw
            .paths
            .iter()
            .map(|pattern| path_pattern(pattern).map_err(|source| glob_error(place, source)))
            .collect::<Result<_, _>>()?;
        let paths = format!(" in {}", raw.paths.join(", "));
        let disabled = self.disabled(&raw.disable, &paths, at)?;
        let severities = self.severities(raw.severity, &paths, at).into_iter().collect();
        self.settings.suppressions.overrides.push(Override {
            paths: Box::new(move |path| questions.iter().any(|matches| matches(path))),
            disabled,
            severities,
        });
        Ok(())
    }
}

fn nearest(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok().or_else(|| env::current_dir().ok())?;
    start
        .ancestors()
        .map(|folder| folder.join(NAME))
        .find(|file| file.is_file())
}

fn allow(entry: Allow, at: &str, suppressions: &mut Suppressions) -> Result<(), SettingsError> {
    if entry.reason.trim().is_empty() {
        return Err(SettingsError::NoReason(at.to_owned()));
    }
    if entry.paths.is_empty()
        && entry.rules.is_empty()
        && entry.fingerprints.is_empty()
        && entry.secrets.is_empty()
    {
        return Err(SettingsError::AllowsAll(at.to_owned()));
    }
    if let Some(until) = &entry.until
        && days(until).ok_or_else(|| SettingsError::NoDate(at.to_owned()))? < today()
    {
        // Expired: what it allowed is reported again.
        suppressions.expired.push(format!(
            "expired allow entry (until {until}): {at}: {}",
            entry.reason
        ));
        return Ok(());
    }
    let compiled = |patterns: &[String]| -> Result<Option<Predicate>, SettingsError> {
        if patterns.is_empty() {
            return Ok(None);
        }
        any_of(patterns)
            .map(Some)
            .map_err(|source| glob_error(at, source))
    };
    suppressions.allowed.push(Allowed {
        paths: compiled(&entry.paths)?,
        rules: compiled(&entry.rules)?,
        fingerprints: entry.fingerprints,
        secrets: secrets(&entry.secrets, at)?,
        description: format!("{at}: {}", entry.reason),
    });
    Ok(())
}

/// Compiles patterns of secrets; `None` if there are none.
fn secrets(patterns: &[String], at: &str) -> Result<Option<SecretPredicate>, SettingsError> {
    let compile = |pattern: &String| {
        RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(1 << 20)
            .build()
    };
    let patterns: Vec<_> = patterns
        .iter()
        .map(compile)
        .collect::<Result<_, _>>()
        .map_err(|source| SettingsError::Regex {
            at: at.to_owned(),
            source,
        })?;
    let asked = !patterns.is_empty();
    Ok(asked.then(|| -> SecretPredicate {
        Box::new(move |secret| patterns.iter().any(|pattern| pattern.is_match(secret)))
    }))
}

fn glob_error(at: &str, source: globset::Error) -> SettingsError {
    SettingsError::Glob {
        at: at.to_owned(),
        source,
    }
}

/// `:line:column` of a place in a text.
fn place(text: &str, span: Option<Range<usize>>) -> String {
    let Some(span) = span else { return String::new() };
    let before = &text[..span.start.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads settings from files in memory.
    fn load(files: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let read = |file: &Path| {
            let found = files.iter().find(|(name, _)| file == Path::new(name));
            found
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        Settings::load(Some(Path::new(files[0].0)), Path::new("."), &read)
    }

    #[test]
    fn a_file_of_another_scanner_is_recognized() {
        for (name, text, expected) in [
            ("a.toml", "[[rules]]\nid = \"x\"\n", "--rules"),
            ("a.yaml", "rules:\n- id: x\n", "--rules"),
            (".secrets.baseline", "{\"plugins_used\": []}", "--baseline"),
        ] {
            let error = load(&[(name, text)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = load(&[("keysift.toml", "disabel = []\n")])
            .unwrap_err()
            .to_string();
        assert!(!error.contains("--rules"), "{error}");
    }

    #[test]
    fn extended_files_are_applied_first() {
        let settings = load(&[
            (
                "a/own.toml",
                "extends = [\"base.toml\"]\nstrict = false\ntests = \"show\"\nrules = [\"r.yaml\"]",
            ),
            ("a/base.toml", "strict = true\ndisable = [\"jwt-*\"]"),
        ])
        .expect("well-formed");
        assert!(!settings.strict);
        assert_eq!(settings.tests, Tests::Show);
        assert_eq!(settings.rules, [Path::new("a/r.yaml")]);
        let places: Vec<&str> = settings.in_force.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(
            places,
            [
                "a/base.toml",
                "a/base.toml:2:12",
                "a/own.toml",
                "a/own.toml",
                "a/own.toml"
            ]
        );
        assert!(settings.suppressions.disabled[0]("jwt-token"));
    }

    #[test]
    fn cyclic_and_deep_extends_are_rejected() {
        let circle = load(&[("a", "extends = [\"b\"]"), ("b", "extends = [\"a\"]")]);
        assert!(matches!(circle, Err(SettingsError::Circle(_))));
        let names: Vec<(String, String)> = (0..20)
            .map(|at| (format!("f{at}"), format!("extends = [\"f{}\"]", at + 1)))
            .collect();
        let tower: Vec<(&str, &str)> = names.iter().map(|(name, text)| (&**name, &**text)).collect();
        assert!(matches!(load(&tower), Err(SettingsError::TooDeep(_))));
        assert!(matches!(
            load(&[("a", "extends = [\"b\"]")]),
            Err(SettingsError::Read { .. })
        ));
    }

    #[test]
    fn incomplete_entries_are_rejected_with_their_position() {
        for (entry, said) in [
            ("reason = \"\"\npaths = [\"a\"]", "f:1:1: `reason`"),
            ("reason = \"x\"", "f:1:1: an entry needs"),
            (
                "reason = \"x\"\npaths = [\"a\"]\nuntil = \"soon\"",
                "f:1:1: `until`",
            ),
            ("reason = \"x\"\npaths = [\"[\"]", "f:1:1"),
            ("reason = \"x\"\nsecrets = [\"(\"]", "f:1:1"),
            ("reason = \"x\"\nother = 1", "f:3:1: unknown field"),
        ] {
            let error = load(&[("f", &format!("[[allow]]\n{entry}"))]).expect_err(entry);
            assert!(error.to_string().starts_with(said), "{error}");
        }
    }

    #[test]
    fn an_entry_ends_with_its_last_day() {
        let entry = |until: &str| format!("[[allow]]\nreason = \"x\"\nrules = [\"a\"]\nuntil = \"{until}\"");
        let settings = load(&[("f", &entry("2001-01-31"))]).expect("well-formed");
        assert!(settings.suppressions.allowed.is_empty() && settings.suppressions.expired.len() == 1);
        let settings = load(&[("f", &entry("2999-01-31"))]).expect("well-formed");
        assert!(settings.suppressions.allowed.len() == 1 && settings.suppressions.expired.is_empty());
    }
}
