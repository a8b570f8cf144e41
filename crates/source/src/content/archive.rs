//! Reads members of archives (tar, ar) and single compressed files. Sizes in headers are not trusted;
//! unpacked bytes are counted.
//!
//! Formats: deb(5) and ar(5).

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use keysift_finding::Skip;

use super::{Budget, Content, Kind, Work};
use crate::{
    tar::{self, Tar},
    unpack::unpacked,
};

/// A file that unpacks to more than `RATIO_FROM` bytes and more than `RATIO` times its size is treated as an
/// archive bomb. Text compresses 20 times, logs 100.
pub(super) const RATIO: u64 = 300;
pub(super) const RATIO_FROM: u64 = 64 << 20;

impl Content<'_> {
    /// Reads the files of an archive.
    pub(super) fn archive(
        &self,
        member: &str,
        depth: usize,
        kind: Kind,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        match kind {
            Kind::Zip => self.zip(member, depth, reader, buffer),
            Kind::Tar => self.tar(member, depth, reader, buffer),
            Kind::Ar => self.ar(member, depth, reader, buffer),
            _ => {
                let consumed = Rc::new(Cell::new(0));
                let inner = unpacked(CountedInput {
                    inner: reader,
                    count: Rc::clone(&consumed),
                })?;
                let mut out = self.budget.guard(inner, consumed);
                // A tar inside adds no `!` to the path: `x.tar.gz!/a`.
                self.read(member, depth + 1, &mut out, buffer)
            }
        }
    }

    pub(super) fn member(
        &self,
        member: &str,
        name: &str,
        size: u64,
        depth: usize,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.budget.member()?;
        if let Some(why) = self.sink.stop.why() {
            return Err(io::Error::other(why));
        }
        if self.sink.max_file_bytes != 0 && size > self.sink.max_file_bytes {
            (self.sink.skip)(Skip::TooLarge);
            return Ok(());
        }
        self.read(&format!("{member}!/{name}"), depth + 1, reader, buffer)
    }

    fn tar(&self, member: &str, depth: usize, reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut tar = Tar::new(reader);
        while let Some(entry) = tar.next()? {
            if entry.kind == tar::Kind::File {
                self.member(
                    member,
                    &entry.path.to_string_lossy(),
                    entry.size,
                    depth,
                    &mut tar,
                    buffer,
                )?;
            }
        }
        Ok(())
    }

    fn ar(&self, member: &str, depth: usize, reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<()> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "invalid ar header");
        let mut magic = [0; 8];
        reader.read_exact(&mut magic)?;
        loop {
            let mut header = [0; 60];
            match crate::read::read_full(reader, &mut header)? {
                0 => return Ok(()),
                60 if header.ends_with(b"`\n") => {}
                _ => return Err(bad()),
            }
            let text =
                |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).trim_end().to_owned();
            let size: u64 = text(48..58).parse().map_err(|_| bad())?;
            let mut content = (&mut *reader).take(size);
            let name = text(0..16);
            let name = bsd_name(&name, &mut content)?.unwrap_or(name);
            // The tables of a static library are not files. `/12` is a file whose long name is in a table.
            if !matches!(name.as_str(), "/" | "//" | "/SYM64/") {
                self.member(
                    member,
                    name.trim_end_matches('/'),
                    size,
                    depth,
                    &mut content,
                    buffer,
                )?;
            }
            io::copy(&mut content, &mut io::sink())?;
            if content.limit() > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if size % 2 == 1 {
                let _ = reader.read(&mut [0])?;
            }
        }
    }
}

/// Reads the name of a file whose header has `#1/LENGTH`: BSD stores long names at the start of the content.
fn bsd_name(name: &str, content: &mut impl Read) -> io::Result<Option<String>> {
    const LONGEST: usize = 4 << 10;
    let length: Option<usize> = name.strip_prefix("#1/").and_then(|length| length.parse().ok());
    let Some(length) = length.filter(|length| *length <= LONGEST) else {
        return Ok(None);
    };
    let mut name = vec![0; length];
    content.read_exact(&mut name)?;
    Ok(Some(
        String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned(),
    ))
}

impl Budget<'_> {
    fn member(&self) -> io::Result<()> {
        let left = self.members.get().checked_sub(1).ok_or_else(|| {
            io::Error::other("more than 200,000 files in one archive; the rest is not read")
        })?;
        self.members.set(left);
        Ok(())
    }

    pub(super) fn guard<R: Read>(&self, inner: R, consumed: Rc<Cell<u64>>) -> Guard<'_, R> {
        Guard {
            inner,
            work: self.work,
            bytes: &self.bytes,
            consumed,
            produced: 0,
        }
    }
}

/// Counts the bytes read from a compressed stream.
pub(super) struct CountedInput<R> {
    pub(super) inner: R,
    pub(super) count: Rc<Cell<u64>>,
}

impl<R: Read> Read for CountedInput<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for CountedInput<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.count.set(self.count.get() + count as u64);
        self.inner.consume(count);
    }
}

/// Reads decompressed bytes while the budget lasts.
pub(super) struct Guard<'b, R> {
    inner: R,
    work: &'b Work,
    bytes: &'b Cell<u64>,
    consumed: Rc<Cell<u64>>,
    produced: u64,
}

impl<R: Read> Read for Guard<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.produced += read as u64;
        let left = self
            .bytes
            .get()
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("unpacks to more than 4 GiB; the rest is not read"))?;
        self.bytes.set(left);
        let plausible = self.produced <= RATIO_FROM || self.produced / self.consumed.get().max(1) <= RATIO;
        if !self.work.add_output(read as u64) || !plausible {
            return Err(io::Error::other(
                "unpacks to more than 300 times its size; the rest is not read",
            ));
        }
        Ok(read)
    }
}
