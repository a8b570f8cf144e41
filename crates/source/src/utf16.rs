//! UTF-16 to UTF-8 while reading.

use std::io::{self, Read};

/// The byte order of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

/// The byte order of a UTF-16 text that starts so, and the length of its byte order mark: 2, or 0 where it has none and every other byte
/// of the start is zero, as Western text is in UTF-16.
pub(crate) fn order(start: &[u8]) -> Option<(Order, usize)> {
    match start {
        [0xFF, 0xFE, ..] => Some((Order::Little, 2)),
        [0xFE, 0xFF, ..] => Some((Order::Big, 2)),
        _ => unmarked(start).map(|order| (order, 0)),
    }
}

/// How many bytes from the start decide whether a text without a mark is UTF-16.
pub(crate) const LOOK: usize = 256;

fn unmarked(start: &[u8]) -> Option<Order> {
    let look = &start[..start.len().min(LOOK) / 2 * 2];
    let plain = |byte: u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let all = |first: fn(&[u8]) -> u8, second: fn(&[u8]) -> u8| {
        // One character in ten may be another than ASCII.
        let good = look
            .chunks_exact(2)
            .filter(|pair| plain(first(pair)) && second(pair) == 0)
            .count();
        look.len() >= 8 && good * 20 >= look.len() * 9
    };
    match () {
        () if all(|pair| pair[0], |pair| pair[1]) => Some(Order::Little),
        () if all(|pair| pair[1], |pair| pair[0]) => Some(Order::Big),
        () => None,
    }
}

/// Reads UTF-16 and gives UTF-8. Lone surrogates, and a last odd byte, become U+FFFD.
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
    /// A reader of what follows the byte order mark in `inner`.
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
            let read = self.inner.read(&mut self.raw[carried..])?;
            self.raw.truncate(carried + read);
            self.ended = read == 0;
            let whole = self.raw.len() / 2 * 2;
            let order = self.order;
            let units = self.raw[..whole].chunks_exact(2).map(|pair| match order {
                Order::Little => u16::from_le_bytes([pair[0], pair[1]]),
                Order::Big => u16::from_be_bytes([pair[0], pair[1]]),
            });
            let mut units: Vec<u16> = self.pending.take().into_iter().chain(units).collect();
            if !self.ended && units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
                self.pending = units.pop();
            }
            self.raw.drain(..whole);
            let mut utf8 = [0; 4];
            for char in char::decode_utf16(units) {
                let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
                self.out.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
            }
            if self.ended && !self.raw.is_empty() {
                self.out.extend_from_slice("\u{FFFD}".as_bytes());
            }
        }
        Ok(())
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

    /// Gives one byte at a time: the worst a reader can do.
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
    fn a_text_without_a_mark_is_known_by_its_zeros() {
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
