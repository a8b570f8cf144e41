//! Is a literal that is assigned to a sensitive name a credential, or something that stands there by chance?

use crate::{Value, looks_random, value, values::well_known, wordiness::wordiness};

/// How sure it is that a literal is a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
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
    pub sureness: Sureness,
    /// The reason, in words.
    pub reason: &'static str,
}

/// More bits a letter than this, and letters are no words.
const GIBBERISH: f32 = 5.1;

/// The shortest password and the shortest other secret that are looked at, in bytes.
const SHORTEST: (usize, usize) = (4, 8);

/// The longest literal that is taken for a credential, in bytes.
const LONGEST: usize = 512;

fn judged(sureness: Sureness, reason: &'static str) -> Option<Judged> {
    Some(Judged { sureness, reason })
}

/// Whether a name is that of a password: something that people choose.
pub fn is_password(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["passw", "passphrase", "pwd", "passcode", "_pass", "-pass", ".pass"].iter().any(|word| lower.contains(word))
        || lower.ends_with("pass")
        || lower == "pw"
        || lower.ends_with("_pw")
}

/// Judges the literal `text` under the sensitive name `name`. `None`: no credential at all, a reference, a sentence, a path.
pub fn credential(name: &str, text: &str) -> Option<Judged> {
    let password = is_password(name);
    let shortest = if password { SHORTEST.0 } else { SHORTEST.1 };
    if text.len() < shortest || text.len() > LONGEST {
        return None;
    }
    match value(text) {
        Value::Literal => {}
        Value::Placeholder => return judged(Sureness::Doubtful, "a placeholder"),
        Value::Ciphertext => return judged(Sureness::Doubtful, "encrypted"),
        Value::Plain if password && text.len() >= 6 => return judged(Sureness::Doubtful, "digits only"),
        _ => return None,
    }
    if is_template(text) || is_code(text) {
        return None;
    }
    if well_known(text) || well_known(&unleet(text)) {
        return judged(Sureness::Doubtful, "a well-known default");
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return judged(Sureness::Doubtful, "digits only");
    }
    if says_its_name(name, text) {
        return judged(Sureness::Doubtful, "made of the words of its name, or of words for samples");
    }
    if password { chosen(text) } else { generated(text) }
}

/// A format string, a template, escapes.
fn is_template(text: &str) -> bool {
    const MARKS: &[&str] =
        &["%s", "%d", "%v", "%q", "{}", "{0", "<%", "${", "$(", "#{", "{{", "\\x", "\\u", "\\t", "...", "\u{fffd}", "://", "</", "/>"];
    MARKS.iter().any(|mark| text.contains(mark))
        || text.chars().any(char::is_control)
        || text.starts_with('$') && !text.contains(|char: char| char.is_ascii_digit())
}

/// A piece of code: a call, a path of names, a list of words.
fn is_code(text: &str) -> bool {
    let call = text.ends_with(')') && text.contains('(')
        || text.ends_with(';')
        || text.contains("::")
        || text.contains("=>")
        || text.contains("->");
    let marks = text.bytes().filter(|byte| matches!(byte, b'.' | b'/' | b',' | b':' | b'_' | b'-')).count();
    let plain =
        text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'/' | b',' | b':' | b'_' | b'-' | b'[' | b']'));
    call || plain && marks > 0 && wordiness(text).bits < GIBBERISH
}

/// Whether a literal says no more than its name does, or what samples are made of.
fn says_its_name(name: &str, text: &str) -> bool {
    const SAMPLES: &[&str] = &[
        "my",
        "your",
        "our",
        "the",
        "a",
        "an",
        "some",
        "new",
        "old",
        "test",
        "testing",
        "tests",
        "fake",
        "dummy",
        "sample",
        "example",
        "demo",
        "foo",
        "bar",
        "baz",
        "qux",
        "super",
        "very",
        "top",
        "secret",
        "secrets",
        "password",
        "passwd",
        "passphrase",
        "pass",
        "pwd",
        "token",
        "key",
        "user",
        "username",
        "admin",
        "value",
        "string",
        "here",
        "is",
        "not",
        "invalid",
        "valid",
        "wrong",
        "bad",
        "good",
        "right",
        "correct",
        "incorrect",
        "real",
        "random",
        "mock",
        "default",
        "this",
        "abc",
        "xyz",
        "client",
        "api",
        "auth",
        "access",
        "refresh",
        "private",
        "public",
        "hash",
        "hashed",
        "data",
        "app",
        "service",
        "server",
        "id",
        "code",
        "one",
        "two",
        "first",
        "second",
        "another",
        "other",
        "long",
        "short",
        "strong",
        "weak",
        "safe",
        "secure",
        "hello",
        "world",
        "change",
        "me",
        "to",
        "for",
        "of",
        "and",
        "with",
        "no",
        "only",
        "local",
        "dev",
        "prod",
        "db",
        "database",
        "root",
        "bearer",
        "basic",
        "session",
        "cookie",
        "sign",
        "signing",
        "encryption",
        "master",
    ];
    let lower = name.to_ascii_lowercase();
    let words = split(text);
    let known = |word: &String| SAMPLES.contains(&word.as_str()) || word.len() >= 3 && lower.contains(word.as_str());
    !words.is_empty() && words.iter().all(known) && text.bytes().filter(u8::is_ascii_digit).count() <= 4
}

/// The words of a text in lower case: letters between other characters and between small and capital ones.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for char in text.chars() {
        if !char.is_ascii_alphabetic() || char.is_ascii_uppercase() && last.is_ascii_lowercase() {
            words.push(String::new());
        }
        if char.is_ascii_alphabetic() {
            words.last_mut().expect("one at least").push(char.to_ascii_lowercase());
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
        let sureness = if model.bits >= 6.3 { Sureness::Sure } else { Sureness::Likely };
        return if few && model.bits >= GIBBERISH { judged(sureness, "no words") } else { None };
    }
    let has = |class: fn(u8) -> bool| usize::from(text.bytes().any(class));
    let marks = has(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.'));
    let digits = has(|byte| byte.is_ascii_digit());
    let classes = has(|byte| byte.is_ascii_lowercase()) + has(|byte| byte.is_ascii_uppercase()) + digits + marks;
    let plain = wordiness(&unleet(text));
    match () {
        () if text.len() >= 6 && (model.bits >= GIBBERISH && model.letters >= 5 || model.turns >= 3) => {
            judged(Sureness::Sure, "looks generated")
        }
        () if text.len() >= 5 && model.bits >= 6.3 && model.letters >= 4 => judged(Sureness::Sure, "no word"),
        () if text.len() >= 16 && looks_random(text) && model.bits >= 4.6 => judged(Sureness::Sure, "looks generated"),
        () if text.len() >= 8 && classes >= 3 && (plain.bits >= 4.6 || plain.letters < 4) => {
            judged(Sureness::Sure, "letters, digits and marks mixed")
        }
        () if text.len() >= 8 && classes >= 2 && (marks > 0 || digits > 0 && model.bits >= 4.6) => {
            judged(Sureness::Likely, "as a chosen password")
        }
        () if digits > 0 && model.letters > 0 => judged(Sureness::Doubtful, "a word and a number"),
        () if model.bits >= 4.8 && model.letters >= 4 => judged(Sureness::Likely, "hardly a word"),
        () => judged(Sureness::Doubtful, "a word"),
    }
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

/// A token or key: generated.
fn generated(text: &str) -> Option<Judged> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    let model = wordiness(text);
    let classes = [u8::is_ascii_lowercase as fn(&u8) -> bool, u8::is_ascii_uppercase, u8::is_ascii_digit]
        .iter()
        .filter(|class| text.bytes().any(|byte| class(&byte)))
        .count();
    match () {
        () if text.len() >= 16 && looks_random(text) && (model.bits >= GIBBERISH || model.turns >= 4) => {
            judged(Sureness::Sure, "looks generated")
        }
        () if text.len() >= 20 && classes == 1 && model.letters == text.len() && model.bits >= 6.0 => {
            judged(Sureness::Sure, "looks generated")
        }
        () if classes >= 2 && (model.bits >= GIBBERISH && model.letters >= 5 || model.turns >= 3) => {
            judged(Sureness::Likely, "looks generated, and is short")
        }
        () if model.bits >= 6.0 && model.letters >= 8 => judged(Sureness::Likely, "no words"),
        () => judged(Sureness::Doubtful, "looks like words"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sureness(name: &str, text: &str) -> Option<Sureness> {
        credential(name, text).map(|judged| judged.sureness)
    }

    #[test]
    fn generated_literals_are_credentials() {
        for (name, text) in [
            ("password", "kqwzrtpl"),
            ("db_password", "x7Kq2pLm"),
            ("api_key", "9f3b07c2d1e84a65b0f79f3b07c2d1e8"),
            ("secret", "HRuTCbQF43Uf5htQ2aMJon52i2dNd"),
        ] {
            assert_eq!(sureness(name, text), Some(Sureness::Sure), "{name} {text}");
        }
        assert_eq!(sureness("password", "Tiger-Lily!7"), Some(Sureness::Likely));
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
            assert!(sureness(name, text) <= Some(Sureness::Doubtful), "{name} {text}");
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
