//! Samples with an inner structure: tokens that decode, keys whose bodies parse. No key works: the numbers are random.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use super::{Random, der};

pub(super) fn uuid(random: &mut Random, _: &str) -> String {
    let bytes = random.bytes(16);
    let hex = |range: std::ops::Range<usize>| bytes[range].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{}-{}-4{}-a{}-{}", hex(0..4), hex(4..6), &hex(6..8)[1..], &hex(8..10)[1..], hex(10..16))
}

fn word(random: &mut Random, len: usize) -> String {
    (0..len).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[random.below(36)])).collect()
}

pub(super) fn jwt(random: &mut Random, _: &str) -> String {
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let payload =
        BASE64URL_NOPAD.encode(format!(r#"{{"sub":"{}","iss":"{}","admin":true}}"#, word(random, 12), word(random, 8)).as_bytes());
    format!("{header}.{payload}.{}", BASE64URL_NOPAD.encode(&random.bytes(32)))
}

pub(super) fn base64_json(random: &mut Random, keys: &str) -> String {
    let members: Vec<_> = keys.split(' ').map(|key| format!(r#""{key}":"{}""#, word(random, 24))).collect();
    BASE64_NOPAD.encode(format!("{{{}}}", members.join(",")).as_bytes())
}

pub(super) fn base64_text(random: &mut Random, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(random.bytes(24));
    BASE64_NOPAD.encode(&bytes)
}

pub(super) fn basic(random: &mut Random, _: &str) -> String {
    BASE64.encode(format!("{}:{}", word(random, 6), word(random, 13)).as_bytes())
}

/// A PEM block (RFC 7468): lines of 64 characters.
fn pem(label: &str, body: &[u8], tail: &str) -> String {
    let encoded = BASE64.encode(body);
    let lines: Vec<_> = encoded.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n{tail}-----END {label}-----", lines.join("\n"))
}

/// A number of `len` bytes with its top bit set, as a prime's is.
fn number(random: &mut Random, len: usize) -> Vec<u8> {
    let mut bytes = random.bytes(len);
    bytes[0] |= 0x80;
    bytes
}

/// PKCS#1 RSAPrivateKey (RFC 8017, A.1.2): version 0 and eight numbers, for a modulus of 1024 bits.
fn rsa(random: &mut Random) -> Vec<u8> {
    let mut parts = vec![der::integer(&[0])];
    for len in [128, 3, 128, 64, 64, 64, 64, 64] {
        parts.push(der::integer(&number(random, len)));
    }
    der::sequence(&parts)
}

/// The object identifier of rsaEncryption, with its NULL parameters.
fn rsa_algorithm() -> Vec<u8> {
    let oid = der::element(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]);
    der::sequence(&[oid, der::element(5, &[])])
}

pub(super) fn pem_rsa(random: &mut Random, _: &str) -> String {
    pem("RSA PRIVATE KEY", &rsa(random), "")
}

pub(super) fn pem_pkcs8(random: &mut Random, _: &str) -> String {
    let key = rsa(random);
    pem("PRIVATE KEY", &der::sequence(&[der::integer(&[0]), rsa_algorithm(), der::element(4, &key)]), "")
}

pub(super) fn pem_pkcs8_encrypted(random: &mut Random, _: &str) -> String {
    // PBES2 (RFC 8018); its parameters are never looked at.
    let pbes2 = der::element(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D]);
    let body = random.bytes(160);
    pem("ENCRYPTED PRIVATE KEY", &der::sequence(&[der::sequence(&[pbes2]), der::element(4, &body)]), "")
}

pub(super) fn pem_ec(random: &mut Random, _: &str) -> String {
    // SEC1 ECPrivateKey (RFC 5915) on P-256.
    let curve = der::element(0xA0, &der::element(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]));
    let key = random.bytes(32);
    pem("EC PRIVATE KEY", &der::sequence(&[der::integer(&[1]), der::element(4, &key), curve]), "")
}

pub(super) fn pem_openssh(random: &mut Random, _: &str) -> String {
    // PROTOCOL.key of OpenSSH: magic, cipher, kdf, kdf options, number of keys, public key, private section.
    let mut body = b"openssh-key-v1\0".to_vec();
    let public = [field(b"ssh-ed25519"), field(&random.bytes(32))].concat();
    let private = random.bytes(136);
    for part in [field(b"none"), field(b"none"), field(b""), 1u32.to_be_bytes().to_vec(), field(&public), field(&private)] {
        body.extend(part);
    }
    pem("OPENSSH PRIVATE KEY", &body, "")
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

pub(super) fn pem_pgp(random: &mut Random, _: &str) -> String {
    // RFC 9580: a new-format packet of type 5 (secret key), two-byte length, version 4.
    let content = random.bytes(600);
    let len = content.len() + 1 - 192;
    let mut packet = vec![0xC5, (192 + (len >> 8)) as u8, len as u8, 4];
    packet.extend(content);
    let check = BASE64.encode(&crate::validate::checksum::crc24(&packet).to_be_bytes()[1..]);
    let block = pem("PGP PRIVATE KEY BLOCK", &packet, &format!("={check}\n"));
    block.replacen("-----\n", "-----\n\n", 1)
}
