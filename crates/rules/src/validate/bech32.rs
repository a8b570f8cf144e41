//! Bech32 (BIP-173, <https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki>): how age and Nostr write keys.

const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01FF_FFFF) << 5 ^ value;
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(shifted, |sum, (_, generator)| sum ^ generator)
    })
}

fn expand(hrp: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let high = hrp.iter().map(|byte| u32::from(byte >> 5));
    high.chain([0]).chain(hrp.iter().map(|byte| u32::from(byte & 31)))
}

/// Returns whether `text` is `hrp`, a `1`, 52 digits for 32 bytes and a valid checksum of six, all in one
/// case.
pub(crate) fn holds(text: &[u8], hrp: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mixed = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let hrp = hrp.to_ascii_lowercase();
    let Some(data) = lower
        .strip_prefix(hrp.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"1"))
    else {
        return false;
    };
    let values: Option<Vec<u32>> = data
        .iter()
        .map(|char| DIGITS.iter().position(|digit| digit == char).map(|at| at as u32))
        .collect();
    values.is_some_and(|values| {
        !mixed && values.len() == 58 && polymod(expand(hrp.as_bytes()).chain(values)) == 1
    })
}

/// Encodes 32 bytes with `hrp`, in lower case.
pub(crate) fn encode(hrp: &str, bytes: &[u8; 32]) -> String {
    let mut values: Vec<u32> = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push(buffer >> bits & 31);
        }
        buffer &= (1 << bits) - 1;
    }
    values.push(buffer << (5 - bits) & 31);
    let sum = polymod(expand(hrp.as_bytes()).chain(values.iter().copied()).chain([0; 6])) ^ 1;
    values.extend((0..6).map(|digit| sum >> (5 * (5 - digit)) & 31));
    let data: String = values
        .iter()
        .map(|value| char::from(DIGITS[*value as usize]))
        .collect();
    format!("{hrp}1{data}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_vector_of_the_checksum() {
        // BIP-173: the shortest valid string.
        let data = b"2uel5l".map(|char| DIGITS.iter().position(|digit| *digit == char).unwrap() as u32);
        assert_eq!(polymod(expand(b"a").chain(data)), 1);
    }

    #[test]
    fn encoded_keys_are_valid_in_either_case_and_changed_ones_are_not() {
        let key = encode("nsec", &[7; 32]);
        assert!(holds(key.as_bytes(), "nsec") && holds(key.to_uppercase().as_bytes(), "nsec"));
        assert!(!holds(key.as_bytes(), "age-secret-key-"));
        assert!(!holds(key.replacen("nsec1", "nsec1q", 1).as_bytes(), "nsec"));
        assert!(!holds(key.replacen('n', "N", 1).as_bytes(), "nsec"));
    }
}
