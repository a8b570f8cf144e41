//! The bytes that every match of a pattern contains besides its literals: `@` in a URL with a password. Where one is missing, the pattern is neither
//! tried nor compiled.

use std::collections::BTreeSet;

use regex_syntax::hir::{Hir, HirKind};

use crate::token_run::is_token;

/// Returns the symbols that every match contains and no literal of the rule does, at most two. Letters, digits and other token characters are
/// common everywhere; [`token_run`](crate::token_run) is for them.
pub(crate) fn needed(pattern: &Hir, literals: &[String]) -> Vec<u8> {
    let known = |byte: &u8| literals.iter().any(|literal| literal.as_bytes().contains(byte));
    let mut symbols: Vec<u8> = sure(pattern).into_iter().collect();
    symbols.retain(|byte| !is_token(*byte) && !byte.is_ascii_whitespace() && !known(byte));
    symbols.truncate(2);
    symbols
}

/// The bytes that a part of a pattern always matches.
fn sure(part: &Hir) -> BTreeSet<u8> {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => BTreeSet::new(),
        HirKind::Literal(literal) => literal.0.iter().copied().collect(),
        HirKind::Repetition(repetition) if repetition.min == 0 => BTreeSet::new(),
        HirKind::Repetition(repetition) => sure(&repetition.sub),
        HirKind::Capture(capture) => sure(&capture.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(sure).collect(),
        HirKind::Alternation(parts) => {
            let each = parts.iter().map(sure);
            each.reduce(|all, next| &all & &next).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_every_match_are_needed() {
        for (pattern, literals, symbols) in [
            ("[a-z]+://[^:]+:(?P<secret>.{3,9}?)@[a-z]", vec!["://"], "@"),
            ("key *[:=] *(?P<secret>a)", vec!["key"], ""),
            ("(?:a@b|@{2,3}c)!?", vec![], "@"),
            ("(?:a@b|c)%+", vec![], "%"),
            ("(?i)x{0,3}(?:<a>|<b>){2}", vec![], "<>"),
        ] {
            let hir = crate::compile::parsed_pattern(pattern).unwrap();
            let literals: Vec<String> = literals.into_iter().map(str::to_owned).collect();
            assert_eq!(
                String::from_utf8(needed(&hir, &literals)).unwrap(),
                symbols,
                "{pattern}"
            );
        }
    }
}
