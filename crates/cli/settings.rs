//! `keysift.toml`: what a team agreed on. Found in the folder that is scanned or above it, or named with `--config`.

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};
use keysift_finding::Severity;
use keysift_report::{Allowed, Excuse, Foreign, Outcome, Question, SecretQuestion, Terminal};
use regex::bytes::RegexBuilder;
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use crate::rules;

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    extends: Vec<PathBuf>,
    strict: Option<bool>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    disable: Vec<Spanned<String>>,
    #[serde(default)]
    severity: HashMap<String, Severity>,
    #[serde(default)]
    rules: Vec<PathBuf>,
    #[serde(default)]
    allow: Vec<Spanned<Allow>>,
}

/// Findings that are allowed, and why.
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

/// Settings, checked.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Rule files of the team.
    pub(crate) rules: Vec<PathBuf>,
    /// Rules and checks that are off, entries that are allowed, severities that are other ones.
    pub(crate) excuse: Excuse,
    /// Remarks in lines count only if they are ours and name the rule.
    pub(crate) strict: bool,
    /// The same for people: what is in force, and the place that says so.
    pub(crate) shown: Vec<(String, String)>,
}

/// How far files may extend others, and how many there may be.
const DEPTH: usize = 8;
const MOST: usize = 64;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 4 << 20;

const NAME: &str = "keysift.toml";

/// The settings that are in force: of the file that is named, or of the nearest above `start`.
pub(crate) fn load(named: Option<&Path>, start: &Path) -> Result<Settings> {
    let found = match named {
        Some(file) => Some(file.to_owned()),
        None => nearest(start),
    };
    let mut settings = Settings::default();
    if let Some(file) = found {
        read(&file, 0, &mut HashMap::new(), &mut settings)?;
    }
    Ok(settings)
}

/// Whether a file was read whole, or is being read by what extends it.
type Known = HashMap<PathBuf, bool>;

/// Adds what a file says; what it extends comes first, so that it has the last word. A file that several extend is read once, where it is
/// named first.
fn read(file: &Path, depth: usize, known: &mut Known, settings: &mut Settings) -> Result<()> {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    match known.get(&real) {
        Some(true) => return Ok(()),
        Some(false) => bail!("{}: extends itself", file.display()),
        None if depth > DEPTH => bail!(
            "{}: files extend each other more than {DEPTH} deep",
            file.display()
        ),
        None if known.len() == MOST => bail!("{}: more than {MOST} files extend each other", file.display()),
        None => known.insert(real.clone(), false),
    };
    let text = keysift_source::small(file, LARGEST)
        .with_context(|| format!("cannot read the configuration {}", file.display()))?;
    let raw: Raw = toml::from_str(&text).map_err(|error| {
        anyhow::anyhow!(
            "{}{}: {}",
            file.display(),
            place(&text, error.span()),
            error.message()
        )
    })?;
    let folder = file.parent().unwrap_or(Path::new("."));
    for other in &raw.extends {
        read(&folder.join(other), depth + 1, known, settings)?;
    }
    let at = |span| format!("{}{}", file.display(), place(&text, span));
    if let Some(strict) = raw.strict {
        settings.strict = strict;
        settings.shown.push((format!("strict = {strict}"), at(None)));
    }
    for pattern in &raw.exclude {
        let place = at(Some(pattern.span()));
        settings.excuse.excluded.push(matcher(
            globs(std::slice::from_ref(pattern.get_ref())).with_context(|| place.clone())?,
        ));
        settings
            .shown
            .push((format!("exclude {:?}", pattern.get_ref()), place));
    }
    for pattern in &raw.disable {
        let place = at(Some(pattern.span()));
        settings.excuse.disabled.push(matcher(
            globs(std::slice::from_ref(pattern.get_ref())).with_context(|| place.clone())?,
        ));
        settings
            .shown
            .push((format!("disable {:?}", pattern.get_ref()), place));
    }
    let severities: std::collections::BTreeMap<_, _> = raw.severity.into_iter().collect();
    for (rule, severity) in severities {
        settings
            .shown
            .push((format!("severity of {rule}: {severity}"), at(None)));
        settings.excuse.severities.insert(rule, severity);
    }
    for rules in &raw.rules {
        settings
            .shown
            .push((format!("rules {}", rules.display()), at(None)));
        settings.rules.push(folder.join(rules));
    }
    for entry in raw.allow {
        let place = at(Some(entry.span()));
        settings
            .shown
            .push((format!("allow: {}", entry.get_ref().reason), place.clone()));
        allow(entry.into_inner(), &place, &mut settings.excuse)?;
    }
    known.insert(real, true);
    Ok(())
}

/// Prints what is in force, and from where.
pub(crate) fn show(named: Option<&Path>, start: &Path) -> Result<Outcome> {
    let settings = load(named, start)?;
    let told = |text: &str| Foreign::new(text).to::<Terminal>();
    rules::print(|out| {
        if settings.shown.is_empty() {
            return writeln!(
                out,
                "nothing is configured: no {NAME} in or above {}",
                Foreign::path(start).to::<Terminal>()
            );
        }
        settings
            .shown
            .iter()
            .try_for_each(|(what, place)| writeln!(out, "{}  ({})", told(what), told(place)))?;
        settings
            .excuse
            .expired
            .iter()
            .try_for_each(|entry| writeln!(out, "out of date: {}", told(entry)))
    })?;
    Ok(Outcome::Clean)
}

/// The form of the file, for editors.
pub(crate) fn schema() -> Value {
    let texts = |what: &str| json!({"type": "array", "items": {"type": "string"}, "description": what});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keysift.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "extends": texts("Files whose settings come before these, relative to this file."),
            "strict": {"type": "boolean", "description": "Remarks in lines count only if they are keysift's own and name the rule."},
            "exclude": texts("Paths whose findings are not shown: patterns, from the top of the repository (without one: from the scanned folder)."),
            "disable": texts("Rules and checks that are off: ids or patterns."),
            "rules": texts("Rule files, relative to this file."),
            "severity": {
                "type": "object",
                "description": "Severities by rule.",
                "additionalProperties": {"enum": Severity::ALL.iter().map(|severity| severity.word()).collect::<Vec<_>>()},
            },
            "allow": {
                "type": "array",
                "description": "Findings that are allowed: those that fit everything an entry names.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["reason"],
                    "properties": {
                        "reason": {"type": "string", "minLength": 1, "description": "Why."},
                        "paths": texts("Patterns of paths."),
                        "rules": texts("Ids or patterns of rules."),
                        "fingerprints": texts("Fingerprints of findings, as reports in JSON have them."),
                        "secrets": texts("Regular expressions that fit somewhere in the secret."),
                        "until": {"type": "string", "format": "date", "description": "The last day on which it is allowed."},
                    },
                },
            },
        },
    })
}

fn nearest(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok().or_else(|| env::current_dir().ok())?;
    start
        .ancestors()
        .map(|folder| folder.join(NAME))
        .find(|file| file.is_file())
}

fn allow(entry: Allow, at: &str, excuse: &mut Excuse) -> Result<()> {
    if entry.reason.trim().is_empty() {
        bail!("{at}: `reason` says why this is allowed, and is empty");
    }
    if entry.paths.is_empty()
        && entry.rules.is_empty()
        && entry.fingerprints.is_empty()
        && entry.secrets.is_empty()
    {
        bail!("{at}: an entry without `paths`, `rules`, `fingerprints` and `secrets` would allow everything");
    }
    if let Some(until) = &entry.until {
        let Some(day) = day(until) else {
            bail!("{at}: `until` is a date such as 2027-01-31")
        };
        if day < today() {
            // Out of date: what it allowed is shown again.
            excuse
                .expired
                .push(format!("{at}: allowed until {until}: {}", entry.reason));
            return Ok(());
        }
    }
    let all = |patterns: &[String]| {
        if patterns.is_empty() {
            Ok(None)
        } else {
            globs(patterns).map(Some)
        }
    };
    excuse.allowed.push(Allowed {
        paths: all(&entry.paths).with_context(|| at.to_owned())?.map(matcher),
        rules: all(&entry.rules).with_context(|| at.to_owned())?.map(matcher),
        fingerprints: entry.fingerprints,
        secrets: secrets(&entry.secrets).with_context(|| at.to_owned())?,
        said: format!("{at}: {}", entry.reason),
    });
    Ok(())
}

/// A question to a secret; none where nothing is asked.
fn secrets(patterns: &[String]) -> Result<Option<SecretQuestion>> {
    let compile = |pattern: &String| {
        RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(1 << 20)
            .build()
    };
    let patterns: Vec<_> = patterns.iter().map(compile).collect::<Result<_, _>>()?;
    let asked = !patterns.is_empty();
    Ok(asked.then(|| -> SecretQuestion {
        Box::new(move |secret| patterns.iter().any(|pattern| pattern.is_match(secret)))
    }))
}

fn matcher(set: GlobSet) -> Question {
    Box::new(move |text| set.is_match(text))
}

fn globs(patterns: &[String]) -> Result<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern)?);
        // A folder means what is in it.
        if let Some(folder) = pattern.strip_suffix('/') {
            builder.add(Glob::new(&format!("{folder}/**"))?);
        }
    }
    Ok(builder.build()?)
}

/// `:line:column` of a place in a text.
fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let Some(span) = span else { return String::new() };
    let before = &text[..span.start.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{line}:{column}")
}

/// Days since 1970 of `YYYY-MM-DD` (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn day(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else {
        return None;
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn today() -> i64 {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds / 86_400).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-03-01"), Some(11_017));
        assert_eq!(day("2026-11-21"), Some(20_778));
        assert!(day("2026-13-01").is_none() && day("soon").is_none());
    }
}
