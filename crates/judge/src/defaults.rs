//! Well-known default passwords and secrets.

use crate::{lists::WELL_KNOWN, words::is_in};

/// Returns whether a password is a common default of products, tutorials and test setups. It may be live, but
/// it is not secret.
pub fn well_known(password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    let core = lower.trim_end_matches(|char: char| char.is_ascii_digit() || "!@#$_-.".contains(char));
    is_in(WELL_KNOWN, &lower) || is_in(WELL_KNOWN, core) && lower.len() <= core.len() + 4 || lower.is_empty()
}

/// Returns whether a literal is a default that authenticates without a password being named, such as the
/// secret that a framework ships.
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
