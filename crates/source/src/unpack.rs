//! Decompresses streams. The codec is detected from the content, because media types are often wrong.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// A compression format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// Detects the codec from the first bytes of a stream.
pub(crate) fn packing(start: &[u8]) -> Codec {
    match start {
        [0x1F, 0x8B, ..] => Codec::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Codec::Zstd,
        [0xFD, b'7', b'z', b'X', b'Z', ..] => Codec::Xz,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Codec::Bzip2,
        _ => Codec::Plain,
    }
}

/// Memory limit for xz dictionaries, in KiB. `xz -9` needs 65 MiB.
const XZ_MEMORY: u32 = 96 << 10;

/// Returns a reader of the decompressed stream.
///
/// # Errors
/// If the stream cannot be read.
pub(crate) fn unpacked<'r>(reader: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut reader = BufReader::with_capacity(64 << 10, reader);
    Ok(match packing(reader.fill_buf()?) {
        Codec::Plain => Box::new(reader),
        Codec::Gzip => Box::new(Gzip {
            inner: MultiGzDecoder::new(reader),
            given: false,
        }),
        Codec::Zstd => Box::new(Zstd {
            inner: Some(reader),
            frame: None,
        }),
        Codec::Xz => Box::new(XzReader::new_mem_limit(reader, true, XZ_MEMORY)),
        Codec::Bzip2 => Box::new(MultiBzDecoder::new(reader)),
    })
}

/// Reads multi-member gzip; zero bytes after the last member are padding.
struct Gzip<R> {
    inner: MultiGzDecoder<R>,
    given: bool,
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput && self.given => Ok(0),
            result => {
                self.given |= matches!(result, Ok(count) if count > 0);
                result
            }
        }
    }
}

/// Reads multi-frame Zstandard, including skippable frames.
struct Zstd<R: Read> {
    inner: Option<R>,
    frame: Option<StreamingDecoder<R, FrameDecoder>>,
}

impl<R: BufRead> Zstd<R> {
    /// Begins the next frame; returns whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        let Some(mut reader) = self.inner.take() else {
            return Ok(false);
        };
        loop {
            let start = reader.fill_buf()?;
            if start.is_empty() {
                return Ok(false);
            }
            if let [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] = start {
                let mut head = [0; 8];
                reader.read_exact(&mut head)?;
                let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
                io::copy(&mut (&mut reader).take(length.into()), &mut io::sink())?;
                continue;
            }
            break;
        }
        let frame = StreamingDecoder::new(reader)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        self.frame = Some(frame);
        Ok(true)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.frame.is_none() && !self.begin()? {
                return Ok(0);
            }
            let frame = self.frame.as_mut().expect("just begun");
            let read = frame.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.inner = self.frame.take().map(StreamingDecoder::into_inner);
        }
    }
}
