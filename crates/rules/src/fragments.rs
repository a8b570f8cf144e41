//! Fragments of patterns: `{{assign}}` in the pattern of a rule is replaced by the text below.

/// Name and pattern. All are written for `(?x)` and match across at most a few spaces and line breaks.
const FRAGMENTS: &[(&str, &str)] = &[
    // From the end of a keyword to the value assigned to it, in most syntaxes: the rest of the name, a closing quote or bracket, the
    // `value` of a list of names and values, an operator (`=`, `:`, `:=`, `=>`, `->`, a comma between arguments, a closing XML tag), a type
    // or a call, and an opening quote; or a blank, and up to three short words of a sentence before a quote ("set it to `VALUE`").
    (
        "assign",
        r#"(?: [\w.\-]{0,40}? ["'`\]\\)]{0,3} (?: [\x20\t,]{0,4} (?: \r? \n [\x20\t]{0,40} )? ["']? \b value ["']? )? (?: [\x20\t]{0,8} (?: := | => | -> | [:=>,(|]{1,3} ) [\x20\t]{0,8} (?: (?:f|r|b|u|String|str)? \\? ["'`(] ){0,2} | [\x20\t]+ (?: (?: [a-z]{1,9} [,:]? [\x20\t] ){1,3} ["'`] )? ) )"#,
    ),
    // A name that a secret may have, and the text between it and its value: the rest of the name, a closing
    // quote or bracket, the `value` of a list of names and values, an operator, an opening quote, the scheme
    // of a header; or a space (`--api-key VALUE`) and up to three short words of a sentence (`the api key we
    // use is VALUE`).
    (
        "keyed",
        r#"(?i: (?P<name> (?: key | token | secret | pass | pwd | auth | cred | api ) [\w.\-]{0,24}? ) ["'`\]\\)]{0,3} (?: [\x20\t,]{0,4} (?: \r? \n [\x20\t]{0,40} )? ["']? \b value ["']? )? (?: [\x20\t]{0,8} (?: := | => | -> | [:=>,(|]{1,3} ) [\x20\t]{0,8} (?: (?:f|r|b|u|String|str)? \\? ["'`(] ){0,2} | [\x20\t] (?: [a-z]{1,9} [,:]? [\x20\t] ){0,3} ["'`]? ) (?: (?: bearer | token | basic | apikey | ssws ) [\x20] )? )"#,
    ),
    // From the end of a name to the value assigned to it with an operator, for values without a format. The
    // attribute `value` of an XML element may be between them.
    (
        "is",
        r#"(?: ["'`\]\\)]{0,3} (?: [\x20\t]{1,4} value )? [\x20\t]{0,4} (?: := | => | == | [=:>,(] ) [\x20\t]{0,4} (?: [fbru]? \\? ["'`] )? )"#,
    ),
    // The end of a token: no base64url character follows. Letters and digits are among these.
    ("end", r#"(?: [^A-Za-z0-9_\-] | \z )"#),
    // The end of a base64 text. `%2B`, `%2F` and `%3D` are digits of base64 and padding in a URL: the text ends where they are decoded.
    (
        "end64",
        r#"(?: [^A-Za-z0-9_+/=%\-] | % (?: [^23] | 2 [^BbFf] | 3 [^Dd] ) | (?: % [23]? )? \z )"#,
    ),
];

/// Replaces the fragments in `pattern`.
///
/// # Errors
/// The name of an unknown fragment.
pub(crate) fn expand(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else {
            break;
        };
        let name = &rest[open + 2..open + close];
        let Some((_, fragment)) = FRAGMENTS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = FRAGMENTS.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "unknown fragment `{{{{{name}}}}}`; there are: {}",
                known.join(", ")
            ));
        };
        out.push_str(&rest[..open]);
        out.push_str(fragment);
        rest = &rest[open + close + 2..];
    }
    out.push_str(rest);
    Ok(out)
}
