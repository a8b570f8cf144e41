//! Texts of strangers for parts of the program that print without a report: `explain`, `diff`, the changes of `--fix`.

use std::{
    io::{self, Write},
    path::Path,
};

use keysift_finding::{Edit, Span};
use memchr::{memchr, memrchr};

use crate::{
    escape::{Terminal, Untrusted, defused},
    excerpt::{Secrets, changed},
    words,
};

impl Untrusted {
    /// A sentence of ours that names things of a file: what could be a secret is masked.
    pub fn sentence(text: &str) -> Self {
        Self::new(words::sentence(text))
    }

    /// A message for a terminal or a build log that may quote names and files: what they would obey is made visible. Its lines are kept,
    /// each behind a mark, so that none can be taken for one of ours.
    pub fn message(text: &str) -> String {
        let shown = |line: &str| {
            let line = Self::new(line.trim_end_matches('\r'));
            line.to::<Terminal>().to_string()
        };
        let lines: Vec<String> = text.trim_end().split('\n').map(shown).collect();
        lines.join("\n  | ")
    }
}

/// A line before and after its changes, with everything masked that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its number, from 1.
    pub line: u64,
    /// How it was.
    pub old: Untrusted,
    /// How it becomes.
    pub new: Untrusted,
}

/// The lines that `edits` change; those are sorted, and none overlaps another. `secrets` are places of known secrets.
pub fn changed_lines(text: &[u8], edits: &[Edit], secrets: &[Span]) -> Vec<Changed> {
    let secrets = Secrets::new(text, secrets.to_vec());
    let mut lines = Vec::new();
    let (mut counted, mut number) = (0, 1);
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let start = memrchr(b'\n', &text[..first.span.start]).map_or(0, |at| at + 1);
        let end_of = |at: usize| memchr(b'\n', &text[at..]).map_or(text.len(), |len| at + len);
        let mut end = end_of(first.span.end);
        let mut here = 1;
        while let Some(next) = rest.get(here).filter(|next| next.span.start <= end) {
            end = end.max(end_of(next.span.end));
            here += 1;
        }
        number += memchr::memchr_iter(b'\n', &text[counted..start]).count() as u64;
        counted = start;
        let (old, new) = changed(text, Span::new(start, end), &rest[..here], &secrets);
        lines.push(Changed {
            line: number,
            old: Untrusted::new(defused(&old)),
            new: Untrusted::new(defused(&new)),
        });
        rest = &rest[here..];
    }
    lines
}

/// Writes changes of a file as a unified diff: they are within lines, so that line meets line. What could be a secret is masked, so it is to
/// be read, not applied.
///
/// # Errors
/// If it cannot be written.
pub fn write_changes(path: &Path, lines: &[Changed], out: &mut dyn Write) -> io::Result<()> {
    let path = Untrusted::path(path.strip_prefix(".").unwrap_or(path)).to::<Terminal>();
    writeln!(out, "--- a/{path}\n+++ b/{path}")?;
    lines.iter().try_for_each(|changed| {
        let (old, new) = (changed.old.to::<Terminal>(), changed.new.to::<Terminal>());
        writeln!(out, "@@ -{0} +{0} @@\n-{old}\n+{new}", changed.line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_plain_text() {
        assert_eq!(
            Untrusted::message("cannot read a\u{1b}[2J\n::error::x: no\r\n##vso[task]\n"),
            "cannot read a\\x1b[2J\n  | \\x3a:error::x: no\n  | \\x23#vso[task]"
        );
    }
}
