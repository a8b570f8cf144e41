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

#[cfg(test)]
mod tests {
    use super::*;

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
