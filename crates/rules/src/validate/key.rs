//! Armored private keys (RFC 7468, RFC 9580, OpenSSH's PROTOCOL.key).

use data_encoding::BASE64_NOPAD;
use keysift_finding::{Severity, Step};

use keysift_judge::shannon_bits;
use sha2::{Digest, Sha256};

use super::{Evidence, Rejection, encoded};

/// The minimum length of a body that may be a damaged key; the shortest kind except Ed25519 has 160
/// characters.
const ARMOURED: usize = 150;

/// Accepts a block whose body decodes. If the structure matches the label, the confidence stays. If the body
/// is base64 of something else (damaged, truncated, obfuscated), the confidence is lowered. If it is not
/// base64, it is a placeholder.
pub(super) fn check(block: &[u8], evidence: &mut Evidence) -> Result<(), Rejection> {
    let text = String::from_utf8_lossy(block);
    if text.starts_with("PuTTY-User-Key-File-") {
        return putty(&text, evidence);
    }
    if text.starts_with("LS0tLS1CRUdJTi") {
        let decoded = encoded::base64(block).ok_or("not base64")?;
        let armour = String::from_utf8_lossy(&decoded);
        if !armour.lines().next().unwrap_or_default().contains("PRIVATE KEY") {
            return Err(Rejection::OtherRule(
                "no private key: a certificate or a public key in base64".to_owned(),
            ));
        }
        evidence.note("a private key in base64");
        return check(&decoded, evidence);
    }
    let (label, body) = parts(&text).ok_or("no BEGIN and END line")?;
    if body.contains("Proc-Type: 4,ENCRYPTED") || label.starts_with("ENCRYPTED") {
        evidence.apply(Step::OpensLittle, "encrypted with a passphrase");
    }
    let Some(bytes) = decode(body) else {
        let letters: Vec<u8> = body
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
            .collect();
        if letters.len() < ARMOURED || body.contains("...") || shannon_bits(&letters) < 5.0 {
            return Err("the body is no key: a placeholder or an excerpt".into());
        }
        evidence.note("the body does not decode: damaged or altered");
        return Ok(());
    };
    if bytes.len() < 32 {
        return Err("the body is too short for a key".into());
    }
    if let Some(owner) = owner(PUBLIC, &bytes) {
        return Err(Rejection::Disproven(format!(
            "a publicly known key: it is shipped with {owner}"
        )));
    }
    if evidence.severity == Severity::Low || structure(label, &bytes, evidence) {
        return Ok(());
    }
    const WHY: &str = "the body does not have the structure of such a key: damaged or altered";
    if bytes.len() * 4 / 3 >= ARMOURED && shannon_bits(&bytes) >= 5.0 {
        evidence.note(WHY);
    } else {
        evidence.apply(Step::Damaged, WHY);
    }
    Ok(())
}

/// Private keys in published test and sample data, by the first eight bytes of their SHA-256.
/// `make_public_keys.py` collected them from PyPI, crates.io, Go's proxy and Debian.
const PUBLIC: &str = include_str!("../../tables/public_keys.txt");

/// The package that publishes a key, if there is one.
fn owner<'t>(table: &'t str, key: &[u8]) -> Option<&'t str> {
    let digest: String = Sha256::digest(key)[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    table
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(fingerprint, _)| *fingerprint == digest)
        .map(|(_, owner)| owner)
}

/// Checks a PuTTY key: its header says whether it is encrypted (PuTTY manual, appendix C).
fn putty(text: &str, evidence: &mut Evidence) -> Result<(), Rejection> {
    let encryption = text
        .lines()
        .find_map(|line| line.strip_prefix("Encryption:"))
        .ok_or("no line about encryption")?;
    if encryption.trim() != "none" {
        evidence.apply(Step::OpensLittle, "encrypted with a passphrase");
    }
    Ok(())
}

/// The label of the BEGIN line, and the text up to the END line.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END")?;
    Some((label, body))
}

/// Decodes the body of a block as it occurs in files: with line breaks, escaped line breaks, quotes,
/// indentation, comment marks and header lines.
fn decode(body: &str) -> Option<Vec<u8>> {
    let body = body
        .replace("\\\\n", "\n")
        .replace("\\n", "\n")
        .replace("\\r", "\n");
    let mut clean = String::with_capacity(body.len());
    for line in body.lines() {
        // A string that is concatenated with the next line: the operator is not base64.
        let line = line.trim_end();
        let line = ["\" +", "' +", "\" .", "' ."]
            .iter()
            .find_map(|joint| line.strip_suffix(joint))
            .unwrap_or(line);
        let line = line.trim_matches(|char: char| char.is_whitespace() || "\"'`,;\\|<>#*".contains(char));
        // Headers (`Proc-Type:`, `Comment:`) and the PGP checksum line.
        if line.contains(':') || line.starts_with('=') {
            continue;
        }
        clean.extend(
            line.chars()
                .filter(|char| !char.is_whitespace() && !"\"'".contains(*char)),
        );
    }
    let unpadded = clean.trim_end_matches('=');
    BASE64_NOPAD.decode(unpadded.as_bytes()).ok()
}

/// Returns whether the structure of the bytes matches the label.
fn structure(label: &str, bytes: &[u8], evidence: &mut Evidence) -> bool {
    match label {
        "OPENSSH PRIVATE KEY" => openssh(bytes, evidence),
        "DSA PRIVATE KEY" => integers(bytes) == 6,
        "PGP PRIVATE KEY BLOCK" => matches!(packet_type(bytes), Some(5 | 7)),
        // SEQUENCE { INTEGER version, … }, whatever the algorithm; PKCS#1 and DSA have version 0, SEC1 1, PKCS#8 0 or 1.
        _ => element(bytes)
            .filter(|(tag, content, _)| *tag == 0x30 && content.len() >= 24)
            .and_then(|(_, content, _)| element(content))
            .is_some_and(|(tag, version, _)| tag == 2 && version.len() == 1 && version[0] <= 1),
    }
}

fn openssh(bytes: &[u8], evidence: &mut Evidence) -> bool {
    let Some(rest) = bytes.strip_prefix(b"openssh-key-v1\0") else {
        return false;
    };
    let Some(len) = rest
        .get(..4)
        .map(|len| u32::from_be_bytes([len[0], len[1], len[2], len[3]]) as usize)
    else {
        return false;
    };
    match rest.get(4..).and_then(|rest| rest.get(..len)) {
        Some(b"none") => {}
        Some(_) => evidence.apply(Step::OpensLittle, "encrypted with a passphrase"),
        None => return false,
    }
    true
}

/// The type of the first OpenPGP packet, old or new format (RFC 9580, 4.2).
fn packet_type(bytes: &[u8]) -> Option<u8> {
    let first = *bytes.first()?;
    match first >> 6 {
        0b11 => Some(first & 0x3F),
        0b10 => Some(first >> 2 & 0x0F),
        _ => None,
    }
}

/// The number of INTEGERs in a SEQUENCE that has nothing else.
fn integers(bytes: &[u8]) -> usize {
    let Some((0x30, mut rest, _)) = element(bytes) else {
        return 0;
    };
    let mut count = 0;
    while let Some((2, _, next)) = element(rest) {
        (count, rest) = (count + 1, next);
    }
    if rest.is_empty() { count } else { 0 }
}

/// The first DER element: its tag, its content, and the rest.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, len) = (*bytes.first()?, *bytes.get(1)?);
    let (header, len) = match len {
        0..=0x7F => (2, usize::from(len)),
        0x81 => (3, usize::from(*bytes.get(2)?)),
        0x82 => (4, usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?)),
        _ => return None,
    };
    let content = bytes.get(header..)?.get(..len)?;
    Some((tag, content, &bytes[header + len..]))
}

#[cfg(test)]
mod tests {
    use keysift_finding::Confidence;

    use super::*;
    use crate::{Random, Recipe};

    fn judge(block: &str) -> Result<Evidence, Rejection> {
        let mut evidence = Evidence::new(Severity::Critical, Confidence::High);
        check(block.as_bytes(), &mut evidence).map(|()| evidence)
    }

    fn block(kind: &str) -> String {
        Recipe::parse(&format!("{{{{{kind}}}}}"))
            .unwrap()
            .write(&mut Random::new(3), "")
            .0
    }

    #[test]
    fn every_kind_of_key_has_its_structure() {
        for kind in [
            "pem-rsa",
            "pem-pkcs8",
            "pem-ec",
            "pem-dsa",
            "pem-openssh",
            "pem-pgp",
            "putty",
            "base64-pem",
        ] {
            let evidence = judge(&block(kind)).unwrap();
            assert_eq!(
                (evidence.severity, evidence.confidence),
                (Severity::Critical, Confidence::High),
                "{kind} {:?}",
                evidence.notes
            );
        }
        assert_eq!(
            judge(&block("pem-pkcs8-encrypted")).unwrap().severity,
            Severity::Low
        );
    }

    #[test]
    fn published_keys_are_recognized_by_their_content() {
        let key = decode(parts(&block("pem-rsa")).unwrap().1).unwrap();
        let digest: String = Sha256::digest(&key)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let table = format!("0000000000000000 nobody\n{digest} the tests of x\n");
        assert_eq!(
            (
                owner(&table, &key),
                owner(&table, b"another"),
                owner(PUBLIC, &key)
            ),
            (Some("the tests of x"), None, None)
        );
        let mut last = "";
        for line in PUBLIC.lines() {
            let (fingerprint, owner) = line.split_once(' ').unwrap();
            assert!(
                fingerprint.len() == 16 && fingerprint > last && !owner.is_empty(),
                "{line}"
            );
            last = fingerprint;
        }
    }

    #[test]
    fn the_body_is_decoded_from_string_literals() {
        let key = block("pem-rsa");
        for text in [
            key.replace('\n', "\\n"),
            key.replace('\n', "\\\\n"),
            key.replace('\n', "\r\n"),
            key.replace('\n', "\n    "),
        ] {
            assert_eq!(judge(&text).unwrap().confidence, Confidence::High);
        }
        assert_eq!(
            judge(&key.replace('\n', "\" +\n  \"")).unwrap().confidence,
            Confidence::High
        );
    }

    #[test]
    fn a_placeholder_is_refused_and_a_damaged_key_doubted() {
        let armour =
            |body: &str| format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----");
        assert!(judge(&armour("...")).is_err());
        assert!(judge(&armour("MIIEowIBAAKCAQEA...snip...")).is_err());
        assert!(judge(&armour("<your key here>")).is_err());
        assert_eq!(
            judge(&armour(&"QUJD".repeat(40))).unwrap().confidence,
            Confidence::Medium
        );
    }
}
