//! Keystores by their first bytes: files that hold private keys or passwords.

/// Returns the format of a keystore by its first bytes, of which 64 are enough. `None` if it is none.
pub fn keystore(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 1..=2, ..] => Some("Java keystore"),
        [0xCE, 0xCE, 0xCE, 0xCE, 0, 0, 0, 1..=2, ..] => Some("Java keystore (JCEKS)"),
        [3, 0xD9, 0xA2, 0x9A, 0x65 | 0x67, 0xFB, 0x4B, 0xB5, ..] => Some("KeePass database"),
        [0x30, rest @ ..] if is_pkcs12(rest) => Some("PKCS#12 keystore"),
        _ => None,
    }
}

/// Returns whether the bytes after a SEQUENCE tag are PKCS#12: a length, version 3, and a sequence with
/// PKCS#7 data.
fn is_pkcs12(rest: &[u8]) -> bool {
    /// 1.2.840.113549.1.7, followed by 1 (data) or 2 (signed data).
    const PKCS7: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];
    let version = match rest.first() {
        Some(length @ 0x81..=0x84) => 1 + usize::from(length - 0x80),
        _ => 1,
    };
    let data = rest
        .get(version..)
        .and_then(|rest| rest.strip_prefix(&[2, 1, 3, 0x30]));
    data.is_some_and(|data| {
        data[..data.len().min(20)]
            .windows(PKCS7.len())
            .any(|part| part == PKCS7)
    })
}
