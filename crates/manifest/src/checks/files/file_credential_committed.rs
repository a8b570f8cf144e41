//! `file-credential-committed`.

use keysift_finding::{Finding, Span, keystore};

use crate::{Check, Found, checks};

/// `file-credential-committed`.
pub(crate) struct KeyStore;

impl Check for KeyStore {
    fn page(&self) -> &'static str {
        include_str!("file_credential_committed.md")
    }
}

/// Reports a keystore; stores of other people's certificates hold no secret.
pub(crate) fn report_keystore(path: &std::path::Path, text: &[u8], findings: &mut Vec<Finding>) {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let Some(what) = keystore(text).filter(|_| !name.contains("trust") && !name.contains("cacerts")) else {
        return;
    };
    Found::new(checks::meta(&KeyStore), findings)
        .at(Span::new(0, text.len().min(4)), format!("{what} in the tree"));
}
