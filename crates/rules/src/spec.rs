//! The YAML form of a rule file, parsed strictly.

use std::{borrow::Cow, path::Path};

use keysift_finding::{Confidence, Severity};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny},
};
use serde_saphyr::Spanned;

use crate::{
    Error, Generality, Import, Rule, RuleKind, Stage, Trigger, Validator,
    compile::{parsed, reach},
    kind::Names,
    minimal,
    needed::needed,
    search::Search,
    token_run::token_run,
    trigger::triggers_of,
};

/// A rule as written in its file, with its form checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The issuer of the secret.
    pub provider: String,
    /// The id: words joined by `-`.
    pub id: String,
    /// The title: what is found.
    pub name: String,
    /// The impact if the secret is real.
    pub severity: Severity,
    /// The likelihood that a match is real.
    pub confidence: Confidence,
    /// The first version with this rule.
    pub since: String,
    /// Every match contains one of these, for which the matcher searches.
    pub literals: Vec<String>,
    /// The literals that the matcher searches for, with their required contexts.
    pub triggers: Vec<Trigger>,
    /// Every match contains a run of this many token characters; 0 if unknown.
    pub token_run: usize,
    /// Symbols that every match contains and no literal does.
    pub needed: Vec<u8>,
    /// How far a match reaches before and after a literal in it, in bytes.
    pub reach: usize,
    /// Where the literals are searched.
    pub search: Search,
    /// What selects the rule, and what its pattern describes.
    pub kind: RuleKind,
    /// How general it is.
    pub general: Generality,
    /// How widespread the secret is: 1 nearly everywhere, 2 in many places, 3 rare.
    pub tier: u8,
    /// The other half of the credential.
    pub pair: Option<Pair>,
    /// Rules of other providers that may match the same secrets.
    pub overlaps: Vec<String>,
    /// Whether the literals match in any case. The pattern needs its own `(?i)`.
    pub ignore_case: bool,
    /// The regular expression, `regex` syntax, ASCII classes, with the group `secret` and fragments like `{{assign}}`.
    pub pattern: String,
    /// The maximum length of a match, in bytes; 0: as the pattern allows.
    pub max_length: usize,
    /// Offline validators; all must accept.
    pub validate: Vec<Validator>,
    /// How to generate a fake: see [`crate::Recipe`].
    pub secret: String,
    /// The first 16 hex digits of the SHA-256 of secrets in documentation, which were never live.
    pub samples: Vec<String>,
    /// What an attacker can do with it.
    pub why: String,
    /// How to remedy it.
    pub fix: String,
    /// A read-only command that shows whether the secret, in the variable `SECRET`, is live. keysift never runs it.
    pub check: String,
    /// The steps to replace the secret without an outage.
    pub rotate: Vec<String>,
    /// Documentation.
    pub references: Vec<String>,
    /// Texts in which the rule finds exactly `{{secret}}`.
    pub examples: Vec<String>,
    /// Texts in which it finds nothing, with the stage that rejects them.
    pub counterexamples: Vec<Counterexample>,
}

impl Spec {
    /// The settings of an imported rule.
    pub fn import(&self) -> Option<&Import> {
        match &self.kind {
            RuleKind::Imported(import) => Some(import),
            _ => None,
        }
    }
}

/// The other part of a credential pair. If it is near, both are one finding with two locations, one severity
/// level higher.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Rules that find the other part.
    #[serde(default)]
    pub rules: Vec<String>,
    /// The beginnings of an other half that is not a secret (`-----BEGIN CERTIFICATE-----`).
    #[serde(default)]
    pub texts: Vec<String>,
}

/// A text in which a rule finds nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    /// The text, a recipe.
    pub text: String,
    /// The stage that stops it.
    pub stops_at: Stage,
    /// Why it is not a finding.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    provider: String,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    #[serde(default)]
    name: String,
    #[serde(default = "default_severity")]
    severity: Severity,
    #[serde(default = "default_confidence")]
    confidence: Confidence,
    #[serde(default)]
    since: String,
    #[serde(default)]
    literals: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    run: usize,
    #[serde(default = "default_tier")]
    tier: u8,
    #[serde(default)]
    near: usize,
    #[serde(default)]
    names: Option<Names>,
    #[serde(default)]
    general: Generality,
    #[serde(default)]
    pair: Option<Pair>,
    #[serde(default)]
    overlaps: Vec<String>,
    #[serde(default)]
    ignore_case: bool,
    pattern: Spanned<String>,
    #[serde(default)]
    max_length: usize,
    #[serde(default, deserialize_with = "validators")]
    validate: Vec<Validator>,
    #[serde(default)]
    secret: Option<Spanned<String>>,
    #[serde(default)]
    samples: Vec<String>,
    #[serde(default)]
    why: String,
    #[serde(default)]
    fix: String,
    #[serde(default)]
    check: String,
    #[serde(default)]
    rotate: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    counterexamples: Vec<Counterexample>,
}

/// Reads validators in two steps. The YAML deserializer, compiled for each of their types, was .36 MB of the executable.
fn validators<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Validator>, D::Error> {
    let values = Vec::<serde_json::Value>::deserialize(deserializer)?;
    let read = |value| serde_json::from_value(value).map_err(D::Error::custom);
    values.into_iter().map(read).collect()
}

fn default_tier() -> u8 {
    2
}

fn default_severity() -> Severity {
    Severity::High
}

fn default_confidence() -> Confidence {
    Confidence::High
}

/// Parses a rule file. `file` is only used in errors.
///
/// # Errors
/// The errors in its form, with line and column, at most one for each rule: YAML, unknown or missing keys, ids,
/// patterns that do not compile, groups that validators name and the pattern lacks, recipes, a rule without
/// examples.
pub fn parse(file: &Path, text: &str) -> Result<Vec<Spec>, Error> {
    read(file, text, Rule::check_form)
}

/// Parses a rule file that tests have checked with [`parse`]: YAML, keys and ids are checked, patterns are
/// not compiled.
///
/// # Errors
/// As [`parse`].
pub fn parse_trusted(file: &Path, text: &str) -> Result<Vec<Spec>, Error> {
    read(file, text, |_| Ok(()))
}

fn read(
    file: &Path,
    text: &str,
    check: impl Fn(&Spec) -> Result<(), (Part, String)>,
) -> Result<Vec<Spec>, Error> {
    let at = |location: serde_saphyr::Location, message: String| Error {
        file: file.to_owned(),
        line: location.line(),
        column: location.column(),
        message,
        others: Vec::new(),
    };
    let mut errors = Vec::new();
    let mut readable = Cow::Borrowed(text);
    let raw: RawFile = loop {
        // As in YAML 1.2: `n` in a list is a word and not "no".
        let options = serde_saphyr::options! { strict_booleans: true };
        let error = match serde_saphyr::from_str_with_options(&readable, options) {
            Ok(raw) => break raw,
            Err(error) => error,
        };
        let location = error.location().unwrap_or(serde_saphyr::Location::UNKNOWN);
        errors.push(at(location, first_line(&error.to_string())));
        match without_rule(&readable, location.line()) {
            Some(rest) => readable = rest.into(),
            None => {
                errors.sort_by_key(|error| error.line);
                Error::all(errors)?;
                return Ok(Vec::new());
            }
        }
    };
    let mut specs: Vec<Spec> = Vec::with_capacity(raw.rules.len());
    for rule in raw.rules {
        match checked(rule, &raw.provider, &specs, &check) {
            Ok(spec) => specs.push(spec),
            Err((location, message)) => errors.push(at(location, message)),
        }
    }
    errors.sort_by_key(|error| error.line);
    Error::all(errors)?;
    Ok(specs)
}

/// A rule file without the rule on this line, whose lines become empty, so that the other rules can be read and keep their places. `None` if
/// the line is in no rule, if there is no other rule, or if the file is no YAML: then an error may be far from its cause.
fn without_rule(text: &str, line: u64) -> Option<String> {
    serde_saphyr::from_str::<IgnoredAny>(text).ok()?;
    let mut lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let first = 1 + lines.iter().position(|line| line.starts_with("rules:"))?;
    let margin = indent(
        lines[first..]
            .iter()
            .find(|line| line.trim_start().starts_with("- "))?,
    );
    let begins = |line: &&str| indent(line) == margin && line[margin..].starts_with("- ");
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let start = lines.get(..=at)?.iter().rposition(begins)?;
    let goes_on = |line: &&&str| line.trim().is_empty() || indent(line) > margin;
    let end = start + 1 + lines[start + 1..].iter().take_while(goes_on).count();
    let has_others = lines.iter().filter(|line| begins(line)).count() > 1;
    (has_others && start >= first && at < end).then(|| {
        lines[start..end].fill("");
        lines.join("\n")
    })
}

/// One rule, with its form checked.
fn checked(
    rule: RawRule,
    provider: &str,
    others: &[Spec],
    check: &impl Fn(&Spec) -> Result<(), (Part, String)>,
) -> Result<Spec, (serde_saphyr::Location, String)> {
    let id = rule.id.defined;
    let literals = rule.literals.as_ref().map_or(id, |literals| literals.defined);
    let secret = rule.secret.as_ref().map_or(id, |secret| secret.defined);
    let pattern = rule.pattern.defined;
    let wrong = |id: &str, message: &str| format!("rule `{id}`: {message}");
    let mut spec = rule
        .into_spec(provider)
        .map_err(|(rule, message)| (id, wrong(&rule, &message)))?;
    minimal::complete(&mut spec);
    if others.iter().any(|other| other.id == spec.id) {
        return Err((id, format!("duplicate id `{}` in this file", spec.id)));
    }
    check(&spec).map_err(|(part, message)| {
        let location = match part {
            Part::Rule => id,
            Part::Literals => literals,
            Part::Pattern => pattern,
            Part::Secret => secret,
        };
        (location, wrong(&spec.id, &message))
    })?;
    Ok(spec)
}

/// The part of a rule that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Rule,
    Literals,
    Pattern,
    Secret,
}

impl RawRule {
    /// Checks the form. An error names the rule.
    fn into_spec(self, provider: &str) -> Result<Spec, (String, String)> {
        let kind = match RuleKind::of(self.names, self.run, self.near) {
            Ok(kind) => kind,
            Err(message) => return Err((self.id.value, message)),
        };
        let mut spec = Spec {
            provider: provider.to_owned(),
            id: self.id.value,
            name: self.name,
            severity: self.severity,
            confidence: self.confidence,
            since: self.since,
            literals: self.literals.map(|literals| literals.value).unwrap_or_default(),
            triggers: Vec::new(),
            token_run: 0,
            needed: Vec::new(),
            reach: 0,
            search: Search::Text,
            kind,
            general: self.general,
            tier: self.tier,
            pair: self.pair,
            overlaps: self.overlaps,
            ignore_case: self.ignore_case,
            pattern: self.pattern.value,
            max_length: self.max_length,
            validate: self.validate,
            secret: self.secret.map(|secret| secret.value).unwrap_or_default(),
            samples: self.samples,
            why: self.why.trim().to_owned(),
            fix: self.fix.trim().to_owned(),
            check: self.check.trim().to_owned(),
            rotate: self.rotate,
            references: self.references,
            examples: self.examples,
            counterexamples: self.counterexamples,
        };
        spec.triggers = triggers_of(&spec);
        let pattern = parsed(&spec);
        spec.token_run = pattern.as_ref().map_or(0, token_run);
        spec.needed = pattern
            .as_ref()
            .map_or_else(Vec::new, |pattern| needed(pattern, &spec.literals));
        spec.reach = reach(&spec, pattern.as_ref());
        spec.search = Search::of(&spec, pattern.as_ref());
        Ok(spec)
    }
}

/// serde-saphyr prints `error: line L column C: message` and then the source; the middle of the first line is
/// the message.
pub(crate) fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    match line
        .strip_prefix("error: line ")
        .and_then(|rest| rest.split_once(": "))
    {
        Some((_, message)) => message.to_owned(),
        None => line.trim_start_matches("error: ").to_owned(),
    }
}

/// Serializes checked rules in the compact form that is embedded: see [`from_bytes`].
pub fn to_bytes(specs: &[Spec]) -> Vec<u8> {
    postcard::to_allocvec(specs).expect("plain data")
}

/// Deserializes rules. Parsing YAML would take milliseconds at every start, so the built-in rules are
/// embedded in this form.
/// program is built.
///
/// # Errors
/// If `bytes` does not come from [`to_bytes`] of this version.
pub fn from_bytes(bytes: &[u8]) -> Result<Vec<Spec>, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}
