//! `keysift diff`: what two reports do not share.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use keysift::Outcome;
use keysift_report::{Changes, PreviousReport};

use crate::{args::Diff, output::print};

/// Prints what is new and what is gone.
pub(crate) fn diff(args: &Diff) -> Result<Outcome> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let changes = Changes::between(&old, &new);
    print(|out| changes.write(out))?;
    Ok(match changes.has_new() {
        true => Outcome::Findings,
        false => Outcome::Clean,
    })
}

fn read(file: &Path) -> Result<PreviousReport> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(PreviousReport::parse(file, &text)?)
}
