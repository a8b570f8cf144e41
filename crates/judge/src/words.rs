//! The word lists of the name classifier, sorted.

/// Words for a password in many languages, as fields and variables are named.
#[rustfmt::skip]
pub(crate) const PASSWORDS: &[&str] = &[
    "adgangskode", "contrasena", "contrasenya", "contraseña", "contrasinal", "geslo", "haslo", "hasło", "heslo", "jelszo",
    "jelszó", "kennwort", "kodeord", "losenord", "lozinka", "lösenord", "mdp", "motdepasse", "parola", "parole", "parool", "pass",
    "passcode", "passord", "passphrase", "passwd", "password", "passwort", "psw", "pswd", "pw", "pwd", "pword", "salasana",
    "senha", "sifre", "slaptazodis", "slaptažodis", "wachtwoord", "zaporka", "şifre",
];

/// Words that make a name sensitive at its end, besides [`PASSWORDS`].
#[rustfmt::skip]
pub(crate) const HEADS: &[&str] = &[
    "apikey", "bearer", "cred", "credential", "jwt", "secret", "token",
];

/// Words that make a following `key` sensitive.
#[rustfmt::skip]
pub(crate) const KEY_QUALIFIERS: &[&str] = &[
    "access", "account", "admin", "aes", "age", "agent", "anthropic", "api", "app", "application", "auth", "aws", "azure", "batch",
    "captcha", "cf", "cipher", "client", "cloudflare", "cluster", "consumer", "cookie", "crypt", "csrf", "database", "datadog", "db",
    "dd", "deploy", "download", "ecdsa", "ed25519", "encrypt", "encryption", "fernet", "gcloud", "gcp", "github", "gitlab", "google",
    "gossip", "hmac", "ingest", "integration", "jwt", "licence", "license", "mailgun", "maps", "master", "minio", "newrelic", "nr",
    "openai", "pagerduty", "pgp", "priv", "private", "recaptcha", "recovery", "registry", "replica", "root", "rpc", "rsa", "s3", "secret",
    "security", "sendgrid", "service", "session", "set", "shared", "sign", "signature", "signing", "slack", "ssh", "ssl", "storage",
    "stripe", "subscription", "tls", "twilio", "unseal", "vault", "webhook", "wg", "wireguard",
];

/// Words that make a following `key` harmless: names, indexes and public keys.
#[rustfmt::skip]
pub(crate) const KEY_NEGATIVES: &[&str] = &[
    "annotation", "bucket", "cache", "column", "detach", "dict", "field", "foreign", "gpg", "group", "groups", "header", "hot", "i18n", "id",
    "idempotency", "idx", "index", "label", "map", "message", "name", "natural", "object", "partition", "prefix", "primary", "pub",
    "public", "publishable", "redis", "routing", "row", "short", "shortcut", "sort", "translation",
];

/// Last words that describe a secret (its file, name, length, lifetime), so that the value is not the secret.
#[rustfmt::skip]
pub(crate) const DESCRIPTOR_TAILS: &[&str] = &[
    "addr", "address", "age", "agent", "alg", "algo", "algorithm", "alias", "allow", "allowed", "annotation", "answer", "arn", "attempts",
    "audience", "backend", "bin", "board", "cache", "callback", "change", "charset", "checksum", "class", "cmd", "command", "complexity",
    "connector", "controller", "count", "days", "description", "dest", "digest", "dir", "directory", "dirs", "disable", "disabled",
    "domain", "domains", "driver", "duration", "email", "enable", "enabled", "encoding", "endpoint", "engine", "env", "expiration",
    "expire", "expires", "expiry", "field", "file", "files", "fingerprint", "folder", "format", "group", "handler", "hash", "header",
    "hint", "history", "host", "hostname", "hosts", "hours", "id", "ids", "index", "interval", "issuer", "keyring", "keyspace",
    "keystore", "kid", "kind", "label", "len", "length", "level", "lifetime", "limit", "location", "manager", "max", "md5", "message",
    "method", "min", "minutes", "mode", "module", "mount", "mountpath", "ms", "name", "names", "namespace", "ns", "num", "operator",
    "override", "owner", "pair", "parallelism", "param", "parameter", "params", "path", "paths", "pattern", "persistence", "placeholder",
    "plugin", "policy", "port", "prefix", "prompt", "provider", "question", "realm", "ref", "reference", "regex", "replicas", "require",
    "required", "reset", "retries", "ring", "role", "rotate", "rotation", "scope", "scopes", "script", "seconds", "selector", "sha2",
    "sha256", "sha512", "size", "slot", "sock", "socket", "source", "src", "state", "status", "store", "strength", "suffix", "target",
    "template", "text", "thumbprint", "timeout", "title", "tries", "ttl", "type", "uri", "uris", "url", "urls", "user", "username",
    "users", "var", "variable", "vars", "version",
];

/// First words of a switch or a policy.
#[rustfmt::skip]
pub(crate) const POLICY_WORDS: &[&str] = &[
    "allow", "change", "check", "confirm", "disable", "disabled", "enable", "enabled", "exclude", "expose", "force", "forgot", "generate", "has", "hide", "ignore",
    "include", "is", "mask", "need", "no", "redact", "reject", "remember", "repeat", "require", "required", "reset", "rotate", "save", "should", "show", "skip", "update", "use",
    "validate", "verify", "want", "with", "without",
];

/// Words that make a following `token` harmless: counts, cursors, parser tokens.
#[rustfmt::skip]
pub(crate) const TOKEN_NEGATIVES: &[&str] = &[
    "budget", "cancel", "cancellation", "client_request", "completion", "context", "continuation", "count", "creation", "csrf", "input",
    "limit", "max", "min", "next", "num", "output", "page", "pagination", "per", "prompt", "request", "server", "stop", "total", "used",
    "xsrf",
];

/// Whole names that look sensitive and are not, lower case.
#[rustfmt::skip]
pub(crate) const NEVER: &[&str] = &[
    "aws_shared_credentials_file", "aws_web_identity_token_file", "docker_config", "google_application_credentials", "goprivate",
    "gpg_key", "gpg_keys", "kubeconfig", "oldpwd", "pwd", "ssh_auth_sock", "tokenizers_parallelism", "xauthority",
];

/// Whole names that are sensitive regardless of their words, lower case.
#[rustfmt::skip]
pub(crate) const ALWAYS: &[&str] = &[
    "azure_credentials", "docker_auth_config", "erlang_cookie", "gcp_sa_key", "google_credentials", "kube_config_data", "mysql_pwd",
    "npm_auth", "oci_cli_key_content", "op_session", "pgpassword", "rabbitmq_erl_cookie", "rabbitmq_erlang_cookie", "rediscli_auth",
    "secret_key_base", "sops_age_key", "sshpass", "vault_dev_root_token_id",
];

/// Whether a sorted list has a word.
pub(crate) fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// Returns whether a word makes a name sensitive at its end.
pub(crate) fn is_head(word: &str) -> bool {
    is_in(PASSWORDS, word) || is_in(HEADS, word)
}

/// Returns whether a text contains one of these. Texts are short and lists long: each position is compared
/// only with entries that begin with its byte.
pub(crate) fn contains_any(text: &str, of: &[&str]) -> bool {
    let starts = of
        .iter()
        .fold(0u128, |starts, word| starts | 1 << (word.as_bytes()[0] & 127));
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        starts >> (byte & 127) & 1 == 1
            && of
                .iter()
                .any(|word| word.as_bytes()[0] == *byte && bytes[at..].starts_with(word.as_bytes()))
    })
}
