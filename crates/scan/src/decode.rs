//! Texts inside texts: runs of base64 and hex that decode to something readable.

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
}

impl Encoding {
    /// The name that reports print.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Encoding::Base64 => "base64",
            Encoding::Base64Url => "base64url",
            Encoding::Hex => "hex",
        }
    }

    fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Encoding::Base64 => BASE64_NOPAD.decode(text).ok(),
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
    let hex = body.len().is_multiple_of(2) && body.iter().all(u8::is_ascii_hexdigit);
    let url = body.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let (encoding, look) = match (hex, url) {
        (true, _) => (Encoding::Hex, 2 * LOOK),
        (_, true) => (Encoding::Base64Url, 4 * LOOK / 3),
        _ => (Encoding::Base64, 4 * LOOK / 3),
    };
    encoding.decode(body.get(..look)?).is_some_and(|bytes| readable(&bytes)).then_some((span, encoding))
}

/// The text inside, if it is one.
pub(crate) fn decode(text: &[u8], span: Span, encoding: Encoding) -> Option<Vec<u8>> {
    let body = span.of(text);
    // A last quantum that is cut is left out.
    let whole = if encoding == Encoding::Hex { body.len() } else { body.len() / 4 * 4 };
    let bytes = encoding.decode(body).or_else(|| encoding.decode(&body[..whole]))?;
    readable(&bytes).then_some(bytes)
}

fn readable(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n') || *byte >= 0xC2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(line: &str) -> Option<(String, &'static str)> {
        let (span, encoding) = candidate(line.as_bytes(), Span::new(0, line.len()))?;
        decode(line.as_bytes(), span, encoding).map(|text| (String::from_utf8(text).unwrap(), encoding.name()))
    }

    #[test]
    fn readable_texts_are_decoded_and_random_ones_are_not() {
        let text = b"user: app\npassword: x and more?>";
        assert_eq!(inside(&BASE64_NOPAD.encode(text)).unwrap().1, "base64");
        assert_eq!(inside(&format!("data={}==", BASE64_NOPAD.encode(text))).unwrap().0.as_bytes(), text);
        assert_eq!(inside(&HEXLOWER_PERMISSIVE.encode(text)).unwrap().1, "hex");
        assert_eq!(inside(&BASE64_NOPAD.encode(&[0x80; 40])), None);
        assert_eq!(inside("0f8fad5bd9cb469fa16570867728950e7"), None);
        assert_eq!(inside("short=="), None);
    }

    #[test]
    fn a_run_of_padding_is_no_text() {
        // Found by fuzzing: the first look reached beyond what stands before the padding.
        assert_eq!(inside("ENTI==================="), None);
        assert_eq!(inside("appENTI=4142434445464748495051=="), None);
    }
}
