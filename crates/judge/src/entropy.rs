//! Shannon entropy of a byte string.

/// Returns the Shannon entropy in bits per byte, from the byte frequencies of `text` itself: 0 for an empty
/// text or one repeated byte, at most `log2(text.len())`, at most 8.
pub fn shannon_bits(text: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let total = text.len() as f32;
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| *count as f32 / total)
        .map(|share| share * share.log2())
        .sum::<f32>()
        + 0.0
}

#[cfg(test)]
mod tests {
    use super::shannon_bits;

    #[test]
    fn known_values() {
        assert_eq!(shannon_bits(b""), 0.0);
        assert_eq!(shannon_bits(b"aaaa"), 0.0);
        assert_eq!(shannon_bits(b"abab"), 1.0);
        assert_eq!(shannon_bits(b"0123456789abcdef"), 4.0);
    }
}
