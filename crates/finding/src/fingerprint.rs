//! A name for a finding that survives moved lines.

use std::{fmt, path::Path};

use sha2::{Digest, Sha256};

/// Names a finding across runs: rule, path and secret; no line number, so moving a line changes nothing.
///
/// It must be safe to commit, and a weak password can be guessed from any hash of it. So only `TAG_BITS` bits of the hash of the
/// secret go in: one guess in 65,536 agrees by chance, and a dictionary of a million words leaves some fifteen. The price is that two
/// different secrets in one file under one rule share a fingerprint once in 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

/// How much of the secret's hash a fingerprint depends on.
const TAG_BITS: u32 = 16;

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The fingerprint of `secret`, found by the rule `rule` in `path` (relative to the scanned root; `\` and `/` are the same).
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

/// The first 64 bits of the SHA-256 of the parts, each with its length before it.
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
    fn holds_no_more_than_its_tag_of_the_secret() {
        let distinct: std::collections::HashSet<_> = (0..200_000u32)
            .map(|n| fingerprint("a", Path::new("x"), &n.to_be_bytes()))
            .collect();
        assert!(distinct.len() <= 1 << TAG_BITS, "{} fingerprints", distinct.len());
    }
}
