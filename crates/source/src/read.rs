//! Reads a file into a buffer.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use keysift_finding::Blob;
use memchr::memchr;

use crate::{
    content::{Kind, kind},
    utf16::{Utf8, is_text},
    windows::WINDOW,
};

/// Number of leading bytes that decide whether a file is binary, as in git and ripgrep.
const SNIFF: usize = 8 << 10;

/// Size of the first read; most source files are smaller.
const FIRST: usize = 64 << 10;

/// What was read from a file.
pub(crate) enum Content {
    /// Text: bytes `start..end` of the buffer, followed by padding. `read` is the number of bytes read from
    /// the file.
    Text { start: usize, end: usize, read: u64 },
    /// Not text: an archive, a keystore, or other bytes. The buffer starts with the first bytes of the file.
    Other,
    /// Larger than one window.
    Large,
    /// Larger than the size limit.
    TooLarge,
}

/// Returns whether a text is binary: a NUL byte near its start.
pub(crate) fn is_binary(text: &[u8]) -> bool {
    memchr(0, &text[..text.len().min(SNIFF)]).is_some()
}

/// Reads until `buffer` is full or the reader ends; returns the number of bytes read.
pub(crate) fn read_full(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match reader.read(&mut buffer[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Opens a regular file. Reading a FIFO blocks until there is a writer, and a device may never end, so both
/// are refused, also behind a link.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;

        // Opening a FIFO without this flag blocks until there is a writer. A file can be replaced by a FIFO
        // after a check.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, NO_FILE)),
    }
}

/// The error for a path that is not a regular file.
pub(crate) const NO_FILE: &str =
    "is a FIFO, socket or device; to scan its contents, use: keysift scan - < FILE";

/// Reads a whole file of at most `most` bytes: settings, rules, baselines.
///
/// # Errors
/// If it cannot be read, is not a regular file, is not UTF-8, or is larger.
pub fn small(path: &Path, most: u64) -> io::Result<String> {
    // `<(command)` in a shell is a pipe in `/dev/fd`, which only the user can have created.
    let file = match path.starts_with("/dev/fd") {
        true => File::open(path)?,
        false => open(path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => io::Error::new(error.kind(), "is not a regular file"),
            _ => error,
        })?,
    };
    let mut text = Vec::new();
    let read = file.take(most.saturating_add(1)).read_to_end(&mut text)?;
    if read as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("is larger than {most} bytes"),
        ));
    }
    String::from_utf8(text).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "is not UTF-8"))
}

/// A reader that turns an error into the end of the input, so that everything before the damage is scanned.
/// The error is kept.
pub(crate) struct ErrorAsEnd<R> {
    inner: R,
    error: Option<io::Error>,
}

impl<R: Read> ErrorAsEnd<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, error: None }
    }

    /// Returns the error, if there was one.
    pub(crate) fn result(self) -> io::Result<()> {
        self.error.map_or(Ok(()), Err)
    }
}

impl<R: Read> Read for ErrorAsEnd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.error.is_some() {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.error = Some(error);
                Ok(0)
            }
            result => result,
        }
    }
}

/// Appends to the first `len` bytes of a padded buffer until a window is full or the text ends; returns the
/// new length.
pub(crate) fn fill(
    buffer: &mut Vec<u8>,
    mut len: usize,
    reader: &mut (impl Read + ?Sized),
) -> io::Result<usize> {
    while len < WINDOW {
        if buffer.len() < len + FIRST + Blob::PADDING {
            buffer.resize((buffer.len() * 2).max(len + FIRST).min(WINDOW) + Blob::PADDING, 0);
        }
        let end = (buffer.len() - Blob::PADDING).min(WINDOW);
        let read = read_full(reader, &mut buffer[len..end])?;
        len += read;
        if len < end {
            break;
        }
    }
    buffer[len..len + Blob::PADDING].fill(0);
    Ok(len)
}

/// Reads a file into `buffer`, which grows to at most a window. `limit` is the maximum size in bytes; 0 means
/// no limit.
pub(crate) fn read(path: &Path, buffer: &mut Vec<u8>, limit: u64) -> io::Result<Content> {
    let mut file = open(path)?;
    if buffer.len() < FIRST + Blob::PADDING {
        buffer.resize(FIRST + Blob::PADDING, 0);
    }
    let mut len = read_full(&mut file, &mut buffer[..FIRST])?;
    // A short bzip2 file can have no NUL byte.
    if !is_text(&buffer[..len]) || kind(&buffer[..len]) != Kind::Other {
        return Ok(Content::Other);
    }
    if len == FIRST || limit != 0 && len as u64 > limit {
        let size = file.metadata()?.len().max(len as u64);
        if limit != 0 && size > limit {
            return Ok(Content::TooLarge);
        }
        if size > WINDOW as u64 {
            return Ok(Content::Large);
        }
        // One byte more than the file size, so that the read detects the end. If the file grows, reading
        // continues.
        let want = (size as usize + 1).clamp(FIRST, WINDOW);
        if buffer.len() < want + Blob::PADDING {
            buffer.resize(want + Blob::PADDING, 0);
        }
        len += read_full(&mut file, &mut buffer[len..want])?;
        if len == want {
            len = fill(buffer, len, &mut file)?;
        }
        if len == WINDOW {
            return Ok(Content::Large);
        }
    }
    let read = len as u64;
    if is_binary(&buffer[..len]) || buffer[..len].first() >= Some(&0xFE) {
        let mut text = Vec::with_capacity(len * 2 + Blob::PADDING);
        Utf8::new(buffer[..len].to_vec(), io::empty()).read_to_end(&mut text)?;
        len = text.len();
        *buffer = text;
    }
    buffer.resize(buffer.len().max(len + Blob::PADDING), 0);
    buffer[len..len + Blob::PADDING].fill(0);
    let start = if buffer[..len].starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    Ok(Content::Text {
        start,
        end: len,
        read,
    })
}
