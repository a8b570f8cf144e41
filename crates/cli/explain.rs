//! `keysift explain RULE` and `keysift explain FILE:LINE`.

use std::{
    cmp::Reverse,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Result, bail};
use keysift::{Engine, Explanation, Outcome, Policy, builtin, inputs};
use keysift_finding::{Confidence, Origin, RuleMeta, Severity};
use keysift_manifest::{CHECKS, Page};
use keysift_report::{Terminal, Untrusted};
use keysift_rules::{Recipe, Rule};

use crate::{args::Explain, output::print};

/// Prints what a rule or a check says of itself.
pub(crate) fn explain(args: &Explain) -> Result<Outcome> {
    let rules = builtin::rules(&args.rules)?;
    if let Some((file, line)) = place(&args.rule) {
        return explain_line(args, &file, line);
    }
    if let Some(rule) = rules.iter().find(|rule| rule.meta().id == args.rule) {
        print(|out| pattern_rule(rule, out))?;
        return Ok(Outcome::Clean);
    }
    let page = CHECKS
        .iter()
        .filter_map(|check| Page::parse(check.page()).ok())
        .find(|page| page.meta.id == args.rule);
    if let Some(page) = page {
        print(|out| check(&page, out))?;
        return Ok(Outcome::Clean);
    }
    let metas: Vec<_> = rules
        .iter()
        .map(|rule| rule.meta().clone())
        .chain(keysift_manifest::metas())
        .collect();
    let mut near: Vec<_> = metas
        .iter()
        .map(|meta| (related(&meta.id, &args.rule), meta.id.as_str()))
        .filter(|(words, _)| *words > 0)
        .collect();
    near.sort_by_key(|(words, id)| (Reverse(*words), *id));
    let near: Vec<_> = near.into_iter().map(|(_, id)| id).take(8).collect();
    match near.is_empty() {
        true => bail!(
            "unknown rule `{}`; to list all rules, use `keysift rules list`",
            args.rule
        ),
        false => bail!("unknown rule `{}`; did you mean {}?", args.rule, near.join(", ")),
    }
}

/// How alike an id is to what was asked for: words of some length that both have; the first, the provider's, counts twice.
fn related(id: &str, asked: &str) -> usize {
    let asked = asked.to_ascii_lowercase();
    let shared = |word: &str| word.len() > 2 && asked.split(['-', '_', ' ']).any(|other| other == word);
    id.split('-')
        .enumerate()
        .filter(|(_, word)| shared(word))
        .map(|(at, _)| if at == 0 { 2 } else { 1 })
        .sum()
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

/// Explains a line: what a scan with the settings of its repository says of it, what hides it, and which rules looked at it.
fn explain_line(args: &Explain, file: &Path, line: u64) -> Result<Outcome> {
    let settings = inputs::settings(None, file)?;
    let known = args.baseline.as_deref().map(inputs::known).transpose()?;
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
    print(|out| write_line(&explanation, line, out))?;
    Ok(Outcome::Clean)
}

fn write_line(explanation: &Explanation, line: u64, out: &mut dyn Write) -> io::Result<()> {
    let Explanation {
        run,
        origin,
        attempts,
    } = explanation;
    writeln!(
        out,
        "{}:{line}\n\nFindings",
        Untrusted::path(&origin.shown()).to::<Terminal>()
    )?;
    let mut none = true;
    let here = |other: &Origin| other.path() == origin.path();
    for finding in run.findings() {
        let (start, end) = (finding.start(), finding.end());
        if !here(finding.origin()) || line < start.line || end.line < line {
            continue;
        }
        none = false;
        let (severity, confidence) = (finding.severity(), finding.confidence());
        let column = if start.line == line { start.column } else { 1 };
        let message = finding.message().to::<Terminal>();
        let id = &finding.rule().id;
        writeln!(
            out,
            "  column {column}: {id}, {severity}, {confidence} confidence: {message}"
        )?;
        for note in finding.notes() {
            writeln!(out, "      note: {}", note.to::<Terminal>())?;
        }
        if !finding.also().is_empty() {
            writeln!(out, "      also: {}", finding.also().join(", "))?;
        }
        if confidence == Confidence::Low {
            writeln!(
                out,
                "      not reported by default because of the notes above; use --min-confidence low"
            )?;
        }
    }
    for hidden in run
        .suppressed()
        .iter()
        .filter(|hidden| hidden.at.line == line && here(&hidden.origin))
    {
        none = false;
        writeln!(
            out,
            "  column {}: {}: suppressed: {}",
            hidden.at.column, hidden.rule.id, hidden.reason
        )?;
        if let Some(by) = &hidden.by {
            writeln!(out, "      by: {}", Untrusted::new(by).to::<Terminal>())?;
        }
    }
    if none {
        writeln!(out, "  none")?;
    }
    writeln!(out, "\nRules that looked at the line")?;
    for (column, attempt) in attempts {
        let outcome = Untrusted::sentence(&attempt.outcome);
        writeln!(
            out,
            "  column {column}: {}: {}",
            attempt.rule,
            outcome.to::<Terminal>()
        )?;
    }
    if attempts.is_empty() {
        writeln!(
            out,
            "  none: the line contains no literal of a rule, and no name of a secret"
        )?;
    }
    Ok(())
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
    let outline = Recipe::parse(&rule.spec().secret)
        .map(|recipe| recipe.outline())
        .unwrap_or_default();
    let shown = |text: &str| {
        let text = text.replace("{{secret}}", &outline);
        Recipe::parse(&text).map_or(text.clone(), |recipe| recipe.outline())
    };
    writeln!(
        out,
        "Found in\n{}\n",
        indented(
            &rule
                .spec()
                .examples
                .iter()
                .map(|text| shown(text))
                .collect::<Vec<_>>()
                .join("\n")
        )
    )?;
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
                writeln!(
                    out,
                    "  {} {line}",
                    if example.lines.contains(&number) { '>' } else { ' ' }
                )?;
            }
            writeln!(out)?;
        }
    }
    references(&page.meta, out)
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
