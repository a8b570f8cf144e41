//! Offline validators: what a match proves or disproves about itself. Pure functions; nothing is looked up.

pub(crate) mod checksum;
mod encoded;
mod jwt;
mod key;

use keysift_finding::{Confidence, Severity};
use keysift_judge::{Value, shannon_bits, value, well_known};
use serde::{Deserialize, Serialize};

/// A validator as a rule file names it. `of` is a group of the rule's pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Validator {
    /// `equals` is the CRC32 of `of` in base62, 6 digits (GitHub, npm).
    Crc32Base62 {
        /// The text that is summed.
        of: String,
        /// The group that holds the checksum.
        equals: String,
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
    },
    /// The first two parts of a JSON Web Token decode to JSON, and the header names an algorithm.
    Jwt {
        /// The token.
        of: String,
    },
    /// The armour of a private key holds a key: base64, and the structure its label promises.
    PrivateKey {
        /// The block with its BEGIN and END lines.
        of: String,
    },
    /// At least so much Shannon entropy, in bits per byte.
    Entropy {
        /// The text.
        of: String,
        /// Bits per byte, 0 to 8.
        at_least_bits: f32,
    },
    /// Base64 (either alphabet, padded or not) of a JSON object with these keys.
    Base64Json {
        /// The text.
        of: String,
        /// Keys that must be there.
        keys: Vec<String>,
    },
    /// Base64 (either alphabet, padded or not) of bytes that start with this text.
    Base64Text {
        /// The text.
        of: String,
        /// The start.
        starts: String,
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

/// What the validators know about a match: starts with what the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The severity, lowered where the secret opens less than the rule thinks.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
    /// A checksum inside the secret holds.
    pub proven: bool,
    /// Reasons, and facts that the secret tells about itself. Never the secret.
    pub notes: Vec<String>,
}

impl Evidence {
    fn note(&mut self, text: impl Into<String>) {
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
}

impl Validator {
    /// The groups of the pattern that the validator reads.
    pub(crate) fn groups(&self) -> Vec<&str> {
        match self {
            Validator::Crc32Base62 { of, equals } | Validator::Crc32Hex { of, equals, .. } | Validator::SameLength { of, equals } => {
                vec![of, equals]
            }
            Validator::Jwt { of }
            | Validator::PrivateKey { of }
            | Validator::Entropy { of, .. }
            | Validator::Base64Json { of, .. }
            | Validator::Base64Text { of, .. }
            | Validator::BasicAuth { of }
            | Validator::AwsAccount { of }
            | Validator::Password { of }
            | Validator::MixedClasses { of } => vec![of],
        }
    }

    /// Judges a match. `group` gives the text of a group (empty where the group did not take part in the match).
    ///
    /// # Errors
    /// Why the match is not what the rule looks for.
    pub(crate) fn check<'t>(&self, group: impl Fn(&str) -> &'t [u8], evidence: &mut Evidence) -> Result<(), String> {
        match self {
            Validator::Crc32Base62 { of, equals } => {
                checked(checksum::base62(checksum::crc32(group(of)), 6).as_bytes() == group(equals), evidence)
            }
            Validator::Crc32Hex { of, equals, order } => {
                let sum = match order {
                    Order::BigEndian => checksum::crc32(group(of)),
                    Order::LittleEndian => checksum::crc32(group(of)).swap_bytes(),
                };
                checked(format!("{sum:08x}").as_bytes().eq_ignore_ascii_case(group(equals)), evidence)
            }
            Validator::Jwt { of } => jwt::check(group(of), evidence),
            Validator::PrivateKey { of } => key::check(group(of), evidence),
            Validator::Entropy { of, at_least_bits } => {
                let bits = shannon_bits(group(of));
                if bits >= *at_least_bits { Ok(()) } else { Err(format!("entropy of {bits:.1} bits a byte, expected {at_least_bits:.1}")) }
            }
            Validator::Base64Json { of, keys } => encoded::json(group(of), keys),
            Validator::Base64Text { of, starts } => encoded::text(group(of), starts),
            Validator::BasicAuth { of } => encoded::basic(group(of), evidence),
            Validator::AwsAccount { of } => {
                if let Some(account) = encoded::aws_account(group(of)) {
                    evidence.note(format!("belongs to the AWS account {account:012}"));
                }
                Ok(())
            }
            Validator::Password { of } => password(&String::from_utf8_lossy(group(of)), evidence),
            Validator::SameLength { of, equals } => {
                if group(of).len() == group(equals).len() {
                    Ok(())
                } else {
                    Err("halves of different length".to_owned())
                }
            }
            Validator::MixedClasses { of } => {
                let has = |class: fn(&u8) -> bool| group(of).iter().any(class);
                if has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) { Ok(()) } else { Err("letters or digits only".to_owned()) }
            }
        }
    }
}

fn checked(agrees: bool, evidence: &mut Evidence) -> Result<(), String> {
    if !agrees {
        return Err("right shape, wrong checksum: a sample, a damaged or a made-up token".to_owned());
    }
    evidence.proven = true;
    evidence.note("its checksum is right");
    Ok(())
}

fn password(text: &str, evidence: &mut Evidence) -> Result<(), String> {
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
        other => Err(format!("the password is {}", other.reason())),
    }
}
