//! Keys with a valid structure and random numbers, so that none works.

use data_encoding::BASE64;

use super::{Random, der};

/// A PEM block (RFC 7468): lines of 64 characters.
fn pem(label: &str, body: &[u8], tail: &str) -> String {
    let encoded = BASE64.encode(body);
    let lines: Vec<_> = encoded
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n{tail}-----END {label}-----",
        lines.join("\n")
    )
}

/// A number of `len` bytes with its top bit set, as a prime's is.
fn number(random: &mut Random, len: usize) -> Vec<u8> {
    let mut bytes = random.bytes(len);
    bytes[0] |= 0x80;
    bytes
}

/// PKCS#1 RSAPrivateKey (RFC 8017, A.1.2): version 0 and eight numbers, for a modulus of 1024 bits.
fn rsa_numbers(random: &mut Random) -> Vec<u8> {
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

pub(super) fn rsa(random: &mut Random, _: &str) -> String {
    pem("RSA PRIVATE KEY", &rsa_numbers(random), "")
}

pub(super) fn pkcs8(random: &mut Random, _: &str) -> String {
    let key = rsa_numbers(random);
    pem(
        "PRIVATE KEY",
        &der::sequence(&[der::integer(&[0]), rsa_algorithm(), der::element(4, &key)]),
        "",
    )
}

pub(super) fn pkcs8_encrypted(random: &mut Random, _: &str) -> String {
    // PBES2 (RFC 8018); its parameters are not validated.
    let pbes2 = der::element(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D]);
    let body = random.bytes(160);
    pem(
        "ENCRYPTED PRIVATE KEY",
        &der::sequence(&[der::sequence(&[pbes2]), der::element(4, &body)]),
        "",
    )
}

pub(super) fn ec(random: &mut Random, _: &str) -> String {
    // SEC1 ECPrivateKey (RFC 5915) on P-256.
    let curve = der::element(
        0xA0,
        &der::element(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]),
    );
    let key = random.bytes(32);
    pem(
        "EC PRIVATE KEY",
        &der::sequence(&[der::integer(&[1]), der::element(4, &key), curve]),
        "",
    )
}

pub(super) fn openssh(random: &mut Random, _: &str) -> String {
    // PROTOCOL.key of OpenSSH: magic, cipher, kdf, kdf options, number of keys, public key, private section.
    let mut body = b"openssh-key-v1\0".to_vec();
    let public = [field(b"ssh-ed25519"), field(&random.bytes(32))].concat();
    let private = random.bytes(136);
    for part in [
        field(b"none"),
        field(b"none"),
        field(b""),
        1u32.to_be_bytes().to_vec(),
        field(&public),
        field(&private),
    ] {
        body.extend(part);
    }
    pem("OPENSSH PRIVATE KEY", &body, "")
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

pub(super) fn pgp(random: &mut Random, _: &str) -> String {
    // RFC 9580: a new-format packet of type 5 (secret key), two-byte length, version 4.
    let content = random.bytes(600);
    let len = content.len() + 1 - 192;
    let mut packet = vec![0xC5, (192 + (len >> 8)) as u8, len as u8, 4];
    packet.extend(content);
    let check = BASE64.encode(&crate::validate::checksum::crc24(&packet).to_be_bytes()[1..]);
    let block = pem("PGP PRIVATE KEY BLOCK", &packet, &format!("={check}\n"));
    block.replacen("-----\n", "-----\n\n", 1)
}

pub(super) fn ec_escaped(random: &mut Random, _: &str) -> String {
    format!("{}\\n", ec(random, "").replace('\n', "\\n"))
}

pub(super) fn dsa(random: &mut Random, _: &str) -> String {
    // OpenSSL's traditional form: version 0, p, q, g, public key, private key.
    let mut parts = vec![der::integer(&[0])];
    for len in [128, 20, 128, 128, 20] {
        parts.push(der::integer(&number(random, len)));
    }
    pem("DSA PRIVATE KEY", &der::sequence(&parts), "")
}

pub(super) fn base64_pem(random: &mut Random, _: &str) -> String {
    BASE64.encode(format!("{}\n", rsa(random, "")).as_bytes())
}

pub(super) fn putty(random: &mut Random, _: &str) -> String {
    let lines = |random: &mut Random, count: usize| {
        (0..count)
            .map(|_| format!("{}\n", BASE64.encode(&random.bytes(48))))
            .collect::<String>()
    };
    let public = lines(random, 3);
    let private = lines(random, 4);
    let mac: String = random
        .bytes(32)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: made up\nPublic-Lines: 3\n{public}Private-Lines: 4\n{private}Private-MAC: {mac}"
    )
}
