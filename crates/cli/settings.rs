//! `keysift.toml`: what a team agreed on. Found in the folder that is scanned or above it, or named with `--config`.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};
use keysift_finding::Severity;
use keysift_report::{Allowed, Excuse, Question};
use serde::Deserialize;
use toml::Spanned;

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
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
    until: Option<String>,
}

/// Settings, checked.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Rule files of the team.
    pub(crate) rules: Vec<PathBuf>,
    /// Rules and checks that are off, entries that are allowed, severities that are other ones.
    pub(crate) excuse: Excuse,
}

const NAME: &str = "keysift.toml";

/// The settings that are in force: of the file that is named, or of the nearest above `start`.
pub(crate) fn load(named: Option<&Path>, start: &Path) -> Result<Settings> {
    let found = match named {
        Some(file) => Some(file.to_owned()),
        None => nearest(start),
    };
    let Some(file) = found else { return Ok(Settings::default()) };
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read the configuration {}", file.display()))?;
    let raw: Raw =
        toml::from_str(&text).map_err(|error| anyhow::anyhow!("{}{}: {}", file.display(), place(&text, error.span()), error.message()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut excuse = Excuse { severities: raw.severity, ..Excuse::default() };
    for pattern in &raw.disable {
        let at = || format!("{}{}", file.display(), place(&text, Some(pattern.span())));
        excuse.disabled.push(matcher(globs(std::slice::from_ref(pattern.get_ref())).with_context(at)?));
    }
    for entry in raw.allow {
        let at = format!("{}{}", file.display(), place(&text, Some(entry.span())));
        allow(entry.into_inner(), &at, &mut excuse)?;
    }
    let rules = raw.rules.iter().map(|rules| folder.join(rules)).collect();
    Ok(Settings { rules, excuse })
}

fn nearest(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok().or_else(|| env::current_dir().ok())?;
    start.ancestors().map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

fn allow(entry: Allow, at: &str, excuse: &mut Excuse) -> Result<()> {
    if entry.reason.trim().is_empty() {
        bail!("{at}: `reason` says why this is allowed, and is empty");
    }
    if entry.paths.is_empty() && entry.rules.is_empty() && entry.fingerprints.is_empty() {
        bail!("{at}: an entry without `paths`, `rules` and `fingerprints` would allow everything");
    }
    if let Some(until) = &entry.until {
        let Some(day) = day(until) else { bail!("{at}: `until` is a date such as 2027-01-31") };
        if day < today() {
            // Out of date: what it allowed is shown again.
            excuse.expired.push(format!("{at}: allowed until {until}: {}", entry.reason));
            return Ok(());
        }
    }
    let all = |patterns: &[String]| if patterns.is_empty() { Ok(None) } else { globs(patterns).map(Some) };
    excuse.allowed.push(Allowed {
        paths: all(&entry.paths).with_context(|| at.to_owned())?.map(matcher),
        rules: all(&entry.rules).with_context(|| at.to_owned())?.map(matcher),
        fingerprints: entry.fingerprints,
        said: format!("{at}: {}", entry.reason),
    });
    Ok(())
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
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn today() -> i64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
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
