//! The name classifier: decides whether a literal assigned to a name would be a secret.
//!
//! Names are split into words (`dbPassword`, `DB_PASSWORD`, `db.password` and `PGPASSWORD` all end in
//! *password*), which are read from the end. A name with a descriptive tail (`_FILE`, `_TTL`) is not
//! sensitive; otherwise the *head* word decides, and `key` needs a qualifier.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use crate::{Feature, features::head, name_words::words, words::*};

/// The verdict on a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Not the name of a secret.
    Harmless,
    /// A secret only if the value looks like one: `DEPLOY_KEY` is a secret, `SORT_KEY` is not, `MAIN_KEY` may
    /// be.
    Possible,
    /// A literal with this name is a secret.
    Sensitive,
}

/// Words after the head that do not change it: `PASSWORD_BASE64`, `TOKEN_VALUE`, `PASSWORD_2`.
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

/// Verbs that make a switch of the head after them: `ALLOW_EMPTY_PASSWORD`, `rotateWorkerToken`.
const STRONG_VERBS: &[&str] = &[
    "allow", "disable", "enable", "expose", "force", "generate", "redact", "reject", "require", "rotate",
    "skip", "update", "use",
];

/// Words before the plural `secrets` that make it a collection of other secrets.
const SECRETS_NEGATIVES: &[&str] = &[
    "docker",
    "external",
    "image",
    "kubernetes",
    "pull",
    "registry",
    "sealed",
];

/// Words before `pass` that change its meaning: `proxy_pass`, `first pass`.
const PASS_NEGATIVES: &[&str] = &[
    "first", "profile", "proxy", "rule", "second", "single", "two", "zone",
];

/// What the words of a name indicate.
#[derive(Clone, Debug)]
pub(crate) struct NameFacts {
    /// The verdict.
    pub verdict: Name,
    /// Whether it names a password, which people choose.
    pub password: bool,
    /// The kind of credential that it refers to.
    pub head: Feature,
    /// Whether it names a signing secret.
    pub signs: bool,
    /// Whether it names a passphrase.
    pub passphrase: bool,
    /// Its words in lower case.
    pub words: Vec<Box<str>>,
}

/// Judges a name: an environment variable, a mapping key, a variable, a parameter. Case, separators and camelCase do not matter.
pub fn name(name: &str) -> Name {
    facts(name).verdict
}

/// Returns whether a name is that of a password, which people choose.
pub fn is_password(name: &str) -> bool {
    facts(name).password
}

/// The facts about a name, cached.
pub(crate) fn facts(name: &str) -> Rc<NameFacts> {
    // A tree repeats few names: of 10,000 source files, nine of ten look-ups hit the cache.
    SEEN.with_borrow_mut(|seen| {
        if let Some(known) = seen.get(name) {
            return Rc::clone(known);
        }
        let words = words(name);
        let password = names_password(name, &words);
        let facts = Rc::new(NameFacts {
            verdict: judged(name, &words),
            password,
            head: head(password, &words),
            signs: signing(&words),
            passphrase: words
                .iter()
                .any(|word| matches!(&**word, "passphrase" | "phrase")),
            words,
        });
        if seen.len() >= MOST_SEEN {
            seen.clear();
        }
        seen.insert(name.into(), Rc::clone(&facts));
        facts
    })
}

/// Returns whether a name is that of a password, by its last word or a word inside it.
fn names_password(name: &str, words: &[Box<str>]) -> bool {
    const PARTS: &[&str] = &[
        "passw",
        "passphrase",
        "pwd",
        "passcode",
        "_pass",
        "-pass",
        ".pass",
    ];
    let lower = name.to_ascii_lowercase();
    let last = words
        .iter()
        .rev()
        .find(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    contains_any(&lower, PARTS)
        || lower.ends_with("pass")
        || lower == "pw"
        || lower.ends_with("_pw")
        || last.is_some_and(|word| is_in(PASSWORDS, word) || **word == *"phrase")
}

/// Returns whether the last word of a name describes something (`_LEVEL`, `_FILE`, `_HOST`), so that the
/// value is not the secret.
pub fn describes(name: &str) -> bool {
    facts(name)
        .words
        .last()
        .is_some_and(|last| is_in(DESCRIPTOR_TAILS, last))
}

/// Returns whether a name is that of a signing secret. Whoever guesses one forges valid tokens, so words are
/// worth a finding, as for passwords.
pub fn signs(name: &str) -> bool {
    facts(name).signs
}

fn signing(words: &[Box<str>]) -> bool {
    let words: Vec<&str> = words.iter().map(|word| &**word).collect();
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

/// The size of the cache of a thread: 300 KB with names of usual length.
const MOST_SEEN: usize = 4096;

thread_local! {
    static SEEN: RefCell<HashMap<Box<str>, Rc<NameFacts>>> = RefCell::default();
}

/// Returns whether a name is that of an anti-CSRF token (`csrf_token`, `authenticity_token`). Every response
/// has a new one, which is useless without the session. The secret that signs them (`CSRF_SECRET`) is
/// sensitive.
fn is_forgery_token(words: &[Box<str>]) -> bool {
    let [.., before, last] = words else {
        return false;
    };
    let forgery = [
        "csrf",
        "xsrf",
        "csrfmiddleware",
        "authenticity",
        "antiforgery",
        "forgery",
    ];
    &**last == "token" && forgery.contains(&&**before)
}

fn judged(name: &str, words: &[Box<str>]) -> Name {
    if is_forgery_token(words) {
        return Name::Harmless;
    }
    let lower = name.to_ascii_lowercase();
    if is_in(NEVER, &lower) {
        return Name::Harmless;
    }
    if is_in(ALWAYS, &lower) {
        return Name::Sensitive;
    }
    let mut words: Vec<&str> = words.iter().map(|word| &**word).collect();
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
    // `checksum/secret`; `existingSecret`, `adminPasswordSecret`: the name of an object that holds it.
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
    let switched = |word: &&str| is_in(STRONG_VERBS, word);
    let (first, before_head) = (words[0], words[words.len().saturating_sub(2)]);
    if is_policy(&words) && is_head(words[words.len() - 1]) && !switched(&first) && !switched(&before_head) {
        return Name::Possible; // `verifyPassword`: a switch, or a password that is checked
    }
    if is_policy(&words) || is_in(DESCRIPTOR_TAILS, words[words.len() - 1]) {
        return Name::Harmless;
    }
    match by_head(&words) {
        Name::Harmless if words.len() > 1 && is_in(NEUTRAL_TAILS, words[words.len() - 1]) => {
            by_head(&words[..words.len() - 1])
        }
        verdict => verdict,
    }
}

/// Phrases of policies: they start with a verb (`USE_TOKEN`) or have a verb right before the head.
fn is_policy(words: &[&str]) -> bool {
    let starts = words.len() > 1 && is_in(POLICY_WORDS, words[0]);
    let before_head = words.len() > 1 && is_in(STRONG_VERBS, words[words.len() - 2]);
    starts || before_head
}

/// The verdict by the last word and those before it.
fn by_head(words: &[&str]) -> Name {
    let Some((head, before)) = words.split_last() else {
        return Name::Harmless;
    };
    let last = before.last().copied().unwrap_or_default();
    match *head {
        "key" => key(before),
        "token" if is_in(TOKEN_NEGATIVES, last) || is_in(TOKEN_NEGATIVES, &before.join("_")) => {
            Name::Harmless
        }
        "pass" if is_in(PASS_NEGATIVES, last) => Name::Harmless,
        "pw" if before.is_empty() => Name::Harmless,
        // Words that mean something else in English, and `parole`, need a qualifier.
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
        word if is_head(word) => Name::Sensitive,
        _ => Name::Harmless,
    }
}

/// `key` alone may be anything; the words before it decide.
fn key(before: &[&str]) -> Name {
    if before.iter().any(|word| is_in(KEY_NEGATIVES, word)) {
        return Name::Harmless;
    }
    if before
        .iter()
        .rev()
        .take(3)
        .any(|word| is_in(KEY_QUALIFIERS, word))
    {
        Name::Sensitive
    } else {
        Name::Possible
    }
}

/// A collection is less likely to be a secret than one member.
fn plural(head: &str, before: &[&str]) -> Name {
    let Some(last) = before.last() else {
        return if head == "tokens" {
            Name::Possible
        } else {
            Name::Harmless
        };
    };
    match head {
        "secrets" if is_in(SECRETS_NEGATIVES, last) => Name::Harmless,
        "keys" => match key(before) {
            Name::Harmless => Name::Harmless,
            _ => Name::Possible,
        },
        "tokens" if TOKEN_NEGATIVES.contains(last) => Name::Harmless,
        _ => Name::Possible,
    }
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
    fn lists_are_sorted() {
        for list in [
            PASSWORDS,
            HEADS,
            KEY_QUALIFIERS,
            KEY_NEGATIVES,
            DESCRIPTOR_TAILS,
            POLICY_WORDS,
            TOKEN_NEGATIVES,
            NEVER,
            ALWAYS,
            NEUTRAL_TAILS,
            STRONG_VERBS,
            SECRETS_NEGATIVES,
            PASS_NEGATIVES,
        ] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn heads_are_sensitive() {
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
    fn key_needs_a_qualifier() {
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
    fn descriptions_of_secrets_are_not_sensitive() {
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
    fn words_that_contain_a_head_are_not_sensitive() {
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
    fn neutral_words_after_the_head_are_skipped() {
        all(
            "TOKEN_VALUE PASSWORD_BASE64 db_password_prod secretKeyString",
            Name::Sensitive,
        );
    }
}
