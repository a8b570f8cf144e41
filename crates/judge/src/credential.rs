//! Is a literal that is assigned to a sensitive name a credential, or something that stands there by chance?

use crate::{Value, asks, inert, looks_random, value, values::well_known, wordiness::wordiness};

/// How sure it is that a literal is a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likelihood {
    /// Looks like it, and something speaks against it.
    Doubtful,
    /// As a person chooses one, or short.
    Likely,
    /// Looks generated.
    Sure,
}

/// What a literal is, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How sure it is.
    pub sureness: Likelihood,
    /// The reason, in words.
    pub reason: &'static str,
}

/// Reasons that no place outweighs: nobody can log in with what they name.
const DECISIVE: &[&str] = &[
    "a placeholder",
    "encrypted",
    "a hash",
    "a documented sample",
    "holds a word of documentation",
    "one character repeated",
    "characters in ascending order",
    "too regular for a secret",
    "the name of a test",
];

/// Whether a reason outweighs every place: nobody can log in with what it names.
pub fn is_decisive(reason: &str) -> bool {
    DECISIVE.contains(&reason)
}

/// More bits a letter than this, and letters are no words.
const GIBBERISH: f32 = 5.1;

/// The shortest password and the shortest other secret that are looked at, in bytes.
const SHORTEST: (usize, usize) = (4, 8);

/// The longest literal that is taken for a credential, in bytes.
const LONGEST: usize = 512;

fn judged(sureness: Likelihood, reason: &'static str) -> Option<Judged> {
    Some(Judged { sureness, reason })
}

/// Whether a name is that of a password: something that people choose.
pub fn is_password(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [
        "passw",
        "passphrase",
        "pwd",
        "passcode",
        "_pass",
        "-pass",
        ".pass",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || lower.ends_with("pass")
        || lower == "pw"
        || lower.ends_with("_pw")
        || names_password(name)
}

/// Whether the last word of a name is a short or a foreign one for a password.
fn names_password(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "pass",
        "pw",
        "psw",
        "pswd",
        "pword",
        "phrase",
        "kennwort",
        "contrasena",
        "contraseña",
        "motdepasse",
        "mdp",
        "senha",
        "wachtwoord",
        "haslo",
        "hasło",
        "parola",
    ];
    let words = crate::names::words(name);
    let last = words
        .iter()
        .rev()
        .find(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    last.is_some_and(|word| WORDS.contains(&word.as_str()))
}

/// Judges the literal `text` under the sensitive name `name`. `None`: no credential at all, a reference, a sentence, a path.
pub fn credential(name: &str, text: &str) -> Option<Judged> {
    let password = is_password(name);
    let shortest = if password { SHORTEST.0 } else { SHORTEST.1 };
    if text.len() < shortest || text.len() > LONGEST {
        return None;
    }
    match value(text) {
        Value::Literal if asks(text) && text.contains(char::is_whitespace) => return None,
        Value::Literal if asks(text) => return judged(Likelihood::Doubtful, "a placeholder"),
        Value::Literal => {}
        Value::Placeholder => return judged(Likelihood::Doubtful, "a placeholder"),
        Value::Ciphertext => return judged(Likelihood::Doubtful, "encrypted"),
        Value::Plain if password && text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            return judged(Likelihood::Doubtful, "digits only");
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
        return judged(Likelihood::Doubtful, "the name of a test");
    }
    let text = text.trim_end_matches("\\n").trim_end_matches("\\r");
    if is_template(text) || is_code(text) {
        return None;
    }
    if let Some(why) = inert(text) {
        return judged(Likelihood::Doubtful, why);
    }
    if is_hash(text) {
        return judged(Likelihood::Doubtful, "a hash");
    }
    if let Some(inner) = base64_text(text) {
        // A Secret of Kubernetes, a password somebody wrapped: what is inside counts.
        return credential(name, &inner);
    }
    if well_known(text) || well_known(&unleet(text)) {
        return judged(Likelihood::Doubtful, "a well-known default");
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return judged(Likelihood::Doubtful, "digits only");
    }
    if says_its_name(name, text) {
        return judged(
            Likelihood::Doubtful,
            "made of the words of its name, or of words for samples",
        );
    }
    if password { chosen(text) } else { generated(text) }
}

/// Whether a text looks generated so clearly that marks of templates and of code stand in it by chance: `kX7qM%dsE1nYEZ9`.
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

/// Where the first template of these marks stands, with what it holds: `{x}`, `{{ x }}`, `${x}`, `<%= x %>`.
fn hole(text: &str) -> Option<(usize, usize)> {
    const HOLES: &[(&str, &str)] = &[
        ("${", "}"),
        ("{{", "}}"),
        ("$(", ")"),
        ("#{", "}"),
        ("<%", "%>"),
        ("{", "}"),
    ];
    HOLES.iter().find_map(|(open, close)| {
        let start = text.find(open)?;
        let inner = start + open.len();
        let len = text[inner..].find(close)?;
        Some((start, inner + len + close.len()))
    })
}

/// A format string, a template, escapes.
fn is_template(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "%s", "%d", "%v", "%q", "{}", "{0", "<%", "${", "$(", "#{", "{{", "\\x", "\\u", "\\t", "...",
        "\u{2026}", "[^", "(?", "\\s", "\u{fffd}", "</", "/>",
    ];
    // An ellipsis shortens a value: no generator makes one.
    if text.contains(['\u{fffd}', '\u{2026}']) || text.chars().any(char::is_control) {
        return true;
    }
    let mark = |byte: &u8| byte.is_ascii_punctuation() && !matches!(byte, b'!' | b'?' | b'=' | b'*');
    let bytes = text.as_bytes();
    // `###PASSWORD###`, `@@TOKEN@@`.
    let wrapped = bytes.len() > 4
        && mark(&bytes[0])
        && bytes.starts_with(&[bytes[0]; 2])
        && bytes.ends_with(&[bytes[0]; 2]);
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        let last = scheme.rsplit([' ', '"', '\'', '(']).next().unwrap_or_default();
        last.bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'+' | b'.' | b':' | b'-' | b'0'..=b'9'))
    });
    let dense = is_dense(text);
    // What is left when the hole is taken out decides whether it was one: braces stand in generated values too.
    let template = hole(text).is_some_and(|(start, end)| {
        let spelled = wordiness(&text[start..end]).bits < GIBBERISH;
        (spelled || !dense) && !is_dense(&[&text[..start], &text[end..]].concat())
    });
    template
        || scheme
        || wrapped
        || !dense && MARKS.iter().any(|mark| text.contains(mark))
        || text.starts_with('$') && !text.contains(|char: char| char.is_ascii_digit())
}

/// A piece of code: a call, a path of names, a list of words.
fn is_code(text: &str) -> bool {
    let call = text.ends_with(')') && text.contains('(')
        || text.ends_with(';')
        || text.contains("::")
        || text.contains("=>")
        || text.contains("->");
    let marks = text
        .bytes()
        .filter(|byte| matches!(byte, b'.' | b'/' | b',' | b':' | b'_' | b'-' | b'*'))
        .count();
    let plain = text.bytes().all(|byte| {
        byte.is_ascii_alphabetic()
            || matches!(byte, b'.' | b'/' | b',' | b':' | b'_' | b'-' | b'[' | b']' | b'*')
    });
    let path = text.split('/').count() >= 4 && text.split('/').all(|part| part.len() <= 16);
    call && !is_dense(text) || path || plain && marks > 0 && wordiness(text).bits < GIBBERISH
}

/// A hash of a password, in the forms of crypt(3) and of frameworks.
fn is_hash(text: &str) -> bool {
    const FORMS: &[&str] = &[
        "$argon2",
        "$2a$",
        "$2b$",
        "$2y$",
        "$6$",
        "$5$",
        "$1$",
        "$y$",
        "$apr1$",
        "$pbkdf2",
        "$scrypt",
        "{SHA",
        "{SSHA",
        "pbkdf2_",
        "pbkdf2:",
        "scrypt:",
        "bcrypt",
        "SCRAM-SHA-",
    ];
    // Compose writes `$` twice.
    let text = text
        .strip_prefix('$')
        .filter(|rest| rest.starts_with('$'))
        .unwrap_or(text);
    FORMS.iter().any(|form| text.starts_with(form))
}

/// The printable text inside padded base64, or base64 of a multiple of four characters; at least four characters of text.
pub fn base64_text(text: &str) -> Option<String> {
    let inner = decoded(text)?;
    let printable = inner
        .trim_end()
        .chars()
        .all(|char| char.is_ascii_graphic() || char == ' ');
    (printable && inner.trim_end().len() >= 4).then(|| inner.trim_end().to_owned())
}

/// The value inside base64 that is wrapped over lines, itself one line or a value that was wrapped before: nothing with names or sentences in it.
pub fn base64_wrapped(text: &str) -> Option<String> {
    let inner = decoded(&text.split_whitespace().collect::<String>())?;
    let value = |line: &str| {
        line.bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b':' | b'<' | b'{' | b'#'))
    };
    let joined = inner.lines().collect::<String>();
    (inner.lines().all(value) && joined.len() >= 4).then_some(joined)
}

/// The text inside base64.
fn decoded(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 || text.len() < 8 {
        return None;
    }
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0u32, 0);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether a literal says no more than its name does, or what samples are made of.
fn says_its_name(name: &str, text: &str) -> bool {
    const SAMPLES: &str = "my your our the a an some new old test testing tests fake dummy sample example demo foo bar baz qux super very top \
        secret secrets password passwd passphrase pass pwd token key user username admin value string here is not invalid \
        valid wrong bad good right correct incorrect real random mock default this abc xyz client api auth access refresh \
        private public hash hashed data app service server id code one two first second another other long short strong weak \
        safe secure hello world change me to for of and with no only local dev prod db database root bearer basic session \
        cookie sign signing encryption master";
    let lower = name.to_ascii_lowercase();
    let words = split(text);
    let known = |word: &String| {
        SAMPLES.split(' ').any(|sample| sample == word) || word.len() >= 3 && lower.contains(word.as_str())
    };
    !words.is_empty() && words.iter().all(known) && text.bytes().filter(u8::is_ascii_digit).count() <= 4
}

/// The words of a text in lower case: letters between other characters and between small and capital ones.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for char in text.chars() {
        if !char.is_ascii_alphabetic() || char.is_ascii_uppercase() && last.is_ascii_lowercase() {
            words.push(String::new());
        }
        if char.is_ascii_alphabetic() {
            words
                .last_mut()
                .expect("one at least")
                .push(char.to_ascii_lowercase());
        }
        last = char;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A password: chosen by a person, or generated.
fn chosen(text: &str) -> Option<Judged> {
    let model = wordiness(text);
    if text.contains(char::is_whitespace) {
        let few = text.split_whitespace().count() <= 3 && text.len() <= 40;
        let sureness = if model.bits >= 6.3 {
            Likelihood::Sure
        } else {
            Likelihood::Likely
        };
        return match () {
            () if few && model.bits >= GIBBERISH => judged(sureness, "no words"),
            () if is_phrase(text) => judged(Likelihood::Doubtful, "a phrase"),
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
            judged(Likelihood::Sure, "looks generated")
        }
        () if text.len() >= 5 && model.bits >= 6.3 && model.letters >= 4 => {
            judged(Likelihood::Sure, "no word")
        }
        () if text.len() >= 16 && looks_random(text) && model.bits >= 4.6 => {
            judged(Likelihood::Sure, "looks generated")
        }
        () if text.len() >= 8 && classes >= 3 && (plain.bits >= 4.6 || plain.letters < 4) => {
            judged(Likelihood::Sure, "letters, digits and marks mixed")
        }
        () if text.len() >= 8 && classes >= 2 && (marks > 0 || digits > 0 && model.bits >= 4.6) => {
            judged(Likelihood::Likely, "as a chosen password")
        }
        () if digits > 0 && model.letters > 0 => judged(Likelihood::Doubtful, "a word and a number"),
        () if model.bits >= 4.8 && model.letters >= 4 => judged(Likelihood::Likely, "hardly a word"),
        () => judged(Likelihood::Doubtful, "a word"),
    }
}

/// Words as people join them to a passphrase: not a sentence about passwords, and no marks of one.
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

/// Digits and marks that stand for letters, as letters: `p@$$w0rd`.
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

/// A token or key: generated.
fn generated(text: &str) -> Option<Judged> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    if is_uuid(text) {
        return judged(Likelihood::Likely, "a UUID: a key, or only an id");
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
            judged(Likelihood::Sure, "looks generated")
        }
        () if text.len() >= 20 && classes == 1 && model.letters == text.len() && model.bits >= 6.0 => {
            judged(Likelihood::Sure, "looks generated")
        }
        () if classes >= 2 && (model.bits >= GIBBERISH && model.letters >= 5 || model.turns >= 3) => {
            judged(Likelihood::Likely, "looks generated, and is short")
        }
        () if model.bits >= 6.0 && model.letters >= 8 => judged(Likelihood::Likely, "no words"),
        () => judged(Likelihood::Doubtful, "looks like words"),
    }
}

/// Whether a literal without a sensitive name looks like a key all the same: random in three classes of characters, and neither its name nor
/// its form says that it is a hash, an id, a key meant to be public, a picture.
pub fn unnamed(name: &str, text: &str) -> bool {
    const HARMLESS: &str = "hash sid sha sha1 sha256 sha512 md5 digest checksum sum integrity id ids uid uuid guid etag commit rev revision version \
        path url uri href src file image img icon data cert certificate crt ca public pub fingerprint thumbprint signature sig salt nonce iv \
        class style regex pattern alphabet charset chars";
    let words = split(name);
    let classes = [
        u8::is_ascii_lowercase as fn(&u8) -> bool,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    let mixed = classes.iter().all(|class| text.bytes().any(|byte| class(&byte)));
    // DER, and the pictures that style sheets carry.
    let known = [
        "MII", "iVBORw0", "R0lGOD", "/9j/", "AAAA", "sha1-", "sha256-", "sha384-", "sha512-",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    let model = wordiness(text);
    mixed
        && !known
        && text.len() <= 200
        && !words
            .iter()
            .any(|word| HARMLESS.split_whitespace().any(|harmless| harmless == word))
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

    fn sureness(name: &str, text: &str) -> Option<Likelihood> {
        credential(name, text).map(|judged| judged.sureness)
    }

    #[test]
    fn generated_literals_are_credentials() {
        // In pieces: keysift reads its own sources.
        for (pieces, name) in [
            (["kqwz", "rtpl"], "password"),
            (["x7Kq", "2pLm"], "db_password"),
            (["9f3b07c2d1e84a65", "b0f79f3b07c2d1e8"], "api_key"),
            (["HRuTCbQF43Uf5htQ", "2aMJon52i2dNd"], "secret"),
        ] {
            assert_eq!(
                sureness(name, &pieces.concat()),
                Some(Likelihood::Sure),
                "{name} {pieces:?}"
            );
        }
        assert!(sureness("password", &["Tiger-", "Lily!7"].concat()) >= Some(Likelihood::Likely));
    }

    #[test]
    fn words_names_and_defaults_are_doubted() {
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
                sureness(name, text) <= Some(Likelihood::Doubtful),
                "{name} {text}"
            );
        }
    }

    #[test]
    fn what_is_no_literal_is_nothing() {
        for (name, text) in [
            ("password", "${PASSWORD}"),
            ("password", "enter your password please"),
            ("token", "config.auth.token"),
            ("secret", "/run/secrets/db"),
            ("password", "%s:%s"),
            ("token", "getToken()"),
            ("api_key", "https://example.com/x"),
        ] {
            assert_eq!(sureness(name, text), None, "{name} {text}");
        }
    }
}
