//! `keysift rules docs`: the pages of the rules, from the same files that the program is built of.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::CommandFactory;
use keysift_rules::{Recipe, Spec, Validator};

use keysift::{Outcome, builtin};

use crate::{args::Args, output::print};

/// Writes a page for each rule file, and `README.md` with the numbers and a list.
pub(crate) fn write(paths: &[PathBuf], out: &Path) -> Result<Outcome> {
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let mut files = BTreeMap::new();
    for file in builtin::rule_files(paths)? {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        files.insert(stem, builtin::read(&file)?);
    }
    let mut pages: BTreeMap<String, String> = files
        .iter()
        .map(|(stem, specs)| (format!("{stem}.md"), page(stem, specs)))
        .collect();
    pages.insert("README.md".to_owned(), index(&files));
    for (name, text) in &pages {
        let path = out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    print(|out| writeln!(out, "{} pages written", pages.len()))?;
    Ok(Outcome::Clean)
}

fn has_proof(spec: &Spec) -> bool {
    spec.validate.iter().any(Validator::is_structural)
}

fn index(files: &BTreeMap<String, Vec<Spec>>) -> String {
    let mut text = String::from(
        "# Pattern rules\n\n\
         Written by `keysift rules docs patterns` from the files in `patterns/`; a test compares.\n\n\
         Tier 1 stands nearly everywhere, tier 2 in many places, tier 3 seldom. *Proof*: an offline validator that knows the inside of the\n\
         format: a checksum, an encoding, a structure.\n\n\
         | tier | rules | providers | rules with a proof |\n|---|---|---|---|\n",
    );
    let all = || files.values().flatten();
    let mut row = |title: &str, keep: &dyn Fn(&&Spec) -> bool| {
        let providers: BTreeSet<_> = all().filter(keep).map(|spec| &spec.provider).collect();
        let (rules, proofs) = (
            all().filter(keep).count(),
            all().filter(keep).filter(|spec| has_proof(spec)).count(),
        );
        let _ = writeln!(text, "| {title} | {rules} | {} | {proofs} |", providers.len());
    };
    for tier in 1..=3 {
        row(&tier.to_string(), &|spec| spec.tier == tier);
    }
    row("all", &|_| true);
    text.push_str("\n| provider | rules |\n|---|---|\n");
    for (stem, specs) in files {
        let provider = specs.first().map_or(stem.as_str(), |spec| spec.provider.as_str());
        let ids: Vec<_> = specs
            .iter()
            .map(|spec| format!("[{0}]({stem}.md#{0})", spec.id))
            .collect();
        let _ = writeln!(text, "| {provider} | {} |", ids.join(", "));
    }
    text
}

fn page(stem: &str, specs: &[Spec]) -> String {
    let provider = specs.first().map_or(stem, |spec| spec.provider.as_str());
    let mut text = format!("# {provider}\n\nWritten from `patterns/{stem}.yaml`.\n");
    for spec in specs {
        rule(spec, &mut text);
    }
    text
}

fn rule(spec: &Spec, text: &mut String) {
    let proof = if has_proof(spec) { "yes" } else { "no" };
    let _ = write!(
        text,
        "\n## {}\n\n{}. Severity {}, confidence {}, tier {}, since {}, offline proof: {proof}.\n\n{}\n\n**Fix.** {}\n",
        spec.id, spec.name, spec.severity, spec.confidence, spec.tier, spec.since, spec.why, spec.fix
    );
    steps(spec, text);
    if let Some(pair) = &spec.pair {
        let others: Vec<_> = pair
            .rules
            .iter()
            .chain(&pair.texts)
            .map(|other| format!("`{other}`"))
            .collect();
        let _ = write!(
            text,
            "\nNear {} both are one finding, one step graver.\n",
            others.join(" or ")
        );
    }
    let outline = Recipe::parse(&spec.secret)
        .map(|recipe| recipe.outline())
        .unwrap_or_default();
    let shown = |example: &str| {
        let example = example.replace("{{secret}}", &outline);
        Recipe::parse(&example).map_or(example.clone(), |recipe| recipe.outline())
    };
    text.push_str("\nFound in\n\n");
    spec.examples
        .iter()
        .for_each(|example| block(&shown(example), text));
    if !spec.counterexamples.is_empty() {
        text.push_str("Not found in\n\n");
    }
    for counter in &spec.counterexamples {
        block(&shown(&counter.text), text);
        let _ = write!(text, "({})\n\n", counter.why);
    }
    let references: Vec<_> = spec.references.iter().map(|page| format!("<{page}>")).collect();
    let _ = writeln!(text, "References: {}", references.join(", "));
}

/// How to see whether the secret is live, and how to replace it.
fn steps(spec: &Spec, text: &mut String) {
    if !spec.check.is_empty() {
        text.push_str("\n**Is it live?** A read-only command; `read -rs SECRET` keeps the secret out of the shell's history.\n\n");
        block(&spec.check, text);
    }
    if spec.rotate.is_empty() {
        return;
    }
    let gap = if spec.check.is_empty() { "\n" } else { "" };
    let _ = write!(text, "{gap}**Rotate.**\n\n");
    for (number, step) in (1..).zip(&spec.rotate) {
        let _ = writeln!(text, "{number}. {step}");
    }
}

/// An indented block, which needs no escaping.
fn block(example: &str, text: &mut String) {
    for line in example.trim_end().lines() {
        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
    }
    text.push('\n');
}

/// Writes the embedded form of the rules in `patterns`.
pub(crate) fn embed(patterns: &Path, out: &Path) -> Result<Outcome> {
    let (rules, plan) = builtin::embed(patterns)?;
    for (name, bytes) in [("rules.postcard", rules), ("matcher.plan", plan)] {
        let path = out.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Outcome::Clean)
}

/// Writes a page for each manifest check, and `README.md` with a list by family.
pub(crate) fn write_checks(out: &Path) -> Result<Outcome> {
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let mut families: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    for check in keysift_manifest::CHECKS {
        let meta = keysift_manifest::Page::parse(check.page())
            .map_err(anyhow::Error::msg)?
            .meta;
        let body = check.page().splitn(3, "---\n").nth(2).unwrap_or_default();
        let references: Vec<_> = meta.references.iter().map(|page| format!("<{page}>")).collect();
        let text = format!(
            "# {}\n\n{}. {}, severity {}, confidence {}, since {}.\n{body}\nReferences: {}\n",
            meta.id,
            meta.name,
            meta.provider,
            meta.severity,
            meta.confidence,
            meta.since,
            references.join(", ")
        );
        let row = format!(
            "| [{0}]({0}.md) | {1} | {2} |\n",
            meta.id, meta.severity, meta.name
        );
        families
            .entry(meta.provider)
            .or_default()
            .insert(meta.id.clone(), row);
        pages.insert(format!("{}.md", meta.id), text);
    }
    let count = pages.len();
    let mut index = format!(
        "# Manifest checks\n\nWritten by `keysift rules checks-docs` from the pages beside the code; a test compares. {count} checks. Every example of every page is a test.\n\
         [Which sentence of our mission each serves](../mission.md).\n"
    );
    for (family, rows) in families {
        let _ = write!(
            index,
            "\n## {family}\n\n| check | severity | what is found |\n|---|---|---|\n"
        );
        rows.values().for_each(|row| index.push_str(row));
    }
    pages.insert("README.md".to_owned(), index);
    for (name, text) in &pages {
        let path = out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    print(|out| writeln!(out, "{} pages written", pages.len()))?;
    Ok(Outcome::Clean)
}

/// Prints what a shell needs to complete our arguments.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "keysift", &mut text);
    print(|out| out.write_all(&text)).map(|()| Outcome::Clean)
}

/// Writes a man page for each command.
pub(crate) fn man(out: &Path) -> Result<Outcome> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    clap_mangen::generate_to(Args::command(), out)
        .with_context(|| format!("cannot write to {}", out.display()))?;
    Ok(Outcome::Clean)
}

/// Writes the help of all commands as one page.
pub(crate) fn write_command_line(out: &Path) -> Result<Outcome> {
    fs::write(out, command_line()).with_context(|| format!("cannot write {}", out.display()))?;
    Ok(Outcome::Clean)
}

fn command_line() -> String {
    let mut out =
        "# The command line\n\nWritten by `keysift rules cli-docs`, and compared by a test: the help of every command.\n".to_owned();
    let mut root = Args::command().term_width(110);
    root.build();
    let mut todo = vec![("keysift".to_owned(), root)];
    while let Some((name, mut command)) = todo.pop() {
        // The commands of `baseline` take what `scan` takes.
        if name.starts_with("keysift baseline ") {
            continue;
        }
        let help = command.render_long_help().to_string();
        let help: String = help
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect();
        out.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.trim_end()));
        let mut below: Vec<_> = command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
            .cloned()
            .collect();
        below.reverse();
        todo.extend(
            below
                .into_iter()
                .map(|sub| (format!("{name} {}", sub.get_name()), sub)),
        );
    }
    out
}
