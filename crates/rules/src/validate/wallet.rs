//! Keys of cryptocurrency wallets.

use data_encoding::HEXLOWER_PERMISSIVE;

/// Returns whether a phrase consists of words of the English list and its checksum is valid.
pub(super) fn bip39(phrase: &[u8]) -> bool {
    std::str::from_utf8(phrase).is_ok_and(|phrase| {
        bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &phrase.to_ascii_lowercase()).is_ok()
    })
}

/// Returns whether hex of 32 bytes is a number from 1 to the order of secp256k1 minus 1 (SEC 2, 2.4.1).
pub(super) fn secp256k1(text: &[u8]) -> bool {
    const ORDER: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xBA,
        0xAE, 0xDC, 0xE6, 0xAF, 0x48, 0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41,
    ];
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    HEXLOWER_PERMISSIVE.decode(digits).is_ok_and(|bytes| {
        bytes.len() == 32 && bytes.iter().any(|byte| *byte != 0) && bytes.as_slice() < ORDER.as_slice()
    })
}

/// Returns whether a JSON array has this number of bytes.
pub(super) fn byte_array(text: &[u8], bytes: usize) -> bool {
    serde_json::from_slice::<Vec<u8>>(text).is_ok_and(|array| array.len() == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_group_is_the_first_that_is_no_key() {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        assert!(!secp256k1(order.as_bytes()));
        assert!(secp256k1(format!("0x{}0", &order[..63]).as_bytes()));
        assert!(!secp256k1("0".repeat(64).as_bytes()));
        assert!(!secp256k1(b"0xzz"));
    }

    #[test]
    fn the_phrase_of_twelve_zero_entropies() {
        // BIP-39's first published vector: 128 zero bits.
        let phrase = |last: &str| format!("{}{last}", "abandon ".repeat(11));
        assert!(bip39(phrase("about").as_bytes()));
        assert!(!bip39(phrase("abandon").as_bytes()));
    }

    #[test]
    fn arrays_of_bytes() {
        assert!(byte_array(b"[1, 2,255]", 3));
        assert!(!byte_array(b"[1,2,256]", 3) && !byte_array(b"[1,2]", 3));
    }
}
