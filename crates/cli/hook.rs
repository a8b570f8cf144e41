//! `keysift hook`: writes a git hook, removes it, or runs as one.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use keysift::{
    Outcome,
    guard::{self, Guard, Target},
    hook::{self, Kind},
};
use keysift_report::{Escaped, Terminal, Untrusted};

use crate::{
    args::{Hook, HookKind, Scan},
    config::Config,
    output::{self, print},
    scan,
};

/// Writes, removes or runs a hook.
pub(crate) fn hook(args: &Hook) -> Result<Outcome> {
    match args {
        Hook::Install(options) => install(options),
        Hook::Uninstall(options) => {
            let hook = hook::Hook::of(&options.folder, kind(options))?;
            hook.uninstall()?;
            print(|out| writeln!(out, "removed: {}", shown(&hook.file)))?;
            Ok(Outcome::Clean)
        }
        Hook::Run(scan) => run(scan),
    }
}

fn kind(options: &HookKind) -> Kind {
    match options.pre_push {
        true => Kind::PrePush,
        false => Kind::PreCommit,
    }
}

pub(crate) fn install(options: &HookKind) -> Result<Outcome> {
    let hook = hook::Hook::of(&options.folder, kind(options))?;
    let program = match options.this_program {
        true => env::current_exe()
            .context("cannot determine the path of this executable")?
            .display()
            .to_string(),
        false => "keysift".to_owned(),
    };
    hook.install(&program)?;
    print(|out| {
        writeln!(out, "installed: {}", shown(&hook.file))?;
        hook.kept().map_or(Ok(()), |kept| {
            writeln!(out, "the existing hook runs first: {}", shown(&kept))
        })
    })?;
    Ok(Outcome::Clean)
}

/// Scans as a hook: silent if nothing fails, with advice if something does.
fn run(args: &Scan) -> Result<Outcome> {
    let mut args = args.clone();
    let files: Vec<PathBuf> = match args.paths.as_slice() {
        [only] if only == Path::new(".") => Vec::new(),
        _ => std::mem::replace(&mut args.paths, vec![PathBuf::from(".")]),
    };
    let is_push = args.git.stdin_refs || env::var_os("PRE_COMMIT_REMOTE_BRANCH").is_some();
    let mut guard = None;
    if !args.git.stdin_refs {
        let found = Guard::of(&|name| env::var(name).ok(), &files)?;
        match &found.target {
            Target::Index => args.git.staged = true,
            Target::Range(range) => args.git.range = Some(range.clone()),
            Target::Tree => {}
        }
        guard = Some(found);
    }
    let mut config = Config::read(&args)?;
    if let (Some(guard), Some(suppressions)) = (guard, Arc::get_mut(&mut config.policy.suppressions)) {
        guard.restrict(suppressions);
    }
    let finished = scan::finished(&config)?;
    if finished.outcome() == Outcome::Clean {
        return Ok(Outcome::Clean);
    }
    scan::write(&config, &finished)?;
    let is_client = env::var_os("PRE_COMMIT").is_some();
    output::tell(|out| guard::advise(&finished, is_push, is_client, out));
    Ok(finished.outcome())
}

fn shown(path: &Path) -> Escaped<Terminal> {
    Untrusted::path(path).to()
}
