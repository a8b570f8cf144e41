//! Tokens that decode to something.

use data_encoding::{BASE32, BASE64_NOPAD, BASE64URL_NOPAD};

use super::Evidence;

/// Decodes base64 of either alphabet, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let text = &text[..end];
    let url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    if url { BASE64URL_NOPAD.decode(text).ok() } else { BASE64_NOPAD.decode(text).ok() }
}

/// Decodes base64 whose last quantum may be cut: tokens are often followed by something the pattern takes along or leaves out.
fn base64_start(text: &[u8]) -> Option<Vec<u8>> {
    base64(text).or_else(|| base64(&text[..text.len() / 4 * 4]))
}

pub(super) fn json(text: &[u8], keys: &[String]) -> Result<(), String> {
    let bytes = base64(text).ok_or("not base64")?;
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|_| "does not decode to a JSON object")?;
    match keys.iter().find(|key| !object.contains_key(*key)) {
        Some(key) => Err(format!("decodes to JSON without `{key}`")),
        None => Ok(()),
    }
}

pub(super) fn text(text: &[u8], starts: &str) -> Result<(), String> {
    let bytes = base64_start(text).ok_or("not base64")?;
    if bytes.starts_with(starts.as_bytes()) { Ok(()) } else { Err("does not decode to what such a token holds".to_owned()) }
}

pub(super) fn basic(text: &[u8], evidence: &mut Evidence) -> Result<(), String> {
    let bytes = base64(text).ok_or("not base64")?;
    let decoded = std::str::from_utf8(&bytes).map_err(|_| "does not decode to text")?;
    let (user, password) = decoded.split_once(':').ok_or("decodes to text without a colon")?;
    if decoded.chars().any(char::is_control) {
        return Err("does not decode to printable text".to_owned());
    }
    evidence.notes.push(format!("decodes to a user name of {} characters and a password", user.chars().count()));
    super::password(password, evidence)
}

/// The account number in an AWS key id: base32-decode, take 48 bits, drop the topmost and the last seven. `None` for the older ids
/// (fifth character I or J) that hold none.
pub(super) fn aws_account(id: &[u8]) -> Option<u64> {
    if matches!(id.first(), Some(b'I' | b'J')) {
        return None;
    }
    let bytes = BASE32.decode(id).ok()?;
    let number = bytes.get(..6)?.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    Some((number & 0x7FFF_FFFF_FF80) >> 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_made_up_key() {
        assert_eq!(aws_account(b"RTX3GSDSQAAAAAAA"), Some(111_122_223_333));
        assert_eq!(aws_account(b"IOSFODNN7EXAMPLE"), None);
        assert_eq!(aws_account(b"short"), None);
    }

    #[test]
    fn base64_of_either_alphabet_padded_or_not() {
        for text in ["aGk/", "aGk_", "aGk", "aGk="] {
            assert!(base64(text.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(base64(b"a"), None);
        assert_eq!(base64(b"===="), Some(Vec::new()));
    }
}
