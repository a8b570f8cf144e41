//! Base58 and Base58Check, as Bitcoin writes keys (<https://en.bitcoin.it/wiki/Base58Check_encoding>).

use sha2::{Digest, Sha256};

const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The maximum length of a text, in bytes, because decoding takes quadratic time.
const LONGEST: usize = 1024;

/// Decodes base58; leading `1` are zero bytes.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    // Little-endian while it is computed.
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for char in text {
        let mut carry = DIGITS.iter().position(|digit| digit == char)?;
        for byte in &mut bytes {
            carry += usize::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(carry as u8);
            carry >>= 8;
        }
    }
    bytes.extend(text.iter().take_while(|char| **char == b'1').map(|_| 0));
    bytes.reverse();
    Some(bytes)
}

/// The payload, if the last four bytes are the double SHA-256 of those before.
pub(crate) fn check(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = decode(text)?;
    let payload = bytes.len().checked_sub(4)?;
    if sum(&bytes[..payload]) != bytes[payload..] {
        return None;
    }
    bytes.truncate(payload);
    Some(bytes)
}

fn sum(payload: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(Sha256::digest(payload));
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Encodes a payload with its checksum.
pub(crate) fn encode_check(payload: &[u8]) -> String {
    let bytes = [payload, &sum(payload)].concat();
    let mut digits: Vec<u8> = Vec::new();
    for byte in &bytes {
        let mut carry = usize::from(*byte);
        for digit in &mut digits {
            carry += usize::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.extend(bytes.iter().take_while(|byte| **byte == 0).map(|_| 0));
    digits
        .iter()
        .rev()
        .map(|digit| char::from(DIGITS[usize::from(*digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors_of_base58() {
        // draft-msporny-base58-03.
        assert_eq!(decode(b"2NEpo7TZRRrLZSi2U").unwrap(), b"Hello World!");
        assert_eq!(decode(b"11233QC4").unwrap(), [0, 0, 0x28, 0x7f, 0xb4, 0xcd]);
        assert_eq!(decode(b"0"), None);
        assert_eq!(decode(&[b'2'; LONGEST + 1]), None);
    }

    #[test]
    fn encoded_text_is_valid_and_changed_text_is_not() {
        let text = encode_check(&[0x80, 1, 2, 3]);
        assert_eq!(check(text.as_bytes()).unwrap(), [0x80, 1, 2, 3]);
        let changed = text.replacen(text.chars().next().unwrap(), "9", 1);
        assert_eq!(check(changed.as_bytes()), None);
        assert_eq!(check(b"1"), None);
    }
}
