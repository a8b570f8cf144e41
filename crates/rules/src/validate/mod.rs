//! Offline validators: what a match proves or disproves about itself. Functions of the match alone (and, for expiry dates, of today's
//! date); nothing is looked up.
//!
//! Each validator is a struct with the keys of its YAML form, and implements [`Validate`]. [`Validator`] is the list of them, as rule
//! files name them.

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
pub use evidence::{Evidence, Refusal};
use looks::{Chosen, Entropy, Holds, Live, MixedCase, MixedClasses, Password, Random, SameLength};
pub use sums::{Alphabet, Order};
use sums::{
    Base58Bytes, Base58check, Bech32, Crc16, Crc32Base62, Crc32Hex, GitlabRoutable, Marvin32, XorBase62,
};

/// The text of a group of the pattern; empty where the group did not take part in the match.
pub(crate) type Groups<'g, 't> = &'g dyn Fn(&str) -> &'t [u8];

/// What a validator does.
pub(crate) trait Validate {
    /// The groups of the pattern that it reads.
    fn groups(&self) -> Vec<&str>;

    /// Whether it knows the inner structure of a format: a checksum, an encoding, a length. The others weigh how random a text looks.
    fn is_structural(&self) -> bool {
        true
    }

    /// Judges a match.
    ///
    /// # Errors
    /// Why the match is not what the rule looks for.
    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Refusal>;
}

/// Makes the enum that rule files are read into, and leads from each of its variants to the struct.
macro_rules! validators {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// A validator as a rule file names it. `of` is a group of the rule's pattern.
        ///
        /// Where a checksum's algorithm is not confirmed, a rule has `sure: false`: then a checksum that holds proves the secret, and
        /// one that does not is only reported.
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
    /// A routable GitLab token: after its last dot are the length of its payload, two digits of base 36, and the CRC32 of everything
    /// before the sum, seven digits of base 36.
    GitlabRoutable,
    /// `equals` is the character of `A-Za-z0-9` at the XOR of the bytes of `of`, modulo 62 (trusted publishing on the crate registry).
    ///
    /// Written after the issuer's source, not confirmed on issued tokens: a sum that holds proves the token, another one means nothing.
    XorBase62,
    /// The last two bytes of the base32 text are the CRC16 (XMODEM) of those before, low byte first (NATS, Stellar).
    Crc16,
    /// The last four bytes of the base64 key are the Marvin32 hash of those before, under one of the seeds (Azure).
    Marvin32,
    /// Base58 with the checksum of Bitcoin, around so many bytes.
    Base58check,
    /// Base58 of so many bytes.
    Base58Bytes,
    /// Bech32 of 32 bytes (BIP-173), upper or lower case.
    Bech32,
    /// A BIP-39 phrase: words of the English list whose last bits are a checksum.
    Bip39,
    /// Hex of a number that can be a secp256k1 private key: neither 0 nor beyond the order of the group.
    Secp256k1,
    /// A JSON array of so many bytes.
    ByteArray,
    /// The first two parts of a JSON Web Token decode to JSON, the header names an algorithm, and the claims are these.
    Jwt,
    /// The armour of a private key holds a key: base64, and the structure its label promises.
    PrivateKey,
    /// A macaroon (version 2) from this host.
    Macaroon,
    /// Base64url of a Discord id: 17 to 20 digits with a date in them, which is reported.
    Snowflake,
    /// Base64 of `digits:` and 20 bytes (Atlassian Data Center).
    Base64Id,
    /// At least so much Shannon entropy, in bits per byte.
    Entropy,
    /// Looks generated: no word, no name, no sequence.
    Random,
    /// Base64 (either alphabet, padded or not) of a JSON object with these keys.
    Base64Json,
    /// Base64 (either alphabet, padded or not) of bytes that start with one text and hold another.
    Base64Text,
    /// Base64 (either alphabet, padded or not) of so many bytes.
    Base64Bytes,
    /// Base64 of `user:password`, both printable.
    BasicAuth,
    /// An AWS access key id carries its account number in base32: shown in the finding.
    AwsAccount,
    /// A password somebody chose: not a reference, a placeholder, a path or empty; a well-known default is doubted.
    Password,
    /// No word, no name, no default: what a person or a program made up.
    Chosen,
    /// The group holds a text: for objects whose members may be in any order.
    Holds,
    /// Both groups are equally long.
    SameLength,
    /// Letters and digits both occur: a word or a number alone is no token.
    MixedClasses,
    /// Letters of both cases occur.
    MixedCase,
    /// The password that a statement sets, whatever it looks like: only placeholders, defaults and its own name are refused.
    Live,
}

impl Validator {
    /// The groups of the pattern that the validator reads.
    pub(crate) fn groups(&self) -> Vec<&str> {
        self.as_validate().groups()
    }

    /// Whether the validator knows the inner structure of a format: a checksum, an encoding, a length. The others weigh how random a
    /// text looks.
    pub fn is_structural(&self) -> bool {
        self.as_validate().is_structural()
    }

    /// Judges a match.
    ///
    /// # Errors
    /// Why the match is not what the rule looks for.
    pub(crate) fn check(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Refusal> {
        self.as_validate().validate(group, evidence)
    }

    /// Judges a text by itself, as every group the validator names: what fuzzing and property tests run.
    ///
    /// # Errors
    /// Why it is not what the validator knows.
    pub fn judge_text(&self, text: &[u8]) -> Result<Evidence, Refusal> {
        let mut evidence = Evidence::new(Severity::High, Confidence::High);
        self.check(&|_| text, &mut evidence).map(|()| evidence)
    }
}

fn yes() -> bool {
    true
}

fn condition(holds: bool, why: impl Into<String>) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::Wrong(why.into()))
    }
}
