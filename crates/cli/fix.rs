//! `keysift scan --fix`: safe changes of files, made at the end of a run, or shown.

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher, RandomState},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use keysift_finding::{Blob, Edit, Finding, Origin, Span};
use keysift_report::{Foreign, Terminal, changed_lines};

use crate::output;

/// What is to be changed in a file.
struct Changes {
    /// The repository, or the folder that the user asked for; empty if it was the file itself.
    root: PathBuf,
    edits: Vec<Edit>,
    /// Places of secrets, which no diff shows.
    secrets: Vec<Span>,
    /// What was scanned: a file that holds anything else is left alone.
    scanned: u64,
}

/// The changes of a run, by file.
#[derive(Default)]
pub(crate) struct Fixes {
    files: Mutex<BTreeMap<PathBuf, Changes>>,
    /// A hash of this run.
    hash: RandomState,
}

/// A byte order mark is no part of what is scanned.
const MARK: &[u8] = b"\xEF\xBB\xBF";

impl Fixes {
    /// Keeps the safe changes of a blob's findings.
    pub(crate) fn add(&self, blob: &Blob<'_>, findings: &[Finding], secrets: &[Span]) {
        // Only files as they lie: not what came through a pipe, and not a window of a large file.
        let (Origin::File(location), true) = (blob.origin, blob.own == Span::new(0, blob.bytes().len()))
        else {
            return;
        };
        let edits = findings.iter().filter_map(|finding| finding.edit.clone());
        let edits: Vec<Edit> = edits.filter(|edit| edit.safe).collect();
        if edits.is_empty() {
            return;
        }
        let changes = Changes {
            root: location.base().to_owned(),
            edits,
            secrets: secrets.to_vec(),
            scanned: self.hash.hash_one(blob.bytes()),
        };
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(location.shown().to_owned(), changes);
    }

    /// Makes the changes, or with `dry_run` prints them as a unified diff. What cannot be changed is named, and keeps no other file from it.
    pub(crate) fn finish(self, dry_run: bool) -> Result<()> {
        let mut failed = 0;
        for (path, mut changes) in self.files.into_inner().unwrap_or_else(PoisonError::into_inner) {
            tidy(&mut changes.edits);
            let told = |what: &str| output::complain(&anyhow::anyhow!("{}: {what}", shown(&path)));
            match mend(&path, &changes, &self.hash, dry_run) {
                Ok(Mended::Left(why)) => told(&format!("not fixed: {why}")),
                Ok(Mended::Shown) => {}
                Ok(Mended::Written) => told(&format!(
                    "fixed ({} {})",
                    changes.edits.len(),
                    if changes.edits.len() == 1 {
                        "change"
                    } else {
                        "changes"
                    }
                )),
                Err(error) => {
                    failed += 1;
                    output::complain(&error.context(format!("{}: not fixed", shown(&path))));
                }
            }
        }
        match failed {
            0 => Ok(()),
            1 => bail!("1 file could not be changed"),
            _ => bail!("{failed} files could not be changed"),
        }
    }
}

/// Edits in order; of two that overlap the first.
fn tidy(edits: &mut Vec<Edit>) {
    edits.sort_by_key(|edit| edit.span);
    let mut end = 0;
    let mut first = true;
    edits.retain(|edit| {
        let apart = first || edit.span.start >= end && !edit.span.is_empty();
        if apart {
            (end, first) = (edit.span.end, false);
        }
        apart
    });
}

/// What became of a file.
enum Mended {
    Written,
    Shown,
    /// It was left as it is.
    Left(&'static str),
}

fn mend(path: &Path, changes: &Changes, hash: &RandomState, dry_run: bool) -> Result<Mended> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(Mended::Left("it lies in an archive, or is gone"));
    };
    if !metadata.is_file() {
        return Ok(Mended::Left("it is no file of its own: a link or a device"));
    }
    if !within(path, &changes.root) {
        return Ok(Mended::Left(
            "a link leads to it out of the folder that was scanned",
        ));
    }
    let old = fs::read(path).context("cannot read it")?;
    let text = old.strip_prefix(MARK).unwrap_or(&old);
    if hash.hash_one(text) != changes.scanned {
        return Ok(Mended::Left(
            match old.starts_with(b"\xFF\xFE") || old.starts_with(b"\xFE\xFF") {
                true => "it is UTF-16, and a change would write it in another encoding",
                false => {
                    "it holds something else than what was scanned: it was decoded, or changed meanwhile"
                }
            },
        ));
    }
    if dry_run {
        show(path, text, changes)?;
        return Ok(Mended::Shown);
    }
    let mut new = old[..old.len() - text.len()].to_vec();
    new.extend(applied(text, &changes.edits));
    output::replace(path, &metadata, |file| file.write_all(&new)).context("cannot write it")?;
    Ok(Mended::Written)
}

/// A text with its changes. Every byte outside of their spans is as it was.
fn applied(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        new.extend_from_slice(&text[at..edit.span.start]);
        new.extend_from_slice(edit.with.as_bytes());
        at = edit.span.end;
    }
    new.extend_from_slice(&text[at..]);
    new
}

/// Whether a file lies in the folder that it belongs to, links followed.
fn within(path: &Path, root: &Path) -> bool {
    if root.as_os_str().is_empty() {
        return true;
    }
    match (path.canonicalize(), root.canonicalize()) {
        (Ok(path), Ok(root)) => path.starts_with(root),
        _ => false,
    }
}

fn shown(path: &Path) -> String {
    Foreign::path(path).to::<Terminal>().to_string()
}

/// A unified diff. Changes are within lines, so that line meets line; what could be a secret is masked, so it is to be read, not applied.
fn show(path: &Path, text: &[u8], changes: &Changes) -> Result<()> {
    let path = shown(path.strip_prefix(".").unwrap_or(path));
    output::print(|out| {
        writeln!(out, "--- a/{path}\n+++ b/{path}")?;
        for changed in changed_lines(text, &changes.edits, &changes.secrets) {
            let (old, new) = (changed.old.to::<Terminal>(), changed.new.to::<Terminal>());
            writeln!(out, "@@ -{0} +{0} @@\n-{old}\n+{new}", changed.line)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, with: &str) -> Edit {
        Edit {
            span: Span::new(start, end),
            with: with.to_owned(),
            safe: true,
        }
    }

    #[test]
    fn all_other_bytes_stay() {
        // Every byte there is, in an order of its own; spans of all sizes.
        let text: Vec<u8> = (0..4096u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        for seed in 0..200usize {
            let mut edits: Vec<Edit> = (0..seed % 7)
                .map(|number| {
                    let start = (seed * 977 + number * 601) % 4000;
                    edit(start, start + (seed + number) % 40, &"x".repeat(number))
                })
                .collect();
            tidy(&mut edits);
            let new = applied(&text, &edits);
            let (mut old_at, mut new_at) = (0, 0);
            for edit in &edits {
                let kept = edit.span.start - old_at;
                assert_eq!(text[old_at..edit.span.start], new[new_at..new_at + kept]);
                new_at += kept;
                assert_eq!(&new[new_at..new_at + edit.with.len()], edit.with.as_bytes());
                (old_at, new_at) = (edit.span.end, new_at + edit.with.len());
            }
            assert_eq!(text[old_at..], new[new_at..]);
        }
    }

    #[test]
    fn of_edits_that_overlap_the_first_is_made() {
        let mut edits = vec![edit(4, 8, "b"), edit(0, 5, "a"), edit(0, 5, "a"), edit(8, 9, "c")];
        tidy(&mut edits);
        assert_eq!(applied(b"0123456789", &edits), b"a567c9");
    }
}
