//! `file-credential-committed`.

use keysift_finding::{Finding, Span};

use crate::{Check, Found, checks};

/// `file-credential-committed`.
pub(crate) struct KeyStore;

impl Check for KeyStore {
    fn page(&self) -> &'static str {
        include_str!("file_credential_committed.md")
    }
}

/// What a key store is, by its first bytes.
pub(crate) fn key_store(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, ..] => Some("Java keystore"),
        [0xCE, 0xCE, 0xCE, 0xCE, 0, 0, 0, ..] => Some("Java keystore (JCEKS)"),
        [3, 0xD9, 0xA2, 0x9A, 0x65 | 0x67, 0xFB, 0x4B, 0xB5, ..] => Some("KeePass database"),
        [0x30, rest @ ..] if is_pkcs12(rest) => Some("PKCS#12 keystore"),
        _ => None,
    }
}

/// Whether PKCS#12 goes on behind the mark of a sequence: its length, version 3, and a sequence that holds data of PKCS#7.
fn is_pkcs12(rest: &[u8]) -> bool {
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

/// Reports a key store; stores of other people's certificates hold no secret.
pub(crate) fn told_key_store(path: &std::path::Path, text: &[u8], findings: &mut Vec<Finding>) {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let Some(what) = key_store(text).filter(|_| !name.contains("trust") && !name.contains("cacerts")) else {
        return;
    };
    Found::new(checks::meta(&KeyStore), findings)
        .at(Span::new(0, text.len().min(4)), format!("{what} in the tree"));
}
