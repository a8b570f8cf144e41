//! Safe changes of files, made or shown at the end of a run.

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

/// What is to be changed in a file.
#[derive(Debug)]
struct Changes {
    /// The repository, or the folder that the user asked for; empty if it is not known.
    root: PathBuf,
    edits: Vec<Edit>,
    /// Places of secrets, which no diff shows.
    secrets: Vec<Span>,
    /// What was scanned: a file that holds anything else is left alone.
    scanned: u64,
}

/// The safe changes of a run, by file.
#[derive(Debug, Default)]
pub struct Fixes {
    files: Mutex<BTreeMap<PathBuf, Changes>>,
    /// A hash of this run.
    hash: RandomState,
}

/// A byte order mark is no part of what is scanned.
const MARK: &[u8] = b"\xEF\xBB\xBF";

impl Fixes {
    /// Keeps the safe changes of a blob's findings.
    pub fn add(&self, blob: &Blob<'_>, findings: &[Finding], secrets: &[Span]) {
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

    /// Makes the changes, or with `dry_run` only shows them, file by file. What cannot be changed keeps no other file from it.
    pub fn make(self, dry_run: bool) -> impl Iterator<Item = Fixed> {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.into_iter().map(move |(path, mut changes)| {
            tidy(&mut changes.edits);
            let result = fix(&path, &changes, &self.hash, dry_run);
            Fixed { path, result }
        })
    }
}

/// What became of a file.
#[derive(Debug)]
pub struct Fixed {
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub result: Result<Fix, FixError>,
}

/// What was done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fix {
    /// So many changes were made.
    Made(usize),
    /// Its lines before and after the changes; none was made.
    Shown(Vec<Changed>),
    /// It was left as it is, for this reason.
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
