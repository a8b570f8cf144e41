//! `keysift scan --fix`: prints what became of each file.

use std::path::Path;

use anyhow::{Result, bail};
use keysift::fix::{Fix, Fixes};
use keysift_report::{Changed, Foreign, Terminal};

use crate::output;

/// Makes the changes, or with `dry_run` prints them as a unified diff.
pub(crate) fn finish(fixes: Fixes, dry_run: bool) -> Result<()> {
    let mut failed = 0;
    for fixed in fixes.make(dry_run) {
        let path = shown(&fixed.path);
        let say = |what: String| output::complain(&anyhow::anyhow!("{path}: {what}"));
        match fixed.result {
            Ok(Fix::Shown(lines)) => diff(&fixed.path, &lines)?,
            Ok(Fix::Made(1)) => say("fixed (1 change)".to_owned()),
            Ok(Fix::Made(count)) => say(format!("fixed ({count} changes)")),
            Ok(Fix::Left(why)) => say(format!("not fixed: {why}")),
            Ok(_) => {}
            Err(error) => {
                failed += 1;
                output::complain(&anyhow::Error::new(error).context(format!("{path}: not fixed")));
            }
        }
    }
    match failed {
        0 => Ok(()),
        1 => bail!("1 file could not be changed"),
        _ => bail!("{failed} files could not be changed"),
    }
}

fn shown(path: &Path) -> String {
    Foreign::path(path).to::<Terminal>().to_string()
}

/// Changes are within lines, so that line meets line; what could be a secret is masked, so the diff is to be read, not applied.
fn diff(path: &Path, lines: &[Changed]) -> Result<()> {
    let path = shown(path.strip_prefix(".").unwrap_or(path));
    output::print(|out| {
        writeln!(out, "--- a/{path}\n+++ b/{path}")?;
        lines.iter().try_for_each(|changed| {
            let (old, new) = (changed.old.to::<Terminal>(), changed.new.to::<Terminal>());
            writeln!(out, "@@ -{0} +{0} @@\n-{old}\n+{new}", changed.line)
        })
    })
}
