//! Reads members of zip archives. A small archive is read through its central directory, which has names and
//! sizes. A large archive, or one without a valid directory, is read as a stream through the local headers,
//! so that a jar of 70 MB needs no memory.
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

use super::{Content, archive::CountedInput};
use crate::{read::read_full, unpack::unpacked};

/// Maximum size in bytes of an archive that is held in memory.
const HELD: usize = 4 << 20;

/// Flags of an entry: encrypted; size and checksum follow the content.
const ENCRYPTED: u16 = 1;
const SIZE_FOLLOWS: u16 = 1 << 3;

/// Maximum size in bytes of a data descriptor.
const DESCRIPTOR: usize = 24;

/// Size in bytes of a local header without name and extra field.
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
                // Overlapping entries are a way to build an archive bomb.
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

    /// Reads the bytes of a zip that belong to no entry of its directory: a comment, a self-extractor, or a
    /// file that was removed only from the directory.
    fn between(&self, member: &str, depth: usize, bytes: &mut &[u8], buffer: &mut Vec<u8>) -> io::Result<()> {
        // A data descriptor may follow a file.
        if bytes.len() <= DESCRIPTOR {
            return Ok(());
        }
        // The header of a file without a directory entry may follow it.
        let reach = bytes.len().min(DESCRIPTOR + 4);
        if let Some(at) = memchr::memmem::find(&bytes[..reach], b"PK\x03\x04") {
            *bytes = &bytes[at..];
        }
        self.read(&format!("{member}!between"), depth + 1, bytes, buffer)
    }

    /// Reports a damaged member as unread and continues. Other errors (the budget, a stop request) are
    /// returned and end the archive.
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
                    why: crate::error::why(&error),
                });
                Ok(())
            }
            read => read,
        }
    }

    /// Reads a member whose content starts at `data`. With `DEFLATE` not more than the content is consumed.
    #[expect(clippy::too_many_arguments, reason = "the fields of a header")]
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
        let consumed = Rc::new(Cell::new(0));
        let inner = CountedInput {
            inner: data,
            count: Rc::clone(&consumed),
        };
        match method {
            CompressionMethod::STORE => self.member(
                member,
                name,
                size,
                depth,
                &mut self.budget.guard(inner, consumed),
                buffer,
            ),
            CompressionMethod::DEFLATE => {
                let mut inner = self.budget.guard(DeflateDecoder::new(inner), consumed);
                self.member(member, name, size, depth, &mut inner, buffer)?;
                // Skipped content still precedes the next header.
                io::copy(&mut inner, &mut io::sink()).map(drop)
            }
            // Detected from the content.
            _ => self.member(
                member,
                name,
                size,
                depth,
                &mut self.budget.guard(unpacked(inner)?, consumed),
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
            // A stored folder has no content, except an optional data descriptor.
            if header.name.ends_with('/') && header.packed == 0 && header.method == CompressionMethod::STORE {
                if header.flags & SIZE_FOLLOWS != 0 {
                    descriptor(&mut reader)?;
                }
                continue;
            }
            let known = header.flags & SIZE_FOLLOWS == 0 || header.packed != 0;
            let unknown_size = |what: &str| {
                wrong(format!(
                    "{}: {what} of unknown size in a large zip; the rest is not read",
                    header.name
                ))
            };
            match header.method {
                _ if header.flags & ENCRYPTED != 0 => {
                    (self.sink.skip)(Skip::Encrypted);
                    if !known {
                        return Err(unknown_size("an encrypted file"));
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
                _ => return Err(unknown_size("a stored file")),
            }
            if header.flags & SIZE_FOLLOWS != 0 {
                descriptor(&mut reader)?;
            }
        }
        Ok(())
    }
}

/// Byte ranges of a zip that its members occupy.
#[derive(Default)]
struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Adds the range `start..end`, unless it overlaps an earlier one; returns whether it was added.
    fn add(&mut self, start: u64, end: u64) -> bool {
        let before = self.0.range(..end.max(start + 1)).next_back();
        if before.is_some_and(|(_, before)| *before > start) {
            return false;
        }
        self.0.insert(start, end);
        true
    }

    /// Returns the ranges up to `end` that no member occupies.
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

/// A local file header.
struct Header {
    flags: u16,
    method: CompressionMethod,
    /// Compressed and uncompressed size in bytes; 0 if they follow the content.
    packed: u64,
    size: u64,
    name: String,
}

impl Header {
    /// Reads the next header; `None` at the start of the central directory.
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

/// Returns the 64-bit sizes, uncompressed and compressed, from extra field 1.
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

/// Skips a data descriptor: an optional signature, a checksum, two sizes of four or eight bytes.
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
    // With eight-byte sizes, the upper half is zero, because members of 4 GiB are not read to their end. An
    // empty file has size zero as well; compressed it takes two bytes, and the next signature follows
    // immediately.
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
