//! `keysift explain RULE`.

use std::{
    cmp::Reverse,
    io::{self, Write},
};

use anyhow::{Result, bail};
use keysift_finding::RuleMeta;
use keysift_manifest::{CHECKS, Page};
use keysift_report::Outcome;
use keysift_rules::{Recipe, Rule};

use crate::{args::Explain, builtin, rules};

/// Prints what a rule or a check says of itself.
pub(crate) fn explain(args: &Explain) -> Result<Outcome> {
    let rules = builtin::rules(&args.rules)?;
    if let Some(rule) = rules.iter().find(|rule| rule.meta().id == args.rule) {
        rules::print(|out| pattern_rule(rule, out))?;
        return Ok(Outcome::Clean);
    }
    let page = CHECKS.iter().filter_map(|check| Page::parse(check.page()).ok()).find(|page| page.meta.id == args.rule);
    if let Some(page) = page {
        rules::print(|out| check(&page, out))?;
        return Ok(Outcome::Clean);
    }
    let metas: Vec<_> = rules.iter().map(|rule| rule.meta().clone()).chain(keysift_manifest::metas()).collect();
    let mut near: Vec<_> =
        metas.iter().map(|meta| (related(&meta.id, &args.rule), meta.id.as_str())).filter(|(words, _)| *words > 0).collect();
    near.sort_by_key(|(words, id)| (Reverse(*words), *id));
    let near: Vec<_> = near.into_iter().map(|(_, id)| id).take(8).collect();
    match near.is_empty() {
        true => bail!("there is no rule `{}`; `keysift rules list` shows all", args.rule),
        false => bail!("there is no rule `{}`; did you mean {}?", args.rule, near.join(", ")),
    }
}

/// How alike an id is to what was asked for: words of some length that both have; the first, the provider's, counts twice.
fn related(id: &str, asked: &str) -> usize {
    let asked = asked.to_ascii_lowercase();
    let shared = |word: &str| word.len() > 2 && asked.split(['-', '_', ' ']).any(|other| other == word);
    id.split('-').enumerate().filter(|(_, word)| shared(word)).map(|(at, _)| if at == 0 { 2 } else { 1 }).sum()
}

fn head(meta: &RuleMeta, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} ({})", meta.id, meta.provider)?;
    writeln!(out, "{}\n", meta.name)?;
    writeln!(out, "severity {}, confidence {}, since {}\n", meta.severity, meta.confidence, meta.since)?;
    writeln!(out, "Why\n{}\n", indented(&meta.why))?;
    writeln!(out, "Fix\n{}\n", indented(&meta.fix))
}

fn references(meta: &RuleMeta, out: &mut dyn Write) -> io::Result<()> {
    if meta.references.is_empty() {
        return Ok(());
    }
    writeln!(out, "References\n{}", indented(&meta.references.join("\n")))
}

fn pattern_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    head(rule.meta(), out)?;
    let outline = Recipe::parse(&rule.spec().secret).map(|recipe| recipe.outline()).unwrap_or_default();
    let shown = |text: &str| {
        let text = text.replace("{{secret}}", &outline);
        Recipe::parse(&text).map_or(text.clone(), |recipe| recipe.outline())
    };
    writeln!(out, "Found in\n{}\n", indented(&rule.spec().examples.iter().map(|text| shown(text)).collect::<Vec<_>>().join("\n")))?;
    if !rule.spec().counterexamples.is_empty() {
        writeln!(out, "Not found in")?;
        for counter in &rule.spec().counterexamples {
            writeln!(out, "{}\n      {}", indented(&shown(&counter.text)), counter.why)?;
        }
        writeln!(out)?;
    }
    references(rule.meta(), out)
}

fn check(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    head(&page.meta, out)?;
    for (title, examples) in [("Found in", &page.bad), ("Not found in", &page.good)] {
        for example in examples {
            writeln!(out, "{title}")?;
            for (number, line) in (1..).zip(example.text.lines()) {
                writeln!(out, "  {} {line}", if example.lines.contains(&number) { '>' } else { ' ' })?;
            }
            writeln!(out)?;
        }
    }
    references(&page.meta, out)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
