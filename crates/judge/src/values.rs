//! The value judge: is a literal a secret, or a reference, a path, a switch, a placeholder?

use crate::{is_dense, shannon_bits};

/// What a value that stands under a sensitive name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A literal: taken for the secret.
    Literal,
    /// Nothing there.
    Empty,
    /// A switch, a number, a word that names no value (`true`, `none`, `3600`).
    Plain,
    /// A reference to a value that lives elsewhere (`$(X)`, `{{ .Values.x }}`, `vault:…`).
    Reference,
    /// The path of a file.
    Path,
    /// A placeholder to be filled in (`<PASSWORD>`, `xxxx`, `your-key-here`): inert, nobody can log in with it.
    Placeholder,
    /// Encrypted text, useless without its key.
    Ciphertext,
    /// Public by design: a certificate, a public key.
    Public,
}

impl Value {
    /// The reason in words, for `explain` and notes.
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

/// Judges the value of a sensitive name. `value` is the scalar without its quotes.
pub fn value(value: &str) -> Value {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    if value.is_empty() {
        Value::Empty
    } else if let Some(default) = shell_default(value) {
        // `${X:-literal}`: the literal is what runs when nobody sets X.
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

/// Words that show a token was made up. At least seven letters each: shorter ones occur in random text.
const DOCUMENTATION: &[&str] = &[
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "your-token",
    "your_token",
    "yourtoken",
    "example",
    "notreal",
    "not-a-real",
    "xxxxxxx",
];

/// Why a token in a provider's own format is not live, if it shows: a filled-in pattern or a word of documentation inside it.
///
/// Strict enough that a random token of 100 characters is called inert less than once in a billion.
pub fn inert(token: &str) -> Option<&'static str> {
    let lower = token.to_ascii_lowercase();
    if token.ends_with("EXAMPLE") || token.ends_with("EXAMPLEKEY") {
        return Some("a documented sample");
    }
    // The subject of the sample that jwt.io shows.
    if token.contains(".eyJzdWIiOiIxMjM0NTY3ODkwI") {
        return Some("a documented sample");
    }
    if DOCUMENTATION.iter().any(|word| lower.contains(word)) {
        return Some("holds a word of documentation");
    }
    if longest_run(&lower) >= 8 {
        return Some("one character repeated");
    }
    if longest_sequence(&lower) >= 10 {
        return Some("characters in ascending order");
    }
    if token.len() >= 16 && shannon_bits(token.as_bytes()) < 1.8 {
        return Some("too regular for a secret");
    }
    None
}

/// Whether a password is one that products, tutorials and test set-ups use by default: it may well be live, and is no secret.
pub fn well_known(password: &str) -> bool {
    const WORDS: &[&str] = &[
        "admin",
        "administrator",
        "changeit",
        "changeme",
        "demo",
        "dev",
        "example",
        "foo",
        "foobar",
        "bar",
        "guest",
        "hello",
        "letmein",
        "local",
        "minio",
        "minioadmin",
        "mongo",
        "mypass",
        "mypassword",
        "mysecretpassword",
        "mysql",
        "mysecret",
        "p",
        "pass",
        "passw0rd",
        "passwd",
        "password",
        "postgres",
        "postgresql",
        "pw",
        "pwd",
        "qwerty",
        "rabbitmq",
        "redis",
        "root",
        "rootpassword",
        "sa",
        "secret",
        "super-secret",
        "supersecret",
        "sysadmin",
        "test",
        "testing",
        "testpass",
        "testpassword",
        "tiger",
        "toor",
        "user",
        "username",
        "welcome",
        "yourpassword",
        "examplepassword",
        "dbpassword",
        "somepassword",
        "userpass",
        "xxx",
        "token",
        "key",
        "value",
        "string",
    ];
    let lower = password.to_ascii_lowercase();
    let core = lower.trim_end_matches(|char: char| char.is_ascii_digit() || "!@#$_-.".contains(char));
    WORDS.contains(&lower.as_str())
        || WORDS.contains(&core) && lower.len() <= core.len() + 4
        || lower.is_empty()
}

/// Whether a value has the shape of a generated secret: at least 16 characters without blanks, at least 3 bits of entropy each, and two
/// of lower case, upper case and digits.
pub fn looks_random(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| usize::from(value.bytes().any(|byte| class(&byte)));
    let classes = has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit);
    value.len() >= 16
        && classes >= 2
        && !value.contains(char::is_whitespace)
        && shannon_bits(value.as_bytes()) >= 3.0
}

/// The default of `${X:-default}` or `${X-default}`, where the whole value is that expansion and the default is not empty.
fn shell_default(value: &str) -> Option<&str> {
    let inner = value.strip_prefix("${")?.strip_suffix('}')?;
    let name = inner.find(|char: char| !char.is_ascii_alphanumeric() && char != '_')?;
    let rest = &inner[name..];
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'))?;
    (name > 0 && !default.is_empty()).then_some(default)
}

/// Prefixes of references into a store, and of expressions that some tool fills in.
const REFERENCE_PREFIXES: &[&str] = &[
    "$(",
    "{{",
    "${{",
    "<%",
    "#{",
    "((",
    "!vault",
    "!ref",
    "!sub",
    "!getatt",
    "vault:",
    "ref+",
    "op://",
    "<path:",
    "secretref:",
    "secretref+",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "arn:aws:kms:",
    "@microsoft.keyvault(",
    "%%env_",
    "env:",
    "file://",
    "$secret:",
    "akeyless:",
    "doppler://",
    "awssm://",
    "gcpsm://",
    "aws-sm://",
    "ssm://",
    "secretmanager://",
    "keyring:",
    "process.env",
    "os.environ",
    "os.getenv",
    "getenv(",
    "env(",
    "var.",
    "local.",
    "data.",
    "module.",
];

fn is_reference(value: &str, lower: &str) -> bool {
    let whole = |open: &str, close: &str| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    // What is not closed may be the first word of a template, or a generated value that begins with marks.
    let opens = |prefix: &str| match prefix {
        "$(" | "((" => value.contains(')') || !is_dense(value),
        "{{" | "${{" | "#{" => value.contains('}') || !is_dense(value),
        "<%" => value.contains('>') || !is_dense(value),
        _ => true,
    };
    if REFERENCE_PREFIXES.iter().any(|prefix| {
        lower.starts_with(prefix) && opens(prefix) && !(*prefix == "vault:" && lower.starts_with("vault:v"))
    }) {
        return true;
    }
    // The pattern and the replacement of an editor of streams, a variable that a shell puts between quotes, a literal that is joined.
    if value.starts_with(".*")
        || ["=$", "'\"$", "\"'$", "\" + ", "' + ", "\" . $", "' . $"]
            .iter()
            .any(|mark| value.contains(mark))
            && !is_dense(value)
    {
        return true;
    }
    // What a format string puts in: `{pw}`, `{config["Pw"]}`.
    if value.strip_prefix('{').is_some_and(|inner| {
        let len = inner
            .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '.')))
            .unwrap_or(inner.len());
        inner.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
            && len < inner.len()
            && matches!(inner.as_bytes()[len], b'}' | b'[' | b'(' | b':')
            && !is_dense(&inner[..len])
    }) {
        return true;
    }
    // The beginning of a call.
    if value.len() > 4 && value.ends_with('(') && !is_dense(value) {
        return true;
    }
    let holds = |open: &str, close: char| {
        value
            .find(open)
            .is_some_and(|at| value[at + open.len()..].contains(close) || !is_dense(value))
    };
    let parameter = value.strip_prefix('%').and_then(|rest| rest.split_once('%'));
    if parameter.is_some_and(|(name, rest)| !name.is_empty() && rest.starts_with('/'))
        || value.contains("{{") && !is_dense(value)
    {
        return true;
    }
    if value.contains("{{") && value.contains("}}") || holds("$(", ')') || holds("${", '}') {
        return true;
    }
    let variable = value
        .strip_prefix("$$")
        .or_else(|| value.strip_prefix('$'))
        .is_some_and(|rest| {
            rest.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
    let upper = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
    };
    variable
        || whole("%", "%") && upper(&value[1..value.len() - 1])
        || whole("@", "@") && upper(&value[1..value.len() - 1])
        || whole("__", "__") && upper(value)
        || lower.starts_with("projects/") && lower.contains("/secrets/")
        || lower.starts_with("https://") && lower.contains(".vault.azure.net/")
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
    // A long digit string is a password like any other; a short one a port, a count or a switch.
    WORDS.contains(&lower)
        || is_version(lower)
        || lower.len() < 6
            && lower.starts_with(|char: char| char.is_ascii_digit())
            && lower.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A version or a range of versions, as packages are pinned: `^4.0.9`, `npm:^7.0.0`, `>=2.0.1`, `1733.v931b819769e1`.
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

/// Text that nobody reads without a key: what ciphers and the tools around them write.
fn is_ciphertext(value: &str) -> bool {
    let base64 = |text: &str, least: usize| {
        text.len() >= least
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'))
    };
    // An envelope begins with few fixed letters: only its length tells it from a password.
    let enveloped = [
        ("AQICAH", 60),     // KMS
        ("U2FsdGVkX1", 24), // `openssl enc`: "Salted__"
        ("gAAAAA", 80),     // Fernet
        ("AgA", 200),       // SealedSecret
        ("AgB", 200),
        ("AgC", 200),
        ("AgD", 200),
    ]
    .iter()
    .any(|(start, least)| value.starts_with(start) && base64(value, *least));
    let parts: Vec<&str> = value.split(['.', ':']).collect();
    // JWE in its compact form: five parts, the first a header; Pulumi: version, nonce, ciphertext.
    let parted = parts.len() == 5 && value.starts_with("eyJ") && value.contains('.')
        || parts.len() == 3
            && parts[0] == "v1"
            && parts[1].len() == 16
            && base64(parts[1], 16)
            && base64(parts[2], 16)
        || value.starts_with("encrypted:") && base64(&value["encrypted:".len()..], 24);
    enveloped
        || parted
        || [
            "ENC[",
            "ENC(",
            "$ANSIBLE_VAULT",
            "{cipher}",
            "vault:v",
            "-----BEGIN PGP MESSAGE",
            "-----BEGIN AGE ENCRYPTED",
            "age-encryption.org/",
        ]
        .iter()
        .any(|prefix| value.starts_with(prefix))
}

fn is_public(value: &str) -> bool {
    [
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN PGP PUBLIC",
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ecdsa-sha2-",
        "age1",
        "pk_live_",
        "pk_test_",
    ]
    .iter()
    .any(|prefix| value.starts_with(prefix))
}

/// A path: a known start and the shape of one. AWS secrets may begin with `/`, so that alone is not enough.
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

/// Something to be filled in, or words that ask for it.
fn is_placeholder(value: &str, lower: &str) -> bool {
    const STARTS: &[&str] = &[
        "your-",
        "your_",
        "your ",
        "my-secret-here",
        "insert",
        "replace",
        "fill",
        "put-your",
        "put_your",
        "enter-",
        "enter_",
        "<",
        "todo",
        "fixme",
    ];
    const PARTS: &[&str] = &[
        "redacted",
        "placeholder",
        "data+omitted",
        "-here",
        "_here",
        "goes here",
        "goes-here",
        "set-me",
        "set_me",
        "setme",
        "to-be-set",
        "tbd",
    ];
    let filled = |char: char| lower.len() >= 3 && lower.chars().all(|other| other == char);
    let wrapped =
        lower.starts_with('<') && lower.ends_with('>') || lower.starts_with('[') && lower.ends_with(']');
    let all_same = lower
        .chars()
        .next()
        .is_some_and(|first| "x*.-_#?".contains(first) && filled(first))
        || lower == "…";
    // In what looks generated short words stand by chance.
    let spelled = |part: &str| lower.contains(part) && (part.len() >= 8 || !is_dense(value));
    wrapped
        || all_same
        || lower.contains("****")
        || lower.ends_with("...")
        || spelled("xxxx")
        || spelled("...")
        || STARTS
            .iter()
            .any(|start| *start != "<" && lower.starts_with(start) && !is_dense(value))
        || PARTS.iter().any(|part| spelled(part))
        || is_variable(value)
}

/// Whether a value is made of words that ask for one: a verb of asking, and what is asked for or who is asked.
pub fn asks(value: &str) -> bool {
    const VERBS: &[&str] = &[
        "choose",
        "change",
        "changeme",
        "enter",
        "insert",
        "replace",
        "autoreplace",
        "put",
        "set",
        "fill",
        "use",
        "pick",
        "generate",
        "provide",
        "add",
        "edit",
        "update",
        "see",
    ];
    const YOURS: &[&str] = &["your", "yours", "this", "me", "you", "here", "please"];
    const THINGS: &[&str] = &[
        "password", "passwd", "pass", "secret", "token", "key", "value", "string", "random", "strong",
        "secure", "long", "own",
    ];
    if value.len() > 80 || is_dense(value) {
        return false;
    }
    let words = crate::credential::split(value);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let letters: usize = words.iter().map(String::len).sum();
    words.len() >= 2
        && words.concat() != "changeme" // a default that is live
        && letters * 4 >= value.len() * 3
        && (has(VERBS) && (has(YOURS) || has(THINGS)) || has(&["your", "yours"]) && has(THINGS))
        && crate::wordiness(value).any < 4.8
}

/// The name of a variable in capitals that ends as names of credentials do: `SMTP_PASSWORD` stands for what is filled in.
fn is_variable(value: &str) -> bool {
    const HEADS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "PASS",
        "SECRET",
        "TOKEN",
        "KEY",
        "CREDENTIALS",
        "PWD",
    ];
    let mut parts = value.split('_').filter(|part| !part.is_empty());
    let last = value.rsplit('_').next().unwrap_or_default();
    HEADS.contains(&last)
        && value.contains('_')
        && parts.all(|part| {
            part.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
        && value.starts_with(|char: char| char.is_ascii_uppercase())
}

/// Whether a literal is a default that unlocks something although no password is named: what frameworks ship as their secret.
pub fn is_default_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "changeme",
        "changeit",
        "secret",
        "mysecret",
        "supersecret",
        "minioadmin",
        "topsecret",
    ]
    .contains(&lower.as_str())
        || lower.starts_with("django-insecure-")
}

/// The place of the password in a URL or connection string (`scheme://user:password@host`), if it is a literal that opens something.
pub fn url_password(text: &str) -> Option<(usize, usize)> {
    let scheme = text.find("://")?;
    let name = text[..scheme]
        .rsplit(|char: char| !char.is_ascii_alphanumeric() && char != '+')
        .next()?;
    let start = scheme + 3;
    let rest = &text[start..];
    let end = rest
        .find(|char: char| matches!(char, '/' | '?' | '#') || char.is_whitespace())
        .unwrap_or(rest.len());
    let (user, host) = rest[..end].rsplit_once('@')?;
    let (login, password) = user.split_once(':')?;
    let literal = name.len() >= 2
        && host.starts_with(|char: char| char.is_ascii_alphanumeric() || matches!(char, '[' | '{' | '$'))
        && value(password) == Value::Literal
        && !login.contains(['<', '{'])
        && password.len() >= 3
        && !password.contains(['<', '>', '{', '}', '$', '%'])
        && inert(password).is_none()
        && !["pass", "passw", "pwd", "pw"].contains(&password)
        && !(well_known(password)
            && (login.eq_ignore_ascii_case(password)
                || host.starts_with("localhost")
                || host.contains("example")));
    literal.then_some((start + login.len() + 1, start + user.len()))
}

/// Length of the longest run of one character.
fn longest_run(text: &str) -> usize {
    longest(text, |before, after| before == after)
}

/// Length of the longest run of characters that follow each other (`abcdef`, `012345`; `1234567890abcdef` as on a keyboard).
fn longest_sequence(text: &str) -> usize {
    longest(text, |before, after| {
        before.checked_add(1) == Some(after) || matches!((before, after), (b'9', b'0' | b'a') | (b'0', b'a'))
    })
}

fn longest(text: &str, joined: impl Fn(u8, u8) -> bool) -> usize {
    let (mut best, mut run) = (usize::from(!text.is_empty()), 1);
    for pair in text.as_bytes().windows(2) {
        run = if joined(pair[0], pair[1]) { run + 1 } else { 1 };
        best = best.max(run);
    }
    best
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
    fn literals_are_taken_for_secrets() {
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
    fn switches_paths_and_placeholders_are_none() {
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

    #[test]
    fn passwords_in_urls() {
        for (text, password) in [
            ("postgres://app:PASS@db:5432/app", Some("kq7zr")),
            ("jdbc:mysql://app:PASS@db/app?x=y", Some("kq7zr")),
            ("redis://:kq7zr@redis", Some("kq7zr")),
            ("https://user:$(PASS)@host", None),
            ("https://user:${PASS}@host", None),
            ("postgres://postgres:postgres@localhost", None),
            ("https://host:5432/a@b", None),
            ("https://user@host", None),
            ("https://user:<password>@host", None),
            ("see https://example.com", None),
        ] {
            let text = text.replace(":PASS@", ":kq7zr@"); // in pieces: keysift reads its own sources
            assert_eq!(
                url_password(&text).map(|(start, end)| &text[start..end]),
                password,
                "{text}"
            );
        }
    }

    #[test]
    fn inert_tokens_show_it() {
        assert!(inert(&format!("AKIA{}EXAMPLE", "IOSFODNN7")).is_some());
        assert!(inert(&"x".repeat(36)).is_some());
        assert!(inert("abcdefghijklmnop").is_some());
        assert!(inert("k9Qz2LmX8vRt4WbN6yHs").is_none());
    }
}
