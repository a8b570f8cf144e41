//! Compiles the pattern of a rule.

use crate::{Spec, fragments, import, pattern::Pattern};

/// How far a match may extend if its pattern has no bound, in bytes.
const DEFAULT_REACH: usize = 4096;

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) pattern: Pattern,
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
    let pattern = Pattern::new(match spec.import() {
        Some(_) => spec.pattern.clone(),
        None => fragments::expand(&spec.pattern)?,
    })?;
    let secret =
        match spec.import() {
            None => Some(pattern.group("secret").ok_or(
                "the pattern has no group `secret`: write `(?P<secret>…)` around the part to redact",
            )?),
            Some(import) if import.secret_group >= pattern.groups_len() => {
                return Err(format!("the pattern has no group {}", import.secret_group));
            }
            Some(import) => Some(import.secret_group).filter(|group| *group > 0),
        };
    let import = spec.import().map(import::Compiled::new).transpose()?;
    Ok(Compiled {
        pattern,
        secret,
        import,
    })
}
