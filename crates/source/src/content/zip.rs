//! Files in zip archives. A small one is read by the directory at its end, which tells names and sizes; a large one, and one whose end is
//! missing, as a stream, by the headers in front of its files: 70 MB of jar need no memory then.
//!
//! Format: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.

use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Cursor, Read},
    rc::Rc,
};

use flate2::bufread::DeflateDecoder;
use keysift_finding::{Skip, Unread};
use rawzip::{CompressionMethod, ZipArchive};

use super::{Content, archive::Taken};
use crate::{read::read_full, unpack::unpacked};

/// An archive smaller than this is held whole, in bytes.
const HELD: usize = 4 << 20;

/// Flags of an entry: it is encrypted; its size and checksum follow it.
const ENCRYPTED: u16 = 1;
const SIZE_FOLLOWS: u16 = 1 << 3;

/// The longest that follows a file.
const DESCRIPTOR: usize = 24;

/// What stands before a file, its name and extra field left out.
const HEADER: usize = 30;

fn wrong(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

impl Content<'_> {
    pub(super) fn zip(
        &self,
        member: &str,
        depth: usize,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        reader.take(HELD as u64).read_to_end(&mut bytes)?;
        if bytes.len() == HELD {
            return self.zip_stream(member, depth, &mut Cursor::new(bytes).chain(reader), buffer);
        }
        match ZipArchive::from_slice(&bytes) {
            Ok(archive) => self.zip_directory(member, depth, (&archive, &bytes), buffer),
            Err(_) => {
                self.zip_stream(member, depth, &mut &bytes[..], buffer)?;
                Err(wrong(
                    "damaged or missing zip central directory: its files were read as far as possible",
                ))
            }
        }
    }

    fn zip_directory(
        &self,
        member: &str,
        depth: usize,
        (archive, bytes): (&rawzip::ZipSliceArchive<&Vec<u8>>, &[u8]),
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut entries = archive.entries();
        let mut seen = Ranges::default();
        while let Some(entry) = entries.next_entry().map_err(wrong)? {
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            let found = match archive.get_entry(entry.wayfinder()).map_err(wrong) {
                Ok(found) => found,
                Err(error) => {
                    self.damage(member, &name, Err(error))?;
                    continue;
                }
            };
            let (_, end) = found.compressed_data_range();
            if !seen.add(entry.local_header_offset(), end) {
                // A bomb needs its bytes only once.
                let error = wrong("it shares its bytes with another file in the zip: not read");
                self.damage(member, &name, Err(error))?;
                continue;
            }
            if entry.is_dir() && found.data().is_empty() {
                continue;
            }
            if entry.flags().is_encrypted() {
                (self.sink.skip)(Skip::Encrypted);
                continue;
            }
            let size = entry.uncompressed_size_hint();
            let method = entry.compression_method();
            let read = self.zip_file(member, depth, &name, method, size, &mut found.data(), buffer);
            self.damage(member, &name, read)?;
        }
        let comment = archive.comment();
        self.between(member, depth, &mut comment.as_bytes(), buffer)?;
        let behind = (archive.end_offset(), bytes.len() as u64);
        for (start, end) in seen.gaps(archive.directory_offset()).into_iter().chain([behind]) {
            let gap = usize::try_from(start).ok().zip(usize::try_from(end).ok());
            let gap = gap
                .and_then(|(start, end)| bytes.get(start..end))
                .unwrap_or_default();
            self.between(member, depth, &mut &gap[..], buffer)?;
        }
        Ok(())
    }

    /// What stands in a zip and is no file that its directory names: a comment, a stub, a file that was taken out of the directory only.
    fn between(&self, member: &str, depth: usize, bytes: &mut &[u8], buffer: &mut Vec<u8>) -> io::Result<()> {
        // A file may be followed by its checksum and sizes.
        if bytes.len() <= DESCRIPTOR {
            return Ok(());
        }
        // Behind them the header of a file may stand that the directory does not name.
        let reach = bytes.len().min(DESCRIPTOR + 4);
        if let Some(at) = memchr::memmem::find(&bytes[..reach], b"PK\x03\x04") {
            *bytes = &bytes[at..];
        }
        self.read(&format!("{member}!between"), depth + 1, bytes, buffer)
    }

    /// Tells a file that is damaged; those around it are read. What ends the whole archive, a budget or the user, ends it.
    fn damage(&self, member: &str, name: &str, read: io::Result<()>) -> io::Result<()> {
        match read {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
                ) =>
            {
                let what = (self.origin)(&format!("{member}!/{name}"))
                    .shown()
                    .display()
                    .to_string();
                (self.sink.on_unread)(Unread {
                    what,
                    why: crate::walk::why(&error),
                });
                Ok(())
            }
            read => read,
        }
    }

    /// A file, read from where its contents begin; with `DEFLATE` not further than they go.
    #[expect(clippy::too_many_arguments, reason = "what a header says")]
    fn zip_file<R: BufRead>(
        &self,
        member: &str,
        depth: usize,
        name: &str,
        method: CompressionMethod,
        size: u64,
        data: &mut R,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let taken = Rc::new(Cell::new(0));
        let inner = Taken {
            inner: data,
            count: Rc::clone(&taken),
        };
        match method {
            CompressionMethod::STORE => self.member(
                member,
                name,
                size,
                depth,
                &mut self.budget.guard(inner, taken),
                buffer,
            ),
            CompressionMethod::DEFLATE => {
                let mut inner = self.budget.guard(DeflateDecoder::new(inner), taken);
                self.member(member, name, size, depth, &mut inner, buffer)?;
                // What nobody wanted to see stands before the next header.
                io::copy(&mut inner, &mut io::sink()).map(drop)
            }
            // Told by content, as everywhere.
            _ => self.member(
                member,
                name,
                size,
                depth,
                &mut self.budget.guard(unpacked(inner)?, taken),
                buffer,
            ),
        }
    }

    fn zip_stream(
        &self,
        member: &str,
        depth: usize,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(64 << 10, reader);
        while let Some(header) = Header::read(&mut reader)? {
            // Of a folder that is stored nothing follows but what says so.
            if header.name.ends_with('/') && header.packed == 0 && header.method == CompressionMethod::STORE {
                if header.flags & SIZE_FOLLOWS != 0 {
                    descriptor(&mut reader)?;
                }
                continue;
            }
            let known = header.flags & SIZE_FOLLOWS == 0 || header.packed != 0;
            let endless = |what: &str| {
                wrong(format!(
                    "{}: {what} of unknown size in a large zip; the rest is not read",
                    header.name
                ))
            };
            match header.method {
                _ if header.flags & ENCRYPTED != 0 => {
                    (self.sink.skip)(Skip::Encrypted);
                    if !known {
                        return Err(endless("an encrypted file"));
                    }
                    io::copy(&mut (&mut reader).take(header.packed), &mut io::sink())?;
                }
                method if known => {
                    let mut data = (&mut reader).take(header.packed);
                    let read = self.zip_file(
                        member,
                        depth,
                        &header.name,
                        method,
                        header.size,
                        &mut data,
                        buffer,
                    );
                    self.damage(member, &header.name, read)?;
                    io::copy(&mut data, &mut io::sink())?;
                    if data.limit() > 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                CompressionMethod::DEFLATE => {
                    self.zip_file(member, depth, &header.name, header.method, 0, &mut reader, buffer)?
                }
                _ => return Err(endless("a stored file")),
            }
            if header.flags & SIZE_FOLLOWS != 0 {
                descriptor(&mut reader)?;
            }
        }
        Ok(())
    }
}

/// The parts of a zip that its files take.
#[derive(Default)]
struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Adds the part `start..end`, unless it overlaps one that is there.
    fn add(&mut self, start: u64, end: u64) -> bool {
        let before = self.0.range(..end.max(start + 1)).next_back();
        if before.is_some_and(|(_, before)| *before > start) {
            return false;
        }
        self.0.insert(start, end);
        true
    }

    /// What lies before, between and behind them, up to `end`.
    fn gaps(&self, end: u64) -> Vec<(u64, u64)> {
        let mut at = 0;
        let mut gaps = Vec::new();
        for (start, behind) in self
            .0
            .iter()
            .map(|(start, end)| (*start, *end))
            .chain([(end, end)])
        {
            if start > at {
                gaps.push((at, start));
            }
            at = at.max(behind);
        }
        gaps
    }
}

/// What stands before a file.
struct Header {
    flags: u16,
    method: CompressionMethod,
    /// Bytes of contents, packed and unpacked; 0 if they follow.
    packed: u64,
    size: u64,
    name: String,
}

impl Header {
    /// The next header; `None` where the directory begins.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut fixed = [0; HEADER];
        match read_full(reader, &mut fixed)? {
            HEADER if fixed.starts_with(b"PK\x03\x04") => {}
            _ if fixed.starts_with(b"PK\x01\x02")
                || fixed.starts_with(b"PK\x05\x06")
                || fixed.starts_with(b"PK\x06\x08") =>
            {
                return Ok(None);
            }
            HEADER => return Err(wrong("invalid zip header")),
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let long = |at: usize| {
            u64::from(u32::from_le_bytes([
                fixed[at],
                fixed[at + 1],
                fixed[at + 2],
                fixed[at + 3],
            ]))
        };
        let mut name = vec![0; short(26).into()];
        reader.read_exact(&mut name)?;
        let mut extra = vec![0; short(28).into()];
        reader.read_exact(&mut extra)?;
        let (mut packed, mut size) = (long(18), long(22));
        if packed == 0xFFFF_FFFF || size == 0xFFFF_FFFF {
            (size, packed) =
                zip64(&extra).ok_or_else(|| wrong("zip header without the sizes that it announces"))?;
        }
        Ok(Some(Self {
            flags: short(6),
            method: short(8).into(),
            packed,
            size,
            name: String::from_utf8_lossy(&name).into_owned(),
        }))
    }
}

/// Sizes of more than 32 bits, unpacked and packed: field 1 of the extra fields.
fn zip64(extra: &[u8]) -> Option<(u64, u64)> {
    let mut rest = extra;
    loop {
        let (head, behind) = rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        if head[..2] == [1, 0] {
            let number = |at: usize| behind.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
            return number(0).zip(number(8));
        }
        rest = behind.get(length..)?;
    }
}

/// Passes over what follows a file: a signature that may be missing, a checksum, two sizes of four or eight bytes.
fn descriptor(reader: &mut impl BufRead) -> io::Result<()> {
    let mut four = || -> io::Result<u32> {
        let mut bytes = [0; 4];
        reader.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    };
    if four()?.to_le_bytes() == *b"PK\x07\x08" {
        four()?;
    }
    let (packed, size) = (four()?, four()?);
    // The upper half of a size of eight bytes is zero: nobody packs four gigabytes into a file that we read to its end. An empty file has
    // a size of zero, too; packed it takes two bytes, and the next signature follows at once.
    let long = size == 0 && (packed > 16 || reader.fill_buf()?.first() != Some(&b'P'));
    if long {
        reader.read_exact(&mut [0; 8])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_overlap_or_leave_gaps() {
        let mut ranges = Ranges::default();
        assert!(ranges.add(10, 20) && ranges.add(30, 40) && ranges.add(20, 30));
        for (start, end) in [(10, 20), (15, 16), (5, 11), (39, 50), (0, 100), (10, 10)] {
            assert!(!ranges.add(start, end), "{start}..{end}");
        }
        assert!(ranges.add(50, 60));
        assert_eq!(ranges.gaps(70), [(0, 10), (40, 50), (60, 70)]);
    }
}
