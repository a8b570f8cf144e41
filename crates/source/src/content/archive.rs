//! Files in archives: zip, tar, ar, and single compressed files. Sizes that a header claims are never believed; what comes out is counted.
//!
//! Formats: PKWARE APPNOTE 6.3.10 (through rawzip); deb(5) and ar(5).

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use flate2::bufread::DeflateDecoder;
use keysift_finding::Skip;
use rawzip::{CompressionMethod, ZipArchive};

use super::{Budget, Content, Kind};
use crate::{
    tar::{self, Tar},
    unpack::unpacked,
};

/// A zip is read by the directory at its end: it is held whole up to this size, in bytes.
const LARGEST_ZIP: u64 = 128 << 20;

/// What is more than a mebibyte and unpacks to more than this many times its size is a bomb: text packs 20 times, logs 100.
const RATIO: u64 = 300;
const RATIO_FROM: u64 = 64 << 20;

impl Content<'_> {
    /// Reads the files of an archive.
    pub(super) fn archive(&self, member: &str, depth: usize, kind: Kind, reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<()> {
        match kind {
            Kind::Zip => self.zip(member, depth, reader, buffer),
            Kind::Tar => self.tar(member, depth, reader, buffer),
            Kind::Ar => self.ar(member, depth, reader, buffer),
            _ => {
                let taken = Rc::new(Cell::new(0));
                let inner = unpacked(Taken { inner: reader, count: Rc::clone(&taken) })?;
                let mut out = self.budget.guard(inner, taken);
                // A tar inside is no level of its own: `x.tar.gz!/a`.
                self.read(member, depth + 1, &mut out, buffer)
            }
        }
    }

    fn member(&self, member: &str, name: &str, size: u64, depth: usize, reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<()> {
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
                self.member(member, &entry.path.to_string_lossy(), entry.size, depth, &mut tar, buffer)?;
            }
        }
        Ok(())
    }

    fn ar(&self, member: &str, depth: usize, reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<()> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "an ar header that is none");
        let mut magic = [0; 8];
        reader.read_exact(&mut magic)?;
        loop {
            let mut header = [0; 60];
            match crate::read::read_full(reader, &mut header)? {
                0 => return Ok(()),
                60 if header.ends_with(b"`\n") => {}
                _ => return Err(bad()),
            }
            let text = |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).trim_end().to_owned();
            let size: u64 = text(48..58).parse().map_err(|_| bad())?;
            let mut content = (&mut *reader).take(size);
            let name = text(0..16);
            // The tables of a static library are no files.
            if !name.starts_with('/') {
                self.member(member, name.trim_end_matches('/'), size, depth, &mut content, buffer)?;
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

    fn zip(&self, member: &str, depth: usize, reader: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<()> {
        let bytes = whole(reader)?;
        let wrong = |error: rawzip::Error| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        let archive = ZipArchive::from_slice(&bytes).map_err(wrong)?;
        let mut entries = archive.entries();
        while let Some(entry) = entries.next_entry().map_err(wrong)? {
            if entry.is_dir() {
                continue;
            }
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            if entry.flags().is_encrypted() {
                (self.sink.skip)(Skip::Encrypted);
                continue;
            }
            let data = archive.get_entry(entry.wayfinder()).map_err(wrong)?.data();
            let taken = Rc::new(Cell::new(0));
            let inner = Taken { inner: data, count: Rc::clone(&taken) };
            let inner: Box<dyn Read> = match entry.compression_method() {
                CompressionMethod::STORE => Box::new(inner),
                CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(io::BufReader::new(inner))),
                // Told by content, as everywhere.
                _ => unpacked(inner)?,
            };
            let size = entry.uncompressed_size_hint();
            self.member(member, &name, size, depth, &mut self.budget.guard(inner, taken), buffer)?;
        }
        Ok(())
    }
}

/// All bytes of a zip. The room grows in equal steps: doubled, jars of 70 MB took 128 each.
fn whole(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    const STEP: usize = 16 << 20;
    let mut bytes = Vec::new();
    loop {
        bytes.reserve_exact(STEP);
        if reader.take(STEP as u64).read_to_end(&mut bytes)? == 0 {
            return Ok(bytes);
        }
        if bytes.len() as u64 > LARGEST_ZIP {
            return Err(io::Error::other("a zip of more than 128 MiB"));
        }
    }
}

impl Budget {
    fn member(&self) -> io::Result<()> {
        let left = self
            .members
            .get()
            .checked_sub(1)
            .ok_or_else(|| io::Error::other("more than 200,000 files in one archive: the rest is not read"))?;
        self.members.set(left);
        Ok(())
    }

    fn guard<R: Read>(&self, inner: R, taken: Rc<Cell<u64>>) -> Guard<'_, R> {
        Guard { inner, budget: self, taken, given: 0 }
    }
}

/// Counts what is read from a compressed stream.
struct Taken<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Taken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// What comes out of a compressed stream, as long as the budget lasts.
struct Guard<'b, R> {
    inner: R,
    budget: &'b Budget,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl<R: Read> Read for Guard<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        let left = self
            .budget
            .bytes
            .get()
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("unpacks to more than 4 GiB: the rest is not read"))?;
        self.budget.bytes.set(left);
        if self.given > RATIO_FROM && self.given / self.taken.get().max(1) > RATIO {
            return Err(io::Error::other("unpacks to more than 300 times its size: the rest is not read"));
        }
        Ok(read)
    }
}
