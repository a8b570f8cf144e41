//! Values that are public, encrypted or hashed, recognized by their envelope.

/// Returns whether a value is ciphertext of a known tool.
pub(crate) fn is_ciphertext(value: &str) -> bool {
    let base64 = |text: &str, least: usize| {
        text.len() >= least
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'))
    };
    // The prefixes are short, so the length distinguishes an envelope from a password.
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
    // JWE compact serialization: five parts, the first a header. Pulumi: version, nonce, ciphertext.
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

pub(crate) fn is_public(value: &str) -> bool {
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

/// Returns whether a text is a password hash in a form of crypt(3) or of a framework.
pub(crate) fn is_hash(text: &str) -> bool {
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
