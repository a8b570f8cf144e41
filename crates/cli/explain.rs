//! `keysift explain RULE` and `keysift explain FILE:LINE`.

use std::{
    cmp::Reverse,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Result, bail};
use keysift_finding::{Blob, Finding, Position, RuleMeta, Span};
use keysift_manifest::{CHECKS, Page};
use keysift_report::{Foreign, Terminal};
use keysift_rules::{Recipe, Rule};
use keysift_scan::{Look, Options, Scanner};

use keysift::{Outcome, builtin};

use crate::{args::Explain, output::print};

/// Prints what a rule or a check says of itself.
pub(crate) fn explain(args: &Explain) -> Result<Outcome> {
    let rules = builtin::rules(&args.rules)?;
    if let Some((file, line)) = place(&args.rule) {
        return explain_line(&rules, &file, line);
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
        true => bail!("there is no rule `{}`; `keysift rules list` shows all", args.rule),
        false => bail!(
            "there is no rule `{}`; did you mean {}?",
            args.rule,
            near.join(", ")
        ),
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

/// Tells what every rule made of a line.
fn explain_line(rules: &Arc<[Rule]>, file: &Path, line: u64) -> Result<Outcome> {
    let scanner = Scanner::new(
        rules.clone(),
        Options {
            low_confidence: true,
            plan: builtin::plan(),
            ..Options::default()
        },
    )?;
    let seen: Mutex<Option<String>> = Mutex::new(None);
    let unread: Mutex<Option<String>> = Mutex::new(None);
    let source = keysift_source::Options {
        roots: vec![file.to_owned()],
        ignore_files: false,
        hidden: true,
        max_file_bytes: 0,
        threads: 1,
        archives: false,
        base: Default::default(),
        platform: None,
        stop: Default::default(),
    };
    let coverage = keysift_source::each_blob(
        &source,
        |blob| {
            let Some(span) = line_span(blob, line) else { return };
            let (looks, findings) = scanner.explain(blob, span);
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(told(blob, span, &looks, &findings));
        },
        |what| *unread.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.why),
    )?;
    if let Some(why) = unread.into_inner().unwrap_or_else(PoisonError::into_inner) {
        bail!("cannot read {}: {why}", file.display());
    }
    match seen.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(text) => print(|out| write!(out, "{text}"))?,
        None if coverage.files == 0 => bail!("{} is binary: no rule looks at it", file.display()),
        None => bail!("{} has no line {line}", file.display()),
    }
    Ok(Outcome::Clean)
}

/// The bytes of a line that this blob answers for.
fn line_span(blob: &Blob<'_>, line: u64) -> Option<Span> {
    let text = blob.bytes();
    let back = usize::try_from(line.checked_sub(blob.start.line)?).ok()?;
    let start = match back {
        0 => 0,
        back => {
            text.iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .nth(back - 1)?
                .0
                + 1
        }
    };
    let end = text[start..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(text.len(), |at| start + at);
    (start < blob.own.end && (end > blob.own.start || blob.own.start == 0) && start < text.len())
        .then_some(Span::new(start, end))
}

fn told(blob: &Blob<'_>, line: Span, looks: &[Look], findings: &[Finding]) -> String {
    use std::fmt::Write;
    let column = |span: Span| {
        Position::START
            .after(&blob.bytes()[line.start.min(span.start)..span.start])
            .column
    };
    let text = |text: &str| Foreign::sentence(text).to::<Terminal>();
    let mut out = String::new();
    let shown = blob.origin.shown();
    let number = blob.start.after(&blob.bytes()[..line.start]).line;
    let _ = writeln!(out, "{}:{number}\n", Foreign::path(&shown).to::<Terminal>());
    let _ = writeln!(out, "Findings");
    for finding in findings {
        let _ = writeln!(
            out,
            "  column {}: {}, {}, {} confidence: {}",
            column(finding.span),
            finding.rule.id,
            finding.severity,
            finding.confidence,
            text(&finding.message)
        );
        for note in &finding.notes {
            let _ = writeln!(out, "      note: {}", text(note));
        }
        if !finding.also.is_empty() {
            let _ = writeln!(out, "      also: {}", finding.also.join(", "));
        }
        if let Some(change) = keysift_scan::what_would_change(finding) {
            let _ = writeln!(out, "      {change}");
        }
    }
    if findings.is_empty() {
        let _ = writeln!(out, "  none");
    }
    let _ = writeln!(out, "\nRules that looked at the line");
    for look in looks {
        let _ = writeln!(
            out,
            "  column {}: {}: {}",
            column(look.span),
            look.rule,
            text(&look.outcome)
        );
    }
    if looks.is_empty() {
        let _ = writeln!(
            out,
            "  none: it holds no literal that leads to a rule, and no name of a secret"
        );
    }
    out
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
