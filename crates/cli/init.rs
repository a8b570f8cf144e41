//! `keysift init`: looks at the repository, and writes what it needs to use keysift.

use anyhow::{Context, Result};
use keysift::{
    Outcome,
    init::{self, Found},
};

use crate::{
    args::{HookKind, Init, Scan},
    baseline,
    config::Config,
    hook,
    output::{counted, print},
};

/// Writes settings, a baseline, a hook and a step of the pipeline; what exists is kept.
pub(crate) fn init(args: &Init) -> Result<Outcome> {
    let found = Found::at(&args.folder);
    let scan = Scan::of(&found.top);
    let (entries, outcome) = baseline::scanned(Config::without_baseline(&scan)?)?;
    let count = entries.entries.len();
    say(&format!("scanned: {}", counted(count, "finding")))?;
    if count > 0 {
        add(
            &found,
            args.dry_run,
            init::BASELINE,
            &entries.to_string(),
            "the findings of today: only new ones fail",
        )?;
    }
    let settings = init::settings(count > 0);
    add(&found, args.dry_run, "keysift.toml", &settings, "the settings")?;
    pipelines(&found, args.dry_run)?;
    hooks(&found, args)?;
    say("commit these files; then work through the baseline: `keysift baseline audit`")?;
    Ok(match outcome {
        Outcome::Incomplete => Outcome::Incomplete,
        _ => Outcome::Clean,
    })
}

fn pipelines(found: &Found, dry_run: bool) -> Result<()> {
    for service in &found.pipelines {
        match service.file() {
            Some(file) => add(found, dry_run, file, service.snippet, "scans pull requests")?,
            None => {
                say(&format!("for {}, add to the pipeline:", service.name))?;
                let before = service.before().into_iter();
                before
                    .chain(service.snippet.lines())
                    .try_for_each(|line| say(&format!("    {line}")))?;
            }
        }
    }
    match found.pipelines.is_empty() {
        true => say("no CI service was recognized: see docs/ci for templates, or run `keysift ci` in yours"),
        false => Ok(()),
    }
}

fn hooks(found: &Found, args: &Init) -> Result<()> {
    if args.no_hook || !found.is_git {
        return Ok(());
    }
    if found.has_client {
        say("for the pre-commit hook, add to .pre-commit-config.yaml:")?;
        return init::CLIENT
            .lines()
            .try_for_each(|line| say(&format!("    {line}")));
    }
    if args.dry_run {
        return say("would install the pre-commit hook");
    }
    let options = HookKind {
        folder: found.top.clone(),
        pre_push: false,
        this_program: args.this_program,
    };
    hook::install(&options).map(drop)
}

/// Writes a file that does not exist yet, and reports it.
fn add(found: &Found, dry_run: bool, name: &str, text: &str, what: &str) -> Result<()> {
    if dry_run {
        let there = found.top.join(name).exists();
        return say(&format!(
            "{}: {name} ({what})",
            if there { "exists" } else { "would write" }
        ));
    }
    let written = found
        .add(name, text)
        .with_context(|| format!("cannot write {name}"))?;
    say(&format!(
        "{}: {name} ({what})",
        if written { "written" } else { "exists, kept" }
    ))
}

fn say(line: &str) -> Result<()> {
    print(|out| writeln!(out, "{line}"))
}
