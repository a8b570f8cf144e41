//! Applies safe edits to files at the end of a run, or shows them.

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Edit, Finding, Origin, Span};
use keysift_report::{Changed, changed_lines};

use crate::whole_file;

/// The pending edits of a file.
#[derive(Debug)]
struct Changes {
    /// The root of the repository, or the folder that the user named; empty if unknown.
    root: PathBuf,
    edits: Vec<Edit>,
    /// Spans of secrets, which diffs redact.
    secrets: Vec<Span>,
    /// Hash of the scanned content. A file with other content is not changed.
    scanned: u64,
}

/// The safe edits of a run, by file.
#[derive(Debug, Default)]
pub struct Fixes {
    files: Mutex<BTreeMap<PathBuf, Changes>>,
    /// Hashes content with a key that is random for each run.
    hash: RandomState,
}

/// The UTF-8 byte order mark, which is not part of the scanned text.
const MARK: &[u8] = b"\xEF\xBB\xBF";

impl Fixes {
    /// Adds the safe edits of a blob's findings.
    pub fn add(&self, blob: &Blob<'_>, findings: &[Finding], secrets: &[Span]) {
        // Only complete files on disk, not standard input or a window of a large file.
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

    /// Applies the edits, or with `dry_run` only shows them, file by file. A file that fails does not affect
    /// others.
    pub fn make(self, dry_run: bool) -> impl Iterator<Item = Fixed> {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.into_iter().map(move |(path, mut changes)| {
            tidy(&mut changes.edits);
            let result = fix(&path, &changes, &self.hash, dry_run);
            Fixed { path, result }
        })
    }
}

/// The result for one file.
#[derive(Debug)]
pub struct Fixed {
    /// The file.
    pub path: PathBuf,
    /// What was done.
    pub result: Result<Fix, FixError>,
}

/// What was done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fix {
    /// This number of edits was applied.
    Made(usize),
    /// The lines before and after the edits; nothing was written.
    Shown(Vec<Changed>),
    /// The file was skipped for this reason.
    Left(&'static str),
}

/// Why a file could not be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixError {
    /// It cannot be read.
    #[error("cannot read it")]
    Read(#[source] io::Error),
    /// It cannot be written.
    #[error("cannot write it")]
    Write(#[source] io::Error),
}

/// Sorts edits and drops those that overlap an earlier one.
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

fn fix(path: &Path, changes: &Changes, hash: &RandomState, dry_run: bool) -> Result<Fix, FixError> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(Fix::Left("it is in an archive, or does not exist any more"));
    };
    if !metadata.is_file() {
        return Ok(Fix::Left("it is a link or a device"));
    }
    if !within(path, &changes.root) {
        return Ok(Fix::Left("a link leads out of the scanned folder"));
    }
    let old = fs::read(path).map_err(FixError::Read)?;
    let text = old.strip_prefix(MARK).unwrap_or(&old);
    if hash.hash_one(text) != changes.scanned {
        return Ok(Fix::Left(
            match old.starts_with(b"\xFF\xFE") || old.starts_with(b"\xFE\xFF") {
                true => "it is UTF-16, which --fix does not write",
                false => "the file changed during the scan, or its text was decoded",
            },
        ));
    }
    if dry_run {
        return Ok(Fix::Shown(changed_lines(text, &changes.edits, &changes.secrets)));
    }
    let mut new = old[..old.len() - text.len()].to_vec();
    new.extend(applied(text, &changes.edits));
    whole_file::replace(path, &metadata, |file| file.write_all(&new)).map_err(FixError::Write)?;
    Ok(Fix::Made(changes.edits.len()))
}

/// Returns the text with the edits applied. All bytes outside of their spans are unchanged.
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

/// Returns whether a file is inside `root`, with links resolved.
fn within(path: &Path, root: &Path) -> bool {
    if root.as_os_str().is_empty() {
        return true;
    }
    match (path.canonicalize(), root.canonicalize()) {
        (Ok(path), Ok(root)) => path.starts_with(root),
        _ => false,
    }
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
    fn bytes_outside_of_edits_do_not_change() {
        // Every byte value, in a fixed pseudo-random order; spans of different sizes.
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
    fn of_overlapping_edits_the_first_is_applied() {
        let mut edits = vec![edit(4, 8, "b"), edit(0, 5, "a"), edit(0, 5, "a"), edit(8, 9, "c")];
        tidy(&mut edits);
        assert_eq!(applied(b"0123456789", &edits), b"a567c9");
    }
}
