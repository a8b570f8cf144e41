//! Credentials in command lines: flags, assignments before a command, `curl -u`, headers, URLs; inside `sh -c` too.

use std::borrow::Cow;

use keysift_finding::Span;
use keysift_judge::{Name, name};

use crate::{
    shell,
    yaml::{Scalar, Tree},
};

/// One word of a command as a manifest lists it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Span,
    /// As it stands in the file.
    pub(crate) raw: &'t str,
}

impl<'t> Word<'t> {
    /// The word of a scalar.
    pub(crate) fn of(tree: &'t Tree, scalar: &'t Scalar) -> Self {
        Self {
            text: &scalar.text,
            span: scalar.span,
            raw: tree.raw(scalar.span),
        }
    }
}

/// A literal that a command is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential<'t> {
    pub(crate) name: Cow<'t, str>,
    pub(crate) value: String,
    pub(crate) span: Span,
}

/// The credentials of a command: its words, and the words of the scripts among them.
pub(crate) fn credentials<'t>(words: &[Word<'t>]) -> Vec<Credential<'t>> {
    let mut found = Vec::new();
    let mut called = Programs::default();
    for (at, word) in words.iter().enumerate() {
        if word.text.contains(char::is_whitespace) {
            script(word, &mut found);
        } else {
            one(words, at, called, &mut found);
        }
        called.add(word.text);
    }
    found
}

/// A word that is no script, with the one behind it.
fn one<'t>(words: &[Word<'t>], at: usize, called: Programs, found: &mut Vec<Credential<'t>>) {
    let word = words[at];
    let next = words
        .get(at + 1)
        .filter(|next| !next.text.starts_with('-') && !next.text.contains(char::is_whitespace));
    if let Some((name, value)) = assigned(word.text) {
        found.push(Credential {
            name,
            value: value.to_owned(),
            span: part(&word, value),
        });
    } else if let (Some(flag), Some(next)) = (flag(word.text), next) {
        found.push(Credential {
            name: flag,
            value: next.text.to_owned(),
            span: next.span,
        });
    } else if let (true, Some(next)) = (matches!(word.text, "-u" | "--user") && called.fetches, next) {
        if let Some((_, password)) = next.text.split_once(':') {
            found.push(Credential {
                name: Cow::Borrowed("password"),
                value: password.to_owned(),
                span: part(next, password),
            });
        }
    } else if let (Some(name), Some(next)) = (set_by_config(words, at), next) {
        found.push(Credential {
            name,
            value: next.text.to_owned(),
            span: next.span,
        });
    } else if word.text.contains("://") {
        found.push(Credential {
            name: Cow::Borrowed("url"),
            value: word.text.to_owned(),
            span: word.span,
        });
    } else if let Some(password) = word
        .text
        .strip_prefix("-p")
        .filter(|rest| rest.len() >= 4 && called.mysql)
    {
        found.push(Credential {
            name: Cow::Borrowed("password"),
            value: password.to_owned(),
            span: part(&word, password),
        });
    }
}

/// The name of a setting whose value is the next word: `npm config set //registry/:_authToken x`, `aws configure set
/// aws_secret_access_key x`.
fn set_by_config<'t>(words: &[Word<'t>], at: usize) -> Option<Cow<'t, str>> {
    let before = |distance: usize| at.checked_sub(distance).map(|at| words[at].text);
    let sets = before(1) == Some("set") && matches!(before(2), Some("config" | "configure"));
    let name = words[at].text.rsplit([':', '/']).next().unwrap_or_default();
    (sets && sensitive(name)).then(|| said(name))
}

/// Which programs stand before a word.
#[derive(Clone, Copy, Debug, Default)]
struct Programs {
    fetches: bool,
    mysql: bool,
}

impl Programs {
    fn add(&mut self, word: &str) {
        let program = word.rsplit('/').next().unwrap_or_default();
        self.fetches |= matches!(program, "curl" | "wget");
        self.mysql |= matches!(program, "mysql" | "mysqladmin" | "mysqldump");
    }
}

/// A script: its words, parted as a shell does.
fn script<'t>(word: &Word<'t>, found: &mut Vec<Credential<'t>>) {
    // Places are those of the raw text, where quotes and escapes of the manifest do not move words.
    let raw = word.raw;
    let base = word.raw.as_ptr() as usize;
    let mut words: Vec<Word<'t>> = Vec::new();
    for line in raw.lines() {
        words.clear();
        for piece in shell::words(line) {
            let start = word.span.start + (piece.as_ptr() as usize - base);
            words.push(Word {
                text: piece,
                span: Span::new(start, start + piece.len()),
                raw: piece,
            });
        }
        let mut called = Programs::default();
        for at in 0..words.len() {
            let text = words[at].text;
            if let Some(header) = text.strip_prefix("Authorization:") {
                if let Some(secret) = header_secret("Authorization", header.trim()) {
                    found.push(Credential {
                        name: Cow::Borrowed("password"),
                        value: secret.to_owned(),
                        span: part(&words[at], secret),
                    });
                }
            } else if !text.contains(char::is_whitespace) {
                one(&words, at, called, found);
            }
            called.add(text);
        }
    }
}

/// `--password=x`, `-Dx.password=y`, `PGPASSWORD=x`: the name is a secret's, the value is in the word.
fn assigned(word: &str) -> Option<(Cow<'_, str>, &str)> {
    let (left, value) = word.split_once('=')?;
    let key = left.trim_start_matches('-');
    let key = if left.starts_with("-D") { &key[1..] } else { key };
    let value = value.trim_matches(['"', '\'']);
    let plain = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    (plain && !value.is_empty() && sensitive(key)).then(|| (said(key), value))
}

/// `--token x`: a long flag whose name is a secret's, and which is no switch.
fn flag(word: &str) -> Option<Cow<'_, str>> {
    let key = word
        .strip_prefix("--")
        .or_else(|| word.strip_prefix('-').filter(|key| key.len() > 3))?;
    let plain = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    (plain && sensitive(key)).then(|| said(key))
}

/// The name by which a value is judged.
fn said(key: &str) -> Cow<'_, str> {
    Cow::Borrowed(if name(key) == Name::Sensitive {
        key
    } else {
        "password"
    })
}

fn sensitive(key: &str) -> bool {
    // Redis' own word for it, which no list of names has.
    name(key) == Name::Sensitive || matches!(key, "requirepass" | "masterauth")
}

/// The secret of a header: `Authorization: Basic x`, `Authorization: Bearer x`, `X-Api-Key: x`.
pub(crate) fn header_secret<'t>(header: &str, value: &'t str) -> Option<&'t str> {
    let lower = header.to_ascii_lowercase();
    let secret = match lower.as_str() {
        "authorization" | "proxy-authorization" => value
            .split_once(' ')
            .filter(|(scheme, _)| matches!(*scheme, "Basic" | "Bearer" | "Token"))
            .map(|(_, rest)| rest.trim())?,
        "x-api-key" | "x-auth-token" | "api-key" | "cookie" => value,
        _ => return None,
    };
    (!secret.is_empty()).then_some(secret)
}

/// The place of a part of a word, if it stands in the file as it was read.
fn part(word: &Word<'_>, value: &str) -> Span {
    match word.raw.rfind(value) {
        Some(at) => Span::new(word.span.start + at, word.span.start + at + value.len()),
        None => word.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Vec<(String, String)> {
        let words: Vec<_> = words
            .iter()
            .map(|text| Word {
                text,
                span: Span::new(0, text.len()),
                raw: text,
            })
            .collect();
        credentials(&words)
            .into_iter()
            .map(|found| (found.name.into_owned(), found.value))
            .collect()
    }

    #[test]
    fn flags_assignments_and_scripts() {
        for (words, name, value) in [
            (
                &["redis-server", "--requirepass", "kq7zr"][..],
                "password",
                "kq7zr",
            ),
            (
                &["app", concat!("--db-password", "=kq7zr")],
                "db-password",
                "kq7zr",
            ),
            (
                &["java", "-Dspring.datasource.password=kq7zr"],
                "spring.datasource.password",
                "kq7zr",
            ),
            (
                &["sh", "-c", "PGPASSWORD=kq7zr psql -h db"],
                "PGPASSWORD",
                "kq7zr",
            ),
            (&["sh", "-c", "curl -u admin:kq7zr http://x"], "password", "kq7zr"),
            (
                &["sh", "-c", "curl -H 'Authorization: Bearer kq7zr' http://x"],
                "password",
                "kq7zr",
            ),
            (&["sh", "-c", "mysql -h db -pkq7zr"], "password", "kq7zr"),
            (
                &["sh", "-c", "npm config set //r.example.com/:_authToken kq7zr"],
                "_authToken",
                "kq7zr",
            ),
            (
                &["aws", "configure", "set", "aws_secret_access_key", "kq7zr"],
                "aws_secret_access_key",
                "kq7zr",
            ),
            (&["sh", "-c", "export TOKEN=\"kq7zr\"; run"], "TOKEN", "kq7zr"),
        ] {
            let found = read(words);
            assert!(
                found.contains(&(name.to_owned(), value.to_owned())),
                "{words:?}: {found:?}"
            );
        }
        for words in [
            &["app", "--password-file", "/x"][..],
            &["app", "--token-ttl=3600"],
            &["app", "-p", "8080"],
            &["app", "--verbose"],
        ] {
            assert_eq!(read(words), [], "{words:?}");
        }
    }
}
