//! Defaults that everybody knows.

use crate::{lists::WELL_KNOWN, words::is_in};

/// Whether a password is one that products, tutorials and test set-ups use by default: it may well be live, and is no secret.
pub fn well_known(password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    let core = lower.trim_end_matches(|char: char| char.is_ascii_digit() || "!@#$_-.".contains(char));
    is_in(WELL_KNOWN, &lower) || is_in(WELL_KNOWN, core) && lower.len() <= core.len() + 4 || lower.is_empty()
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
