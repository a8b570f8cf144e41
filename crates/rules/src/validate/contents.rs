//! Validators that decode a text and check its content.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Evidence, Groups, Rejection, Validate, condition, encoded, jwt, key, wallet};

/// A recovery phrase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bip39 {
    /// The words, separated by single spaces.
    of: String,
}

impl Validate for Bip39 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        evidence.checked(wallet::bip39(group(&self.of)), true)
    }
}

/// A private key on secp256k1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secp256k1 {
    /// 64 hex digits, with or without `0x`.
    of: String,
}

impl Validate for Secp256k1 {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        condition(
            wallet::secp256k1(group(&self.of)),
            "no number that can be such a key",
        )
    }
}

/// A JSON array of bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByteArray {
    /// The array.
    of: String,
    /// The number of elements, each from 0 to 255.
    bytes: usize,
}

impl Validate for ByteArray {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        condition(
            wallet::byte_array(group(&self.of), self.bytes),
            "wrong number of bytes",
        )
    }
}

/// A JSON Web Token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// The token.
    of: String,
    #[serde(default)]
    /// Claims that must exist and have one of these values (separated by spaces; empty: any). Otherwise it is
    /// the token of another provider.
    claims: BTreeMap<String, String>,
}

impl Validate for Jwt {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        jwt::check(group(&self.of), &self.claims, evidence)
    }
}

/// A private key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateKey {
    /// The block with its BEGIN and END lines, or base64 of one, or a PuTTY key.
    of: String,
}

impl Validate for PrivateKey {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        key::check(group(&self.of), evidence)
    }
}

/// A macaroon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macaroon {
    /// The base64url text.
    of: String,
    /// The host.
    location: String,
}

impl Validate for Macaroon {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        encoded::macaroon(group(&self.of), &self.location, evidence);
        Ok(())
    }
}

/// A Discord id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snowflake {
    /// The text.
    of: String,
}

impl Validate for Snowflake {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        encoded::snowflake(group(&self.of), evidence)
    }
}

/// An id and bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base64Id {
    /// The text.
    of: String,
}

impl Validate for Base64Id {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        condition(
            encoded::id_and_bytes(group(&self.of)),
            "does not decode to an id and 20 bytes",
        )
    }
}

/// JSON in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base64Json {
    /// The text.
    of: String,
    /// Keys that must be there.
    keys: Vec<String>,
}

impl Validate for Base64Json {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        encoded::json(group(&self.of), &self.keys)
    }
}

/// A text in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base64Text {
    /// The text.
    of: String,
    #[serde(default)]
    /// The required prefix.
    starts: String,
    #[serde(default)]
    /// The required substring.
    holds: String,
}

impl Validate for Base64Text {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        encoded::text(group(&self.of), &self.starts, &self.holds)
    }
}

/// Bytes in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base64Bytes {
    /// The text.
    of: String,
    /// The allowed lengths.
    bytes: Vec<usize>,
}

impl Validate for Base64Bytes {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        let decoded = encoded::base64(group(&self.of));
        condition(
            decoded.is_some_and(|decoded| self.bytes.contains(&decoded.len())),
            "does not decode to the length of such a key",
        )
    }
}

/// User and password in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The text.
    of: String,
}

impl Validate for BasicAuth {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        encoded::basic(group(&self.of), evidence)
    }
}

/// The account number in an AWS access key id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsAccount {
    /// The 16 characters after the prefix.
    of: String,
}

impl Validate for AwsAccount {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        if let Some(account) = encoded::aws_account(group(&self.of)) {
            evidence.note(format!("belongs to the AWS account {account:012}"));
        }
        Ok(())
    }
}
