//! Bytes with an origin.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{FileStatusCell, Layer, Location};

/// A commit of git.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Commit {
    /// Its place in the order in which the history was read, oldest first: what came first is told first.
    pub order: u32,
    /// Its name in full.
    pub hash: String,
    /// Name and address of its author.
    pub author: String,
    /// When it was written, ISO 8601.
    pub date: String,
}

impl Commit {
    /// The first digits of its name.
    pub fn short(&self) -> &str {
        self.hash.get(..10).unwrap_or(&self.hash)
    }
}

/// A half-open range of bytes, `start..end`, counted from the start of the text it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte; at least `start`.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Number of bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span holds no byte.
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// Whether both spans hold a byte in common.
    pub const fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies inside.
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes of `text` that the span names.
    ///
    /// # Panics
    /// If the span does not lie in `text`.
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
    /// A file as a commit of git has it.
    Commit {
        /// The commit that added it.
        commit: Arc<Commit>,
        /// The file, from the top of the repository.
        path: PathBuf,
    },
    /// A file in a layer of a container image.
    Layer {
        /// The layer.
        layer: Arc<Layer>,
        /// The file, as the layer names it.
        path: PathBuf,
        /// What became of the file; known when the whole image was read.
        status: FileStatusCell,
    },
    /// The configuration and the history of a container image, written as the Dockerfile that they amount to.
    Config {
        /// The image's file, as the user wrote it.
        image: PathBuf,
        /// Its tag or digest.
        tag: String,
    },
}

impl Origin {
    /// The path as settings, baselines and fingerprints use it: from the top of the repository, else from the scanned root; `-` for standard
    /// input.
    pub fn path(&self) -> &Path {
        match self {
            Origin::File(location) => location.path(),
            Origin::Stdin => Path::new("-"),
            Origin::Layer { path, .. } | Origin::Commit { path, .. } => path,
            Origin::Config { .. } => Path::new("Dockerfile"),
        }
    }

    /// The path to show to a person.
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

/// A place in a text. Lines and columns count from 1; a column is one Unicode character (a byte that is not UTF-8 counts as one).
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

    /// The place behind `text`, if `text` starts here.
    pub fn after(self, text: &[u8]) -> Position {
        let characters = |text: &[u8]| text.iter().filter(|byte| !is_continuation(**byte)).count() as u64;
        match text.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => {
                let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64;
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

    /// The place `back` bytes before the end of `text`, if `text` begins at `start` and ends here.
    pub fn before(self, text: &[u8], back: usize, start: Position) -> Position {
        let (head, between) = text.split_at(text.len() - back);
        match between.iter().filter(|byte| **byte == b'\n').count() as u64 {
            0 => {
                let characters = between.iter().filter(|byte| !is_continuation(**byte)).count() as u64;
                Position {
                    line: self.line,
                    column: self.column - characters,
                }
            }
            lines => match head.iter().rposition(|byte| *byte == b'\n') {
                Some(last) => Position {
                    line: self.line - lines,
                    column: Position::START.after(&head[last + 1..]).column,
                },
                None => start.after(head),
            },
        }
    }
}

/// Whether a byte goes on with a UTF-8 character that began before it.
const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Bytes with an origin: a whole file, or one window of a file too large to be held whole.
///
/// The bytes lie in a buffer that the reader owns, with [`Blob::PADDING`] zero bytes behind them, so that vector code may read past
/// their end.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// Where the bytes come from.
    pub origin: &'a Origin,
    /// The part this blob answers for: what starts elsewhere is context, and a neighbouring window reports it.
    pub own: Span,
    /// The place of the first byte in the whole text.
    pub start: Position,
    buffer: &'a [u8],
    len: usize,
}

impl<'a> Blob<'a> {
    /// Zero bytes that stand behind the text in a padded buffer.
    pub const PADDING: usize = 128;

    /// A whole text: the first `len` bytes of `buffer`.
    ///
    /// # Panics
    /// If `buffer` holds fewer than `len` bytes.
    pub fn whole(origin: &'a Origin, buffer: &'a [u8], len: usize) -> Self {
        Self::window(origin, buffer, len, Span::new(0, len), Position::START)
    }

    /// One window of a longer text: `own` is the part it answers for, `start` the place of its first byte.
    ///
    /// # Panics
    /// If `buffer` holds fewer than `len` bytes, or `own` does not lie in them.
    pub fn window(origin: &'a Origin, buffer: &'a [u8], len: usize, own: Span, start: Position) -> Self {
        assert!(len <= buffer.len() && own.end <= len, "a blob lies in its buffer");
        Self {
            origin,
            own,
            start,
            buffer,
            len,
        }
    }

    /// The text.
    pub fn bytes(&self) -> &'a [u8] {
        &self.buffer[..self.len]
    }

    /// The text and what stands behind it in its buffer.
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
