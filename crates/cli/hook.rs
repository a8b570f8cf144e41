//! `keysift hook`: a plain git hook, for those who do not use pre-commit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use keysift::Outcome;
use keysift_report::{Escaped, Foreign, Terminal};

use crate::{
    args::{Hook, HookKind},
    output::{self, print},
};

/// What our hooks say of themselves: only such a file is ever replaced or removed.
const MARK: &str = "# written by keysift hook install";

/// Where a hook that was there before is kept; ours runs it first.
const BEFORE: &str = ".before-keysift";

/// Writes or removes a hook.
pub(crate) fn hook(args: &Hook) -> Result<Outcome> {
    let (Hook::Install(kind) | Hook::Uninstall(kind)) = args;
    let (name, scan) = if kind.pre_push {
        ("pre-push", "--stdin-refs")
    } else {
        ("pre-commit", "--staged")
    };
    let path = keysift_source::hooks(&kind.folder)?.join(name);
    match args {
        Hook::Install(kind) => install(&path, scan, kind)?,
        Hook::Uninstall(_) => uninstall(&path)?,
    }
    Ok(Outcome::Clean)
}

fn shown(path: &Path) -> Escaped<Terminal> {
    Foreign::path(path).to()
}

fn ours(path: &Path) -> bool {
    keysift_source::small(path, 1 << 20).is_ok_and(|text| text.contains(MARK))
}

fn before(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(BEFORE);
    name.into()
}

fn install(path: &Path, scan: &str, kind: &HookKind) -> Result<()> {
    let told = |what: &str| print(|out| writeln!(out, "{what} {}", shown(path)));
    let kept = before(path);
    if path.exists() && !ours(path) {
        if kept.exists() {
            bail!(
                "{} and {} are both there: one of them must go first",
                path.display(),
                kept.display()
            );
        }
        fs::rename(path, &kept)
            .with_context(|| format!("cannot keep the hook that is there as {}", kept.display()))?;
    }
    // A name may hold anything; in single quotes only the quote itself is special.
    let program = match kind.this_program {
        true => std::env::current_exe()
            .context("cannot tell where this program is")?
            .display()
            .to_string()
            .replace('\'', r"'\''"),
        false => "keysift".to_owned(),
    };
    // Git names the remote that is pushed to, or its address if it has no name.
    let remote = match kind.pre_push {
        true => " --remote=\"$1\"",
        false => "",
    };
    // The lines of a push are read once: what was there before gets a copy.
    let text = format!(
        "#!/bin/sh\n{MARK}; `keysift hook uninstall` takes it out again\n\
         before=\"$0{BEFORE}\"\n\
         if [ \"{scan}\" = --stdin-refs ]; then\n  refs=$(cat)\n  give() {{ printf '%s\\n' \"$refs\"; }}\nelse\n  give() {{ :; }}\nfi\n\
         if [ -x \"$before\" ]; then\n  give | \"$before\" \"$@\" || exit\nfi\n\
         if ! command -v '{program}' >/dev/null; then\n  echo \"keysift is not on PATH: nothing was scanned\" >&2\n  exit 1\nfi\n\
         give | '{program}' scan {scan}{remote}\n"
    );
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    output::Output::File(path.to_owned()).write(|out| out.write_all(text.as_bytes()))?;
    executable(path)?;
    told("written:")?;
    if kept.exists() {
        print(|out| writeln!(out, "the hook that was there runs first: {}", shown(&kept)))?;
    }
    Ok(())
}

#[cfg(unix)]
fn executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", path.display()))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> Result<()> {
    Ok(())
}

fn uninstall(path: &Path) -> Result<()> {
    if !ours(path) {
        bail!("{} is not there, or not written by keysift", path.display());
    }
    fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    let kept = before(path);
    if kept.exists() {
        fs::rename(&kept, path).with_context(|| format!("cannot put {} back", kept.display()))?;
    }
    print(|out| writeln!(out, "removed: {}", shown(path)))
}
