//! Reads tar archives as streams: POSIX ustar and pax, GNU long names. Headers are not trusted: names are
//! truncated, and sizes only skip data.
//!
//! Format: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format". The `tar` crate
//! reads GNU long names of any length into memory (a header that claims 1.5 GB takes 2 GB); in its raw mode
//! it ignores the sizes in pax headers.

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::PathBuf,
};

const BLOCK: usize = 512;

/// Maximum size in bytes of a name or extended header.
const LONGEST: u64 = 1 << 20;

/// Maximum size of a file in bytes.
const LARGEST: u64 = i64::MAX as u64;

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    /// Links, devices, FIFOs; they have no content.
    Other,
}

/// An entry of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The name, without a leading `./` or `/`.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    /// Size of the content in bytes.
    pub(crate) size: u64,
    /// Offset of the content in the archive.
    pub(crate) offset: u64,
    /// The target of a link.
    pub(crate) link: Option<Link>,
}

/// The target of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Relative to the folder of the link.
    Symbolic(String),
    /// Relative to the root of the archive.
    Hard(String),
}

impl Link {
    fn new(kind: u8, name: &[u8]) -> Option<Self> {
        let name = String::from_utf8_lossy(name).into_owned();
        match kind {
            b'1' => Some(Self::Hard(name)),
            b'2' => Some(Self::Symbolic(name)),
            _ => None,
        }
    }
}

/// A tar archive that is read from start to end.
pub(crate) struct Tar<R> {
    reader: R,
    at: u64,
    /// Bytes of the current entry's content that were not read, and its padding.
    left: u64,
    padding: u64,
    /// Skips content without reading it, if the reader is seekable.
    seek: Option<fn(&mut R, u64) -> io::Result<()>>,
}

impl Tar<File> {
    /// Creates a reader of a file that skips unread content by seeking.
    pub(crate) fn seekable(file: File) -> Self {
        Self {
            seek: Some(|file, count| file.seek_relative(i64::try_from(count).unwrap_or(i64::MAX))),
            ..Self::new(file)
        }
    }
}

impl<R: Read> Tar<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            at: 0,
            left: 0,
            padding: 0,
            seek: None,
        }
    }

    /// Reads the next entry; `None` at the end. Blocks of zeros, which end an archive, are skipped, because
    /// another archive may follow.
    pub(crate) fn next(&mut self) -> io::Result<Option<Entry>> {
        let (mut long_name, mut pax_name, mut pax_size) = (None, None, None);
        let (mut long_link, mut pax_link) = (None, None);
        loop {
            self.skip_rest()?;
            let Some(block) = self.block()? else {
                return Ok(None);
            };
            if block.iter().all(|byte| *byte == 0) {
                continue;
            }
            if !checksum_holds(&block) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "tar header with wrong checksum",
                ));
            }
            let size = number(&block[124..136])
                .filter(|size| *size <= LARGEST)
                .ok_or_else(wrong_size)?;
            match block[156] {
                b'L' => long_name = Some(self.extension(size)?),
                b'x' => {
                    let text = self.extension(size)?;
                    pax_name = pax(&text, b"path").or(pax_name);
                    pax_link = pax(&text, b"linkpath").or(pax_link);
                    pax_size = pax(&text, b"size")
                        .and_then(|digits| std::str::from_utf8(&digits).ok()?.parse().ok())
                        .or(pax_size);
                }
                b'K' => long_link = Some(self.extension(size)?),
                b'g' => drop(self.extension(size)?),
                letter => {
                    if letter == b'S' {
                        self.sparse_map(&block)?;
                    }
                    let kind = match letter {
                        b'0' | 0 | b'7' | b'S' => Kind::File,
                        b'5' => Kind::Directory,
                        _ => Kind::Other,
                    };
                    let size = if kind == Kind::Other {
                        0
                    } else {
                        pax_size.unwrap_or(size)
                    };
                    if size > LARGEST {
                        return Err(wrong_size());
                    }
                    let name = pax_name.or(long_name).unwrap_or_else(|| name(&block));
                    let link = pax_link
                        .or(long_link)
                        .unwrap_or_else(|| until_zero(&block[157..257]));
                    self.open(size);
                    return Ok(Some(Entry {
                        path: clean(&name),
                        kind,
                        size,
                        offset: self.at,
                        link: Link::new(letter, &link),
                    }));
                }
            }
        }
    }

    fn open(&mut self, size: u64) {
        self.left = size;
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
    }

    /// Reads a block; `None` at the end.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let read = crate::read::read_full(&mut self.reader, &mut block)?;
        self.at += read as u64;
        match read {
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            // Some tools end an archive with fewer zeros than a block.
            _ if block.iter().all(|byte| *byte == 0) => Ok(None),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Skips the blocks after the header of a sparse file that continue its map of holes.
    fn sparse_map(&mut self, header: &[u8; BLOCK]) -> io::Result<()> {
        let mut more = header[482] == 1;
        while more {
            more = self.block()?.ok_or(io::ErrorKind::UnexpectedEof)?[504] == 1;
        }
        Ok(())
    }

    /// Reads the content of an extended header.
    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        self.open(size);
        let mut text = Vec::new();
        let read = (&mut self.reader)
            .take(size.min(LONGEST))
            .read_to_end(&mut text)? as u64;
        self.at += read;
        self.left -= read;
        if read < size.min(LONGEST) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while text.last() == Some(&0) {
            text.pop();
        }
        Ok(text)
    }

    /// Skips the rest of the current entry. An archive may end at the end of its last content, without
    /// padding.
    fn skip_rest(&mut self) -> io::Result<()> {
        let (left, padding) = (self.left, self.padding);
        self.skip(left)?;
        let skipped = io::copy(&mut (&mut self.reader).take(padding), &mut io::sink())?;
        self.at += skipped;
        (self.left, self.padding) = (0, 0);
        Ok(())
    }

    fn skip(&mut self, mut count: u64) -> io::Result<()> {
        // The last byte is read, to detect a truncated file.
        if let Some(seek) = self.seek.filter(|_| count > 64 << 10) {
            seek(&mut self.reader, count - 1)?;
            self.at += count - 1;
            count = 1;
        }
        let skipped = io::copy(&mut (&mut self.reader).take(count), &mut io::sink())?;
        self.at += skipped;
        if skipped < count {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            Ok(())
        }
    }
}

/// Returns whether these are the first bytes of an archive: a header, or the zeros that end an empty one.
pub(crate) fn is_archive(start: &[u8]) -> bool {
    match start.first_chunk::<BLOCK>() {
        Some(block) => block.iter().all(|byte| *byte == 0) || checksum_holds(block),
        // A truncated archive is detected here and reported as such.
        None => start.iter().all(|byte| *byte == 0) || start.get(257..262) == Some(b"ustar"),
    }
}

fn wrong_size() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "tar header with wrong size")
}

/// Reads the content of the current entry.
impl<R: Read> Read for Tar<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let read = self.reader.read(&mut buffer[..want])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Parses octal digits, or base 256 if the first bit is set (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let first = u64::from(field[0] & 0x7F);
        return field[1..].iter().try_fold(first, |number, byte| {
            number.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let text = field
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default()
        .trim_ascii();
    text.iter().try_fold(0u64, |number, byte| {
        (b'0'..=b'7')
            .contains(byte)
            .then(|| number.checked_mul(8)?.checked_add(u64::from(byte - b'0')))
            .flatten()
    })
}

fn checksum_holds(block: &[u8; BLOCK]) -> bool {
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u64::from(*byte)
            }
        })
        .sum();
    number(&block[148..156]) == Some(sum)
}

fn until_zero(field: &[u8]) -> Vec<u8> {
    field.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

fn name(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_zero(&block[..100]);
    let prefix = until_zero(&block[345..500]);
    if &block[257..263] != b"ustar\0" || prefix.is_empty() {
        name
    } else {
        [&prefix[..], b"/", &name].concat()
    }
}

/// Returns a value of a pax header, which has records of the form `length key=value\n`.
fn pax(text: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text;
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&rest[..space]).ok()?.parse().ok()?;
        let record = rest.get(space + 1..length)?;
        if let Some(value) = record.strip_prefix(key).and_then(|rest| rest.strip_prefix(b"=")) {
            return Some(value.strip_suffix(b"\n").unwrap_or(value).to_vec());
        }
        rest = &rest[length..];
    }
    None
}

/// Normalizes a name for reports. Nothing is written to it, so `..` is allowed.
fn clean(name: &[u8]) -> PathBuf {
    let text = String::from_utf8_lossy(name);
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    PathBuf::from(parts.join("/"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns an entry with the given content.
    pub(crate) fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        header(name, kind, content.len() as u64, content)
    }

    pub(crate) fn header(name: &str, kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
        let mut block = vec![0u8; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        if size < 1 << 33 {
            block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        } else {
            // Base 256: the first bit of the field is set, and the last bytes are big-endian.
            block[124] = 0x80;
            block[128..136].copy_from_slice(&size.to_be_bytes());
        }
        block[156] = kind;
        block[257..263].copy_from_slice(b"ustar\0");
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        block[154] = 0;
        block.extend_from_slice(content);
        block.resize(block.len().next_multiple_of(BLOCK), 0);
        block
    }

    fn names(archive: &[u8]) -> io::Result<Vec<(String, String)>> {
        let mut tar = Tar::new(archive);
        let mut all = Vec::new();
        while let Some(entry) = tar.next()? {
            let mut text = String::new();
            tar.read_to_string(&mut text)?;
            all.push((entry.path.to_string_lossy().into_owned(), text));
        }
        Ok(all)
    }

    #[test]
    fn names_of_every_kind_and_content() {
        let long = "d/".repeat(90) + "file";
        let pax = format!("{} path={long}\n", long.len() + 10);
        let archive = [
            entry("./a.txt", b'0', b"one"),
            entry("dir/", b'5', b""),
            entry("link", b'2', b""),
            entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
            entry("short", b'0', b"two"),
            entry("PaxHeaders/x", b'x', pax.as_bytes()),
            entry("short", b'0', b"three"),
            vec![0; 1024],
            entry("/behind/the/end", b'0', b"four"),
        ]
        .concat();
        let expected = [
            ("a.txt", "one"),
            ("dir", ""),
            ("link", ""),
            (&long, "two"),
            (&long, "three"),
            ("behind/the/end", "four"),
        ];
        assert_eq!(
            names(&archive).unwrap(),
            expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn headers_are_not_trusted() {
        // A long name of 100 GB in an archive of 1 KB.
        let huge = header("././@LongLink", b'L', 100 << 30, b"x");
        assert_eq!(names(&huge).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let truncated = &entry("a", b'0', &[b'x'; 2000])[..1000];
        assert_eq!(names(truncated).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let mut damaged = entry("a", b'0', b"x");
        damaged[0] = b'b';
        assert_eq!(names(&damaged).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_archive_may_end_where_its_last_content_does() {
        let whole = [entry("a", b'0', b"one"), entry("b", b'0', b"two")].concat();
        let expected = [("a", "one"), ("b", "two")].map(|(name, text)| (name.to_owned(), text.to_owned()));
        for end in [3 * BLOCK + 3, 3 * BLOCK + 100, 4 * BLOCK] {
            assert_eq!(names(&whole[..end]).unwrap(), expected, "{end}");
        }
        let padded = [&whole[..], &[0; 700]].concat();
        assert_eq!(names(&padded).unwrap(), expected);
        assert_eq!(
            names(&whole[..3 * BLOCK + 2]).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }

    #[test]
    fn links_have_their_targets() {
        let mut symbolic = entry("a/layer.tar", b'2', b"");
        symbolic[157..171].copy_from_slice(b"../b/layer.tar");
        let sum: u64 = [&symbolic[..148], &[b' '; 8], &symbolic[156..]]
            .concat()
            .iter()
            .map(|byte| u64::from(*byte))
            .sum();
        symbolic[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        let archive = [
            symbolic,
            entry("././@LongLink", b'K', b"c/long.tar\0"),
            entry("hard", b'1', b""),
        ]
        .concat();
        let mut tar = Tar::new(&archive[..]);
        let mut links = Vec::new();
        while let Some(entry) = tar.next().unwrap() {
            links.extend(entry.link);
        }
        assert_eq!(
            links,
            [
                Link::Symbolic("../b/layer.tar".to_owned()),
                Link::Hard("c/long.tar".to_owned())
            ]
        );
    }

    #[test]
    fn sizes_of_pax_headers_are_used() {
        // The header has size 0, pax has 3: a reader that uses the header takes the content for the next
        // header.
        let archive = [
            entry("PaxHeaders/x", b'x', b"10 size=3\n"),
            header("a", b'0', 0, b"abc"),
            entry("b", b'0', b"d"),
        ]
        .concat();
        assert_eq!(
            names(&archive).unwrap(),
            [
                ("a".to_owned(), "abc".to_owned()),
                ("b".to_owned(), "d".to_owned())
            ]
        );
    }

    /// Found by fuzzing: rounded up to blocks, this size overflowed to 0.
    #[test]
    fn an_impossible_size_is_rejected() {
        let mut block = header("a", b'0', 0, b"");
        block[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        block[154] = 0;
        assert_eq!(
            names(&block).unwrap_err().to_string(),
            "tar header with wrong size"
        );
        let pax = [
            entry("PaxHeaders/x", b'x', b"29 size=18446744073709551615\n"),
            entry("a", b'0', b"abc"),
        ]
        .concat();
        assert_eq!(names(&pax).unwrap_err().to_string(), "tar header with wrong size");
    }

    #[test]
    fn a_map_of_many_holes_is_skipped() {
        let mut sparse = entry("holes", b'S', b"abc");
        sparse[482] = 1;
        sparse[148..156].fill(b' ');
        let sum: u64 = sparse[..BLOCK].iter().map(|byte| u64::from(*byte)).sum();
        sparse[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        sparse[154] = 0;
        let mut map = [0u8; BLOCK];
        map[504] = 1;
        let archive = [
            &sparse[..BLOCK],
            &map,
            &[0; BLOCK],
            &sparse[BLOCK..],
            &entry("b", b'0', b"d"),
        ]
        .concat();
        assert_eq!(
            names(&archive).unwrap(),
            [
                ("holes".to_owned(), "abc".to_owned()),
                ("b".to_owned(), "d".to_owned())
            ]
        );
    }
}
