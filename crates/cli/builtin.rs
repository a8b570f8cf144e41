//! The rules that a run uses: the built-in ones, and the user's.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use keysift_matcher::Plan;
use keysift_rules::{Rule, Spec};

/// The largest rule file that is read, in bytes: our own 779 rules have two megabytes.
const LARGEST: u64 = 16 << 20;

/// The built-in rules, as `build.rs` wrote them.
const BUILTIN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.postcard"));

/// The matcher's plan for the literals of the built-in rules, as `build.rs` wrote it.
const PLAN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/matcher.plan"));

/// The plan for the literals of the built-in rules, which come first whatever rules the user adds.
pub(crate) fn plan() -> Option<Plan> {
    Plan::from_bytes(PLAN)
}

/// The built-in rules, and those of the user's files and folders.
pub(crate) fn rules(users: &[PathBuf]) -> Result<Arc<[Rule]>> {
    let mut specs = keysift_rules::from_bytes(BUILTIN)
        .map_err(anyhow::Error::msg)
        .context("the built-in rules")?;
    for file in rule_files(users)? {
        specs.extend(read(&file)?);
    }
    let mut seen = HashMap::new();
    for spec in &specs {
        if let Some(provider) = seen.insert(&spec.id, &spec.provider) {
            bail!(
                "two rules have the id `{}` (of {provider} and {})",
                spec.id,
                spec.provider
            );
        }
    }
    Ok(specs.into_iter().map(Rule::new).collect())
}

/// The rules of one file, checked in full; a `.toml` file is one of gitleaks or betterleaks.
pub(crate) fn read(file: &Path) -> Result<Vec<Spec>> {
    let text = keysift_source::small(file, LARGEST)
        .with_context(|| format!("cannot read the rule file {}", file.display()))?;
    if file.extension().is_some_and(|extension| extension == "toml") {
        return Ok(keysift_rules::import(file, &text)?);
    }
    Ok(keysift_rules::parse(file, &text)?)
}

/// The files that the user means: a file as it is, of a folder all `.yaml` and `.yml` files in it.
pub(crate) fn rule_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let metadata =
            fs::metadata(path).with_context(|| format!("cannot read the rules in {}", path.display()))?;
        if !metadata.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot read the rules in {}", path.display()))?;
        let mut found = Vec::new();
        for entry in entries {
            let file = entry
                .with_context(|| format!("cannot read the rules in {}", path.display()))?
                .path();
            if file
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                found.push(file);
            }
        }
        if found.is_empty() {
            bail!("no rule files (*.yaml) in {}", path.display());
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}
