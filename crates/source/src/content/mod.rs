//! What a file of unknown kind holds: text, an archive with files of its own, or bytes. Everything is streamed from whatever gives it: a
//! file, a layer of an image, another archive.

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

/// How deep archives in archives are read.
const DEPTH: usize = 4;

/// What one file may unpack to, in bytes and in members: a bomb ends here, and a layer of a distribution does not.
const MOST_BYTES: u64 = 4 << 30;
const MOST_MEMBERS: u64 = 200_000;

/// Bytes that decide what a file is: the first 8 KiB tell text from binary, as git and ripgrep do.
pub(crate) const SNIFF: usize = 8 << 10;

/// Where what is read goes.
#[derive(Clone, Copy)]
pub(crate) struct Sink<'a> {
    pub(crate) on_blob: &'a (dyn Fn(&Blob<'_>) + Sync),
    pub(crate) on_unread: &'a (dyn Fn(Unread) + Sync),
    pub(crate) skip: &'a (dyn Fn(Skip) + Sync),
    pub(crate) count: &'a (dyn Fn(u64) + Sync),
    /// Larger files are skipped; 0 is no limit.
    pub(crate) max_file_bytes: u64,
    /// Whether archives are opened.
    pub(crate) archives: bool,
    /// Why to end early.
    pub(crate) stop: &'a Stop,
}

/// What is left of the budget of one file, with everything that is in it.
pub(crate) struct Budget<'w> {
    bytes: Cell<u64>,
    members: Cell<u64>,
    work: &'w Work,
}

impl<'w> Budget<'w> {
    /// The budget of a file that `work` counts.
    pub(crate) fn new(work: &'w Work) -> Self {
        Self {
            bytes: Cell::new(MOST_BYTES),
            members: Cell::new(MOST_MEMBERS),
            work,
        }
    }
}

/// What was read of an outermost file, by all threads, and what came out of the archives in it, at every depth: many small bombs, each
/// within its own budget, are one large one.
#[derive(Debug, Default)]
pub(crate) struct Work {
    input: AtomicU64,
    output: AtomicU64,
}

impl Work {
    /// A reader of the outermost file.
    pub(crate) fn counted<R>(&self, inner: R) -> CountingReader<'_, R> {
        CountingReader { inner, work: self }
    }

    /// Adds what came out of an archive. Whether there is still a budget.
    fn gives(&self, bytes: u64) -> bool {
        let output = self.output.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let input = self.input.load(Ordering::Relaxed).max(1);
        output <= archive::RATIO_FROM || output / input <= archive::RATIO
    }
}

/// A reader that counts.
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

/// A file, wherever it is: its origin, with what is behind `!` for members of archives.
pub(crate) struct Content<'a> {
    /// The origin of a member, whose path is this one and the given end of it.
    pub(crate) origin: &'a dyn Fn(&str) -> Origin,
    pub(crate) sink: Sink<'a>,
    pub(crate) budget: &'a Budget<'a>,
}

impl Content<'_> {
    /// Reads a file: `member` is what is behind the path of the outermost file.
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
        // What stands before an error at the very start is read, too.
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
            // Its first bytes say what it is; the rest is sealed.
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

    /// An archive, or bytes with strings in them. What is wrong with one is told, and what is around it is read on.
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
                why: crate::walk::why(&error),
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

    /// A text whose first `len` bytes stand in the buffer. What stands before an error is read.
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
