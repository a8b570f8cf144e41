//! Passwords in URLs and connection strings.

use crate::{Value, inert, value, well_known};

/// The position of the password in a URL or connection string (`scheme://user:password@host`), if it is a
/// literal.
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
