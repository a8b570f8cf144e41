//! What is written from the program itself: pages of rules and checks, the embedded rules, help, man pages, completions.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::CommandFactory;
use keysift::{Outcome, builtin};

use crate::{args::Args, output::print};

/// Writes a page for each rule file, and `README.md` with the numbers and a list.
pub(crate) fn write_rules(paths: &[PathBuf], out: &Path) -> Result<Outcome> {
    let mut files = BTreeMap::new();
    for file in builtin::rule_files(paths)? {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        files.insert(stem, builtin::read(&file)?);
    }
    write(&keysift_rules::pages(&files), out)
}

/// Writes a page for each manifest check, and `README.md` with a list by family.
pub(crate) fn write_checks(out: &Path) -> Result<Outcome> {
    write(&keysift_manifest::pages().map_err(anyhow::Error::msg)?, out)
}

fn write(pages: &BTreeMap<String, String>, out: &Path) -> Result<Outcome> {
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    for (name, text) in pages {
        let path = out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    print(|out| writeln!(out, "{} pages written", pages.len()))?;
    Ok(Outcome::Clean)
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
