//! The word lists about values, sorted. Those about names are in `words.rs`.

/// Verbs that ask for a value.
#[rustfmt::skip]
pub(crate) const ASKED_VERBS: &[&str] = &[
    "add", "autoreplace", "change", "changeme", "choose", "edit", "enter", "fill", "generate", "insert", "pick", "provide", "put",
    "replace", "see", "set", "update", "use",
];

/// Words for whom, and where, to ask.
#[rustfmt::skip]
pub(crate) const ASKED_YOURS: &[&str] = &[
    "here", "me", "please", "this", "you", "your", "yours",
];

/// Words for what is asked for.
#[rustfmt::skip]
pub(crate) const ASKED_THINGS: &[&str] = &[
    "key", "long", "own", "pass", "passwd", "password", "random", "secret", "secure", "string", "strong", "token", "value",
];

/// Words for values that are not real.
#[rustfmt::skip]
pub(crate) const ASKED_FAKES: &[&str] = &[
    "dummy", "example", "fake", "mock", "placeholder", "sample",
];

/// Participles that ask for an action: `to be replaced`.
#[rustfmt::skip]
pub(crate) const ASKED_DONE: &[&str] = &[
    "added", "changed", "defined", "filled", "generated", "provided", "replaced", "set", "updated",
];

/// Words that show that a token was made up. Seven letters or more, because shorter ones occur in random
/// text.
#[rustfmt::skip]
pub(crate) const DOCUMENTATION: &[&str] = &[
    "change-me", "change_me", "changeme", "example", "not-a-real", "notreal", "placeholder", "redacted", "xxxxxxx", "your-token",
    "your_token", "yourtoken",
];

/// Default passwords of products, tutorials and test setups.
#[rustfmt::skip]
pub(crate) const WELL_KNOWN: &[&str] = &[
    "admin", "administrator", "bar", "changeit", "changeme", "dbpassword", "demo", "dev", "example", "examplepassword", "foo", "foobar",
    "guest", "hello", "key", "letmein", "local", "minio", "minioadmin", "mongo", "mypass", "mypassword", "mysecret", "mysecretpassword",
    "mysql", "p", "pass", "passw0rd", "passwd", "password", "postgres", "postgresql", "pw", "pwd", "qwerty", "rabbitmq", "redis", "root",
    "rootpassword", "sa", "secret", "somepassword", "string", "super-secret", "supersecret", "sysadmin", "test", "testing", "testpass",
    "testpassword", "tiger", "token", "toor", "user", "username", "userpass", "value", "welcome", "xxx", "yourpassword",
];

/// Words of which sample values consist.
#[rustfmt::skip]
pub(crate) const SAMPLE_WORDS: &[&str] = &[
    "a", "abc", "access", "admin", "an", "and", "another", "api", "app", "auth", "bad", "bar", "basic", "baz", "bearer", "change", "client",
    "code", "cookie", "correct", "data", "database", "db", "default", "demo", "dev", "dummy", "encryption", "example", "fake", "first",
    "foo", "for", "good", "hash", "hashed", "hello", "here", "id", "incorrect", "invalid", "is", "key", "local", "long", "master", "me",
    "mock", "my", "new", "no", "not", "of", "old", "one", "only", "other", "our", "pass", "passphrase", "passwd", "password", "private",
    "prod", "public", "pwd", "qux", "random", "real", "refresh", "right", "root", "safe", "sample", "second", "secret", "secrets", "secure",
    "server", "service", "session", "short", "sign", "signing", "some", "string", "strong", "super", "test", "testing", "tests", "the",
    "this", "to", "token", "top", "two", "user", "username", "valid", "value", "very", "weak", "with", "world", "wrong", "xyz", "your",
];

/// Words in names of random values that are not keys.
#[rustfmt::skip]
pub(crate) const UNNAMED_HARMLESS: &[&str] = &[
    "alphabet", "ca", "cert", "certificate", "chars", "charset", "checksum", "class", "commit", "crt", "data", "digest", "etag", "file",
    "fingerprint", "guid", "hash", "href", "icon", "id", "ids", "image", "img", "integrity", "iv", "md5", "nonce", "path", "pattern", "pub",
    "public", "regex", "rev", "revision", "salt", "sha", "sha1", "sha256", "sha512", "sid", "sig", "signature", "src", "style", "sum",
    "thumbprint", "uid", "uri", "url", "uuid", "version",
];

/// Parts of words for credentials.
#[rustfmt::skip]
pub(crate) const CREDENTIAL_PARTS: &[&str] = &[
    "auth", "cred", "key", "pass", "pwd", "secret", "token",
];

/// Words that make a value look like a sample.
#[rustfmt::skip]
pub(crate) const SAMPLE_SIGNS: &[&str] = &[
    "bad", "bar", "change", "demo", "dummy", "example", "fake", "foo", "invalid", "mock", "my", "random", "sample", "some", "string",
    "test", "value", "wrong", "your",
];

/// The word for a password in user interfaces, with dashes for spaces. Such a value is a label under any
/// name.
#[rustfmt::skip]
pub(crate) const LABELS: &[&str] = &[
    "adgangskode", "contrasenya", "contraseña", "contrasinal", "fjalëkalim", "fjalëkalimi", "geslo", "hasło", "heslo", "jelszó",
    "kata-sandi", "katasandi", "kennwort", "kodeord", "kodesoz", "kodwort", "lozinka", "lykilorð", "lösen", "lösenord", "mot-de-passe",
    "motdepasse", "mật-khẩu", "neno-la-siri", "nenosiri", "nywila", "parol", "parola", "parole", "parolă", "parool", "pasahitza", "passord",
    "password", "passwort", "pasvorto", "pin", "salasana", "senha", "slaptažodis", "wachtwoord", "zaporka", "şifre", "κωδικός", "гасло",
    "лозинка", "парола", "пароль", "סיסמה", "كلمة-المرور", "گذرواژه", "पासवर्ड", "रहस्य", "รหัสผ่าน", "パスワード", "密码", "密碼", "비밀번호", "암호",
];
