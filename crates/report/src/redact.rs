//! Secrets made safe to show.

use crate::escape::seen;

/// The longest label of an armoured key that is shown.
const LABEL: usize = 64;

/// Whether a text begins as an armoured key does.
pub(crate) fn is_armour(text: &[u8]) -> bool {
    text.starts_with(b"-----BEGIN ")
}

/// The label of an armoured key, marks included: capital letters, digits and blanks, and nothing of the key that may stand on the same line.
pub(crate) fn label(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("-----")?;
    let len = inner.find("-----").filter(|len| *len <= LABEL)?;
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    (is_armour(text.as_bytes()) && inner[..len].bytes().all(plain)).then(|| &text[..len + 10])
}

/// A secret as it may be shown: its first and last two characters if it is long enough to spare them, otherwise nothing of it.
pub(crate) fn redact(secret: &[u8]) -> String {
    let text = String::from_utf8_lossy(secret);
    if let Some(label) = label(&text) {
        // The label of an armoured key is no secret, and says more than its letters.
        return format!("{label}…");
    }
    let chars: Vec<char> = text.chars().collect();
    if chars.len() < 16 {
        return "…".to_owned();
    }
    let ends: String = chars[..2]
        .iter()
        .chain(['…'].iter())
        .chain(&chars[chars.len() - 2..])
        .collect();
    seen(&ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_secrets_show_nothing_long_ones_their_ends() {
        assert_eq!(redact(b"hunter2"), "…");
        assert_eq!(redact(b"abcdefghijklmnop"), "ab…op");
        assert_eq!(
            redact("-----BEGIN X-----\nabc\n-----END X-----".as_bytes()),
            "-----BEGIN X-----…"
        );
    }

    #[test]
    fn a_key_on_one_line_shows_its_label_only() {
        assert_eq!(
            redact(br"-----BEGIN X KEY-----\nMIIEvQ\n-----END X KEY-----"),
            "-----BEGIN X KEY-----…"
        );
        assert_eq!(redact(b"-----BEGIN not a label at all"), "--…ll");
    }
}
