//! The bytes that are scanned, and their origin.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::{memchr_iter, memrchr};

use crate::{FileStatusCell, Layer, Location};

/// A git commit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Commit {
    /// Its position in the reading order of the history, oldest first. Of equal findings, the one with the
    /// lowest order is reported.
    pub order: u32,
    /// The full hash, in hex.
    pub hash: String,
    /// Name and e-mail address of the author.
    pub author: String,
    /// Author date, ISO 8601.
    pub date: String,
}

impl Commit {
    /// Returns the first 10 hex digits of the hash.
    pub fn short(&self) -> &str {
        self.hash.get(..10).unwrap_or(&self.hash)
    }
}

/// A half-open byte range, `start..end`, relative to the start of the text that it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte; at least `start`.
    pub end: usize,
}

impl Span {
    /// Creates the span `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns the number of bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Returns whether the span has no bytes.
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// Returns whether the spans share at least one byte.
    pub const fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Returns whether `other` is inside this span.
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Returns the bytes of `text` in this span.
    ///
    /// # Panics
    /// If the span exceeds `text`.
    pub fn of(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.end]
    }
}

/// Where a blob comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A file of a tree, or a member of an archive in it.
    File(Location),
    /// Standard input.
    Stdin,
    /// A file in a git commit.
    Commit {
        /// The commit that added it.
        commit: Arc<Commit>,
        /// The path of the file, relative to the root of the repository.
        path: PathBuf,
    },
    /// A file in a layer of a container image.
    Layer {
        /// The path of the file in the layer.
        layer: Arc<Layer>,
        /// The file, as the layer names it.
        path: PathBuf,
        /// The state of the file in the final file system; known when the whole image was read.
        status: FileStatusCell,
    },
    /// The configuration and history of a container image, rendered as a Dockerfile.
    Config {
        /// The path of the image's file, as the user wrote it.
        image: PathBuf,
        /// The image's tag or digest.
        tag: String,
    },
}

impl Origin {
    /// Returns the path for settings, baselines and fingerprints: relative to the root of the repository,
    /// otherwise to the scanned root; `-` for standard input.
    pub fn path(&self) -> &Path {
        match self {
            Origin::File(location) => location.path(),
            Origin::Stdin => Path::new("-"),
            Origin::Layer { path, .. } | Origin::Commit { path, .. } => path,
            Origin::Config { .. } => Path::new("Dockerfile"),
        }
    }

    /// Returns the path to display.
    pub fn shown(&self) -> PathBuf {
        match self {
            Origin::File(location) => location.shown().to_owned(),
            Origin::Stdin => PathBuf::from("standard input"),
            Origin::Layer { layer, path, .. } => PathBuf::from(format!(
                "{}[layer {}]/{}",
                layer.image.display(),
                layer.number,
                path.display()
            )),
            Origin::Commit { commit, path } => {
                PathBuf::from(format!("{}:{}", commit.short(), path.display()))
            }
            Origin::Config { image, .. } => PathBuf::from(format!("{}[config]", image.display())),
        }
    }
}

/// A position in a text. Lines and columns count from 1. A column is one Unicode character; a byte that is
/// not valid UTF-8 counts as one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1, in characters.
    pub column: u64,
}

impl Position {
    /// The first character of a text.
    pub const START: Position = Position { line: 1, column: 1 };

    /// Returns the position after `text`, if `text` starts at this position.
    pub fn after(self, text: &[u8]) -> Position {
        let characters = |text: &[u8]| text.iter().filter(|byte| !is_continuation(**byte)).count() as u64;
        match memrchr(b'\n', text) {
            Some(last) => {
                let lines = memchr_iter(b'\n', text).count() as u64;
                Position {
                    line: self.line + lines,
                    column: 1 + characters(&text[last + 1..]),
                }
            }
            None => Position {
                line: self.line,
                column: self.column + characters(text),
            },
        }
    }

    /// Returns the position `back` bytes before the end of `text`, if `text` starts at `start` and ends at
    /// this position.
    pub fn before(self, text: &[u8], back: usize, start: Position) -> Position {
        let (head, between) = text.split_at(text.len() - back);
        match memchr_iter(b'\n', between).count() as u64 {
            0 => {
                let characters = between.iter().filter(|byte| !is_continuation(**byte)).count() as u64;
                Position {
                    line: self.line,
                    column: self.column - characters,
                }
            }
            lines => match memrchr(b'\n', head) {
                Some(last) => Position {
                    line: self.line - lines,
                    column: Position::START.after(&head[last + 1..]).column,
                },
                None => start.after(head),
            },
        }
    }
}

/// Returns whether `byte` is a continuation byte of UTF-8.
const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Bytes with an origin: a whole file, or one window of a file that is too large to hold in memory.
///
/// The reader owns the buffer. [`Blob::PADDING`] zero bytes follow the text in it, so that vector code may
/// read past the end.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// Where the bytes come from.
    pub origin: &'a Origin,
    /// The part that this blob reports. Findings that start outside of it are reported by the neighboring
    /// window.
    pub own: Span,
    /// The position of the first byte in the whole text.
    pub start: Position,
    buffer: &'a [u8],
    len: usize,
}

impl<'a> Blob<'a> {
    /// Number of zero bytes after the text in a padded buffer.
    pub const PADDING: usize = 128;

    /// Creates a blob of a whole text, the first `len` bytes of `buffer`.
    ///
    /// # Panics
    /// If `buffer` has fewer than `len` bytes.
    pub fn whole(origin: &'a Origin, buffer: &'a [u8], len: usize) -> Self {
        Self::window(origin, buffer, len, Span::new(0, len), Position::START)
    }

    /// Creates a blob of one window of a longer text. `own` is the part that this window reports, `start` the
    /// position of its first byte.
    ///
    /// # Panics
    /// If `buffer` has fewer than `len` bytes, or `own` exceeds them.
    pub fn window(origin: &'a Origin, buffer: &'a [u8], len: usize, own: Span, start: Position) -> Self {
        assert!(
            len <= buffer.len() && own.end <= len,
            "a blob is within its buffer"
        );
        Self {
            origin,
            own,
            start,
            buffer,
            len,
        }
    }

    /// Returns the text.
    pub fn bytes(&self) -> &'a [u8] {
        &self.buffer[..self.len]
    }

    /// Returns the text and the padding after it.
    pub fn buffer(&self) -> &'a [u8] {
        self.buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        assert_eq!(Position::START.after(b""), Position { line: 1, column: 1 });
        assert_eq!(Position::START.after(b"ab"), Position { line: 1, column: 3 });
        assert_eq!(
            Position::START.after("ä\r\nöü".as_bytes()),
            Position { line: 2, column: 3 }
        );
        assert_eq!(
            Position { line: 7, column: 9 }.after(b"x\n\n"),
            Position { line: 9, column: 1 }
        );
    }
}
