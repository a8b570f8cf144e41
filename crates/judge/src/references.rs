//! References to values that are elsewhere: in a store, in the environment, in the values of a template.

use crate::{is_dense, words::contains_any};

/// The default of `${X:-default}` or `${X-default}`, if the whole value is that expansion and the default is
/// not empty.
pub(crate) fn shell_default(value: &str) -> Option<&str> {
    let inner = value.strip_prefix("${")?.strip_suffix('}')?;
    let name = inner.find(|char: char| !char.is_ascii_alphanumeric() && char != '_')?;
    let rest = &inner[name..];
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'))?;
    (name > 0 && !default.is_empty()).then_some(default)
}

/// Prefixes of references to a store, and of expressions that a tool evaluates.
const REFERENCE_PREFIXES: &[&str] = &[
    "$(",
    "{{",
    "${{",
    "<%",
    "#{",
    "((",
    "!vault",
    "!ref",
    "!sub",
    "!getatt",
    "vault:",
    "ref+",
    "op://",
    "<path:",
    "secretref:",
    "secretref+",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "arn:aws:kms:",
    "@microsoft.keyvault(",
    "%%env_",
    "env:",
    "file://",
    "$secret:",
    "akeyless:",
    "doppler://",
    "awssm://",
    "gcpsm://",
    "aws-sm://",
    "ssm://",
    "secretmanager://",
    "keyring:",
    "process.env",
    "os.environ",
    "os.getenv",
    "getenv(",
    "env(",
    "var.",
    "local.",
    "data.",
    "module.",
];

pub(crate) fn is_reference(value: &str, lower: &str) -> bool {
    let whole = |open: &str, close: &str| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    // Without its end the prefix may be the first word of a template, or a generated value that begins with
    // these characters.
    let opens = |prefix: &str| match prefix {
        "$(" | "((" => value.contains(')') || !is_dense(value),
        "{{" | "${{" | "#{" => value.contains('}') || !is_dense(value),
        "<%" => value.contains('>') || !is_dense(value),
        _ => true,
    };
    if REFERENCE_PREFIXES.iter().any(|prefix| {
        lower.starts_with(prefix) && opens(prefix) && !(*prefix == "vault:" && lower.starts_with("vault:v"))
    }) {
        return true;
    }
    // The pattern or replacement of sed, a quoted shell variable, a literal that is concatenated.
    if value.starts_with(".*")
        || contains_any(value, &["=$", "'\"$", "\"'$", "\" + ", "' + ", "\" . $", "' . $"])
            && !is_dense(value)
    {
        return true;
    }
    // A format string: `{pw}`, `{config["Pw"]}`.
    if value.strip_prefix('{').is_some_and(|inner| {
        let len = inner
            .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '.')))
            .unwrap_or(inner.len());
        inner.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
            && len < inner.len()
            && matches!(inner.as_bytes()[len], b'}' | b'[' | b'(' | b':')
            && !is_dense(&inner[..len])
    }) {
        return true;
    }
    // The beginning of a call.
    if value.len() > 4 && value.ends_with('(') && !is_dense(value) {
        return true;
    }
    let holds = |open: &str, close: char| {
        value
            .find(open)
            .is_some_and(|at| value[at + open.len()..].contains(close) || !is_dense(value))
    };
    let parameter = value.strip_prefix('%').and_then(|rest| rest.split_once('%'));
    if parameter.is_some_and(|(name, rest)| !name.is_empty() && rest.starts_with('/'))
        || value.contains("{{") && !is_dense(value)
    {
        return true;
    }
    if value.contains("{{") && value.contains("}}") || holds("$(", ')') || holds("${", '}') {
        return true;
    }
    let variable = value
        .strip_prefix("$$")
        .or_else(|| value.strip_prefix('$'))
        .is_some_and(|rest| {
            rest.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
    let upper = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
    };
    variable
        || whole("%", "%") && upper(&value[1..value.len() - 1])
        || whole("@", "@") && upper(&value[1..value.len() - 1])
        || whole("__", "__") && upper(value)
        || lower.starts_with("projects/") && lower.contains("/secrets/")
        || lower.starts_with("https://") && lower.contains(".vault.azure.net/")
}
