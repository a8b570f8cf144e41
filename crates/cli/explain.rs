//! `keysift explain RULE` and `keysift explain FILE:LINE`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Result, bail};
use keysift::{
    Engine, Outcome, Policy, inputs,
    rule_page::{RulePage, metas},
};
use keysift_finding::{Confidence, Severity};
use keysift_policy::unknown_rule;

use crate::{args::Explain, output::print};

/// Prints the page of a rule or check, or what is known of a line.
pub(crate) fn explain(args: &Explain) -> Result<Outcome> {
    if let Some((file, line)) = place(&args.rule) {
        return explain_line(args, &file, line);
    }
    if let Some(page) = RulePage::of(&args.rule, &args.rules)? {
        print(|out| page.write(out))?;
        return Ok(Outcome::Clean);
    }
    let metas = metas(&args.rules)?;
    let ids: Vec<&str> = metas.iter().map(|meta| meta.id.as_str()).collect();
    match unknown_rule(&args.rule, &ids) {
        Some(_) if Path::new(&args.rule).is_file() => {
            bail!("{0} is a file; to explain a line of it, use {0}:LINE", args.rule)
        }
        Some(unknown) => bail!("{unknown}"),
        None => bail!("`{}` is a pattern: name one rule", args.rule),
    }
}

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as reports print it, if such a file exists.
fn place(asked: &str) -> Option<(PathBuf, u64)> {
    let (rest, last) = asked.rsplit_once(':')?;
    let number: u64 = last.parse().ok()?;
    if let Some((file, line)) = rest
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file, line.parse().ok()?)))
        && Path::new(file).is_file()
    {
        return Some((file.into(), line));
    }
    Some((rest.into(), number))
}

/// Explains a line: what a scan with the settings of its repository reports there, what suppresses it, and which rules looked at it.
fn explain_line(args: &Explain, file: &Path, line: u64) -> Result<Outcome> {
    let settings = inputs::settings(None, file)?;
    let baseline = args.baseline.as_deref().or(settings.baseline.as_deref());
    let known = baseline.map(inputs::known).transpose()?;
    let builder = Engine::builder().scan_options(keysift_scan::Options {
        low_confidence: true,
        tests: settings.tests,
        ..Default::default()
    });
    let engine = settings
        .rules
        .iter()
        .chain(&args.rules)
        .fold(builder, |builder, path| builder.rules(path))
        .policy(Policy {
            min_severity: Severity::Info,
            min_confidence: Confidence::Low,
            inline_ignores: settings.inline_ignores(),
            known: known.unwrap_or_default(),
            suppressions: Arc::new(settings.suppressions),
            ..Policy::default()
        })
        .build()?;
    let explanation = engine.explain(file, line)?;
    print(|out| explanation.write(line, args.verbose, out))?;
    Ok(Outcome::Clean)
}
