//! The value classifier: distinguishes literals from references, paths, switches and placeholders.

use crate::{
    envelopes::{is_ciphertext, is_public},
    placeholders::is_placeholder,
    references::{is_reference, shell_default},
    shannon_bits,
};

/// The kind of a value with a sensitive name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A literal, taken for the secret.
    Literal,
    /// Empty.
    Empty,
    /// A switch, a number, a word that is not a value (`true`, `none`, `3600`).
    Plain,
    /// A reference to a value that is elsewhere (`$(X)`, `{{ .Values.x }}`, `vault:…`).
    Reference,
    /// The path of a file.
    Path,
    /// A placeholder (`<PASSWORD>`, `xxxx`, `your-key-here`), which authenticates nobody.
    Placeholder,
    /// Ciphertext.
    Ciphertext,
    /// Public by design: a certificate, a public key.
    Public,
}

impl Value {
    /// The reason as text, for `explain` and notes.
    pub fn reason(self) -> &'static str {
        match self {
            Value::Literal => "a literal",
            Value::Empty => "empty",
            Value::Plain => "a switch, a number or a plain word",
            Value::Reference => "a reference, the value lives elsewhere",
            Value::Path => "a path",
            Value::Placeholder => "a placeholder",
            Value::Ciphertext => "encrypted",
            Value::Public => "public material",
        }
    }
}

/// Classifies the value of a sensitive name. `value` is the scalar without its quotes.
pub fn value(value: &str) -> Value {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    if value.is_empty() {
        Value::Empty
    } else if let Some(default) = shell_default(value) {
        // `${X:-literal}`: the literal is used when X is unset.
        self::value(default)
    } else if is_reference(value, &lower) {
        Value::Reference
    } else if is_plain(&lower) {
        Value::Plain
    } else if is_ciphertext(value) {
        Value::Ciphertext
    } else if is_public(value) {
        Value::Public
    } else if is_path(value) {
        Value::Path
    } else if is_placeholder(value, &lower) {
        Value::Placeholder
    } else {
        Value::Literal
    }
}

/// Returns whether a value looks generated: at least 16 characters without spaces, at least 3 bits of entropy
/// per byte, and two of lower case, upper case and digits.
pub fn looks_random(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| usize::from(value.bytes().any(|byte| class(&byte)));
    let classes = has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit);
    value.len() >= 16
        && classes >= 2
        && !value.contains(char::is_whitespace)
        && shannon_bits(value.as_bytes()) >= 3.0
}

fn is_plain(lower: &str) -> bool {
    const WORDS: &[&str] = &[
        "~",
        "null",
        "nil",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "none",
        "enabled",
        "disabled",
        "undefined",
        "n/a",
        "na",
        "auto",
    ];
    // A long number may be a password; a short one is a port, a count or a switch.
    WORDS.contains(&lower)
        || is_version(lower)
        || lower.len() < 6
            && lower.starts_with(|char: char| char.is_ascii_digit())
            && lower.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Returns whether a text is a version or a version range, as packages are pinned: `^4.0.9`, `npm:^7.0.0`,
/// `>=2.0.1`, `1733.v931b819769e1`.
fn is_version(text: &str) -> bool {
    let core = text.strip_prefix("npm:").unwrap_or(text);
    let core = core.trim_start_matches(['^', '~', '>', '<', '=', ' ']);
    let core = core.strip_prefix('v').unwrap_or(core);
    let mut parts = core.split('.');
    let number =
        |part: &str| !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    let first = parts.next().is_some_and(number);
    let rest: Vec<&str> = parts.collect();
    let build = |part: &str| {
        part.strip_prefix('v').is_some_and(|hash| {
            !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
        })
    };
    first
        && core.len() <= 40
        && rest.first().is_some_and(|second| {
            number(second.split(['-', '+']).next().unwrap_or_default()) || build(second)
        })
        && (text.len() > core.len()
            || rest.len() >= 2
            || rest
                .iter()
                .any(|part| build(part) || part.contains("-r") || part.contains('-') && part.len() <= 6))
        && rest.iter().all(|part| {
            !part.is_empty()
                && !part.bytes().any(|byte| {
                    byte.is_ascii_uppercase() && !part.contains("RC") && !part.contains("SNAPSHOT")
                })
        })
}

/// Returns whether a value is a path: a known start and the shape of one. AWS secrets may begin with `/`, so
/// that alone does not suffice.
fn is_path(value: &str) -> bool {
    let drive =
        value.as_bytes().get(1) == Some(&b':') && matches!(value.as_bytes().get(2), Some(b'\\' | b'/'));
    let relative = ["./", "../", "~/", "file:"]
        .iter()
        .any(|prefix| value.starts_with(prefix));
    let segments = || value.split('/').skip(1);
    let absolute = value.starts_with('/')
        && !value.contains(['+', '='])
        && segments().all(|segment| {
            segment
                .chars()
                .all(|char| char.is_alphanumeric() || "._-{}$@".contains(char))
        })
        && (segments().filter(|segment| !segment.is_empty()).count() >= 2
            || segments().all(|segment| segment.len() <= 16))
        && !(value.len() >= 40 && shannon_bits(value.as_bytes()) > 4.5);
    drive || relative || absolute
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all(values: &[&str], verdict: Value) {
        for text in values {
            assert_eq!(value(text), verdict, "{text}");
        }
    }

    #[test]
    fn literals_are_secrets() {
        all(
            &[
                "swordfish",
                "s3cr3t!",
                "admin",
                "changeme",
                "/aB3+x9/Zq+kLm=",
                "123456",
                "correct horse battery staple",
            ],
            Value::Literal,
        );
    }

    #[test]
    fn references_live_elsewhere() {
        all(
            &[
                "$(DB_PASSWORD)",
                "${DB_PASSWORD}",
                "$PASS",
                "{{ .Values.password }}",
                "{{",
                "${{ secrets.X }}",
                "%DB_PASSWORD%",
            ],
            Value::Reference,
        );
        all(
            &[
                "vault:secret/data/x#key",
                "op://vault/item",
                "arn:aws:secretsmanager:eu-west-1:1:secret:x",
                "projects/1/secrets/db",
            ],
            Value::Reference,
        );
        all(
            &["__DB_PASSWORD__", "@PASSWORD@", "prefix-{{ .Values.x }}"],
            Value::Reference,
        );
    }

    #[test]
    fn the_default_of_an_expansion_is_judged() {
        assert_eq!(value("${X:-hunter2}"), Value::Literal);
        assert_eq!(value("${X:-}"), Value::Reference);
        assert_eq!(value("${X:-${Y}}"), Value::Reference);
        assert_eq!(value("${X:?must be set}"), Value::Reference);
    }

    #[test]
    fn switches_paths_and_placeholders_are_not_secrets() {
        all(&["true", "no", "None", "3600", "null", "~", "1.5"], Value::Plain);
        all(
            &[
                "/run/secrets/db",
                "./secret",
                "~/.ssh/id_rsa",
                "C:\\secret.txt",
                "/etc",
                "file:/x",
            ],
            Value::Path,
        );
        all(
            &[
                "<PASSWORD>",
                "xxx",
                "xxxxxxxx",
                "****",
                "your-password",
                "REDACTED",
                "[password]",
                "insert-token-here",
                "...",
            ],
            Value::Placeholder,
        );
        all(&["", "  "], Value::Empty);
        all(&["ENC[AES256_GCM,data:x]", "vault:v1:abc"], Value::Ciphertext);
    }
}
