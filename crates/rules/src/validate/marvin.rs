//! Marvin32, the keyed hash at the end of Azure's identifiable keys (source of the algorithm and the seeds:
//! <https://github.com/microsoft/security-utilities>).

use super::encoded::base64;

/// One round of mixing.
fn block(mut low: u32, mut high: u32) -> (u32, u32) {
    high ^= low;
    low = low.rotate_left(20).wrapping_add(high);
    high = high.rotate_left(9) ^ low;
    low = low.rotate_left(27).wrapping_add(high);
    (low, high.rotate_left(19))
}

/// The hash of `bytes` under a seed of eight letters, which are one big-endian number.
pub(crate) fn hash(bytes: &[u8], seed: &str) -> u32 {
    let seed = seed.bytes().fold(0u64, |seed, byte| seed << 8 | u64::from(byte));
    let (mut low, mut high) = (seed as u32, (seed >> 32) as u32);
    let words = bytes.chunks_exact(4);
    let mut tail = words.remainder().to_vec();
    for word in words {
        (low, high) = block(
            low.wrapping_add(u32::from_le_bytes([word[0], word[1], word[2], word[3]])),
            high,
        );
    }
    tail.push(0x80);
    tail.resize(4, 0);
    (low, high) = block(
        low.wrapping_add(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]])),
        high,
    );
    (low, high) = block(low, high);
    low ^ high
}

/// Returns whether the last four bytes of a base64 key are the hash of those before with one of the seeds.
pub(crate) fn holds(key: &[u8], seeds: &[String]) -> bool {
    let Some(bytes) = base64(key) else { return false };
    let Some(body) = bytes.len().checked_sub(4) else {
        return false;
    };
    let sum = u32::from_le_bytes([bytes[body], bytes[body + 1], bytes[body + 2], bytes[body + 3]]);
    seeds.iter().any(|seed| hash(&bytes[..body], seed) == sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_independently_computed_vector() {
        assert_eq!(hash(b"keysift", "Default0"), 0xC15E_2462);
    }
}
