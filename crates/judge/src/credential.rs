//! Decides whether a literal that is assigned to a sensitive name is a credential.

use crate::{
    Feature, Value, asks, base64_text,
    code::{is_code, is_regex, is_template},
    envelopes::is_hash,
    inert, is_password,
    lists::{LABELS, SAMPLE_WORDS, UNNAMED_HARMLESS},
    looks_random, signs, value, well_known,
    wordiness::{each_part, wordiness, words_of},
    words::is_in,
};

/// The likelihood that a literal is a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likelihood {
    /// It looks like a credential, but there is evidence against it.
    Doubtful,
    /// It looks like a password that a person chose, or it is short.
    Likely,
    /// It looks generated.
    Sure,
}

/// The verdict on a literal, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The likelihood that it is a credential.
    pub likelihood: Likelihood,
    /// The reason.
    pub reason: Feature,
}

impl Feature {
    /// Returns whether the reason decides regardless of the context, because such a value authenticates
    /// nobody.
    pub fn is_decisive(self) -> bool {
        matches!(
            self,
            Self::Placeholder
                | Self::Encrypted
                | Self::Hash
                | Self::DocumentedSample
                | Self::DocumentationWord
                | Self::Repeated
                | Self::Ascending
                | Self::Regular
                | Self::TestName
        )
    }
}

/// More bits per letter than this are not words.
pub(crate) const GIBBERISH: f32 = 5.1;

/// The minimum length of a password and of other secrets, in bytes.
const SHORTEST: (usize, usize) = (4, 8);

/// The maximum length of a credential, in bytes.
const LONGEST: usize = 512;

fn judged(likelihood: Likelihood, reason: Feature) -> Option<Judged> {
    Some(Judged { likelihood, reason })
}

/// Judges the literal `text` under the sensitive name `name`. Returns `None` for what cannot be a credential:
/// a reference, a sentence, a path.
pub fn credential(name: &str, text: &str) -> Option<Judged> {
    let password = is_password(name);
    let shortest = if password || signs(name) {
        SHORTEST.0
    } else {
        SHORTEST.1
    };
    if text.len() < shortest || text.len() > LONGEST {
        return None;
    }
    match value(text) {
        Value::Literal if asks(text) => {
            return match text.contains(char::is_whitespace) {
                true => None,
                false => judged(Likelihood::Doubtful, Feature::Placeholder),
            };
        }
        Value::Literal => {}
        Value::Placeholder => return judged(Likelihood::Doubtful, Feature::Placeholder),
        Value::Ciphertext => return judged(Likelihood::Doubtful, Feature::Encrypted),
        Value::Plain if password && text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            return judged(Likelihood::Doubtful, Feature::DigitsOnly);
        }
        _ => return None,
    }
    // `PASS: gas/i386/pr123`: the line of a test report, not a password.
    let folder = text
        .split_once('/')
        .map(|(folder, _)| folder)
        .filter(|folder| !folder.is_empty());
    if name == "PASS"
        && folder.is_some_and(|folder| {
            folder
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'+' | b'.'))
        })
    {
        return judged(Likelihood::Doubtful, Feature::TestName);
    }
    let text = text.trim_end_matches("\\n").trim_end_matches("\\r");
    let code = is_code(text) && !signs_with_words(name, text);
    if is_template(text) || code || is_regex(text) {
        return None;
    }
    if let Some(why) = inert(text) {
        return judged(Likelihood::Doubtful, why);
    }
    if is_hash(text) {
        return judged(Likelihood::Doubtful, Feature::Hash);
    }
    if let Some(inner) = base64_text(text) {
        // A Secret of Kubernetes, or a password in base64: the decoded value counts.
        return credential(name, &inner);
    }
    if well_known(text) || well_known(&unleet(text)) {
        return judged(Likelihood::Doubtful, Feature::WellKnown);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return judged(Likelihood::Doubtful, Feature::DigitsOnly);
    }
    if repeats_its_name(name, text) || is_label(text) {
        return judged(Likelihood::Doubtful, Feature::RepeatsItsName);
    }
    if password { chosen(text) } else { generated(text) }
}

/// Returns whether a text looks so random that template and code characters occur in it by chance:
/// `kX7qM%dsE1nYEZ9`.
pub fn is_dense(text: &str) -> bool {
    let has = |class: fn(u8) -> bool| usize::from(text.bytes().any(class));
    let classes = has(|byte| byte.is_ascii_lowercase())
        + has(|byte| byte.is_ascii_uppercase())
        + has(|byte| byte.is_ascii_digit());
    let model = wordiness(text);
    let alphanumeric = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    classes >= 2
        && alphanumeric >= 8
        && !text.contains(char::is_whitespace)
        && (model.turns >= 3 && model.letters >= 4 || model.bits >= GIBBERISH && model.letters >= 7)
}

/// Returns whether a text is the word for a password in some language, with or without the punctuation of a
/// label.
fn is_label(text: &str) -> bool {
    if text.len() > 40 || text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let core = text.trim_matches(|char: char| !char.is_alphabetic());
    let lower = core.to_lowercase().replace(' ', "-");
    !lower.is_empty() && LABELS.binary_search(&lower.as_str()).is_ok()
}

/// Returns whether a literal only repeats its name, or consists of sample words.
fn repeats_its_name(name: &str, text: &str) -> bool {
    if text.bytes().filter(u8::is_ascii_digit).count() > 4 {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let (mut some, mut all) = (false, true);
    each_part(text, |word| {
        some = true;
        all = is_in(SAMPLE_WORDS, word) || word.len() >= 3 && lower.contains(word);
        all
    });
    some && all
}

/// Judges a password, which a person chose or a program generated.
fn chosen(text: &str) -> Option<Judged> {
    let model = wordiness(text);
    if text.contains(char::is_whitespace) {
        let few = text.split_whitespace().count() <= 3 && text.len() <= 40;
        let likelihood = if model.bits >= 6.3 {
            Likelihood::Sure
        } else {
            Likelihood::Likely
        };
        return match () {
            () if few && model.bits >= GIBBERISH => judged(likelihood, Feature::NoWords),
            () if is_phrase(text) => judged(Likelihood::Doubtful, Feature::Phrase),
            () => None,
        };
    }
    let has = |class: fn(u8) -> bool| usize::from(text.bytes().any(class));
    let marks = has(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.'));
    let digits = has(|byte| byte.is_ascii_digit());
    let classes =
        has(|byte| byte.is_ascii_lowercase()) + has(|byte| byte.is_ascii_uppercase()) + digits + marks;
    let plain = wordiness(&unleet(text));
    match () {
        () if text.len() >= 6 && (model.bits >= GIBBERISH && model.letters >= 5 || model.turns >= 3) => {
            judged(Likelihood::Sure, Feature::Generated)
        }
        () if text.len() >= 5 && model.bits >= 6.3 && model.letters >= 4 => {
            judged(Likelihood::Sure, Feature::NoWord)
        }
        () if text.len() >= 16 && looks_random(text) && model.bits >= 4.6 => {
            judged(Likelihood::Sure, Feature::Generated)
        }
        () if text.len() >= 8 && classes >= 3 && (plain.bits >= 4.6 || plain.letters < 4) => {
            judged(Likelihood::Sure, Feature::Mixed)
        }
        () if text.len() >= 8 && classes >= 2 && (marks > 0 || digits > 0 && model.bits >= 4.6) => {
            judged(Likelihood::Likely, Feature::Chosen)
        }
        () if digits > 0 && model.letters > 0 => judged(Likelihood::Doubtful, Feature::WordAndNumber),
        () if model.bits >= 4.8 && model.letters >= 4 => judged(Likelihood::Likely, Feature::HardlyAWord),
        () => judged(Likelihood::Doubtful, Feature::Word),
    }
}

/// Returns whether a text is a passphrase of joined words, and not a sentence about passwords.
fn is_phrase(text: &str) -> bool {
    let count = text.split_whitespace().count();
    let lower = text.to_ascii_lowercase();
    (3..=8).contains(&count)
        && text.len() <= 64
        && text.is_ascii()
        && !text.contains([',', '.', ':', ';', '(', '"', '=', '/', '<', '`', '\''])
        && ![
            "pass", "secret", "token", "key", "your", " the ", " is ", " to ", " for ", " of ",
        ]
        .iter()
        .any(|word| lower.contains(word))
}

/// Replaces digits and symbols that are written for letters: `p@$$w0rd`.
fn unleet(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '@' | '4' => 'a',
            '$' | '5' => 's',
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '7' => 't',
            other => other,
        })
        .collect()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Judges a token or key, which a program generated.
fn generated(text: &str) -> Option<Judged> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    if is_uuid(text) {
        return judged(Likelihood::Likely, Feature::Uuid);
    }
    let model = wordiness(text);
    let classes = [
        u8::is_ascii_lowercase as fn(&u8) -> bool,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ]
    .iter()
    .filter(|class| text.bytes().any(|byte| class(&byte)))
    .count();
    match () {
        () if text.len() >= 16 && looks_random(text) && (model.bits >= GIBBERISH || model.turns >= 4) => {
            judged(Likelihood::Sure, Feature::Generated)
        }
        () if text.len() >= 20 && classes == 1 && model.letters == text.len() && model.bits >= 6.0 => {
            judged(Likelihood::Sure, Feature::Generated)
        }
        () if classes >= 2 && (model.bits >= GIBBERISH && model.letters >= 5 || model.turns >= 3) => {
            judged(Likelihood::Likely, Feature::ShortGenerated)
        }
        () if model.bits >= 6.0 && model.letters >= 8 => judged(Likelihood::Likely, Feature::NoWords),
        () => judged(Likelihood::Doubtful, Feature::LikeWords),
    }
}

/// Returns whether the value of a signing secret is three or more words joined by dashes. Under other names
/// such words are the name of an object, for example of a Secret.
fn signs_with_words(name: &str, text: &str) -> bool {
    const SIGNING: &[&str] = &["jwt", "session", "cookie", "signing", "csrf", "hmac"];
    let lower = name.to_ascii_lowercase();
    let is_word = |part: &str| part.len() >= 3 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    signs(name)
        && SIGNING.iter().any(|word| lower.contains(word))
        && text.split('-').count() >= 3
        && text.split('-').all(is_word)
}

/// Returns whether a literal without a sensitive name looks like a key: it is random in three character
/// classes, and neither its name nor its form indicates a hash, an id, a public key or an image.
pub fn unnamed(name: &str, text: &str) -> bool {
    let words = words_of(name);
    let classes = [
        u8::is_ascii_lowercase as fn(&u8) -> bool,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    let mixed = classes.iter().all(|class| text.bytes().any(|byte| class(&byte)));
    // DER, and the images in style sheets.
    let known = [
        "MII", "iVBORw0", "R0lGOD", "/9j/", "AAAA", "sha1-", "sha256-", "sha384-", "sha512-",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    let model = wordiness(text);
    mixed
        && !known
        && text.len() <= 200
        && !words.iter().any(|word| is_in(UNNAMED_HARMLESS, word))
        && looks_random(text)
        && (model.bits >= GIBBERISH || model.turns >= 4)
        && inert(text).is_none()
        && matches!(value(text), Value::Literal)
        && base64_text(text).is_none()
        && !is_code(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likelihood(name: &str, text: &str) -> Option<Likelihood> {
        credential(name, text).map(|judged| judged.likelihood)
    }

    #[test]
    fn generated_literals_are_credentials() {
        // In pieces, because keysift scans its own sources.
        for (pieces, name) in [
            (["kqwz", "rtpl"], "password"),
            (["x7Kq", "2pLm"], "db_password"),
            (["9f3b07c2d1e84a65", "b0f79f3b07c2d1e8"], "api_key"),
            (["HRuTCbQF43Uf5htQ", "2aMJon52i2dNd"], "secret"),
        ] {
            assert_eq!(
                likelihood(name, &pieces.concat()),
                Some(Likelihood::Sure),
                "{name} {pieces:?}"
            );
        }
        assert!(likelihood("password", &["Tiger-", "Lily!7"].concat()) >= Some(Likelihood::Likely));
    }

    #[test]
    fn regular_expressions_are_not_credentials() {
        for text in [
            r"/[^\s;,=]+/",
            "[a-zA-Z0-9]{8,32}",
            r"/\A[\w!#$%&'*+.^`|~-]+\z/",
            "(?<=password=)[^&]+",
            r"^(?=.*[A-Z])(?=.*\d).{8,}$",
            r"\b[0-9a-f]{40}\b",
            r"\w+@\w+\.com",
        ] {
            assert_eq!(likelihood("password", text), None, "{text}");
            assert_eq!(likelihood("MIME_PARAMETER_KEY", text), None, "{text}");
        }
        // In pieces, because keysift scans its own sources.
        for pieces in [
            ["kQ7[zR", "4]mW?x"],
            ["aB[c-d]", "*9xQ7z"],
            [r"kQ7\b", "R4mWxy"],
            ["(kQ7)z", "R4mW+x"],
        ] {
            assert!(likelihood("password", &pieces.concat()).is_some(), "{pieces:?}");
        }
    }

    #[test]
    fn labels_in_any_language_are_doubtful() {
        for text in ["Jelszó:", "Mật khẩu", "Kata Sandi", "Nywila", "Contrasinal"] {
            assert!(
                likelihood("password", text) <= Some(Likelihood::Doubtful),
                "{text}"
            );
        }
    }

    #[test]
    fn words_names_and_defaults_are_doubtful() {
        for (name, text) in [
            ("password", "password"),
            ("password", "my_password"),
            ("token", "access-token"),
            ("secret", "super-secret"),
            ("password", "secret123"),
            ("client_secret", "CLIENT_SECRET"),
            ("password", "changeme"),
            ("password", "12345678"),
        ] {
            assert!(
                likelihood(name, text) <= Some(Likelihood::Doubtful),
                "{name} {text}"
            );
        }
    }

    #[test]
    fn expressions_are_not_credentials() {
        for (name, text) in [
            ("password", "${PASSWORD}"),
            ("password", "enter your password please"),
            ("token", "config.auth.token"),
            ("secret", "/run/secrets/db"),
            ("password", "%s:%s"),
            ("token", "getToken()"),
            ("api_key", "https://example.com/x"),
            ("password", "]','input[type="),
            ("token", r#"{"alg":"HS256","typ":"JWT"}"#),
            ("secret", r"\u3299\ufe0f"),
        ] {
            assert_eq!(likelihood(name, text), None, "{name} {text}");
        }
    }
}
