//! `decryption-key-committed`.

use crate::checks::is_literal;
use crate::{Check, Found, Object};

/// `decryption-key-committed`.
pub(crate) struct DecryptionKey;

impl Check for DecryptionKey {
    fn page(&self) -> &'static str {
        include_str!("decryption_key_committed.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if !object.is("", "Secret") {
            return;
        }
        let sealed = tree
            .path(
                object.root,
                &[
                    "metadata",
                    "labels",
                    "sealedsecrets.bitnami.com/sealed-secrets-key",
                ],
            )
            .is_some();
        for section in ["data", "stringData"] {
            let Some(data) = tree.get(object.root, section) else {
                continue;
            };
            for (key, value) in tree.entries(data) {
                let Some(scalar) = tree.scalar(value).filter(|scalar| is_literal(&scalar.text)) else {
                    continue;
                };
                let age = scalar.text.contains("AGE-SECRET-KEY-1")
                    || keysift_judge::base64_text(scalar.text.trim())
                        .is_some_and(|text| text.contains("AGE-SECRET-KEY-1"));
                if sealed && key.text == "tls.key" || age {
                    let what = if age {
                        "an age private key"
                    } else {
                        "the Sealed Secrets private key"
                    };
                    found
                        .at(
                            scalar.span,
                            format!(
                                "`{}` in {} is {what}: it decrypts everything encrypted for it",
                                key.text,
                                object.shown()
                            ),
                        )
                        .secret();
                }
            }
        }
    }
}
