//! `keysift scan --fix`: safe changes of files, made at the end of a run, or shown.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use keysift_finding::{Blob, Edit, Finding, Origin};

use crate::output::{self, Output};

/// A change, and the bytes that stood there.
type Change = (Edit, Vec<u8>);

/// The changes of a run, by file.
#[derive(Default)]
pub(crate) struct Fixes(Mutex<BTreeMap<PathBuf, Vec<Change>>>);

impl Fixes {
    /// Keeps the safe changes of a blob's findings.
    pub(crate) fn add(&self, blob: &Blob<'_>, findings: &[Finding]) {
        // Only files as they lie: not what came through a pipe, and not a window of a large file.
        let Origin::File { root, path } = blob.origin else {
            return;
        };
        let edits = findings
            .iter()
            .filter_map(|finding| finding.edit.clone())
            .filter(|edit| edit.safe);
        let edits: Vec<_> = edits
            .map(|edit| (edit.clone(), edit.span.of(blob.bytes()).to_vec()))
            .collect();
        if !edits.is_empty() {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(root.join(path))
                .or_default()
                .extend(edits);
        }
    }

    /// Makes the changes, or with `dry_run` prints them as a unified diff.
    pub(crate) fn finish(self, dry_run: bool) -> Result<()> {
        for (path, mut edits) in self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let old = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            // A byte order mark is no part of what was scanned.
            let mark = if old.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
            edits.sort_by_key(|(edit, _)| edit.span);
            edits.dedup();
            let mut new = old.clone();
            for (edit, stood) in edits.iter().rev() {
                let (start, end) = (edit.span.start + mark, edit.span.end + mark);
                if new.get(start..end) != Some(stood) {
                    output::complain(&anyhow::anyhow!(
                        "{} changed meanwhile: not mended",
                        path.display()
                    ));
                    continue;
                }
                new.splice(start..end, edit.with.bytes());
            }
            if new == old {
                continue;
            }
            match dry_run {
                true => show(&path, &old, &new)?,
                false => {
                    write(&path, &new)?;
                    output::complain(&anyhow::anyhow!(
                        "mended {} ({} {})",
                        path.display(),
                        edits.len(),
                        if edits.len() == 1 { "change" } else { "changes" }
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Writes a file whole or not at all, with the permissions it had.
fn write(path: &Path, new: &[u8]) -> Result<()> {
    let permissions = fs::metadata(path)
        .map(|metadata| metadata.permissions())
        .with_context(|| format!("cannot read {}", path.display()))?;
    Output::File(path.to_owned()).write(|out| out.write_all(new))?;
    fs::set_permissions(path, permissions)
        .with_context(|| format!("cannot set the permissions of {}", path.display()))
}

/// A unified diff: changes are within lines, so that line meets line.
fn show(path: &Path, old: &[u8], new: &[u8]) -> Result<()> {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    crate::rules::print(|out| {
        writeln!(out, "--- a/{0}\n+++ b/{0}", path.display())?;
        for (number, (before, after)) in (1..).zip(old.lines().zip(new.lines())) {
            if before != after {
                writeln!(out, "@@ -{number} +{number} @@\n-{before}\n+{after}")?;
            }
        }
        Ok(())
    })
}
