//! The previous content of a changed file, to distinguish new lines.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Location, Origin, Span};
use memchr::{memchr, memrchr};

use super::content::{Reading, read};
use crate::content::{Kind, kind};

/// Hashes of the lines of the previous content, including those of archive members.
#[derive(Debug, Default)]
pub struct Before {
    lines: HashSet<u64>,
    key: RandomState,
}

impl Before {
    /// Collects the lines of a content. If it cannot be read there are none, so that everything is new.
    pub(super) fn new(content: Vec<u8>, reading: &Reading<'_>) -> Self {
        if kind(&content) == Kind::KeyStore {
            // Only the first bytes of a keystore are read, so a change is never visible in them.
            return Self::default();
        }
        let key = RandomState::new();
        let lines = Mutex::new(HashSet::new());
        let origin = |member: &str| Origin::File(Location::named(member));
        let take = |blob: &Blob<'_>| {
            let hashes: Vec<u64> = split(blob.bytes()).map(|line| key.hash_one(line)).collect();
            lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(hashes);
        };
        reading.silent(&take, |sink| read(&origin, content, sink));
        Self {
            lines: lines.into_inner().unwrap_or_else(PoisonError::into_inner),
            key,
        }
    }

    /// Returns whether any line that the span touches is new. All lines count, because a changed multi-line
    /// secret can keep its first line.
    pub fn is_new(&self, text: &[u8], span: Span) -> bool {
        if self.lines.is_empty() {
            return true;
        }
        let last = span.end.max(span.start + 1).min(text.len());
        let start = memrchr(b'\n', &text[..span.start.min(text.len())]).map_or(0, |at| at + 1);
        // A line break at the end of the span does not add a line.
        let within = last.saturating_sub(1).max(start);
        let end = memchr(b'\n', &text[within..]).map_or(text.len(), |at| within + at);
        split(&text[start..end]).any(|line| !self.lines.contains(&self.key.hash_one(line)))
    }
}

/// Splits a text into lines, without surrounding whitespace.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(text: &[u8]) -> Before {
        Before::new(text.to_vec(), &Reading::default())
    }

    #[test]
    fn lines_that_were_there_before_are_not_new() {
        let before = before(b"a\n  b\nc\n");
        let text = b"c\nb\nnew\n";
        assert_eq!(
            [0, 2, 4].map(|at| before.is_new(text, Span::new(at, at + 1))),
            [false, false, true]
        );
        assert!(Before::default().is_new(text, Span::new(0, 1)));
        // Spans at the edges of a text.
        assert!(!before.is_new(b"a", Span::new(1, 1)) && !before.is_new(b"a\nz", Span::new(0, 2)));
    }

    #[test]
    fn every_line_of_a_span_counts() {
        let before = before(b"BEGIN\none\ntwo\nEND\n");
        let whole = |text: &[u8]| before.is_new(text, Span::new(0, text.len()));
        assert!(!whole(b"BEGIN\none\ntwo\nEND\n"));
        assert!(!whole(b"  BEGIN\r\n  one\r\n  two\r\n  END\r\n"));
        for changed in [
            &b"BEGIN\nnew\ntwo\nEND"[..],
            b"BEGIN\none\nnew\nEND",
            b"BEGIN\none\ntwo\nNEW",
            b"NEW\none\ntwo\nEND",
        ] {
            assert!(whole(changed));
        }
    }
}
