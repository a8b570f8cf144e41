//! The page of a rule or check for a terminal, as `keysift explain RULE` prints it.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use keysift_finding::RuleMeta;
use keysift_manifest::{CHECKS, Page};
use keysift_rules::{Recipe, Rule};

use crate::{Error, builtin};

/// The page of a rule or check.
#[derive(Debug)]
pub struct RulePage(Source);

#[derive(Debug)]
enum Source {
    Rule(Box<Rule>),
    Check(Box<Page>),
}

/// The metadata of all rules (built-in and from `files`) and checks, sorted by id.
///
/// # Errors
/// If a rule file cannot be read or is malformed.
pub fn metas(files: &[PathBuf]) -> Result<Vec<Arc<RuleMeta>>, Error> {
    let rules = builtin::rules(files)?;
    let metas = rules.iter().map(|rule| rule.meta().clone());
    let mut metas: Vec<_> = metas.chain(keysift_manifest::metas()).collect();
    metas.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(metas)
}

impl RulePage {
    /// The page with this id, of the built-in rules, those of `files`, and the checks.
    ///
    /// # Errors
    /// If a rule file cannot be read or is malformed.
    pub fn of(id: &str, files: &[PathBuf]) -> Result<Option<Self>, Error> {
        let rules = builtin::rules(files)?;
        if let Some(rule) = rules.iter().find(|rule| rule.meta().id == id) {
            let rule = Rule::new(rule.spec().clone());
            return Ok(Some(Self(Source::Rule(Box::new(rule)))));
        }
        let pages = CHECKS.iter().filter_map(|check| Page::parse(check.page()).ok());
        let page = pages.into_iter().find(|page| page.meta.id == id);
        Ok(page.map(|page| Self(Source::Check(Box::new(page)))))
    }

    /// Writes the page.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match &self.0 {
            Source::Rule(rule) => pattern_rule(rule, out),
            Source::Check(page) => check(page, out),
        }
    }
}

fn head(meta: &RuleMeta, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} ({})", meta.id, meta.provider)?;
    writeln!(out, "{}\n", meta.name)?;
    writeln!(
        out,
        "severity {}, confidence {}, since {}\n",
        meta.severity, meta.confidence, meta.since
    )?;
    writeln!(out, "Why\n{}\n", indented(&meta.why))?;
    writeln!(out, "Fix\n{}\n", indented(&meta.fix))?;
    if !meta.check.is_empty() {
        writeln!(
            out,
            "Is it live?\n{}\n    (read-only; `read -rs SECRET` keeps the secret out of the shell's history; keysift never runs it)\n",
            indented(&meta.check)
        )?;
    }
    if meta.rotate.is_empty() {
        return Ok(());
    }
    let steps: Vec<_> = (1..)
        .zip(&meta.rotate)
        .map(|(number, step)| format!("{number}. {step}"))
        .collect();
    writeln!(out, "Rotate\n{}\n", indented(&steps.join("\n")))
}

fn references(meta: &RuleMeta, out: &mut dyn Write) -> io::Result<()> {
    if meta.references.is_empty() {
        return Ok(());
    }
    writeln!(out, "References\n{}", indented(&meta.references.join("\n")))
}

fn pattern_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    head(rule.meta(), out)?;
    let spec = rule.spec();
    let outline = Recipe::parse(&spec.secret)
        .map(|recipe| recipe.outline())
        .unwrap_or_default();
    let shown = |text: &str| {
        let text = text.replace("{{secret}}", &outline);
        Recipe::parse(&text).map_or(text.clone(), |recipe| recipe.outline())
    };
    let examples: Vec<_> = spec.examples.iter().map(|text| shown(text)).collect();
    if !examples.is_empty() {
        writeln!(out, "Found in\n{}\n", indented(&examples.join("\n")))?;
    }
    if !spec.counterexamples.is_empty() {
        writeln!(out, "Not found in")?;
        for counter in &spec.counterexamples {
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
            writeln!(out, "{title} ({})", kind_of_file(&example.language))?;
            for (number, line) in (1..).zip(example.text.lines()) {
                let mark = if example.lines.contains(&number) { '>' } else { ' ' };
                writeln!(out, "  {mark} {line}")?;
            }
            writeln!(out)?;
        }
    }
    references(&page.meta, out)
}

/// The kind of file of an example, from the language of its fence: `yaml:compose`, `hex:PATH`. The same text can be
/// a finding in one kind of file only.
fn kind_of_file(language: &str) -> String {
    match language.split_once(':') {
        Some(("hex", path)) => path.to_owned(),
        Some((format, kind)) => format!("{kind}, {format}"),
        None => language.to_owned(),
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
