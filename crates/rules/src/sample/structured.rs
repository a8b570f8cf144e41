//! Samples in encodings.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use super::Random;

pub(super) fn uuid(random: &mut Random, _: &str) -> String {
    let bytes = random.bytes(16);
    let hex = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    format!(
        "{}-{}-4{}-a{}-{}",
        hex(0..4),
        hex(4..6),
        &hex(6..8)[1..],
        &hex(8..10)[1..],
        hex(10..16)
    )
}

fn word(random: &mut Random, len: usize) -> String {
    (0..len)
        .map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[random.below(36)]))
        .collect()
}

/// A JSON Web Token with the claims of the argument (`name=value`), and common ones.
pub(super) fn jwt(random: &mut Random, claims: &str) -> String {
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let claims: Vec<_> = claims
        .split(' ')
        .filter_map(|claim| claim.split_once('='))
        .collect();
    let has = |name: &str| claims.iter().any(|(claim, _)| *claim == name);
    let mut members: Vec<_> = claims
        .iter()
        .map(|(name, value)| format!(r#""{name}":"{value}""#))
        .collect();
    let usual = [("sub", word(random, 12)), ("iss", word(random, 8))];
    members.extend(
        usual
            .iter()
            .filter(|(name, _)| !has(name))
            .map(|(name, value)| format!(r#""{name}":"{value}""#)),
    );
    let payload = BASE64URL_NOPAD.encode(format!(r#"{{{},"admin":true}}"#, members.join(",")).as_bytes());
    format!("{header}.{payload}.{}", BASE64URL_NOPAD.encode(&random.bytes(32)))
}

/// Keys with values of 24 characters, or of the number after a `*`.
pub(super) fn base64_json(random: &mut Random, keys: &str) -> String {
    let members: Vec<_> = keys
        .split(' ')
        .map(|key| {
            let (key, len) = key.split_once('*').unwrap_or((key, "24"));
            format!(r#""{key}":"{}""#, word(random, len.parse().unwrap_or(24)))
        })
        .collect();
    BASE64_NOPAD.encode(format!("{{{}}}", members.join(",")).as_bytes())
}

/// Pieces separated by spaces: `alnum:N`, `uuid`, or a text.
pub(super) fn base64_words(random: &mut Random, pieces: &str) -> String {
    let text: String = pieces
        .split(' ')
        .map(|piece| match (piece, piece.strip_prefix("alnum:")) {
            ("uuid", _) => uuid(random, ""),
            (_, Some(len)) => word(random, len.parse().unwrap_or(20)),
            (text, None) => text.to_owned(),
        })
        .collect();
    BASE64.encode(text.as_bytes())
}

/// A number of bytes, a space, a text.
pub(super) fn base64_fill(random: &mut Random, argument: &str) -> String {
    let (len, text) = argument.split_once(' ').unwrap_or((argument, ""));
    let len: usize = len.parse().unwrap_or(48);
    BASE64_NOPAD.encode(format!("{text}{}", word(random, len.saturating_sub(text.len()))).as_bytes())
}

fn digits(random: &mut Random, len: usize) -> String {
    (0..len)
        .map(|at| char::from(b'0' + random.between(usize::from(at == 0), 9) as u8))
        .collect()
}

pub(super) fn base64_id(random: &mut Random, _: &str) -> String {
    let mut bytes = format!("{}:", digits(random, 12)).into_bytes();
    bytes.extend(random.bytes(20));
    BASE64.encode(&bytes)
}

pub(super) fn discord_id(random: &mut Random, _: &str) -> String {
    BASE64URL_NOPAD.encode(digits(random, 18).as_bytes())
}

pub(super) fn base64_text(random: &mut Random, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(random.bytes(24));
    BASE64_NOPAD.encode(&bytes)
}

pub(super) fn basic(random: &mut Random, _: &str) -> String {
    BASE64.encode(format!("{}:{}", word(random, 6), word(random, 13)).as_bytes())
}
