//! Offline validators: what a match proves or disproves about itself. Functions of the match alone (and, for expiry dates, of today's
//! date); nothing is looked up.

pub(crate) mod base58;
pub(crate) mod bech32;
pub(crate) mod checksum;
mod date;
pub(crate) mod encoded;
mod jwt;
mod key;
pub(crate) mod marvin;
mod wallet;

use std::collections::BTreeMap;

use keysift_finding::{Confidence, Severity};
use keysift_judge::{
    Likelihood, Value, credential, is_decisive, looks_random, shannon_bits, value, well_known,
};
use serde::{Deserialize, Serialize};

/// A validator as a rule file names it. `of` is a group of the rule's pattern.
///
/// Where a checksum's algorithm is not confirmed, a rule says `sure: false`: then a checksum that holds proves the secret, and one that
/// does not is only told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Validator {
    /// `equals` is the CRC32 of `of` in base62, 6 digits (GitHub, npm, Vercel).
    Crc32Base62 {
        /// The text that is summed.
        of: String,
        /// The group that holds the checksum.
        equals: String,
        /// The order of the digits.
        #[serde(default)]
        alphabet: Alphabet,
        /// Whether a checksum that does not hold refuses the match.
        #[serde(default = "yes")]
        sure: bool,
    },
    /// `equals` is the CRC32 of `of` as 8 hex digits of either case (Cloudflare, Atlassian; Grafana little-endian).
    Crc32Hex {
        /// The text that is summed.
        of: String,
        /// The group that holds the checksum.
        equals: String,
        /// Which byte of the sum is written first.
        #[serde(default)]
        order: Order,
        /// Whether a checksum that does not hold refuses the match.
        #[serde(default = "yes")]
        sure: bool,
    },
    /// A routable GitLab token: behind its last dot stand the length of its payload, two digits of base 36, and the CRC32 of all that
    /// stands before the sum, seven digits of base 36.
    GitlabRoutable {
        /// The token.
        of: String,
        /// Whether the group may be absent: kinds of tokens that have a form without a checksum too.
        #[serde(default)]
        optional: bool,
    },
    /// `equals` is the character of `A-Za-z0-9` at the XOR of the bytes of `of`, modulo 62 (trusted publishing on the crate registry).
    ///
    /// Written after the issuer's source, not confirmed on issued tokens: a sum that holds proves the token, another one says nothing.
    XorBase62 {
        /// The text that is summed.
        of: String,
        /// The group that holds the checksum.
        equals: String,
    },
    /// The last two bytes of the base32 text are the CRC16 (XMODEM) of those before, low byte first (NATS, Stellar).
    Crc16 {
        /// The text.
        of: String,
        /// Whether a checksum that does not hold refuses the match.
        #[serde(default = "yes")]
        sure: bool,
    },
    /// The last four bytes of the base64 key are the Marvin32 hash of those before, under one of the seeds (Azure).
    Marvin32 {
        /// The key.
        of: String,
        /// Eight letters each.
        seeds: Vec<String>,
        /// Whether a hash that does not hold refuses the match.
        #[serde(default = "yes")]
        sure: bool,
    },
    /// Base58 with the checksum of Bitcoin, around so many bytes.
    Base58check {
        /// The text.
        of: String,
        /// How many bytes the payload may have.
        bytes: Vec<usize>,
    },
    /// Base58 of so many bytes.
    Base58Bytes {
        /// The text.
        of: String,
        /// How many bytes.
        bytes: usize,
        /// Whether another length refuses the match.
        #[serde(default = "yes")]
        sure: bool,
    },
    /// Bech32 of 32 bytes (BIP-173), upper or lower case.
    Bech32 {
        /// The text.
        of: String,
        /// The part before the `1`.
        hrp: String,
    },
    /// A BIP-39 phrase: words of the English list whose last bits are a checksum.
    Bip39 {
        /// The words, one blank between two.
        of: String,
    },
    /// Hex of a number that can be a secp256k1 private key: neither 0 nor beyond the order of the group.
    Secp256k1 {
        /// 64 hex digits, `0x` before them or not.
        of: String,
    },
    /// A JSON array of so many bytes.
    ByteArray {
        /// The array.
        of: String,
        /// How many numbers from 0 to 255.
        bytes: usize,
    },
    /// The first two parts of a JSON Web Token decode to JSON, the header names an algorithm, and the claims are these.
    Jwt {
        /// The token.
        of: String,
        /// Claims that must be there and hold one of these texts (parted by blanks; empty: anything). Without them it is another
        /// provider's token.
        #[serde(default)]
        claims: BTreeMap<String, String>,
    },
    /// The armour of a private key holds a key: base64, and the structure its label promises.
    PrivateKey {
        /// The block with its BEGIN and END lines, or base64 of one, or a PuTTY key.
        of: String,
    },
    /// A macaroon (version 2) from this host.
    Macaroon {
        /// The base64url text.
        of: String,
        /// The host.
        location: String,
    },
    /// Base64url of a Discord id: 17 to 20 digits with a date in them, which is told.
    Snowflake {
        /// The text.
        of: String,
    },
    /// Base64 of `digits:` and 20 bytes (Atlassian Data Center).
    Base64Id {
        /// The text.
        of: String,
    },
    /// At least so much Shannon entropy, in bits per byte.
    Entropy {
        /// The text.
        of: String,
        /// Bits per byte, 0 to 8.
        at_least_bits: f32,
    },
    /// Looks generated: no word, no name, no sequence.
    Random {
        /// The text.
        of: String,
    },
    /// Base64 (either alphabet, padded or not) of a JSON object with these keys.
    Base64Json {
        /// The text.
        of: String,
        /// Keys that must be there.
        keys: Vec<String>,
    },
    /// Base64 (either alphabet, padded or not) of bytes that start with one text and hold another.
    Base64Text {
        /// The text.
        of: String,
        /// The start.
        #[serde(default)]
        starts: String,
        /// What occurs in it.
        #[serde(default)]
        holds: String,
    },
    /// Base64 (either alphabet, padded or not) of so many bytes.
    Base64Bytes {
        /// The text.
        of: String,
        /// The lengths that are right.
        bytes: Vec<usize>,
    },
    /// Base64 of `user:password`, both printable.
    BasicAuth {
        /// The text.
        of: String,
    },
    /// An AWS access key id carries its account number in base32: shown in the finding.
    AwsAccount {
        /// The 16 characters behind the prefix.
        of: String,
    },
    /// A password somebody chose: not a reference, a placeholder, a path or empty; a well-known default is doubted.
    Password {
        /// The password.
        of: String,
    },
    /// No word, no name, no default: what a person or a program made up.
    Chosen {
        /// The password.
        of: String,
    },
    /// The group holds a text: for objects whose members may stand in any order.
    Holds {
        /// The group.
        of: String,
        /// What must stand in it.
        text: String,
    },
    /// Both groups are equally long.
    SameLength {
        /// One.
        of: String,
        /// The other.
        equals: String,
    },
    /// Letters and digits both occur: a word or a number alone is no token.
    MixedClasses {
        /// The text.
        of: String,
    },
    /// Letters of both cases occur.
    MixedCase {
        /// The text.
        of: String,
    },
    /// What a statement sets opens something whatever it looks like: only placeholders, defaults and its own name are refused.
    Live {
        /// The password.
        of: String,
    },
}

fn yes() -> bool {
    true
}

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

/// Why a match is no finding of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The right shape, and something inside is wrong: listed where findings of low confidence are asked for.
    Wrong(String),
    /// A checksum does not hold: as [`Refusal::Wrong`], and no rule without a format may take it for a secret.
    Disproven(String),
    /// Another rule's business: never listed.
    OtherRule(String),
}

impl Refusal {
    /// The reason in words.
    pub fn reason(&self) -> &str {
        match self {
            Refusal::Wrong(why) | Refusal::Disproven(why) | Refusal::OtherRule(why) => why,
        }
    }
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Refusal::Wrong(why)
    }
}

impl From<&str> for Refusal {
    fn from(why: &str) -> Self {
        Refusal::Wrong(why.to_owned())
    }
}

/// What the validators know about a match: starts with what the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The severity, lowered where the secret opens less than the rule thinks.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
    /// A checksum inside the secret holds.
    pub proven: bool,
    /// Documentation prints it: it was never live.
    pub disproven: bool,
    /// Reasons, and facts that the secret tells about itself. Never the secret.
    pub notes: Vec<String>,
}

impl Evidence {
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Lowers the confidence and says why.
    pub(crate) fn doubt(&mut self, confidence: Confidence, why: impl Into<String>) {
        self.confidence = self.confidence.min(confidence);
        self.note(why);
    }

    fn lower(&mut self, severity: Severity, why: impl Into<String>) {
        self.severity = self.severity.min(severity);
        self.note(why);
    }

    /// A checksum was computed.
    fn checked(&mut self, holds: bool, sure: bool) -> Result<(), Refusal> {
        match (holds, sure) {
            (true, _) => {
                self.proven = true;
                self.note("valid checksum");
                Ok(())
            }
            (false, false) => Ok(()),
            (false, true) => Err(Refusal::Disproven(
                "right format, wrong checksum: a sample, damaged or made-up token".to_owned(),
            )),
        }
    }
}

impl Validator {
    /// The groups of the pattern that the validator reads.
    pub(crate) fn groups(&self) -> Vec<&str> {
        use Validator as V;
        match self {
            V::Crc32Base62 { of, equals, .. }
            | V::Crc32Hex { of, equals, .. }
            | V::XorBase62 { of, equals }
            | V::SameLength { of, equals } => vec![of, equals],
            V::GitlabRoutable { of, .. }
            | V::Crc16 { of, .. }
            | V::Marvin32 { of, .. }
            | V::Base58check { of, .. }
            | V::Base58Bytes { of, .. }
            | V::Bech32 { of, .. }
            | V::Bip39 { of }
            | V::Secp256k1 { of }
            | V::ByteArray { of, .. }
            | V::Jwt { of, .. }
            | V::PrivateKey { of }
            | V::Macaroon { of, .. }
            | V::Snowflake { of }
            | V::Base64Id { of }
            | V::Entropy { of, .. }
            | V::Random { of }
            | V::Base64Json { of, .. }
            | V::Base64Text { of, .. }
            | V::Base64Bytes { of, .. }
            | V::BasicAuth { of }
            | V::AwsAccount { of }
            | V::Password { of }
            | V::Chosen { of }
            | V::Live { of }
            | V::Holds { of, .. }
            | V::MixedClasses { of }
            | V::MixedCase { of } => vec![of],
        }
    }

    /// Whether the validator knows the inner structure of a format: a checksum, an encoding, a length. The others weigh how random a
    /// text looks.
    pub fn is_structural(&self) -> bool {
        use Validator as V;
        !matches!(
            self,
            V::Entropy { .. }
                | V::Random { .. }
                | V::Password { .. }
                | V::Chosen { .. }
                | V::Live { .. }
                | V::MixedClasses { .. }
                | V::MixedCase { .. }
        )
    }

    /// Judges a match. `group` gives the text of a group (empty where the group did not take part in the match).
    ///
    /// # Errors
    /// Why the match is not what the rule looks for.
    pub(crate) fn check<'t>(
        &self,
        group: impl Fn(&str) -> &'t [u8],
        evidence: &mut Evidence,
    ) -> Result<(), Refusal> {
        use Validator as V;
        match self {
            V::Crc32Base62 {
                of,
                equals,
                alphabet,
                sure,
            } => {
                let sum = checksum::base62(checksum::crc32(group(of)), 6, *alphabet);
                evidence.checked(sum.as_bytes() == group(equals), *sure)
            }
            V::Crc32Hex {
                of,
                equals,
                order,
                sure,
            } => {
                let sum = match order {
                    Order::BigEndian => checksum::crc32(group(of)),
                    Order::LittleEndian => checksum::crc32(group(of)).swap_bytes(),
                };
                evidence.checked(
                    format!("{sum:08x}")
                        .as_bytes()
                        .eq_ignore_ascii_case(group(equals)),
                    *sure,
                )
            }
            V::GitlabRoutable { of, optional: true } if group(of).is_empty() => Ok(()),
            V::GitlabRoutable { of, .. } => evidence.checked(checksum::gitlab_routable(group(of)), true),
            V::XorBase62 { of, equals } => {
                evidence.checked([checksum::xor_base62(group(of))] == group(equals), false)
            }
            V::Crc16 { of, sure } => evidence.checked(checksum::crc16_base32(group(of)), *sure),
            V::Marvin32 { of, seeds, sure } => evidence.checked(marvin::holds(group(of), seeds), *sure),
            V::Base58check { of, bytes } => evidence.checked(
                base58::check(group(of)).is_some_and(|payload| bytes.contains(&payload.len())),
                true,
            ),
            V::Base58Bytes { of, bytes, sure } => {
                match base58::decode(group(of)).is_some_and(|decoded| decoded.len() == *bytes) {
                    true => Ok(()),
                    false if !*sure => Ok(()),
                    false => Err("does not decode to the length of such a key".into()),
                }
            }
            V::Bech32 { of, hrp } => evidence.checked(bech32::holds(group(of), hrp), true),
            V::Bip39 { of } => evidence.checked(wallet::bip39(group(of)), true),
            V::Secp256k1 { of } => {
                condition(wallet::secp256k1(group(of)), "no number that can be such a key")
            }
            V::ByteArray { of, bytes } => {
                condition(wallet::byte_array(group(of), *bytes), "not so many bytes")
            }
            V::Jwt { of, claims } => jwt::check(group(of), claims, evidence),
            V::PrivateKey { of } => key::check(group(of), evidence),
            V::Macaroon { of, location } => {
                encoded::macaroon(group(of), location, evidence);
                Ok(())
            }
            V::Snowflake { of } => encoded::snowflake(group(of), evidence),
            V::Base64Id { of } => condition(
                encoded::id_and_bytes(group(of)),
                "does not decode to an id and 20 bytes",
            ),
            V::Entropy { of, at_least_bits } => {
                let bits = shannon_bits(group(of));
                condition(
                    bits >= *at_least_bits,
                    format!("entropy of {bits:.1} bits a byte, expected {at_least_bits:.1}"),
                )
            }
            V::Random { of } => condition(
                looks_random(&String::from_utf8_lossy(group(of))),
                "looks human-written, not generated",
            ),
            V::Base64Json { of, keys } => encoded::json(group(of), keys),
            V::Base64Text { of, starts, holds } => encoded::text(group(of), starts, holds),
            V::Base64Bytes { of, bytes } => condition(
                encoded::base64(group(of)).is_some_and(|decoded| bytes.contains(&decoded.len())),
                "does not decode to the length of such a key",
            ),
            V::BasicAuth { of } => encoded::basic(group(of), evidence),
            V::AwsAccount { of } => {
                if let Some(account) = encoded::aws_account(group(of)) {
                    evidence.note(format!("belongs to the AWS account {account:012}"));
                }
                Ok(())
            }
            V::Password { of } => password(&String::from_utf8_lossy(group(of)), evidence),
            V::Chosen { of } => match credential("password", &String::from_utf8_lossy(group(of))) {
                Some(judged) if judged.sureness == Likelihood::Sure => Ok(()),
                Some(judged) if judged.sureness == Likelihood::Likely => {
                    evidence.doubt(Confidence::Medium, judged.reason);
                    Ok(())
                }
                Some(judged) => Err(judged.reason.into()),
                None => Err("no password at all".into()),
            },
            V::Live { of } => live(&String::from_utf8_lossy(group(of)), evidence),
            V::Holds { of, text } => match memchr::memmem::find(group(of), text.as_bytes()) {
                Some(_) => Ok(()),
                None => Err(Refusal::OtherRule(format!("no `{text}` in it"))),
            },
            V::SameLength { of, equals } => condition(
                group(of).len() == group(equals).len(),
                "halves of different length",
            ),
            V::MixedClasses { of } => {
                let has = |class: fn(&u8) -> bool| group(of).iter().any(class);
                condition(
                    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic),
                    "letters or digits only",
                )
            }
            V::MixedCase { of } => {
                let has = |class: fn(&u8) -> bool| group(of).iter().any(class);
                condition(
                    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase),
                    "letters of one case only",
                )
            }
        }
    }
}

impl Validator {
    /// Judges a text by itself, as every group the validator names: what fuzzing and property tests run.
    ///
    /// # Errors
    /// Why it is not what the validator knows.
    pub fn judge_text(&self, text: &[u8]) -> Result<Evidence, Refusal> {
        let mut evidence = Evidence {
            severity: Severity::High,
            confidence: Confidence::High,
            proven: false,
            disproven: false,
            notes: Vec::new(),
        };
        self.check(|_| text, &mut evidence).map(|()| evidence)
    }
}

fn condition(holds: bool, why: impl Into<String>) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::Wrong(why.into()))
    }
}

/// Whether a text is a field that a program fills: `{pw}`, `{0}`, `%s`, `%(password)s`.
fn is_field(text: &str) -> bool {
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'))
    };
    let braced = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let printed = text
        .strip_prefix('%')
        .and_then(|rest| rest.strip_suffix(['s', 'd', 'v', 'q', '@']));
    let printed = printed.map(|rest| {
        rest.strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(rest)
    });
    braced.is_some_and(|name| name.len() <= 40 && is_name(name)) || printed.is_some_and(is_name)
}

/// The password that a statement sets: of words too, where they are neither a placeholder nor what everybody knows.
fn live(text: &str, evidence: &mut Evidence) -> Result<(), Refusal> {
    match credential("password", text) {
        Some(judged) if judged.sureness == Likelihood::Sure => return Ok(()),
        Some(judged) if judged.sureness == Likelihood::Likely => {
            evidence.doubt(Confidence::Medium, judged.reason)
        }
        Some(judged) if is_decisive(judged.reason) || well_known(text) => return Err(judged.reason.into()),
        None if value(text) != Value::Literal || text.contains(['%', '{', '(', '\\', '/']) => {
            return Err("no password at all".into());
        }
        _ => evidence.doubt(Confidence::Medium, "words, and live all the same"),
    }
    Ok(())
}

fn password(text: &str, evidence: &mut Evidence) -> Result<(), Refusal> {
    if is_field(text) {
        return Err("the password is a template field".to_owned().into());
    }
    match value(text) {
        Value::Literal if well_known(text) => {
            evidence.doubt(Confidence::Low, "a well-known default password");
            Ok(())
        }
        Value::Literal | Value::Path => Ok(()),
        // Digits are a poor password, and one all the same.
        Value::Plain if text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            evidence.doubt(Confidence::Low, "digits only");
            Ok(())
        }
        other => Err(format!("the password is {}", other.reason()).into()),
    }
}
