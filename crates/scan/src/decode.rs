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
    let good = encoding
        .decode(body.get(..look)?)
        .is_some_and(|bytes| readable(&bytes));
    good.then(|| {
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
    bytes
        .iter()
        .all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n') || *byte >= 0xC2)
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
