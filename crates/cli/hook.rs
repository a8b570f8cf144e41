//! `keysift hook`: writes a git hook, or removes it.

use std::path::Path;

use anyhow::{Context, Result};
use keysift::{
    Outcome,
    hook::{self, Kind},
};
use keysift_report::{Escaped, Terminal, Untrusted};

use crate::{args::Hook, output::print};

/// Writes or removes a hook.
pub(crate) fn hook(args: &Hook) -> Result<Outcome> {
    let (Hook::Install(options) | Hook::Uninstall(options)) = args;
    let kind = match options.pre_push {
        true => Kind::PrePush,
        false => Kind::PreCommit,
    };
    let hook = hook::Hook::of(&options.folder, kind)?;
    if let Hook::Uninstall(_) = args {
        hook.uninstall()?;
        print(|out| writeln!(out, "removed: {}", shown(&hook.file)))?;
        return Ok(Outcome::Clean);
    }
    let program = match options.this_program {
        true => std::env::current_exe()
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

fn shown(path: &Path) -> Escaped<Terminal> {
    Untrusted::path(path).to()
}
