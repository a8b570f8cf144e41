//! The name classifier: would a literal assigned to this name be the secret itself?
//!
//! Names are split into words (`dbPassword`, `DB_PASSWORD`, `db.password` and `PGPASSWORD` all end in *password*), and the words decide
//! from the end: a tail that describes a secret (`_FILE`, `_TTL`) is not one, then the *head* word speaks, and `key` needs company.

use std::{cell::RefCell, collections::HashMap};

use crate::words::*;

/// The verdict on a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Not a place for a secret.
    Harmless,
    /// A secret only if the value looks like one: `DEPLOY_KEY` is, `SORT_KEY` is not, `MAIN_KEY` may be.
    Possible,
    /// A literal here is the secret.
    Sensitive,
}

/// Words behind the head that say nothing about it: `PASSWORD_BASE64`, `TOKEN_VALUE`, `PASSWORD_2`.
const NEUTRAL_TAILS: &[&str] = &[
    "admin",
    "base",
    "base32",
    "base64",
    "content",
    "contents",
    "data",
    "default",
    "dev",
    "development",
    "json",
    "literal",
    "local",
    "new",
    "old",
    "plain",
    "plaintext",
    "previous",
    "primary",
    "prod",
    "production",
    "raw",
    "secondary",
    "staging",
    "standby",
    "str",
    "string",
    "superuser",
    "test",
    "val",
    "value",
];

/// Words joined without a border, and how to part them.
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

/// Endings that are parted from what stands before them (`pgpassword`, `apisecret`), where at least two letters do.
const GLUED_ENDINGS: &[&str] = &["password", "passwd", "passphrase", "apikey", "secret", "token"];

/// Short endings that are parted from the name of what one logs in to or who does (`pgpass`, `BINDPW`): before other letters they belong to
/// a word (`compass`).
const SHORT_ENDINGS: &[&str] = &["pass", "pwd", "psw", "pswd", "pw"];

/// What one logs in to, and who does.
const OWNERS: &[&str] = &[
    "admin", "api", "app", "auth", "backup", "bind", "client", "cluster", "data", "db", "dba", "dev", "ftp",
    "git", "http", "imap", "jdbc", "kafka", "key", "ldap", "login", "mail", "maria", "master", "mongo", "mq",
    "ms", "mssql", "my", "mysql", "ora", "oracle", "pg", "pop", "postgres", "prod", "proxy", "rabbit",
    "redis", "repl", "root", "samba", "service", "sftp", "site", "smb", "smtp", "sql", "ssh", "ssl", "store",
    "sudo", "su", "svc", "sys", "system", "trust", "user", "usr", "vnc", "vpn", "web", "wifi", "wp",
];

/// Verbs that turn the head behind them into a switch: `ALLOW_EMPTY_PASSWORD`, `rotateWorkerToken`.
const STRONG_VERBS: &[&str] = &[
    "allow", "disable", "enable", "expose", "force", "generate", "redact", "reject", "require", "rotate",
    "skip", "update", "use",
];

/// Words before a plural `secrets` that make it a collection of somebody else's secrets.
const SECRETS_NEGATIVES: &[&str] = &[
    "docker",
    "external",
    "image",
    "kubernetes",
    "pull",
    "registry",
    "sealed",
];

/// Words before `pass` that make it something else: `proxy_pass`, `first pass`.
const PASS_NEGATIVES: &[&str] = &[
    "first", "profile", "proxy", "rule", "second", "single", "two", "zone",
];

/// Judges a name: an environment variable, a mapping key, a variable, a parameter. Case, separators and camelCase do not matter.
pub fn name(name: &str) -> Name {
    // A tree has few names, many times each: on 10,000 source files nine questions of ten were asked before.
    SEEN.with_borrow_mut(|seen| {
        if let Some(known) = seen.get(name) {
            return *known;
        }
        let verdict = judged(name);
        if seen.len() >= MOST_SEEN {
            seen.clear();
        }
        seen.insert(name.into(), verdict);
        verdict
    })
}

/// Whether a name describes something of a secret, or of anything else: its last word is `_LEVEL`, `_FILE`, `_HOST`.
pub fn describes(name: &str) -> bool {
    let words = words(name);
    words
        .last()
        .is_some_and(|last| DESCRIPTOR_TAILS.contains(&last.as_str()))
}

/// Whether a name is that of a secret which signs: whoever guesses it makes valid tokens, so words are worth a finding as those of a password are.
pub fn signs(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        [
            ..,
            "jwt" | "session" | "cookie" | "signing" | "sign" | "csrf" | "hmac",
            "secret" | "key"
        ] | [.., "secret", "key"]
            | [.., "secret", "key", "base"]
            | [.., "secret", "access", "key"]
    )
}

/// Names that a thread remembers: 300 KB of usual ones.
const MOST_SEEN: usize = 4096;

thread_local! {
    static SEEN: RefCell<HashMap<Box<str>, Name>> = RefCell::default();
}

fn judged(name: &str) -> Name {
    let lower = name.to_ascii_lowercase();
    if NEVER.contains(&lower.as_str()) {
        return Name::Harmless;
    }
    if ALWAYS.contains(&lower.as_str()) {
        return Name::Sensitive;
    }
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words
        .last()
        .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
    {
        words.pop();
    }
    if words.is_empty()
        || words
            .iter()
            .any(|word| matches!(*word, "public" | "pub" | "publishable"))
    {
        return Name::Harmless;
    }
    // `pass_phrase`, `pass-word`.
    if let [.., "pass", "phrase" | "word"] = words[..] {
        return Name::Sensitive;
    }
    // `checksum/secret`; `existingSecret`, `adminPasswordSecret`: an object that holds it.
    let holds = matches!(
        words[..],
        [
            ..,
            "existing" | "password" | "credential" | "credentials" | "tls" | "pull" | "certificate",
            "secret"
        ]
    );
    if holds || words.contains(&"checksum") {
        return Name::Harmless;
    }
    let switched = |word: &&str| STRONG_VERBS.contains(word);
    let (first, before_head) = (words[0], words[words.len().saturating_sub(2)]);
    if is_policy(&words)
        && HEADS.contains(&words[words.len() - 1])
        && !switched(&first)
        && !switched(&before_head)
    {
        return Name::Possible; // `verifyPassword`: a switch, or a password that is checked
    }
    if is_policy(&words) || DESCRIPTOR_TAILS.contains(&words[words.len() - 1]) {
        return Name::Harmless;
    }
    match by_head(&words) {
        Name::Harmless if words.len() > 1 && NEUTRAL_TAILS.contains(&words[words.len() - 1]) => {
            by_head(&words[..words.len() - 1])
        }
        verdict => verdict,
    }
}

/// `USE_TOKEN`, `PASSWORD_REQUIRED`-like phrases that start with a verb, and a verb right before the head.
fn is_policy(words: &[&str]) -> bool {
    let starts = words.len() > 1 && POLICY_WORDS.contains(&words[0]);
    let before_head = words.len() > 1 && STRONG_VERBS.contains(&words[words.len() - 2]);
    starts || before_head
}

/// The verdict of the last word, seen with the words before it.
fn by_head(words: &[&str]) -> Name {
    let Some((head, before)) = words.split_last() else {
        return Name::Harmless;
    };
    let last = before.last().copied().unwrap_or_default();
    match *head {
        "key" => key(before),
        "token"
            if TOKEN_NEGATIVES.contains(&last) || TOKEN_NEGATIVES.contains(&before.join("_").as_str()) =>
        {
            Name::Harmless
        }
        "pass" if PASS_NEGATIVES.contains(&last) => Name::Harmless,
        "pw" if before.is_empty() => Name::Harmless,
        // Words of other languages that mean something else in English, and `parole`: only with company.
        "cred" | "parole" | "parola" | "mdp" | "bearer" if before.is_empty() => Name::Possible,
        "secrets" | "tokens" | "keys" => plural(head, before),
        "auth"
            if matches!(
                last,
                "basic" | "docker" | "npm" | "http" | "proxy" | "htaccess" | "rediscli"
            ) =>
        {
            Name::Possible
        }
        "cookie" if matches!(last, "erlang" | "erl") => Name::Sensitive,
        "url" if last == "webhook" => Name::Possible,
        word if HEADS.contains(&word) => Name::Sensitive,
        _ => Name::Harmless,
    }
}

/// `key` alone may be anything; what stands before it decides.
fn key(before: &[&str]) -> Name {
    if before.iter().any(|word| KEY_NEGATIVES.contains(word)) {
        return Name::Harmless;
    }
    if before
        .iter()
        .rev()
        .take(3)
        .any(|word| KEY_QUALIFIERS.contains(word))
    {
        Name::Sensitive
    } else {
        Name::Possible
    }
}

/// Collections are weaker than what they hold.
fn plural(head: &str, before: &[&str]) -> Name {
    let Some(last) = before.last() else {
        return if head == "tokens" {
            Name::Possible
        } else {
            Name::Harmless
        };
    };
    match head {
        "secrets" if SECRETS_NEGATIVES.contains(last) => Name::Harmless,
        "keys" => match key(before) {
            Name::Harmless => Name::Harmless,
            _ => Name::Possible,
        },
        "tokens" if TOKEN_NEGATIVES.contains(last) => Name::Harmless,
        _ => Name::Possible,
    }
}

/// The words of a name, lower case: borders at separators and at `aB` and `ABc`, glued words parted, plurals of heads made singular.
pub(crate) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, char) in chars.iter().enumerate() {
        let previous = at.checked_sub(1).map(|before| chars[before]);
        let next = chars.get(at + 1);
        let camel = char.is_uppercase()
            && previous.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && next.is_some_and(|after| after.is_lowercase())
            });
        if camel || !char.is_alphanumeric() {
            part(&mut words, std::mem::take(&mut word));
        }
        if char.is_alphanumeric() {
            word.extend(char.to_lowercase());
        }
    }
    part(&mut words, word);
    words
}

/// Appends a word, parted where it is glued.
fn part(words: &mut Vec<String>, word: String) {
    let word = match word.as_str() {
        "" => return,
        "passwords" | "passwds" | "passphrases" | "credentials" | "creds" => {
            word[..word.len() - 1].to_owned()
        }
        numbered if HEADS.contains(&numbered.trim_end_matches(|char: char| char.is_ascii_digit())) => {
            numbered
                .trim_end_matches(|char: char| char.is_ascii_digit())
                .to_owned()
        }
        _ => word,
    };
    if let Some((_, parts)) = GLUED.iter().find(|(glued, _)| *glued == word) {
        words.extend(parts.iter().map(|part| (*part).to_owned()));
        return;
    }
    for ending in SHORT_ENDINGS {
        let numbered = word.trim_end_matches(|char: char| char.is_ascii_digit());
        if let Some(owner) = numbered
            .strip_suffix(ending)
            .filter(|owner| OWNERS.contains(owner))
        {
            words.push(owner.to_owned());
            words.push((*ending).to_owned());
            return;
        }
    }
    for ending in GLUED_ENDINGS {
        let Some(before) = word.strip_suffix(ending) else {
            continue;
        };
        if before.len() >= 2 && before.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            words.push(before.to_owned());
            part(words, (*ending).to_owned());
            return;
        }
    }
    words.push(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all(names: &str, verdict: Name) {
        for word in names.split_whitespace() {
            assert_eq!(name(word), verdict, "{word} {:?}", words(word));
        }
    }

    #[test]
    fn heads_speak_for_themselves() {
        all(
            "DB_PASSWORD dbPassword db.password PGPASSWORD MYSQL_PWD passwd API_TOKEN client-secret DB_PASS PASSWORDS",
            Name::Sensitive,
        );
        all(
            "SSHPASS smtp_pass KENNWORT senha clientSecret apisecret JWT CREDENTIALS password2 DB_PASS_2 webpassword",
            Name::Sensitive,
        );
    }

    #[test]
    fn a_key_needs_company() {
        all(
            "API_KEY apikey secretKey AWS_SECRET_ACCESS_KEY privateKey ENCRYPTION_KEY signing_key appKey",
            Name::Sensitive,
        );
        all(
            "PUBLIC_KEY SORT_KEY cache_key primaryKey foreign_key API_KEY_NAME PARTITION_KEY pubkey",
            Name::Harmless,
        );
        all("key MAIN_KEY", Name::Possible);
    }

    #[test]
    fn what_describes_a_secret_is_none() {
        all(
            "DB_PASSWORD_FILE TOKEN_TTL PASSWORD_MIN_LENGTH TOKEN_URL SECRET_NAME KEY_PATH JWT_ALGORITHM passwordFile",
            Name::Harmless,
        );
        all(
            "ALLOW_EMPTY_PASSWORD rotateWorkerToken USE_TOKEN RABBITMQ_UPDATE_PASSWORD generate_secret",
            Name::Harmless,
        );
        all("AWS_ACCESS_KEY_ID CLIENT_ID", Name::Harmless);
    }

    #[test]
    fn words_that_only_contain_such_a_word_are_none() {
        all(
            "MONKEY KEYBOARD KEYCLOAK_URL COMPASS BYPASS tokenizer secretary passenger hotkey VALKEY PASSIVE",
            Name::Harmless,
        );
        all(
            "SSH_AUTH_SOCK KUBECONFIG GPG_KEY PWD OLDPWD GOPRIVATE TOKENIZERS_PARALLELISM MAX_TOKENS next_token csrf_token",
            Name::Harmless,
        );
    }

    #[test]
    fn neutral_words_behind_the_head_are_passed_over() {
        all(
            "TOKEN_VALUE PASSWORD_BASE64 db_password_prod secretKeyString",
            Name::Sensitive,
        );
    }
}
