//! One file into one buffer.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use keysift_finding::Blob;
use memchr::memchr;

use crate::{utf16, windows::WINDOW};

/// How many bytes from the start decide whether a text is binary: as git and ripgrep do.
const SNIFF: usize = 8 << 10;

/// What the first read asks for: most source files end within it.
const FIRST: usize = 64 << 10;

/// What a file turned out to be.
pub(crate) enum Content {
    /// Text: the bytes `start..end` of the buffer, with padding behind them; `read` bytes were read from the file.
    Text { start: usize, end: usize, read: u64 },
    /// Not text.
    Binary,
    /// More than one window.
    Large,
    /// More than the limit.
    TooLarge,
}

/// Whether a text is binary: a NUL byte near its start.
pub(crate) fn is_binary(text: &[u8]) -> bool {
    memchr(0, &text[..text.len().min(SNIFF)]).is_some()
}

/// Reads until `buffer` is full or the reader ends, and returns how much it read.
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

/// Reads a file into `buffer`, which grows to what the largest file needs, at most a window. `limit` is the largest size in bytes that is
/// read; 0 is no limit.
pub(crate) fn read(path: &Path, buffer: &mut Vec<u8>, limit: u64) -> io::Result<Content> {
    let mut file = File::open(path)?;
    if buffer.len() < FIRST + Blob::PADDING {
        buffer.resize(FIRST + Blob::PADDING, 0);
    }
    let mut len = read_full(&mut file, &mut buffer[..FIRST])?;
    let binary = is_binary(&buffer[..len]);
    // UTF-16 of anything but rare scripts has zeros, or a mark that is no UTF-8.
    let order = if binary || buffer[..len].first() >= Some(&0xFE) {
        utf16::order(&buffer[..len])
    } else {
        None
    };
    if binary && order.is_none() {
        return Ok(Content::Binary);
    }
    if len == FIRST || limit != 0 && len as u64 > limit {
        let size = file.metadata()?.len().max(len as u64);
        if limit != 0 && size > limit {
            return Ok(Content::TooLarge);
        }
        if size > WINDOW as u64 {
            return Ok(Content::Large);
        }
        // One byte more than the file holds, so that the read ends by itself; a file that grows meanwhile is read on.
        while len < WINDOW {
            let want = (size as usize + 1).max(len + FIRST).min(WINDOW);
            if buffer.len() < want + Blob::PADDING {
                buffer.resize(want + Blob::PADDING, 0);
            }
            let read = read_full(&mut file, &mut buffer[len..want])?;
            len += read;
            if len < want {
                break;
            }
        }
        if len == WINDOW {
            return Ok(Content::Large);
        }
    }
    let read = len as u64;
    if let Some((order, mark)) = order {
        let mut text = Vec::with_capacity(len * 2 + Blob::PADDING);
        utf16::Utf16Reader::new(&buffer[mark..len], order).read_to_end(&mut text)?;
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
