//! `keysift scan --fix`: prints what became of each file.

use anyhow::{Result, bail};
use keysift::fix::{Fix, Fixes};
use keysift_report::{Terminal, Untrusted, write_changes};

use crate::output;

/// Makes the changes, or with `dry_run` prints them as a unified diff. Returns the number of changes that were made.
pub(crate) fn finish(fixes: Fixes, dry_run: bool) -> Result<usize> {
    let (mut failed, mut made, mut files) = (0, 0, 0);
    for fixed in fixes.make(dry_run) {
        files += 1;
        if let Ok(Fix::Made(count)) = &fixed.result {
            made += count;
        }
        let path = Untrusted::path(&fixed.path).to::<Terminal>();
        let say = |what: String| output::complain(&anyhow::anyhow!("{path}: {what}"));
        match fixed.result {
            Ok(Fix::Shown(lines)) => output::print(|out| write_changes(&fixed.path, &lines, out))?,
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
    if files == 0 {
        output::say("keysift: no finding has a safe fix");
    }
    match failed {
        0 => Ok(made),
        1 => bail!("1 file could not be changed"),
        _ => bail!("{failed} files could not be changed"),
    }
}
