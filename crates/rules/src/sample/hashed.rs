//! Samples with a checksum over decoded bytes.

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER};

use super::Random;
use crate::validate::{base58, bech32, checksum, marvin};

/// `BYTES MARK SEED std|url`: random bytes and their hash in base64, with the mark over the four characters
/// before the last six, without padding.
pub(super) fn marvin32(random: &mut Random, argument: &str) -> String {
    let mut words = argument.split(' ');
    let len: usize = words.next().and_then(|len| len.parse().ok()).unwrap_or(64);
    let (mark, seed) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let encoding = if words.next() == Some("url") {
        BASE64URL
    } else {
        BASE64
    };
    // The mark is in characters that the hash does not reach: write it to the body, then hash.
    let text = encoding.encode(&random.bytes(len));
    let body = text.trim_end_matches('=').len() - 10;
    // If the hash does not begin at a character boundary, the bits before it are zero.
    let rest = &text[body + mark.len()..];
    let rest = if (len - 4).is_multiple_of(3) {
        rest.to_owned()
    } else {
        format!("A{}", &rest[1..])
    };
    let marked = format!("{}{mark}{rest}", &text[..body]);
    let mut bytes = encoding.decode(marked.as_bytes()).unwrap_or_default();
    bytes.truncate(len - 4);
    let sum = marvin::hash(&bytes, seed);
    bytes.extend(sum.to_le_bytes());
    encoding.encode(&bytes)
}

/// A macaroon of a host, with a random identifier and signature.
pub(super) fn macaroon(random: &mut Random, host: &str) -> String {
    let mut bytes = vec![2, 1, host.len() as u8];
    bytes.extend(host.as_bytes());
    bytes.extend([2, 36]);
    bytes.extend(super::structured::uuid(random, "").into_bytes());
    bytes.extend([0, 0, 6, 32]);
    bytes.extend(random.bytes(32));
    BASE64URL_NOPAD.encode(&bytes)
}

pub(super) fn gitlab_routable(random: &mut Random, prefix: &str) -> String {
    let mut payload = random.bytes(16);
    payload.extend(b"c:1\no:1\nu:1");
    payload.push(11);
    checksum::make_gitlab_routable(prefix, &BASE64URL_NOPAD.encode(&payload))
}

/// A NATS seed: two bytes that encode `S` and the kind, 32 random bytes, CRC16
/// (<https://github.com/nats-io/nkeys>).
pub(super) fn nkey(random: &mut Random, kind: &str) -> String {
    const SEED: u8 = 18 << 3;
    let kind: u8 = match kind {
        "SU" => 20 << 3,
        "SO" => 14 << 3,
        _ => 0,
    };
    let mut bytes = vec![SEED | kind >> 5, (kind & 31) << 3];
    bytes.extend(random.bytes(32));
    bytes.extend(checksum::crc16(&bytes).to_le_bytes());
    BASE32_NOPAD.encode(&bytes)
}

/// A Stellar seed (SEP-23): version byte 18 << 3, 32 random bytes, CRC16.
pub(super) fn stellar(random: &mut Random, _: &str) -> String {
    let mut bytes = vec![18 << 3];
    bytes.extend(random.bytes(32));
    bytes.extend(checksum::crc16(&bytes).to_le_bytes());
    BASE32_NOPAD.encode(&bytes)
}

/// `HEX N`: a payload of these bytes and N random bytes.
pub(super) fn base58check(random: &mut Random, argument: &str) -> String {
    let (prefix, len) = argument.split_once(' ').unwrap_or((argument, "32"));
    let mut payload = HEXLOWER.decode(prefix.as_bytes()).unwrap_or_default();
    payload.extend(random.bytes(len.parse().unwrap_or(32)));
    base58::encode_check(&payload)
}

/// 32 random bytes with a prefix, in the case of the prefix.
pub(super) fn bech32_key(random: &mut Random, hrp: &str) -> String {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&random.bytes(32));
    let key = bech32::encode(&hrp.to_ascii_lowercase(), &bytes);
    if hrp.bytes().any(|byte| byte.is_ascii_uppercase()) {
        key.to_ascii_uppercase()
    } else {
        key
    }
}

/// A BIP-39 phrase of twelve words.
pub(super) fn phrase(random: &mut Random, _: &str) -> String {
    let entropy = random.bytes(16);
    bip39::Mnemonic::from_entropy(&entropy)
        .map(|phrase| phrase.words().collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

pub(super) fn byte_array(random: &mut Random, len: &str) -> String {
    let bytes = random.bytes(len.parse().unwrap_or(64));
    format!(
        "[{}]",
        bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
    )
}
