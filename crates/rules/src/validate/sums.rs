//! Validators that compute a checksum.

use serde::{Deserialize, Serialize};

use super::{Evidence, Groups, Rejection, Validate, base58, bech32, checksum, marvin, yes};

/// The order in which the bytes of a checksum are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Most significant byte first.
    #[default]
    BigEndian,
    /// Least significant byte first.
    LittleEndian,
}

/// The order of the 62 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// `0-9A-Za-z`.
    #[default]
    UpperFirst,
    /// `0-9a-zA-Z`.
    LowerFirst,
}

/// A CRC32 in base62.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crc32Base62 {
    /// The text that the checksum covers.
    of: String,
    /// The group of the checksum.
    equals: String,
    #[serde(default)]
    /// The order of the digits.
    alphabet: Alphabet,
    #[serde(default = "yes")]
    /// Whether an invalid checksum rejects the match.
    sure: bool,
}

impl Validate for Crc32Base62 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of, &self.equals]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        let sum = checksum::base62(checksum::crc32(group(&self.of)), 6, self.alphabet);
        evidence.checked(sum.as_bytes() == group(&self.equals), self.sure)
    }
}

/// A CRC32 in hex.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crc32Hex {
    /// The text that the checksum covers.
    of: String,
    /// The group of the checksum.
    equals: String,
    #[serde(default)]
    /// The byte order of the checksum.
    order: Order,
    #[serde(default = "yes")]
    /// Whether an invalid checksum rejects the match.
    sure: bool,
}

impl Validate for Crc32Hex {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of, &self.equals]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        let sum = match self.order {
            Order::BigEndian => checksum::crc32(group(&self.of)),
            Order::LittleEndian => checksum::crc32(group(&self.of)).swap_bytes(),
        };
        let written = format!("{sum:08x}");
        evidence.checked(
            written.as_bytes().eq_ignore_ascii_case(group(&self.equals)),
            self.sure,
        )
    }
}

/// The checksum of a routable GitLab token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitlabRoutable {
    /// The token.
    of: String,
    #[serde(default)]
    /// Whether the group may be absent, because some kinds of tokens also have a form without a checksum.
    optional: bool,
}

impl Validate for GitlabRoutable {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        let token = group(&self.of);
        if self.optional && token.is_empty() {
            return Ok(());
        }
        evidence.checked(checksum::gitlab_routable(token), true)
    }
}

/// A check character.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XorBase62 {
    /// The text that the checksum covers.
    of: String,
    /// The group of the checksum.
    equals: String,
}

impl Validate for XorBase62 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of, &self.equals]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        evidence.checked(
            [checksum::xor_base62(group(&self.of))] == group(&self.equals),
            false,
        )
    }
}

/// A CRC16 at the end of base32.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crc16 {
    /// The text.
    of: String,
    #[serde(default = "yes")]
    /// Whether an invalid checksum rejects the match.
    sure: bool,
}

impl Validate for Crc16 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        evidence.checked(checksum::crc16_base32(group(&self.of)), self.sure)
    }
}

/// A keyed hash at the end of base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marvin32 {
    /// The key.
    of: String,
    /// Seeds of eight letters.
    seeds: Vec<String>,
    #[serde(default = "yes")]
    /// Whether an invalid hash rejects the match.
    sure: bool,
}

impl Validate for Marvin32 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        evidence.checked(marvin::holds(group(&self.of), &self.seeds), self.sure)
    }
}

/// Base58 with a checksum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base58check {
    /// The text.
    of: String,
    /// The allowed lengths of the payload, in bytes.
    bytes: Vec<usize>,
}

impl Validate for Base58check {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        let payload = base58::check(group(&self.of));
        evidence.checked(
            payload.is_some_and(|payload| self.bytes.contains(&payload.len())),
            true,
        )
    }
}

/// Base58 of a fixed length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base58Bytes {
    /// The text.
    of: String,
    /// The number of bytes.
    bytes: usize,
    #[serde(default = "yes")]
    /// Whether another length rejects the match.
    sure: bool,
}

impl Validate for Base58Bytes {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        let decoded = base58::decode(group(&self.of));
        match decoded.is_some_and(|decoded| decoded.len() == self.bytes) {
            true => Ok(()),
            false if !self.sure => Ok(()),
            false => Err("does not decode to the length of such a key".into()),
        }
    }
}

/// Bech32 of a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bech32 {
    /// The text.
    of: String,
    /// The part before the `1`.
    hrp: String,
}

impl Validate for Bech32 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        evidence.checked(bech32::holds(group(&self.of), &self.hrp), true)
    }
}
