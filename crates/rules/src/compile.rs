//! Compiles the pattern of a rule.

use regex::bytes::{Regex, RegexBuilder};

use crate::{Spec, fragments, import};

/// Compiled size limit of one pattern, in bytes: forty times the size of the largest built-in one.
const SIZE_LIMIT: usize = 10 << 20;

/// How far a match may extend if its pattern has no bound, in bytes.
const DEFAULT_REACH: usize = 4096;

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) regex: Regex,
    /// The group of the secret; `None`: the first group that matched, or the whole match.
    pub(crate) secret: Option<usize>,
    pub(crate) import: Option<import::Compiled>,
}

/// Returns the maximum distance between a literal and either end of its match, in bytes.
pub(crate) fn reach(spec: &Spec, pattern: Option<&regex_syntax::hir::Hir>) -> usize {
    let longest = pattern.and_then(|pattern| pattern.properties().maximum_len());
    match spec.max_length {
        0 => longest.map_or(DEFAULT_REACH, |longest| longest.min(64 << 10)),
        longest => longest,
    }
}

/// The pattern of a built-in rule, parsed as it is compiled; `None` if it is invalid.
pub(crate) fn parsed(spec: &Spec) -> Option<regex_syntax::hir::Hir> {
    let pattern = fragments::expand(&spec.pattern).ok()?;
    parsed_pattern(&pattern)
}

/// A pattern without fragments, parsed as it is compiled; `None` if it is invalid.
pub(crate) fn parsed_pattern(pattern: &str) -> Option<regex_syntax::hir::Hir> {
    let mut parser = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build();
    parser.parse(pattern).ok()
}

/// Compiles the pattern of a rule.
///
/// # Errors
/// The syntax error, or the missing group.
pub(crate) fn compile(spec: &Spec) -> Result<Compiled, String> {
    let pattern = if spec.import().is_some() {
        spec.pattern.clone()
    } else {
        fragments::expand(&spec.pattern)?
    };
    let regex = RegexBuilder::new(&pattern)
        .unicode(false)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(1 << 20)
        .nest_limit(50)
        .build()
        .map_err(|error| one_line(&error.to_string()))?;
    let secret = match spec.import() {
        None => {
            let named = regex.capture_names().position(|name| name == Some("secret"));
            Some(named.ok_or(
                "the pattern has no group `secret`: write `(?P<secret>…)` around the part to redact",
            )?)
        }
        Some(import) if import.secret_group >= regex.captures_len() => {
            return Err(format!("the pattern has no group {}", import.secret_group));
        }
        Some(import) => Some(import.secret_group).filter(|group| *group > 0),
    };
    let import = spec.import().map(import::Compiled::new).transpose()?;
    Ok(Compiled {
        regex,
        secret,
        import,
    })
}

/// The last line of a regex error has the message; those before it show the pattern.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default().trim();
    format!(
        "the pattern does not compile: {}",
        last.trim_start_matches("error: ")
    )
}
