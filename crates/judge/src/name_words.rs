//! Splits names into words: `dbPassword`, `DB_PASSWORD`, `db.password` and `PGPASSWORD` all end in
//! *password*.

use crate::words::{is_head, is_in};

/// Words shorter than this, in bytes, are not split and get no number: `pw` and a digit.
const SHORTEST_PARTED: usize = 3;

/// The minimum length of a word that [`GLUED_ENDINGS`] splits, in bytes: two before `token`.
const LEAST_GLUED: usize = 7;

/// Words joined without a separator, and their parts.
const GLUED: &[(&str, &[&str])] = &[
    ("accesskey", &["access", "key"]),
    ("accesstoken", &["access", "token"]),
    ("accountkey", &["account", "key"]),
    ("apikey", &["api", "key"]),
    ("apikeys", &["api", "key"]),
    ("appkey", &["app", "key"]),
    ("authkey", &["auth", "key"]),
    ("authtoken", &["auth", "token"]),
    ("authurl", &["auth", "url"]),
    ("clientsecret", &["client", "secret"]),
    ("encryptionkey", &["encryption", "key"]),
    ("keyfile", &["key", "file"]),
    ("keypass", &["key", "pass"]),
    ("licensekey", &["license", "key"]),
    ("masterkey", &["master", "key"]),
    ("passfile", &["pass", "file"]),
    ("passwordfile", &["password", "file"]),
    ("privatekey", &["private", "key"]),
    ("privkey", &["private", "key"]),
    ("pubkey", &["public", "key"]),
    ("publickey", &["public", "key"]),
    ("secretfile", &["secret", "file"]),
    ("secretkey", &["secret", "key"]),
    ("secretname", &["secret", "name"]),
    ("secretref", &["secret", "ref"]),
    ("serverkey", &["server", "key"]),
    ("signingkey", &["signing", "key"]),
    ("sshkey", &["ssh", "key"]),
    ("tokenfile", &["token", "file"]),
];

/// Endings that are split off (`pgpassword`, `apisecret`) after two or more letters.
const GLUED_ENDINGS: &[&str] = &["password", "passwd", "passphrase", "apikey", "secret", "token"];

/// Short endings that are split off only after an owner (`pgpass`, `BINDPW`). After other letters they are
/// part of a word (`compass`).
const SHORT_ENDINGS: &[&str] = &["pass", "pwd", "psw", "pswd", "pw"];

/// What people log in to, and who does.
const OWNERS: &[&str] = &[
    "admin", "api", "app", "auth", "backup", "bind", "client", "cluster", "data", "db", "dba", "dev", "ftp",
    "git", "http", "imap", "jdbc", "kafka", "key", "ldap", "login", "mail", "maria", "master", "mongo", "mq",
    "ms", "mssql", "my", "mysql", "ora", "oracle", "pg", "pop", "postgres", "prod", "proxy", "rabbit",
    "redis", "repl", "root", "samba", "service", "sftp", "site", "smb", "smtp", "sql", "ssh", "ssl", "store",
    "su", "sudo", "svc", "sys", "system", "trust", "user", "usr", "vnc", "vpn", "web", "wifi", "wp",
];

/// The words of a name in lower case, split at separators, at `aB` and `ABc`, and where words are joined.
/// Plural heads become singular.
pub(crate) fn words(name: &str) -> Vec<Box<str>> {
    let mut words = Vec::with_capacity(4);
    each_word(name, |word| words.push(word.into()));
    words
}

/// Calls `put` with every word of a name or text.
pub(crate) fn each_word(name: &str, mut put: impl FnMut(&str)) {
    let mut word = String::new();
    let mut previous: Option<char> = None;
    let mut chars = name.chars().peekable();
    while let Some(char) = chars.next() {
        let camel = char.is_uppercase()
            && previous.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && chars.peek().is_some_and(|after| after.is_lowercase())
            });
        if camel || !char.is_alphanumeric() {
            part(&word, &mut put);
            word.clear();
        }
        if char.is_alphanumeric() {
            word.extend(char.to_lowercase());
        }
        previous = Some(char);
    }
    part(&word, &mut put);
}

/// Calls `put` with the parts of a word.
fn part(word: &str, put: &mut dyn FnMut(&str)) {
    if word.len() < SHORTEST_PARTED {
        if !word.is_empty() {
            put(word);
        }
        return;
    }
    let unnumbered = word.trim_end_matches(|char: char| char.is_ascii_digit());
    let word = match word {
        "passwords" | "passwds" | "passphrases" | "credentials" | "creds" => &word[..word.len() - 1],
        _ if is_head(unnumbered) => unnumbered,
        _ => word,
    };
    if let Ok(at) = GLUED.binary_search_by_key(&word, |(glued, _)| glued) {
        GLUED[at].1.iter().for_each(|part| put(part));
        return;
    }
    let unnumbered = word.trim_end_matches(|char: char| char.is_ascii_digit());
    for ending in SHORT_ENDINGS {
        if let Some(owner) = unnumbered
            .strip_suffix(ending)
            .filter(|owner| is_in(OWNERS, owner))
        {
            put(owner);
            put(ending);
            return;
        }
    }
    if word.len() < LEAST_GLUED {
        put(word);
        return;
    }
    for ending in GLUED_ENDINGS {
        let Some(before) = word.strip_suffix(ending) else {
            continue;
        };
        if before.len() >= 2 && before.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            put(before);
            part(ending, put);
            return;
        }
    }
    put(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(OWNERS.is_sorted() && GLUED.is_sorted());
    }
}
