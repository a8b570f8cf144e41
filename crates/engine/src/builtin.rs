//! The rules of a run: the built-in ones and the user's.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use keysift_matcher::Plan;
use keysift_rules::{Rule, Spec, is_import};
use keysift_scan::Plans;

use crate::Error;

/// Maximum size of a rule file, in bytes. The built-in rules have 2 MB.
const LARGEST: u64 = 16 << 20;

/// The built-in rules of `patterns/`, written by `keysift rules embed`. Parsing the YAML at every start would
/// take longer than the whole scan of a git hook, and a build script would compile a third of the crates
/// twice.
const BUILTIN: &[u8] = include_bytes!("../embedded/rules.postcard");

/// The plans for the literals of the built-in rules, written by `keysift rules embed`.
const TEXT_PLAN: &[u8] = include_bytes!("../embedded/text.plan");
const LINES_PLAN: &[u8] = include_bytes!("../embedded/lines.plan");

/// Returns the files to embed, by name: the rules of the files in `patterns`, and the matchers' plans for their
/// literals.
///
/// # Errors
/// If a file cannot be read or is malformed.
pub fn embed(patterns: &Path) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let mut specs = Vec::new();
    for file in rule_files(&[patterns.to_owned()])? {
        specs.extend(keysift_rules::parse(&file, &text(&file)?)?);
    }
    let text = keysift_scan::literals(&specs).0.make_plan()?;
    let lines = keysift_scan::line_literals(&specs).0.make_plan()?;
    Ok(vec![
        ("rules.postcard", keysift_rules::to_bytes(&specs)),
        ("text.plan", text.to_bytes()),
        ("lines.plan", lines.to_bytes()),
    ])
}

/// Returns the plans for the literals of the built-in rules, which come before those of the user.
pub fn plans() -> Option<Plans> {
    Some(Plans {
        text: Plan::from_bytes(TEXT_PLAN)?,
        lines: Plan::from_bytes(LINES_PLAN)?,
    })
}

/// Returns the built-in rules, and the rules of the user's files and folders.
///
/// # Errors
/// If a file cannot be read or is malformed, or two rules have the same id.
pub fn rules(users: &[PathBuf]) -> Result<Arc<[Rule]>, Error> {
    rules_with(users, read)
}

/// As [`rules`]. What an imported file uses and keysift does not support is left out; its errors are added to
/// `skipped`.
///
/// # Errors
/// As [`rules`].
pub fn supported_rules(
    users: &[PathBuf],
    skipped: &mut Vec<keysift_rules::Error>,
) -> Result<Arc<[Rule]>, Error> {
    rules_with(users, |file| {
        let text = text(file)?;
        if !is_import(file, &text) {
            return Ok(keysift_rules::parse(file, &text)?);
        }
        let (specs, errors) = keysift_rules::import_supported(file, &text)?;
        skipped.extend(errors);
        Ok(specs)
    })
}

fn rules_with(
    users: &[PathBuf],
    mut read: impl FnMut(&Path) -> Result<Vec<Spec>, Error>,
) -> Result<Arc<[Rule]>, Error> {
    let mut specs = keysift_rules::from_bytes(BUILTIN).map_err(Error::Embedded)?;
    for file in rule_files(users)? {
        specs.extend(read(&file)?);
    }
    let mut seen = HashMap::new();
    for spec in &specs {
        if let Some(provider) = seen.insert(&spec.id, &spec.provider) {
            return Err(Error::DuplicateRule {
                id: spec.id.clone(),
                first: provider.clone(),
                second: spec.provider.clone(),
            });
        }
    }
    Ok(specs.into_iter().map(Rule::new).collect())
}

/// Reads the text of a rule file.
fn text(file: &Path) -> Result<String, Error> {
    keysift_source::small(file, LARGEST).map_err(|source| Error::Read {
        path: file.to_owned(),
        source,
    })
}

/// Reads and validates the rules of one file. Those of gitleaks, betterleaks, Trivy and TruffleHog are recognized and imported.
///
/// # Errors
/// If the file cannot be read or is malformed.
pub fn read(file: &Path) -> Result<Vec<Spec>, Error> {
    let text = text(file)?;
    if is_import(file, &text) {
        return Ok(keysift_rules::import(file, &text)?);
    }
    Ok(keysift_rules::parse(file, &text)?)
}

/// Lists rule files: a file as it is, and all `.yaml` and `.yml` files of a folder, sorted.
///
/// # Errors
/// If a folder cannot be read or has no rule file.
pub fn rule_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let unreadable = |source| Error::Read {
            path: path.clone(),
            source,
        };
        if !fs::metadata(path).map_err(unreadable)?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries: Vec<_> = fs::read_dir(path)
            .and_then(|entries| entries.collect::<Result<_, _>>())
            .map_err(unreadable)?;
        let is_rules = |file: &PathBuf| {
            file.extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
        };
        let mut found: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(is_rules).collect();
        if found.is_empty() {
            return Err(Error::NoRules(path.clone()));
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}
