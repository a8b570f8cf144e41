//! Reads content of any type: text, an archive with members, or bytes with strings. Everything is streamed
//! from its source: a file, an image layer, another archive.

mod archive;
mod kind;
mod strings;
mod zip;

use std::{
    cell::Cell,
    io::{self, Cursor, Read},
    sync::atomic::{AtomicU64, Ordering},
};

use keysift_finding::{Blob, Origin, Skip, Unread};

use crate::{
    Stop,
    read::{ErrorAsEnd, fill, read_full},
    utf16::{Utf8, is_text},
    windows::{WINDOW, each_window_here},
};
pub(crate) use kind::{Kind, kind};

/// Maximum nesting depth of archives.
const DEPTH: usize = 4;

/// Limits for one file with everything in it, in unpacked bytes and members. They stop archive bombs and are
/// above any layer of a distribution.
const MOST_BYTES: u64 = 4 << 30;
const MOST_MEMBERS: u64 = 200_000;

/// Number of leading bytes that decide the type. The first 8 KiB distinguish text from binary, as in git and
/// ripgrep.
pub(crate) const SNIFF: usize = 8 << 10;

/// Callbacks and options for what is read.
#[derive(Clone, Copy)]
pub(crate) struct Sink<'a> {
    pub(crate) on_blob: &'a (dyn Fn(&Blob<'_>) + Sync),
    pub(crate) on_unread: &'a (dyn Fn(Unread) + Sync),
    pub(crate) skip: &'a (dyn Fn(Skip) + Sync),
    pub(crate) count: &'a (dyn Fn(u64) + Sync),
    /// Skip larger files, in bytes; 0 means no limit.
    pub(crate) max_file_bytes: u64,
    /// Open archives.
    pub(crate) archives: bool,
    /// Ends the scan early.
    pub(crate) stop: &'a Stop,
}

/// The remaining budget of one file with everything in it.
pub(crate) struct Budget<'w> {
    bytes: Cell<u64>,
    members: Cell<u64>,
    work: &'w Work,
}

impl<'w> Budget<'w> {
    /// Creates the budget of a file that `work` counts.
    pub(crate) fn new(work: &'w Work) -> Self {
        Self {
            bytes: Cell::new(MOST_BYTES),
            members: Cell::new(MOST_MEMBERS),
            work,
        }
    }
}

/// Bytes read of an outermost file, and bytes unpacked from all archives in it at every depth, on all
/// threads. Many small archive bombs, each within its own budget, add up here.
#[derive(Debug, Default)]
pub(crate) struct Work {
    input: AtomicU64,
    output: AtomicU64,
}

impl Work {
    /// Returns a counting reader of the outermost file.
    pub(crate) fn counted<R>(&self, inner: R) -> CountingReader<'_, R> {
        CountingReader { inner, work: self }
    }

    /// Adds bytes that were unpacked; returns whether the ratio is still within the limit.
    fn add_output(&self, bytes: u64) -> bool {
        let output = self.output.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let input = self.input.load(Ordering::Relaxed).max(1);
        output <= archive::RATIO_FROM || output / input <= archive::RATIO
    }
}

/// A reader that counts the bytes read.
pub(crate) struct CountingReader<'w, R> {
    inner: R,
    work: &'w Work,
}

impl<R: Read> Read for CountingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.work.input.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A file at any nesting depth, with the functions to report what it contains.
pub(crate) struct Content<'a> {
    /// Returns the origin of a member; the argument is appended to the path, and begins with `!`.
    pub(crate) origin: &'a dyn Fn(&str) -> Origin,
    pub(crate) sink: Sink<'a>,
    pub(crate) budget: &'a Budget<'a>,
}

impl Content<'_> {
    /// Reads a file. `member` is its path relative to the outermost file.
    pub(crate) fn read(
        &self,
        member: &str,
        depth: usize,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        if buffer.len() < (256 << 10) + Blob::PADDING {
            buffer.resize((256 << 10) + Blob::PADDING, 0);
        }
        // Input before an early error is scanned as well.
        let mut start = ErrorAsEnd::new(&mut *reader);
        let len = read_full(&mut start, &mut buffer[..SNIFF])?;
        let ended = start.result();
        let kind = kind(&buffer[..len]);
        if self.sink.archives && kind != Kind::Other && kind != Kind::KeyStore {
            let head = buffer[..len].to_vec();
            return self
                .inside(member, depth, kind, &mut Cursor::new(head).chain(reader), buffer)
                .and(ended);
        }
        if kind == Kind::KeyStore {
            // The first bytes identify the type; the rest is encrypted.
            let len = len.min(32);
            buffer[len..len + Blob::PADDING].fill(0);
            (self.sink.count)(len as u64);
            (self.sink.on_blob)(&Blob::whole(&(self.origin)(member), buffer, len));
            return ended;
        }
        if !is_text(&buffer[..len]) {
            (self.sink.skip)(Skip::Binary);
            return ended;
        }
        self.text(&(self.origin)(member), len, reader, buffer).and(ended)
    }

    /// Reads an archive, or bytes with strings. Errors are reported as unread, and the scan continues.
    fn inside(
        &self,
        member: &str,
        depth: usize,
        kind: Kind,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let result = match kind {
            Kind::Strings => strings::runs(reader)
                .map(|text| self.whole(&(self.origin)(&format!("{member}!strings")), text)),
            _ if depth >= DEPTH => Err(io::Error::other(format!(
                "archives are opened at most {DEPTH} levels deep"
            ))),
            kind => self.archive(member, depth, kind, reader, buffer),
        };
        if let Err(error) = result {
            let what = (self.origin)(member).shown().display().to_string();
            (self.sink.on_unread)(Unread {
                what,
                why: crate::error::why(&error),
            });
        }
        Ok(())
    }

    fn whole(&self, origin: &Origin, mut text: Vec<u8>) {
        let len = text.len();
        text.resize(len + Blob::PADDING, 0);
        (self.sink.count)(len as u64);
        (self.sink.on_blob)(&Blob::whole(origin, &text, len));
    }

    /// Reads a text whose first `len` bytes are in the buffer. Input before an error is scanned.
    fn text(
        &self,
        origin: &Origin,
        len: usize,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut reader = ErrorAsEnd::new(reader);
        let mut text = Utf8::new(buffer[..len].to_vec(), &mut reader);
        let len = fill(buffer, 0, &mut text)?;
        if len < WINDOW {
            (self.sink.count)(len as u64);
            (self.sink.on_blob)(&Blob::whole(origin, buffer, len));
        } else {
            let whole = Cursor::new(&buffer[..len]).chain(text);
            (self.sink.count)(each_window_here(origin, whole, self.sink.on_blob)?);
        }
        reader.result()
    }
}
