//! What a file of unknown kind holds: text, an archive with files of its own, or bytes. Everything is streamed from whatever gives it: a
//! file, a layer of an image, another archive.

mod archive;
mod kind;
mod strings;
mod zip;

use std::{
    cell::Cell,
    io::{self, Cursor, Read},
};

use keysift_finding::{Blob, Origin, Skip, Unread};

use crate::{
    Stop,
    read::{is_binary, read_full},
    utf16,
    windows::{WINDOW, each_window_here},
};
pub(crate) use kind::{Kind, kind};

/// How deep archives in archives are read.
const DEPTH: usize = 4;

/// What one file may unpack to, in bytes and in members: a bomb ends here, and a layer of a distribution does not.
const MOST_BYTES: u64 = 4 << 30;
const MOST_MEMBERS: u64 = 200_000;

/// Bytes that decide what a file is: the first 8 KiB tell text from binary, as git and ripgrep do.
const SNIFF: usize = 8 << 10;

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
pub(crate) struct Budget {
    bytes: Cell<u64>,
    members: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: Cell::new(MOST_BYTES),
            members: Cell::new(MOST_MEMBERS),
        }
    }
}

/// A file, wherever it is: its origin, with what is behind `!` for members of archives.
pub(crate) struct Content<'a> {
    /// The origin of a member, whose path is this one and the given end of it.
    pub(crate) origin: &'a dyn Fn(&str) -> Origin,
    pub(crate) sink: Sink<'a>,
    pub(crate) budget: &'a Budget,
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
        let len = read_full(reader, &mut buffer[..SNIFF])?;
        let kind = kind(&buffer[..len]);
        if self.sink.archives && kind != Kind::Other && kind != Kind::KeyStore {
            let head = buffer[..len].to_vec();
            return self.inside(member, depth, kind, &mut Cursor::new(head).chain(reader), buffer);
        }
        if kind == Kind::KeyStore {
            // Its first bytes say what it is; the rest is sealed.
            let len = len.min(32);
            buffer[len..len + Blob::PADDING].fill(0);
            (self.sink.count)(len as u64);
            (self.sink.on_blob)(&Blob::whole(&(self.origin)(member), buffer, len));
            return Ok(());
        }
        if is_binary(&buffer[..len]) && utf16::order(&buffer[..len]).is_none() {
            (self.sink.skip)(Skip::Binary);
            return Ok(());
        }
        self.text(&(self.origin)(member), len, reader, buffer)
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
            _ if depth >= DEPTH => Err(io::Error::other(format!("archives are read {DEPTH} deep"))),
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

    /// A text whose first `len` bytes stand in the buffer.
    fn text(
        &self,
        origin: &Origin,
        mut len: usize,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        while len < WINDOW {
            if buffer.len() < len + (64 << 10) + Blob::PADDING {
                buffer.resize((buffer.len() * 2).min(WINDOW) + Blob::PADDING, 0);
            }
            let end = (buffer.len() - Blob::PADDING).min(WINDOW);
            let read = read_full(reader, &mut buffer[len..end])?;
            len += read;
            if len < end {
                break;
            }
        }
        if len == WINDOW {
            let bytes = each_window_here(
                origin,
                Cursor::new(&buffer[..len]).chain(reader),
                self.sink.on_blob,
            )?;
            (self.sink.count)(bytes);
            return Ok(());
        }
        if let Some((order, mark)) =
            utf16::order(&buffer[..len]).filter(|_| is_binary(&buffer[..len]) || buffer[0] >= 0xFE)
        {
            let mut text = Vec::new();
            utf16::Utf16Reader::new(&buffer[mark..len], order).read_to_end(&mut text)?;
            self.whole(origin, text);
            return Ok(());
        }
        (self.sink.count)(len as u64);
        buffer[len..len + Blob::PADDING].fill(0);
        (self.sink.on_blob)(&Blob::whole(origin, buffer, len));
        Ok(())
    }
}
