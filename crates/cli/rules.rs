//! `keysift rules list` and `keysift rules check`.

use std::path::PathBuf;

use anyhow::Result;
use keysift_rules::{Problem, Rule};

use keysift::{Outcome, builtin};

use crate::{args::List, output::print};

/// How many different secrets each example is tried with.
const SEEDS: u64 = 50;

/// Lists all rules and checks.
pub(crate) fn list(args: &List) -> Result<Outcome> {
    let rules = builtin::rules(&args.rules)?;
    let mut metas: Vec<_> = rules
        .iter()
        .map(|rule| rule.meta().clone())
        .chain(keysift_manifest::metas())
        .collect();
    metas.sort_by(|one, other| one.id.cmp(&other.id));
    let width = metas.iter().map(|meta| meta.id.len()).max().unwrap_or_default();
    print(|out| {
        for meta in &metas {
            writeln!(out, "{:width$}  {:8}  {}", meta.id, meta.severity, meta.name)?;
        }
        writeln!(out, "{} rules; `keysift explain RULE` says more", metas.len())
    })?;
    Ok(Outcome::Clean)
}

/// Checks rule files; tells every problem, not only the first.
pub(crate) fn check(paths: &[PathBuf]) -> Result<Outcome> {
    let mut problems: Vec<String> = Vec::new();
    let (mut good, mut warnings) = (0, Vec::new());
    for file in builtin::rule_files(paths)? {
        match builtin::read(&file) {
            Err(error) => problems.push(format!("{error:#}")),
            Ok(specs) => {
                for spec in specs {
                    let rule = Rule::new(spec);
                    let mut found = keysift_scan::self_test(&rule, SEEDS);
                    found.extend(rule.weak_literals().into_iter().map(|message| Problem {
                        rule: rule.meta().id.clone(),
                        message,
                    }));
                    warnings.extend(rule.warnings().iter().map(|text| {
                        format!("{}: warning: rule `{}`: {text}", file.display(), rule.meta().id)
                    }));
                    good += usize::from(found.is_empty());
                    problems.extend(
                        found
                            .iter()
                            .map(|problem| format!("{}: {problem}", file.display())),
                    );
                }
            }
        }
    }
    print(|out| {
        for line in problems.iter().chain(&warnings) {
            writeln!(out, "{line}")?;
        }
        writeln!(
            out,
            "{good} rules good, {} problems, {} warnings",
            problems.len(),
            warnings.len()
        )
    })?;
    Ok(if problems.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Incomplete
    })
}
