//! `keysift rules list` and `keysift rules check`.

use std::path::PathBuf;

use anyhow::Result;
use keysift::{Outcome, check, rule_page::metas};
use keysift_finding::RuleMeta;
use keysift_policy::Kind;
use keysift_report::write_list;

use crate::{
    args::List,
    output::{counted, print},
};

/// How many different secrets each example is tried with.
const SEEDS: u64 = 50;

/// Lists rules and checks.
pub(crate) fn list(args: &List) -> Result<Outcome> {
    let all = metas(&args.rules)?;
    let has = |meta: &RuleMeta, word: &String| {
        let text = format!("{} {} {}", meta.id, meta.name, meta.provider).to_ascii_lowercase();
        text.contains(&word.to_ascii_lowercase())
    };
    let fits = |meta: &&RuleMeta| {
        let kind = args
            .kind
            .is_none_or(|kind| (meta.is_credential || meta.is_hard_coded) == (kind == Kind::Secrets));
        kind && meta.severity >= args.severity && args.words.iter().all(|word| has(meta, word))
    };
    let listed: Vec<&RuleMeta> = all.iter().map(|meta| &**meta).filter(fits).collect();
    print(|out| write_list(&listed, &args.columns, args.format, out))?;
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
