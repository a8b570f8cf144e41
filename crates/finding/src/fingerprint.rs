//! Identifiers of findings that do not change when lines move.

use std::{fmt, path::Path};

use sha2::{Digest, Sha256};

/// Identifies a finding across runs by rule, path and secret. It has no line number, so moving a line does
/// not change it.
///
/// It must be safe to commit, but a weak password can be guessed from any hash of it. So a fingerprint
/// depends on only `TAG_BITS` bits of the hash of the secret: one guess in 65,536 matches by chance, and a
/// dictionary of a million words leaves about 15 candidates. In return, two different secrets of one rule in
/// one file have the same fingerprint with a probability of 1 in 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

/// Number of bits of the secret's hash that a fingerprint depends on.
const TAG_BITS: u32 = 16;

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Returns the fingerprint of `secret`, found by `rule` in `path` (relative to the scanned root; `\` equals
/// `/`).
pub fn fingerprint(rule: &str, path: &Path, secret: &[u8]) -> Fingerprint {
    let place = path.to_string_lossy().replace('\\', "/");
    let tag = hash(&[
        b"keysift fingerprint 1: tag",
        rule.as_bytes(),
        place.as_bytes(),
        secret,
    ]) >> (64 - TAG_BITS);
    Fingerprint(hash(&[
        b"keysift fingerprint 1",
        rule.as_bytes(),
        place.as_bytes(),
        &tag.to_be_bytes(),
    ]))
}

/// Returns the first 64 bits of the SHA-256 of the parts. Each part is preceded by its length (8 bytes,
/// big-endian).
fn hash(parts: &[&[u8]]) -> u64 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    let digest = sha.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The key of fingerprints of values, which make the same secret recognizable in many reports.
///
/// A fingerprint of a value is 128 bits of its HMAC-SHA256: without the key a weak password cannot be guessed from it. The key is 32 bytes; it
/// is never written, and its `Debug` output has none of it.
#[derive(Clone, Copy)]
pub struct ValueKey([u8; 32]);

impl fmt::Debug for ValueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueKey(…)")
    }
}

impl ValueKey {
    /// A key of any length: the SHA-256 of what is given.
    pub fn new(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Returns the fingerprint of a value. It does not depend on the rule and the path.
    pub fn fingerprint(&self, value: &[u8]) -> ValueFingerprint {
        let digest = self.hmac(&[b"keysift value 1\0", value]);
        let mut bits = [0; 16];
        bits.copy_from_slice(&digest[..16]);
        ValueFingerprint(bits)
    }

    /// HMAC-SHA256 (RFC 2104) of the joined parts, for a key of 32 bytes.
    fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let pad = |byte: u8| {
            let mut block = [byte; 64];
            block
                .iter_mut()
                .zip(self.0)
                .for_each(|(block, key)| *block ^= key);
            block
        };
        let mut inner = Sha256::new_with_prefix(pad(0x36));
        parts.iter().for_each(|part| inner.update(part));
        let mut outer = Sha256::new_with_prefix(pad(0x5c));
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

/// Identifies a value across reports that were made with the same [`ValueKey`]: 32 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueFingerprint([u8; 16]);

impl ValueFingerprint {
    /// Returns its bits.
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for ValueFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_that_of_the_standard() {
        // RFC 4231, test case 1 with its key of 20 bytes filled up with zeros, as HMAC does itself; and test case 2.
        let hex = |key: &[u8], text: &[u8]| {
            let mut bytes = [0; 32];
            bytes[..key.len()].copy_from_slice(key);
            let digest = ValueKey(bytes).hmac(&[text]);
            digest
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        assert_eq!(
            hex(&[0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn fingerprints_of_values_depend_on_key_and_value() {
        let (one, two) = (ValueKey::new(b"one"), ValueKey::new(b"two"));
        assert_eq!(one.fingerprint(b"a"), ValueKey::new(b"one").fingerprint(b"a"));
        assert_ne!(one.fingerprint(b"a"), one.fingerprint(b"b"));
        assert_ne!(one.fingerprint(b"a"), two.fingerprint(b"a"));
        assert_eq!(one.fingerprint(b"a").to_string().len(), 32);
        assert_eq!(format!("{one:?}"), "ValueKey(…)");
    }

    #[test]
    fn depends_on_rule_path_and_secret() {
        let base = fingerprint("a", Path::new("x/y"), b"one");
        assert_eq!(base, fingerprint("a", Path::new("x\\y"), b"one"));
        assert_ne!(base, fingerprint("b", Path::new("x/y"), b"one"));
        assert_ne!(base, fingerprint("a", Path::new("x/z"), b"one"));
        assert_ne!(base, fingerprint("a", Path::new("x/y"), b"two"));
    }

    #[test]
    fn depends_on_only_tag_bits_of_the_secret() {
        let distinct: std::collections::HashSet<_> = (0..200_000u32)
            .map(|n| fingerprint("a", Path::new("x"), &n.to_be_bytes()))
            .collect();
        assert!(distinct.len() <= 1 << TAG_BITS, "{} fingerprints", distinct.len());
    }
}
