//! Checksums in tokens.

use data_encoding::BASE32_NOPAD;

use super::Alphabet;

/// CRC-32 as in IEEE 802.3 and zlib.
pub(crate) fn crc32(text: &[u8]) -> u32 {
    crc32fast::hash(text)
}

/// CRC-24 of OpenPGP (RFC 9580, 6.1.1).
pub(crate) fn crc24(bytes: &[u8]) -> u32 {
    let mut crc = 0xB7_04CE_u32;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4CFB;
            }
        }
    }
    crc & 0x00FF_FFFF
}

/// CRC-16 of XMODEM: polynomial 1021, no reflection, starts at 0.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x1021
            };
        }
    }
    crc
}

/// Returns whether the last two bytes of base32 text are the CRC-16 of those before, low byte first.
pub(super) fn crc16_base32(text: &[u8]) -> bool {
    let Ok(bytes) = BASE32_NOPAD.decode(text) else {
        return false;
    };
    let Some(body) = bytes.len().checked_sub(2) else {
        return false;
    };
    bytes[body..] == crc16(&bytes[..body]).to_le_bytes()
}

/// `number` in base 62, most significant digit first, padded with `0` to `width`.
pub(crate) fn base62(number: u32, width: usize, alphabet: Alphabet) -> String {
    let digits: &[u8] = match alphabet {
        Alphabet::UpperFirst => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        Alphabet::LowerFirst => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    };
    in_base(number, digits, width)
}

/// The check character of tokens for trusted publishing: the XOR of all bytes, modulo 62.
pub(crate) fn xor_base62(text: &[u8]) -> u8 {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let sum = text.iter().fold(0, |sum, byte| sum ^ byte);
    digits[usize::from(sum) % digits.len()]
}

/// `number` in base 36, lower case.
fn base36(number: u32, width: usize) -> String {
    in_base(number, b"0123456789abcdefghijklmnopqrstuvwxyz", width)
}

fn in_base(mut number: u32, digits: &[u8], width: usize) -> String {
    let base = digits.len() as u32;
    let mut out = vec![digits[0]; width];
    for digit in out.iter_mut().rev() {
        *digit = digits[(number % base) as usize];
        number /= base;
    }
    String::from_utf8(out).expect("ASCII")
}

/// Returns whether a routable GitLab token has the right payload length and ends with the CRC32 of everything
/// before. There are two layouts: `prefix P . LL CCCCCCC` and `prefix P . VV . LL CCCCCCC` (source: GitLab's
/// `gitlab-secret_detection` and its design document on routable tokens).
pub(super) fn gitlab_routable(token: &[u8]) -> bool {
    let Some(at) = token.len().checked_sub(7) else {
        return false;
    };
    let (summed, sum) = token.split_at(at);
    if base36(crc32(summed), 7).as_bytes() != sum {
        return false;
    }
    // The payload precedes the first dot and follows a prefix that ends with `-` or `_`.
    let payload = summed.split(|byte| *byte == b'.').next().unwrap_or_default();
    let length = &summed[summed.len().saturating_sub(2)..];
    (1..payload.len()).any(|prefix| base36((payload.len() - prefix) as u32, 2).as_bytes() == length)
}

/// A routable token with this payload, for samples.
pub(crate) fn make_gitlab_routable(prefix: &str, payload: &str) -> String {
    let body = format!("{prefix}{payload}.01.{}", base36(payload.len() as u32, 2));
    format!("{body}{}", base36(crc32(body.as_bytes()), 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc24(b"123456789"), 0x21_CF02);
        // The body of a GitHub-like token, made up for this project.
        let body = format!("KeysiftVector{}", "0".repeat(17));
        assert_eq!(crc32(body.as_bytes()), 0xF255_B811);
        assert_eq!(base62(0xF255_B811, 6, Alphabet::UpperFirst), "4R9HKD");
        assert_eq!(crc16(b"123456789"), 0x31C3);
        // Vercel-like and Cloudflare-like tokens.
        assert_eq!(
            base62(
                crc32(format!("KeysiftVector{}", "0".repeat(37)).as_bytes()),
                6,
                Alphabet::UpperFirst
            ),
            "2spyie"
        );
        assert_eq!(
            format!(
                "{:08x}",
                crc32(format!("KeysiftVector{}", "A".repeat(27)).as_bytes())
            ),
            "222e78b9"
        );
    }

    #[test]
    fn routable_tokens_of_both_layouts() {
        // Made up from zero bytes for this project; the payload means cell 1, organization 1, user 1.
        for (payload, tail) in [
            ("AAAAAAAAAAAAAAAAAAAAAGM6MQpvOjEKdToxCw", ".01.120071j5m"),
            ("YzoxCm86MQp1OjEAAAAAAAAAAAAAAAAAAAAAEA", ".120p4qhff"),
        ] {
            assert!(
                gitlab_routable(format!("glpat-{payload}{tail}").as_bytes()),
                "{payload}"
            );
            assert!(!gitlab_routable(
                format!("glpat-{payload}{}", tail.replace(".12", ".13")).as_bytes()
            ));
        }
        assert!(gitlab_routable(
            make_gitlab_routable("glpat-", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo").as_bytes()
        ));
        assert!(!gitlab_routable(b"x"));
    }
}
