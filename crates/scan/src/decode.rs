//! Texts inside texts: runs of base64 and hex that decode to something readable, base64 over several lines, gzip in base64.

use std::io::Read;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use keysift_finding::Span;

/// The shortest run that is decoded, in characters: 18 bytes of base64, the length of a short password with its name.
pub(crate) const SHORTEST: usize = 24;

/// How many bytes the first look decodes.
const LOOK: usize = 12;

/// How deep texts are decoded inside decoded texts.
pub(crate) const DEPTH: usize = 3;

/// How many bytes are decoded for one blob, all in all.
pub(crate) const BUDGET: usize = 1 << 20;

/// An encoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Base64,
    Base64Url,
    Hex,
    /// Base64 of gzip, as Helm keeps releases.
    Gzip,
}

impl Encoding {
    /// The name that reports print.
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
            Encoding::Gzip => unzipped(&BASE64_NOPAD.decode(text).ok()?),
            Encoding::Base64Url => BASE64URL_NOPAD.decode(text).ok(),
            Encoding::Hex => HEXLOWER_PERMISSIVE.decode(text).ok(),
        }
    }
}

/// The part of a run of token characters that may be an encoded text: what stands behind its last `=`, the padding not counted.
///
/// A cheap look at the first twelve bytes: of random ones, one run in 100,000 passes.
pub(crate) fn candidate(text: &[u8], run: Span) -> Option<(Span, Encoding)> {
    let bytes = run.of(text);
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    let start = body.iter().rposition(|byte| *byte == b'=').map_or(0, |at| at + 1);
    let body = &body[start..];
    if padding > 2 || body.len() + padding < SHORTEST {
        return None;
    }
    let span = Span::new(run.start + start, run.start + start + body.len());
    // The first bytes of every gzip stream, in base64.
    if body.starts_with(b"H4sI") {
        return Some((over_lines(text, span), Encoding::Gzip));
    }
    let hex = body.len().is_multiple_of(2) && body.iter().all(u8::is_ascii_hexdigit);
    let url = body.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let (encoding, look) = match (hex, url) {
        (true, _) => (Encoding::Hex, 2 * LOOK),
        (_, true) => (Encoding::Base64Url, 4 * LOOK / 3),
        _ => (Encoding::Base64, 4 * LOOK / 3),
    };
    begins_readable(body.get(..look)?, encoding).then(|| {
        (
            if encoding == Encoding::Base64 {
                over_lines(text, span)
            } else {
                span
            },
            encoding,
        )
    })
}

/// Whether the beginning of an encoded text decodes to something readable: `decode` and [`readable`], without a buffer, and only as far as
/// it is so. Nearly every long name fails in its first four characters.
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
        // Bit 7 is set of what is no digit.
        (a | b | c | d) < 64
            && is_readable(a << 2 | b >> 4)
            && is_readable(b << 4 | c >> 2)
            && is_readable(c << 6 | d)
    })
}

/// What the digits of base64 count, and 0xFF for all other bytes.
const VALUES: [u8; 256] = values(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const URL_VALUES: [u8; 256] = values(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

const fn values(alphabet: &[u8; 64]) -> [u8; 256] {
    let mut values = [0xFF; 256];
    let mut value = 0;
    while value < 64 {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// The whole of a base64 text whose first line this is: lines of the same length follow, and one that may be shorter.
fn over_lines(text: &[u8], first: Span) -> Span {
    if !matches!(first.len(), 60 | 64 | 72 | 76) {
        return first;
    }
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut whole = first;
    while whole.len() < BUDGET {
        // The break, with what indents or quotes the next line.
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

/// The text of a gzip stream, up to the budget.
fn unzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // A stream that is cut still has its beginning.
    let _ = flate2::read::MultiGzDecoder::new(bytes)
        .take(BUDGET as u64)
        .read_to_end(&mut out);
    (!out.is_empty()).then_some(out)
}

/// The text inside, if it is one.
pub(crate) fn decode(text: &[u8], span: Span, encoding: Encoding) -> Option<Vec<u8>> {
    let joined: Vec<u8>;
    let mut body = span.of(text);
    if body.contains(&b'\n') {
        joined = body
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        body = &joined;
    }
    // A last quantum that is cut is left out.
    let whole = if encoding == Encoding::Hex {
        body.len()
    } else {
        body.len() / 4 * 4
    };
    let bytes = encoding
        .decode(body)
        .or_else(|| encoding.decode(&body[..whole]))?;
    (encoding == Encoding::Gzip || readable(&bytes)).then_some(bytes)
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
        decode(line.as_bytes(), span, encoding)
            .map(|text| (String::from_utf8(text).unwrap(), encoding.name()))
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
                // Texts too, and texts with one character changed.
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
            assert_eq!(
                decode(wrapped.as_bytes(), span, encoding).as_deref(),
                Some(&text[..]),
                "{width}"
            );
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
        assert_eq!(inside(&packed(&vec![b' '; 50 << 20])).unwrap().0.len(), BUDGET);
    }

    #[test]
    fn a_run_of_padding_is_no_text() {
        // Found by fuzzing: the first look reached beyond what stands before the padding.
        assert_eq!(inside("ENTI==================="), None);
        assert_eq!(inside("appENTI=4142434445464748495051=="), None);
    }
}
