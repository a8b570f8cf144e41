//! Decodes texts inside texts: runs of base64 and hex with readable content, base64 over several lines, gzip
//! in base64.

use std::io::Read;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use keysift_finding::{Span, Work};

/// Minimum length of a run that is decoded, in characters: 18 bytes of base64, the length of a short password
/// with its name.
pub(crate) const SHORTEST: usize = 24;

/// Number of bytes that the first test decodes.
const FIRST_BYTES: usize = 12;

/// Maximum nesting depth of encoded texts.
pub(crate) const DEPTH: usize = 3;

/// Why a text was not decoded completely.
pub(crate) const TOO_MUCH: &str = "more than 1 MiB of encoded text: the rest was not decoded";

/// Like [`TOO_MUCH`], for nested texts.
pub(crate) const TOO_DEEP: &str = "encoded more than 3 levels deep: the rest was not decoded";

/// Number of characters in the first decoded piece, and the maximum. Each piece is twice as long as the one
/// before, so that an unreadable text is detected after its first pieces.
const PIECE: (usize, usize) = (96, 1 << 16);

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Base64,
    Base64Url,
    Hex,
    /// Base64 of gzip, as in Helm releases.
    Gzip,
}

impl Encoding {
    /// Returns the name for reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Encoding::Base64 => "base64",
            Encoding::Base64Url => "base64url",
            Encoding::Hex => "hex",
            Encoding::Gzip => "gzip in base64",
        }
    }

    fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Encoding::Base64 => BASE64_NOPAD.decode(text).ok(),
            Encoding::Gzip => BASE64_NOPAD.decode(text).ok(),
            Encoding::Base64Url => BASE64URL_NOPAD.decode(text).ok(),
            Encoding::Hex => HEXLOWER_PERMISSIVE.decode(text).ok(),
        }
    }
}

/// Returns the part of a run of token characters that may be an encoded text: after its last `=`, without
/// padding.
///
/// The test decodes only the first twelve bytes; one of 100,000 random runs passes.
pub(crate) fn candidate(text: &[u8], run: Span) -> Option<(Span, Encoding)> {
    let bytes = run.of(text);
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    let start = memchr::memrchr(b'=', body).map_or(0, |at| at + 1);
    let body = &body[start..];
    if padding > 2 || body.len() + padding < SHORTEST || !may_begin(body) {
        return None;
    }
    let span = Span::new(run.start + start, run.start + start + body.len());
    // The first bytes of every gzip stream, in base64.
    if body.starts_with(b"H4sI") {
        return Some((span, Encoding::Gzip));
    }
    let hex = body.len().is_multiple_of(2) && body.iter().all(u8::is_ascii_hexdigit);
    let url = body.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let (encoding, look) = match (hex, url) {
        (true, _) => (Encoding::Hex, 2 * FIRST_BYTES),
        (_, true) => (Encoding::Base64Url, 4 * FIRST_BYTES / 3),
        _ => (Encoding::Base64, 4 * FIRST_BYTES / 3),
    };
    begins_readable(body.get(..look)?, encoding).then_some((span, encoding))
}

/// Returns whether the first characters may begin an encoded text in any encoding. Nearly all long names fail
/// here.
fn may_begin(body: &[u8]) -> bool {
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| EITHER_VALUES[usize::from(body[at])]);
    let base64 = is_readable(a << 2 | b >> 4) && is_readable(b << 4 | c >> 2) && is_readable(c << 6 | d);
    base64 || body.starts_with(b"H4sI") || begins_readable(&body[..2], Encoding::Hex)
}

/// Returns whether the beginning of an encoded text decodes to readable text: like `decode` and [`readable`],
/// without a buffer, and up to the first unreadable byte. Nearly all long names fail in their first four
/// characters.
fn begins_readable(body: &[u8], encoding: Encoding) -> bool {
    if encoding == Encoding::Hex {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
        return body
            .chunks_exact(2)
            .all(|pair| match (digit(&pair[0]), digit(&pair[1])) {
                (Some(high), Some(low)) => is_readable(high << 4 | low),
                _ => false,
            });
    }
    let values = if encoding == Encoding::Base64Url {
        &URL_VALUES
    } else {
        &VALUES
    };
    body.chunks_exact(4).all(|four| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| values[usize::from(four[at])]);
        // Bit 7 is set for bytes that are not digits.
        (a | b | c | d) < 64
            && is_readable(a << 2 | b >> 4)
            && is_readable(b << 4 | c >> 2)
            && is_readable(c << 6 | d)
    })
}

/// The values of base64 digits, and 0xFF for all other bytes.
const VALUES: [u8; 256] = values(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const URL_VALUES: [u8; 256] = values(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/// The digits of both alphabets; 0 for all other bytes, which [`begins_readable`] rejects.
const EITHER_VALUES: [u8; 256] = {
    let (mut either, mut byte) = ([0; 256], 0);
    while byte < 256 {
        if VALUES[byte] < 64 {
            either[byte] = VALUES[byte];
        } else if URL_VALUES[byte] < 64 {
            either[byte] = URL_VALUES[byte];
        }
        byte += 1;
    }
    either
};

const fn values(alphabet: &[u8; 64]) -> [u8; 256] {
    let mut values = [0xFF; 256];
    let mut value = 0;
    while value < 64 {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// Returns the span of a base64 text with this first line: lines of the same length follow, and a last one
/// that may be shorter.
fn over_lines(text: &[u8], first: Span) -> Span {
    if !matches!(first.len(), 60 | 64 | 72 | 76) {
        return first;
    }
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut whole = first;
    while whole.len() < Work::MAX_DECODED {
        // The line break, and the indentation or quoting of the next line.
        let rest = &text[whole.end..];
        let gap = rest
            .iter()
            .take(80)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        if gap == 0 || !rest[..gap].contains(&b'\n') {
            break;
        }
        let line = rest[gap..]
            .iter()
            .take(first.len() + 1)
            .take_while(|byte| digit(byte))
            .count();
        if line == 0 || line > first.len() {
            break;
        }
        let last = line < first.len();
        let behind = rest.get(gap + line);
        if last
            && behind.is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'"' | b'\''))
        {
            break;
        }
        whole.end += gap + line;
        if last {
            break;
        }
    }
    whole
}

/// Decodes the encoded texts of one text in order. Each byte is decoded at most twice, even if texts overlap:
/// a candidate inside a decoded text is part of it, and after an unreadable one only the rest is tried again.
pub(crate) struct Decoder<'t> {
    text: &'t [u8],
    work: &'t Work,
    /// The earliest position of the next text.
    done: usize,
    /// The end of the last block of base64 lines.
    block: usize,
    /// The end of the last block in which a gzip stream was tried.
    unzipped: usize,
}

impl<'t> Decoder<'t> {
    pub(crate) fn new(text: &'t [u8], work: &'t Work) -> Self {
        Self {
            text,
            work,
            done: 0,
            block: 0,
            unzipped: 0,
        }
    }

    /// Returns the span and content of the text that begins with this run, including the following lines;
    /// `None` if it is not readable.
    pub(crate) fn decode(&mut self, first: Span, encoding: Encoding) -> Option<(Span, Vec<u8>)> {
        if first.start < self.done || self.work.stopped().is_some() {
            return None;
        }
        if self.work.decode_left() == 0 {
            self.work.cut(TOO_MUCH);
            return None;
        }
        let whole = match encoding {
            Encoding::Base64 | Encoding::Gzip => self.lines(first),
            Encoding::Base64Url | Encoding::Hex => first,
        };
        if encoding == Encoding::Gzip {
            return self.unzip(first, whole);
        }
        let mut out = Vec::new();
        let mut at = whole.start;
        let mut size = PIECE.0;
        while at < whole.end {
            let (piece, end) = self.piece(at, whole.end, size);
            if !self.work.bytes(piece.len()) {
                return None;
            }
            let Some(bytes) = decode_piece(&piece, encoding, end == whole.end) else {
                self.done = first.end;
                return None;
            };
            if let Some(bad) = bytes.iter().position(|byte| !readable(&[*byte])) {
                self.done = self
                    .place(at, bad * encoding.characters() / encoding.bytes())
                    .max(first.end);
                return None;
            }
            out.extend(bytes);
            if out.len() >= self.work.decode_left() && end < whole.end {
                self.work.cut(TOO_MUCH);
                break;
            }
            at = end;
            size = (2 * size).min(PIECE.1);
        }
        if out.len() > self.work.decode_left() {
            self.work.cut(TOO_MUCH);
            out.truncate(self.work.decode_left());
        }
        self.done = whole.end;
        (!out.is_empty()).then_some((whole, out))
    }

    /// Returns a run with the base64 lines that follow it.
    fn lines(&mut self, first: Span) -> Span {
        if self.block < first.end {
            self.block = over_lines(self.text, first).end;
            self.work.bytes(self.block - first.start);
        }
        Span::new(first.start, self.block)
    }

    /// Decompresses a gzip stream; a truncated one has its beginning.
    fn unzip(&mut self, first: Span, whole: Span) -> Option<(Span, Vec<u8>)> {
        // Every line may look like the start of a stream; only one is tried in a block.
        if first.start < self.unzipped {
            return None;
        }
        self.unzipped = whole.end;
        let (body, _) = self.piece(whole.start, whole.end, whole.len());
        self.work.bytes(body.len());
        let packed = decode_piece(&body, Encoding::Gzip, true)?;
        let room = self.work.decode_left();
        let mut out = Vec::new();
        let _ = flate2::read::MultiGzDecoder::new(packed.as_slice())
            .take(room as u64 + 1)
            .read_to_end(&mut out);
        if out.len() > room {
            self.work.cut(TOO_MUCH);
            out.truncate(room);
        }
        if out.is_empty() {
            return None;
        }
        self.done = whole.end;
        Some((whole, out))
    }

    /// Returns the next characters of an encoded text, without whitespace, and their end.
    fn piece(&self, from: usize, to: usize, size: usize) -> (Vec<u8>, usize) {
        let mut piece = Vec::with_capacity(size.min(to - from));
        let mut at = from;
        while at < to && piece.len() < size {
            if !self.text[at].is_ascii_whitespace() {
                piece.push(self.text[at]);
            }
            at += 1;
        }
        (piece, at)
    }

    /// Returns the position after `characters` characters.
    fn place(&self, from: usize, characters: usize) -> usize {
        let (piece, end) = self.piece(from, self.text.len(), characters + 1);
        if piece.is_empty() { from } else { end }
    }
}

impl Encoding {
    /// Returns how many bytes a number of [`characters`](Self::characters) encodes.
    fn bytes(self) -> usize {
        if self == Encoding::Hex { 1 } else { 3 }
    }

    fn characters(self) -> usize {
        if self == Encoding::Hex { 2 } else { 4 }
    }
}

/// Decodes a piece. An incomplete quantum at the end of the last piece is left out.
fn decode_piece(piece: &[u8], encoding: Encoding, last: bool) -> Option<Vec<u8>> {
    let whole = match encoding {
        Encoding::Hex => piece.len(),
        _ => piece.len() / 4 * 4,
    };
    encoding
        .decode(piece)
        .or_else(|| encoding.decode(&piece[..whole]).filter(|_| last))
}

/// Returns the lines of an encoded text: the number of characters before each, and its position.
pub(crate) fn line_starts(text: &[u8], whole: Span) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut characters = 0;
    let mut begins = true;
    for (at, byte) in whole.of(text).iter().enumerate() {
        if byte.is_ascii_whitespace() {
            begins = true;
            continue;
        }
        if begins {
            starts.push((characters, whole.start + at));
            begins = false;
        }
        characters += 1;
    }
    starts
}

fn readable(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_readable(*byte))
}

fn is_readable(byte: u8) -> bool {
    byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n') || byte >= 0xC2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(line: &str) -> Option<(String, &'static str)> {
        let (span, encoding) = candidate(line.as_bytes(), Span::new(0, line.len()))?;
        let work = Work::default();
        let (_, text) = Decoder::new(line.as_bytes(), &work).decode(span, encoding)?;
        Some((String::from_utf8(text).unwrap(), encoding.name()))
    }

    #[test]
    fn the_first_look_agrees_with_decoding() {
        let mut state = 1u64;
        let mut random = move |bound: usize| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as usize % bound
        };
        let alphabets: [&[u8]; 3] = [
            b"abcdefwxyzABCIZY0123456789+/-_=",
            b"0123456789abcdefABCDEF",
            b"234567",
        ];
        let (mut good, encodings) = (0, [Encoding::Base64, Encoding::Base64Url, Encoding::Hex]);
        for round in 0..30_000 {
            let (alphabet, encoding) = (alphabets[random(3)], encodings[random(3)]);
            let mut body: Vec<u8> = (0..[16, 24][round % 2])
                .map(|_| alphabet[random(alphabet.len())])
                .collect();
            if random(2) == 0 {
                // Include texts, and texts with one changed character.
                let text: Vec<u8> = (0..12).map(|_| b"aZ9 \n\x7F\xC2~"[random(8)]).collect();
                body = if encoding == Encoding::Hex {
                    HEXLOWER_PERMISSIVE.encode(&text)
                } else {
                    BASE64_NOPAD.encode(&text)
                }
                .into_bytes();
                let at = random(body.len());
                if random(2) == 0 {
                    body[at] = alphabet[random(alphabet.len())];
                }
            }
            let expected = encoding.decode(&body).is_some_and(|bytes| readable(&bytes));
            good += usize::from(expected);
            assert_eq!(
                begins_readable(&body, encoding),
                expected,
                "{encoding:?} {}",
                String::from_utf8_lossy(&body)
            );
        }
        assert!(good > 1000, "{good}");
    }

    #[test]
    fn readable_texts_are_decoded_and_random_ones_are_not() {
        let text = b"user: app\npassword: x and more?>";
        assert_eq!(inside(&BASE64_NOPAD.encode(text)).unwrap().1, "base64");
        assert_eq!(
            inside(&format!("data={}==", BASE64_NOPAD.encode(text)))
                .unwrap()
                .0
                .as_bytes(),
            text
        );
        assert_eq!(inside(&HEXLOWER_PERMISSIVE.encode(text)).unwrap().1, "hex");
        assert_eq!(inside(&BASE64_NOPAD.encode(&[0x80; 40])), None);
        assert_eq!(inside("0f8fad5bd9cb469fa16570867728950e7"), None);
        assert_eq!(inside("short=="), None);
    }

    #[test]
    fn lines_of_base64_are_one_text() {
        let text = b"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    password: kq7zr-kq7zr-kq7zr-kq7zr-kq7zr-kq7zr\n";
        for width in [60, 64, 76] {
            let encoded = BASE64_NOPAD.encode(text);
            let lines: Vec<_> = encoded
                .as_bytes()
                .chunks(width)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let wrapped = format!("  {}==\nnext: line\n", lines.join("\n  "));
            let (span, encoding) = candidate(wrapped.as_bytes(), Span::new(2, 2 + width)).unwrap();
            let work = Work::default();
            let decoded = Decoder::new(wrapped.as_bytes(), &work).decode(span, encoding);
            assert_eq!(decoded.unwrap().1, text, "{width}");
        }
    }

    #[test]
    fn gzip_in_base64_is_unzipped_and_bombs_are_cut() {
        let packed = |text: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut encoder, text).unwrap();
            BASE64_NOPAD.encode(&encoder.finish().unwrap())
        };
        assert_eq!(inside(&packed(b"password: kq7zr")).unwrap().0, "password: kq7zr");
        assert_eq!(
            inside(&packed(&vec![b' '; 50 << 20])).unwrap().0.len(),
            Work::MAX_DECODED
        );
    }

    /// Returns what is decoded of a text, the work, and whether it was cut.
    fn all(text: &[u8]) -> (Vec<Vec<u8>>, u64, bool) {
        let work = Work::default();
        let mut decoder = Decoder::new(text, &work);
        let mut found = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let run = Span::new(at, at + line.trim_ascii_end().len());
            at += line.len();
            let decoded = candidate(text, run).and_then(|(span, encoding)| decoder.decode(span, encoding));
            found.extend(decoded.map(|(_, bytes)| {
                work.decoded(bytes.len());
                bytes
            }));
        }
        (found, work.counts().bytes, work.was_cut().is_some())
    }

    fn wrapped(bytes: &[u8]) -> Vec<u8> {
        let encoded = BASE64_NOPAD.encode(bytes);
        let lines: Vec<&[u8]> = encoded.as_bytes().chunks(72).collect();
        lines.join(&b'\n')
    }

    #[test]
    fn lines_of_base64_are_decoded_once_and_not_once_for_each_line() {
        let text =
            |lines: usize| b"The quick brown fox goes home over the hills and far away.\n".repeat(lines);
        let (few, many) = (all(&wrapped(&text(1_000))), all(&wrapped(&text(8_000))));
        assert_eq!((few.0, few.2), (vec![text(1_000)], false));
        assert_eq!(many.0, [text(8_000)]);
        assert!(many.1 <= 9 * few.1, "{} {}", few.1, many.1);
    }

    #[test]
    fn lines_have_their_positions() {
        let text = b"x: abcd\n   efgh\n   ij";
        assert_eq!(
            line_starts(text, Span::new(3, text.len())),
            [(0, 3), (4, 11), (8, 19)]
        );
    }

    #[test]
    fn unreadable_bytes_take_linear_work_and_the_rest_is_read() {
        let mixed = |times: usize| {
            let mut part =
                b"The quick brown fox goes home over the hills and far away, once more. ".repeat(20);
            let middle = part.len() / 2;
            part[middle] = 0;
            part.repeat(times)
        };
        let (few, many) = (all(&wrapped(&mixed(100))), all(&wrapped(&mixed(800))));
        assert!(many.1 <= 9 * few.1, "{} {}", few.1, many.1);
        assert!(few.0.last().is_some_and(|text| text.ends_with(b"once more. ")));
    }

    #[test]
    fn more_than_a_mebibyte_is_cut_and_reported() {
        let (found, _, cut) = all(&wrapped(
            &b"all of it is readable text, a line of it. ".repeat(40_000),
        ));
        assert_eq!(
            (found.iter().map(Vec::len).sum::<usize>(), cut),
            (Work::MAX_DECODED, true)
        );
    }

    #[test]
    fn many_starts_of_streams_are_tried_once() {
        let lines = |count: usize| format!("H4sI{}\n", "A".repeat(68)).repeat(count).into_bytes();
        let (few, many) = (all(&lines(500)), all(&lines(4_000)));
        assert!(many.1 <= 9 * few.1, "{} {}", few.1, many.1);
    }

    #[test]
    fn a_run_of_padding_is_not_decoded() {
        // Found by fuzzing: the first test read beyond the text before the padding.
        assert_eq!(inside("ENTI==================="), None);
        assert_eq!(inside("appENTI=4142434445464748495051=="), None);
    }
}
