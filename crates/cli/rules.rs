//! `keysift rules list` and `keysift rules check`.

use std::path::PathBuf;

use anyhow::Result;
use keysift::{Outcome, builtin, check};

use crate::{
    args::List,
    output::{counted, print},
};

/// How many different secrets each example is tried with.
const SEEDS: u64 = 50;

/// Lists all rules and checks.
pub(crate) fn list(args: &List) -> Result<Outcome> {
    let rules = builtin::rules(&args.rules)?;
    let metas = rules.iter().map(|rule| rule.meta().clone());
    let mut metas: Vec<_> = metas.chain(keysift_manifest::metas()).collect();
    metas.sort_by(|one, other| one.id.cmp(&other.id));
    let width = metas.iter().map(|meta| meta.id.len()).max().unwrap_or_default();
    print(|out| {
        for meta in &metas {
            writeln!(out, "{:width$}  {:8}  {}", meta.id, meta.severity, meta.name)?;
        }
        writeln!(
            out,
            "{} rules; for details, use `keysift explain RULE`",
            metas.len()
        )
    })?;
    Ok(Outcome::Clean)
}

/// Checks rule files.
pub(crate) fn check(paths: &[PathBuf]) -> Result<Outcome> {
    let checked = check::check(paths, SEEDS)?;
    let (good, problems, warnings) = (checked.good, &checked.problems, &checked.warnings);
    print(|out| {
        let mut lines = problems.iter().chain(warnings);
        lines.try_for_each(|line| writeln!(out, "{line}"))?;
        let good = counted(good, "rule");
        let (errors, warnings) = (
            counted(problems.len(), "error"),
            counted(warnings.len(), "warning"),
        );
        writeln!(out, "{good} OK, {errors}, {warnings}")
    })?;
    Ok(match problems.is_empty() {
        true => Outcome::Clean,
        false => Outcome::Incomplete,
    })
}
