//! Decodes tokens.

use data_encoding::{BASE32, BASE64_NOPAD, BASE64URL_NOPAD};

use keysift_finding::Step;

use super::{Evidence, Rejection};

/// Decodes base64 of either alphabet, padded or not.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    let text = &text[..end];
    let url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    if url {
        BASE64URL_NOPAD.decode(text).ok()
    } else {
        BASE64_NOPAD.decode(text).ok()
    }
}

/// Decodes base64 whose last quantum may be incomplete, because a pattern may match too much or too little
/// after a token.
fn base64_start(text: &[u8]) -> Option<Vec<u8>> {
    base64(text).or_else(|| base64(&text[..text.len() / 4 * 4]))
}

pub(super) fn json(text: &[u8], keys: &[String]) -> Result<(), Rejection> {
    let bytes = base64(text).ok_or("not base64")?;
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|_| "does not decode to a JSON object")?;
    match keys.iter().find(|key| !object.contains_key(*key)) {
        Some(key) => Err(format!("decodes to JSON without `{key}`").into()),
        None => Ok(()),
    }
}

pub(super) fn text(text: &[u8], starts: &str, holds: &str) -> Result<(), Rejection> {
    let bytes = base64_start(text).ok_or("not base64")?;
    let held = holds.is_empty() || memchr::memmem::find(&bytes, holds.as_bytes()).is_some();
    if bytes.starts_with(starts.as_bytes()) && held {
        Ok(())
    } else {
        Err("does not decode to the contents of such a token".into())
    }
}

/// Returns whether base64 decodes to digits, a colon and 20 bytes.
pub(super) fn id_and_bytes(text: &[u8]) -> bool {
    base64(text).is_some_and(|bytes| {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && bytes.get(digits) == Some(&b':') && bytes.len() == digits + 21
    })
}

/// Decodes a Discord id in base64url: a number whose top bits are the milliseconds since 2015
/// (<https://docs.discord.com/developers/reference>).
pub(super) fn snowflake(text: &[u8], evidence: &mut Evidence) -> Result<(), Rejection> {
    const DISCORD_EPOCH: u64 = 1_420_070_400;
    let bytes = base64(text).ok_or("not base64url")?;
    let digits = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| (17..=20).contains(&text.len()));
    let id: u64 = digits
        .and_then(|text| text.parse().ok())
        .ok_or("the first part is no Discord id")?;
    if let Some(day) = keysift_finding::date::date(((id >> 22) / 1000 + DISCORD_EPOCH) as i64) {
        evidence.note(format!("of a bot that was created on {day}"));
    }
    Ok(())
}

/// Checks a macaroon, version 2 (<https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt>): byte
/// 2, field 1 (the location), field 2 (the identifier), …, field 6 (a signature of 32 bytes) at the end.
///
/// The format was not confirmed on issued tokens, so a mismatch lowers the confidence instead of rejecting
/// the match.
pub(super) fn macaroon(text: &[u8], location: &str, evidence: &mut Evidence) {
    let header = [&[2, 1, location.len() as u8], location.as_bytes()].concat();
    let rest = base64_start(text).and_then(|bytes| bytes.strip_prefix(header.as_slice()).map(<[u8]>::to_vec));
    match rest {
        Some(rest) if rest.first() == Some(&2) && rest.len() >= 36 => {
            evidence.note(format!("a macaroon of {location}"))
        }
        _ => evidence.apply(
            Step::Damaged,
            "does not decode to a macaroon with an identifier and a signature",
        ),
    }
}

pub(super) fn basic(text: &[u8], evidence: &mut Evidence) -> Result<(), Rejection> {
    let bytes = base64(text).ok_or("not base64")?;
    let decoded = std::str::from_utf8(&bytes).map_err(|_| "does not decode to text")?;
    let (user, password) = decoded.split_once(':').ok_or("decodes to text without a colon")?;
    if decoded.chars().any(char::is_control) {
        return Err("does not decode to printable text".into());
    }
    evidence.notes.push(format!(
        "decodes to a user name of {} characters and a password",
        user.chars().count()
    ));
    super::looks::password(password, evidence)
}

/// The account number in an AWS key id: base32-decode, take 48 bits, drop the topmost and the last seven.
/// `None` for older ids (fifth character I or J), which have none.
pub(super) fn aws_account(id: &[u8]) -> Option<u64> {
    if matches!(id.first(), Some(b'I' | b'J')) {
        return None;
    }
    let bytes = BASE32.decode(id).ok()?;
    let number = bytes
        .get(..6)?
        .iter()
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
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
