//! Checksums that tokens carry.

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

/// `number` in base 62 with the digits `0-9A-Za-z`, most significant first, filled with `0` to `width`.
pub(crate) fn base62(mut number: u32, width: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    String::from_utf8(digits).expect("ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc24(b"123456789"), 0x21_CF02);
        // The body of a GitHub-like token that was made up for this project.
        let body = format!("KeysiftVector{}", "0".repeat(17));
        assert_eq!(crc32(body.as_bytes()), 0xF255_B811);
        assert_eq!(base62(0xF255_B811, 6), "4R9HKD");
    }
}
