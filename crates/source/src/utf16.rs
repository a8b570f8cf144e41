//! Converts UTF-16 and UTF-32 to UTF-8 while reading.

use std::io::{self, Chain, Cursor, Read};

use crate::read::is_binary;

/// The code unit width and byte order of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
    /// UTF-32.
    Little32,
    /// UTF-32.
    Big32,
}

/// Detects UTF-16 or UTF-32 from the first bytes of a text; returns the byte order and the length of the byte
/// order mark. Without a mark (length 0) it looks for the zero bytes of Western text.
pub(crate) fn order(start: &[u8]) -> Option<(Order, usize)> {
    match start {
        // As UTF-16, the first character would be NUL.
        [0xFF, 0xFE, 0, 0, ..] => Some((Order::Little32, 4)),
        [0, 0, 0xFE, 0xFF, ..] => Some((Order::Big32, 4)),
        [0xFF, 0xFE, ..] => Some((Order::Little, 2)),
        [0xFE, 0xFF, ..] => Some((Order::Big, 2)),
        _ => unmarked(start).map(|order| (order, 0)),
    }
}

/// Returns whether a file with these first bytes is text: no NUL byte near its start, or UTF-16 or UTF-32.
pub(crate) fn is_text(start: &[u8]) -> bool {
    !is_binary(start) || order(start).is_some()
}

/// A reader of a text as UTF-8, without its byte order mark.
pub(crate) enum Utf8<R> {
    Plain(R),
    Wide(Utf16Reader<R>),
}

impl<R: Read> Utf8<Chain<Cursor<Vec<u8>>, R>> {
    /// Creates a reader of a text whose `start` was read already.
    pub(crate) fn new(mut start: Vec<u8>, rest: R) -> Self {
        // UTF-16 has zero bytes except in rare scripts, or a mark that is not valid UTF-8.
        let order = match is_binary(&start) || start.first() >= Some(&0xFE) {
            true => order(&start),
            false => None,
        };
        let mark = match order {
            Some((_, mark)) => mark,
            None if start.starts_with(b"\xEF\xBB\xBF") => 3,
            None => 0,
        };
        start.drain(..mark);
        let whole = Cursor::new(start).chain(rest);
        match order {
            Some((order, _)) => Self::Wide(Utf16Reader::new(whole, order)),
            None => Self::Plain(whole),
        }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Wide(reader) => reader.read(buffer),
        }
    }
}

/// Number of leading bytes that decide whether a text without a mark is UTF-16 or UTF-32.
const LOOK: usize = 256;

fn unmarked(start: &[u8]) -> Option<Order> {
    let plain = |byte: u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let all = |width: usize, place: usize| {
        let look = &start[..start.len().min(LOOK) / width * width];
        let ascii = |unit: &[u8]| plain(unit[place]) && unit.iter().filter(|byte| **byte != 0).count() == 1;
        // One character in ten may be outside of ASCII.
        let good = look.chunks_exact(width).filter(|unit| ascii(unit)).count();
        look.len() >= 8 && good * 10 * width >= look.len() * 9
    };
    match () {
        () if all(2, 0) => Some(Order::Little),
        () if all(2, 1) => Some(Order::Big),
        () if all(4, 0) => Some(Order::Little32),
        () if all(4, 3) => Some(Order::Big32),
        () => None,
    }
}

/// Reads UTF-16 or UTF-32 and returns UTF-8. Invalid units and a truncated last unit become U+FFFD.
pub(crate) struct Utf16Reader<R> {
    inner: R,
    order: Order,
    raw: Vec<u8>,
    out: Vec<u8>,
    given: usize,
    pending: Option<u16>,
    ended: bool,
}

impl<R: Read> Utf16Reader<R> {
    /// Creates a reader of what follows the byte order mark in `inner`.
    pub(crate) fn new(inner: R, order: Order) -> Self {
        Self {
            inner,
            order,
            raw: Vec::new(),
            out: Vec::new(),
            given: 0,
            pending: None,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        while self.out.is_empty() && !self.ended {
            let carried = self.raw.len();
            self.raw.resize(32 << 10, 0);
            let read = self.inner.read(&mut self.raw[carried..]);
            self.raw.truncate(carried + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            self.decode();
            if self.ended && !self.raw.is_empty() {
                self.out.extend_from_slice("\u{FFFD}".as_bytes());
            }
        }
        Ok(())
    }

    /// Decodes the complete units in `raw`.
    fn decode(&mut self) {
        let mut utf8 = [0; 4];
        let order = self.order;
        let width = if matches!(order, Order::Little | Order::Big) {
            2
        } else {
            4
        };
        let whole = self.raw.len() / width * width;
        let units = self.raw[..whole].chunks_exact(width);
        if width == 4 {
            for unit in units {
                let bytes = [unit[0], unit[1], unit[2], unit[3]];
                let number = match order {
                    Order::Little32 => u32::from_le_bytes(bytes),
                    _ => u32::from_be_bytes(bytes),
                };
                let char = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.out.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
            }
            self.raw.drain(..whole);
            return;
        }
        let units = units.map(|pair| match order {
            Order::Little => u16::from_le_bytes([pair[0], pair[1]]),
            _ => u16::from_be_bytes([pair[0], pair[1]]),
        });
        let mut units: Vec<u16> = self.pending.take().into_iter().chain(units).collect();
        if !self.ended && units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
            self.pending = units.pop();
        }
        self.raw.drain(..whole);
        for char in char::decode_utf16(units) {
            let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.out.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
        }
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.out.len() {
            self.refill()?;
        }
        let count = buffer.len().min(self.out.len() - self.given);
        buffer[..count].copy_from_slice(&self.out[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time, the worst case for a reader.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn both_orders_and_surrogates_byte_by_byte() {
        let text = "pässword = \"s3cret 🔑\"\n";
        for order in [Order::Little, Order::Big] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| {
                    if order == Order::Little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect();
            let mut out = String::new();
            Utf16Reader::new(Drip(&bytes), order)
                .read_to_string(&mut out)
                .unwrap();
            assert_eq!(out, text);
        }
    }

    #[test]
    fn units_of_four_bytes_with_and_without_a_mark() {
        let text = "pässword = \"s3cret 🔑\" # and more\n";
        for marked in [true, false] {
            for order in [Order::Little32, Order::Big32] {
                let bytes: Vec<u8> = Some('\u{FEFF}')
                    .filter(|_| marked)
                    .into_iter()
                    .chain(text.chars())
                    .map(u32::from)
                    .flat_map(|unit| match order {
                        Order::Little32 => unit.to_le_bytes(),
                        _ => unit.to_be_bytes(),
                    })
                    .collect();
                assert!(is_text(&bytes));
                let mut out = String::new();
                Utf8::new(bytes[..50].to_vec(), Drip(&bytes[50..]))
                    .read_to_string(&mut out)
                    .unwrap();
                assert_eq!(out, text, "{order:?} {marked}");
            }
        }
    }

    #[test]
    fn a_text_without_a_mark_is_detected_by_its_zero_bytes() {
        let little: Vec<u8> = "key = \"ä\" # and so on\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = little.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(order(&little), Some((Order::Little, 0)));
        assert_eq!(order(&big), Some((Order::Big, 0)));
        assert_eq!(order(b"\xFF\xFEa\0"), Some((Order::Little, 2)));
        assert_eq!(order(b"plain text"), None);
        assert_eq!(order(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"), None);
        assert_eq!(order(b""), None);
    }

    #[test]
    fn damage_becomes_the_replacement_character() {
        let mut out = String::new();
        Utf16Reader::new(&[0x00, 0xD8, 0x61, 0x00, 0x62][..], Order::Little)
            .read_to_string(&mut out)
            .unwrap();
        assert_eq!(out, "\u{FFFD}a\u{FFFD}");
    }
}
