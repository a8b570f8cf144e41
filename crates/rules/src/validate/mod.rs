//! Offline validators. They are functions of the match alone (and of the date, for expiry); they read nothing
//! else.
//!
//! Each validator is a struct with the keys of its YAML form, and implements [`Validate`]. [`Validator`]
//! lists them under their names in rule files.

pub(crate) mod base58;
pub(crate) mod bech32;
pub(crate) mod checksum;
mod contents;
mod date;
pub(crate) mod encoded;
mod evidence;
mod jwt;
mod key;
mod looks;
pub(crate) mod marvin;
mod sums;
mod wallet;

use keysift_finding::{Confidence, Severity};
use serde::{Deserialize, Serialize};

use contents::{
    AwsAccount, Base64Bytes, Base64Id, Base64Json, Base64Text, BasicAuth, Bip39, ByteArray, Jwt, Macaroon,
    PrivateKey, Secp256k1, Snowflake,
};
pub use evidence::{Evidence, Rejection};
use looks::{Chosen, Entropy, Holds, Live, MixedCase, MixedClasses, Password, Random, SameLength};
pub use sums::{Alphabet, Order};
use sums::{
    Base58Bytes, Base58check, Bech32, Crc16, Crc32Base62, Crc32Hex, GitlabRoutable, Marvin32, XorBase62,
};

/// Returns the text of a group of the pattern; empty if the group did not match.
pub(crate) type Groups<'g, 't> = &'g dyn Fn(&str) -> &'t [u8];

/// A validator.
pub(crate) trait Validate {
    /// The groups of the pattern that it reads.
    fn groups(&self) -> Vec<&str>;

    /// Returns whether it checks the inner structure of a format: a checksum, an encoding, a length. The
    /// others judge how random a text looks.
    fn is_structural(&self) -> bool {
        true
    }

    /// Judges a match.
    ///
    /// # Errors
    /// The reason why the match is rejected.
    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection>;
}

/// Defines the enum for rule files, and dispatches its variants to the structs.
macro_rules! validators {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// A validator in a rule file. `of` is a group of the rule's pattern.
        ///
        /// If the algorithm of a checksum is not confirmed, the rule has `sure: false`: a valid checksum
        /// proves the secret, and an invalid one is only noted.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Validator {
            $($(#[$doc])* $name($name),)+
        }

        impl Validator {
            fn as_validate(&self) -> &dyn Validate {
                match self {
                    $(Validator::$name(validator) => validator,)+
                }
            }
        }
    };
}

validators! {
    /// `equals` is the CRC32 of `of` in base62, 6 digits (GitHub, npm, Vercel).
    Crc32Base62,
    /// `equals` is the CRC32 of `of` as 8 hex digits of either case (Cloudflare, Atlassian; Grafana little-endian).
    Crc32Hex,
    /// A routable GitLab token: after its last dot are the payload length in two digits of base 36, and the
    /// CRC32 of everything before in seven digits of base 36.
    GitlabRoutable,
    /// `equals` is the character of `A-Za-z0-9` at the XOR of the bytes of `of`, modulo 62 (trusted
    /// publishing on crates.io).
    ///
    /// Implemented from the issuer's source, not confirmed on issued tokens: a valid checksum proves the
    /// token, an invalid one is ignored.
    XorBase62,
    /// The last two bytes of the base32 text are the CRC16 (XMODEM) of those before, low byte first (NATS, Stellar).
    Crc16,
    /// The last four bytes of the base64 key are the Marvin32 hash of those before, under one of the seeds (Azure).
    Marvin32,
    /// Base58Check with a payload of one of these lengths in bytes.
    Base58check,
    /// Base58 of this number of bytes.
    Base58Bytes,
    /// Bech32 of 32 bytes (BIP-173), upper or lower case.
    Bech32,
    /// A BIP-39 phrase: words of the English list whose last bits are a checksum.
    Bip39,
    /// Hex of a secp256k1 private key: neither 0 nor beyond the group order.
    Secp256k1,
    /// A JSON array of this number of bytes.
    ByteArray,
    /// The first two parts of a JSON Web Token are JSON, the header names an algorithm, and the claims match.
    Jwt,
    /// An armored private key: base64, with the structure that its label requires.
    PrivateKey,
    /// A macaroon (version 2) of this host.
    Macaroon,
    /// Base64url of a Discord id: 17 to 20 digits with a date, which is reported.
    Snowflake,
    /// Base64 of `digits:` and 20 bytes (Atlassian Data Center).
    Base64Id,
    /// A minimum Shannon entropy, in bits per byte.
    Entropy,
    /// Looks generated: not a word, a name or a sequence.
    Random,
    /// Base64 (either alphabet, padded or not) of a JSON object with these keys.
    Base64Json,
    /// Base64 (either alphabet, padded or not) of bytes with this prefix and substring.
    Base64Text,
    /// Base64 (either alphabet, padded or not) of one of these numbers of bytes.
    Base64Bytes,
    /// Base64 of `user:password`, both printable.
    BasicAuth,
    /// An AWS access key id, whose account number is shown in the finding.
    AwsAccount,
    /// A password chosen by a person: not a reference, a placeholder, a path or empty. A well-known default
    /// lowers the confidence.
    Password,
    /// A password that is not a word, a name or a default.
    Chosen,
    /// The group contains a text: for objects whose members are in any order.
    Holds,
    /// Both groups have the same length.
    SameLength,
    /// Both letters and digits occur: a single word or number is not a token.
    MixedClasses,
    /// Letters of both cases occur.
    MixedCase,
    /// The password that a statement sets: rejects only placeholders, defaults and repetitions of the name.
    Live,
}

impl Validator {
    /// The groups of the pattern that the validator reads.
    pub(crate) fn groups(&self) -> Vec<&str> {
        self.as_validate().groups()
    }

    /// Returns whether the validator checks the inner structure of a format: a checksum, an encoding, a
    /// length. The others judge how random a text looks.
    pub fn is_structural(&self) -> bool {
        self.as_validate().is_structural()
    }

    /// Judges a match.
    ///
    /// # Errors
    /// The reason why the match is rejected.
    pub(crate) fn check(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        self.as_validate().validate(group, evidence)
    }

    /// Judges a text as if it were every group of the pattern, for fuzzing and property tests.
    ///
    /// # Errors
    /// The reason why the text is rejected.
    pub fn judge_text(&self, text: &[u8]) -> Result<Evidence, Rejection> {
        let mut evidence = Evidence::new(Severity::High, Confidence::High);
        self.check(&|_| text, &mut evidence).map(|()| evidence)
    }
}

fn yes() -> bool {
    true
}

fn condition(holds: bool, why: impl Into<String>) -> Result<(), Rejection> {
    if holds {
        Ok(())
    } else {
        Err(Rejection::Wrong(why.into()))
    }
}
