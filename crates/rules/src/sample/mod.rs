//! Recipes for fake secrets: a second, independent description of a token, so that no file contains one.

mod der;
mod hashed;
mod keys;
mod language;
mod random;
mod structured;

pub use random::Random;

use crate::validate::{Alphabet, checksum};

/// A text with directives in double braces, from which any number of samples can be generated.
///
/// | directive | writes |
/// |---|---|
/// | `{{alnum 36}}`, `{{alnum 24-40}}` | that many characters of an alphabet: `alnum` `alpha` `lower` `upper` `digits` `hex` `HEX` `lower-alnum` `upper-alnum` `base32` `base32-lower` `base58` `base64` `base64url` `bech32` `alnum-dash` `base64any` `token` `token68` `hash` `principal` `entra` `crypt` `password` |
/// | `{{one-of a\|b\|c}}` | one of the words |
/// | `{{uuid}}` | a UUID |
/// | `{{crc32-base62}}`, `{{crc32-hex}}`, `{{crc32-hex-le}}` | the CRC32 of what the directive before it wrote, base62 in 6 digits, lower-case hex, or hex of the little-endian bytes |
/// | `{{crc32-hex-all}}`, `{{crc32-HEX-all}}`, `{{crc32-hex-le-all}}` | the same over everything written so far |
/// | `{{jwt}}` | a signed JSON Web Token |
/// | `{{base64-json a b}}` | base64 (no padding) of a JSON object with these keys |
/// | `{{base64-text TEXT}}` | base64 (no padding) of TEXT and 24 random bytes |
/// | `{{basic}}` | base64 of `user:password` |
/// | `{{pem-rsa}}`, `{{pem-pkcs8}}`, `{{pem-pkcs8-encrypted}}`, `{{pem-ec}}`, `{{pem-openssh}}`, `{{pem-pgp}}` | a private key's armour around a body of the right structure |
/// | `{{pem-dsa}}`, `{{pem-ec-escaped}}`, `{{base64-pem}}`, `{{putty}}` | the same for DSA, with `\\n` for line breaks, in base64, in PuTTY's form |
/// | `{{xor-base62}}` | the check character of what the directive before it wrote |
/// | `{{crc32-hex-before}}` | the CRC32 of the last random piece, regardless of the text in between |
/// | `{{crc32-base62-lower-all}}` | the CRC32 of everything so far, base62 with lower case first |
/// | `{{marvin32 64 +ABa AbAcct00 std}}` | base64 (`std`, `url`) of that number of random bytes and their hash, with the mark before the last six characters |
/// | `{{jwt name=value …}}` | a JSON Web Token with these claims |
/// | `{{base64-words alnum:20 : uuid}}` | base64 of random pieces and texts |
/// | `{{base64-fill 48 TEXT}}` | base64 of TEXT, padded to that number of bytes |
/// | `{{base64-id}}`, `{{discord-id}}`, `{{macaroon HOST}}`, `{{gitlab-routable PREFIX}}`, `{{nkey SU}}`, `{{stellar}}`, `{{base58check 80 32}}`, `{{bech32-key HRP}}`, `{{bip39}}`, `{{byte-array 64}}` | what the validators of these names accept |
/// | `{{either A \|\| B}}` | one of two recipes, in which `<alnum 8>` is a directive |
/// | `{{secret}}` | in examples only: the rule's own sample |
#[derive(Clone, Debug)]
pub struct Recipe {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Letters {
        name: &'static str,
        alphabet: &'static [u8],
        least: usize,
        most: usize,
    },
    OneOf(Vec<String>),
    Checksum {
        of: Of,
        form: fn(&[u8]) -> String,
    },
    Made(fn(&mut Random, &str) -> String, String),
    Either(Vec<Recipe>),
    Secret,
}

/// The text that a checksum covers.
#[derive(Clone, Copy, Debug)]
enum Of {
    Last,
    LastRandom,
    All,
}

const ALPHABETS: &[(&str, &str)] = &[
    (
        "alnum",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    ),
    ("alpha", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("lower", "abcdefghijklmnopqrstuvwxyz"),
    ("upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("digits", "0123456789"),
    ("hex", "0123456789abcdef"),
    ("HEX", "0123456789ABCDEF"),
    ("hexany", "0123456789abcdefABCDEF"),
    ("lower-alnum", "0123456789abcdefghijklmnopqrstuvwxyz"),
    ("lower-alnum-nonzero", "123456789abcdefghijklmnopqrstuvwxyz"),
    ("upper-alnum", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("base32-lower", "abcdefghijklmnopqrstuvwxyz234567"),
    (
        "base58",
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    ),
    (
        "base64",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    ),
    (
        "base64url",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    ),
    ("bech32", "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    ("BECH32", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    (
        "word",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_",
    ),
    (
        "dotted",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._",
    ),
    (
        "alnum-dash",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-",
    ),
    (
        "base64any",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_-",
    ),
    (
        "token",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-",
    ),
    (
        "token68",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._~+/-",
    ),
    (
        "hash",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz./+$=,-",
    ),
    (
        "principal",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.@/-",
    ),
    (
        "crypt",
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    ),
    (
        "entra",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_~.-",
    ),
    (
        "password",
        "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789_.~",
    ),
];

impl Recipe {
    /// Parses a recipe.
    ///
    /// # Errors
    /// The error of the first invalid directive.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let close = rest[open..]
                .find("}}")
                .ok_or_else(|| format!("`{{{{` without `}}}}` in the recipe `{text}`"))?
                + open;
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            pieces.push(piece(rest[open + 2..close].trim())?);
            rest = &rest[close + 2..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// Writes a new text; `secret` replaces `{{secret}}`. Returns the text and the span of the secret in it,
    /// if there is one.
    pub fn write(&self, random: &mut Random, secret: &str) -> (String, Option<(usize, usize)>) {
        let (mut text, mut last, mut random_piece, mut place) = (String::new(), 0, (0, 0), None);
        for piece in &self.pieces {
            let before = text.len();
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Letters {
                    alphabet,
                    least,
                    most,
                    ..
                } => {
                    for _ in 0..random.between(*least, *most) {
                        text.push(char::from(alphabet[random.below(alphabet.len())]));
                    }
                    random_piece = (before, text.len());
                }
                Piece::OneOf(words) => text.push_str(&words[random.below(words.len())]),
                Piece::Checksum { of, form } => {
                    let (from, to) = match of {
                        Of::Last => (last, before),
                        Of::LastRandom => random_piece,
                        Of::All => (0, before),
                    };
                    let sum = form(&text.as_bytes()[from..to]);
                    text.push_str(&sum);
                }
                Piece::Either(recipes) => {
                    text.push_str(&recipes[random.below(recipes.len())].write(random, secret).0)
                }
                Piece::Made(make, argument) => text.push_str(&make(random, argument)),
                Piece::Secret => {
                    text.push_str(secret);
                    place = place.or(Some((before, text.len())));
                }
            }
            last = before;
        }
        (text, place)
    }

    /// The recipe with its directives shown as dots, as `keysift explain` prints a sample.
    pub fn outline(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                _ => "…",
            })
            .collect()
    }
}

fn piece(directive: &str) -> Result<Piece, String> {
    let (word, argument) = directive.split_once(' ').unwrap_or((directive, ""));
    if let Some((name, alphabet)) = ALPHABETS.iter().find(|(name, _)| *name == word) {
        let (least, most) = argument.split_once('-').unwrap_or((argument, argument));
        let number = |text: &str| {
            text.parse()
                .map_err(|_| format!("`{{{{{directive}}}}}`: expected a length such as `36` or `24-40`"))
        };
        let (least, most) = (number(least)?, number(most)?);
        if least > most {
            return Err(format!("`{{{{{directive}}}}}`: {least} is more than {most}"));
        }
        return Ok(Piece::Letters {
            name,
            alphabet: alphabet.as_bytes(),
            least,
            most,
        });
    }
    if word == "either" {
        let parts = argument
            .split("||")
            .map(|part| Recipe::parse(&part.trim().replace('<', "{{").replace('>', "}}")));
        return parts.collect::<Result<_, _>>().map(Piece::Either);
    }
    if let Some(checksum) = checksums(word) {
        return Ok(checksum);
    }
    let made: fn(&mut Random, &str) -> String = match word {
        "one-of" => return Ok(Piece::OneOf(argument.split('|').map(str::to_owned).collect())),
        "secret" => return Ok(Piece::Secret),
        "uuid" => structured::uuid,
        "jwt" => structured::jwt,
        "base64-json" => structured::base64_json,
        "base64-text" => structured::base64_text,
        "base64-words" => structured::base64_words,
        "base64-fill" => structured::base64_fill,
        "base64-id" => structured::base64_id,
        "discord-id" => structured::discord_id,
        "basic" => structured::basic,
        "macaroon" => hashed::macaroon,
        "marvin32" => hashed::marvin32,
        "gitlab-routable" => hashed::gitlab_routable,
        "nkey" => hashed::nkey,
        "stellar" => hashed::stellar,
        "base58check" => hashed::base58check,
        "bech32-key" => hashed::bech32_key,
        "bip39" => hashed::phrase,
        "byte-array" => hashed::byte_array,
        "pem-rsa" => keys::rsa,
        "pem-pkcs8" => keys::pkcs8,
        "pem-pkcs8-encrypted" => keys::pkcs8_encrypted,
        "pem-ec" => keys::ec,
        "pem-ec-escaped" => keys::ec_escaped,
        "pem-dsa" => keys::dsa,
        "pem-openssh" => keys::openssh,
        "pem-pgp" => keys::pgp,
        "base64-pem" => keys::base64_pem,
        "putty" => keys::putty,
        _ => return Err(format!("unknown directive `{{{{{directive}}}}}`")),
    };
    Ok(Piece::Made(made, argument.to_owned()))
}

/// The directives that write a CRC32.
fn checksums(word: &str) -> Option<Piece> {
    let big = |text: &[u8]| format!("{:08x}", checksum::crc32(text));
    let little = |text: &[u8]| format!("{:08x}", checksum::crc32(text).swap_bytes());
    let (of, form): (Of, fn(&[u8]) -> String) = match word {
        "crc32-base62" => (Of::Last, |text| {
            checksum::base62(checksum::crc32(text), 6, Alphabet::UpperFirst)
        }),
        "crc32-base62-lower-all" => (Of::All, |text| {
            checksum::base62(checksum::crc32(text), 6, Alphabet::LowerFirst)
        }),
        "crc32-hex" => (Of::Last, big),
        "crc32-hex-le" => (Of::Last, little),
        "crc32-hex-before" => (Of::LastRandom, big),
        "crc32-hex-all" => (Of::All, big),
        "crc32-HEX-all" => (Of::All, |text| format!("{:08X}", checksum::crc32(text))),
        "crc32-hex-le-all" => (Of::All, little),
        "xor-base62" => (Of::Last, |text| {
            char::from(checksum::xor_base62(text)).to_string()
        }),
        _ => return None,
    };
    Some(Piece::Checksum { of, form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_depend_only_on_the_seed_and_have_valid_checksums() {
        let recipe = Recipe::parse("ghx_{{alnum 30}}{{crc32-base62}}").unwrap();
        let (one, _) = recipe.write(&mut Random::new(7), "");
        assert_eq!(one, recipe.write(&mut Random::new(7), "").0);
        assert_ne!(one, recipe.write(&mut Random::new(8), "").0);
        assert_eq!(one.len(), 40);
        assert_eq!(
            one[34..],
            checksum::base62(checksum::crc32(&one.as_bytes()[4..34]), 6, Alphabet::UpperFirst)
        );
    }

    #[test]
    fn the_secret_is_placed_and_errors_say_what_is_wrong() {
        let recipe = Recipe::parse("a={{secret}};").unwrap();
        assert_eq!(
            recipe.write(&mut Random::new(1), "xyz"),
            ("a=xyz;".to_owned(), Some((2, 5)))
        );
        assert!(
            Recipe::parse("{{alnum}}")
                .unwrap_err()
                .contains("expected a length")
        );
        assert!(
            Recipe::parse("{{foo 3}}")
                .unwrap_err()
                .contains("unknown directive")
        );
        assert!(Recipe::parse("{{alnum 3").unwrap_err().contains("without"));
    }
}
