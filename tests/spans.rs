//! Tokens are redacted completely: the span of a finding covers the whole run of characters that the token
//! consists of.

use keysift_finding::{Confidence, Span};
use keysift_rules::{Random, Recipe, Rule};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::common::builtin_rules;

/// Returns the characters at one end of the expression's matches, and their maximum number; `None` if a
/// literal text is at that end.
fn edge(hir: &Hir, last: bool) -> Option<(Vec<u8>, u32)> {
    let ascii = |class: &Class| -> Vec<u8> {
        match class {
            Class::Bytes(class) => class
                .ranges()
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .filter(u8::is_ascii_graphic)
                .collect(),
            Class::Unicode(_) => Vec::new(),
        }
    };
    match hir.kind() {
        HirKind::Class(class) => Some((ascii(class), 1)),
        HirKind::Repetition(repetition) => {
            let (bytes, most) = edge(&repetition.sub, last)?;
            Some((bytes, repetition.max.unwrap_or(0).saturating_mul(most)))
        }
        HirKind::Capture(capture) => edge(&capture.sub, last),
        HirKind::Concat(parts) => {
            let solid = |part: &&Hir| !matches!(part.kind(), HirKind::Look(_) | HirKind::Empty);
            // Optional parts (padding) do not end a token.
            let fixed = |part: &&Hir| part.properties().minimum_len() != Some(0);
            let mut parts: Vec<_> = parts.iter().filter(solid).filter(fixed).collect();
            if last {
                parts.reverse();
            }
            edge(parts.first()?, last)
        }
        // Alternatives that end alike: the first one decides.
        HirKind::Alternation(parts) => edge(parts.first()?, last),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => None,
    }
}

/// Returns the group `secret` of an expression.
fn secret(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => Some(&capture.sub),
        HirKind::Capture(capture) => secret(&capture.sub),
        HirKind::Repetition(repetition) => secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(secret),
        _ => None,
    }
}

/// Returns the spans of a rule's matches in a text with more than low confidence.
fn found(rule: &Rule, text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for window in rule.windows(text.as_bytes()) {
        rule.each_match(text.as_bytes(), window, |matched| {
            if rule
                .judge("", text.as_bytes(), &matched)
                .is_ok_and(|evidence| evidence.confidence > Confidence::Low)
            {
                spans.push(matched.secret);
            }
        });
    }
    spans
}

fn longer(random: &mut Random, bytes: &[u8], count: usize) -> String {
    (0..count)
        .map(|_| char::from(bytes[random.below(bytes.len())]))
        .collect()
}

/// Returns the first case in which a longer run of a rule's characters is matched only in part.
fn cut(rule: &Rule, seed: u64) -> Option<String> {
    let hir = rule.hir();
    let group = secret(&hir)?;
    let mut random = Random::new(seed);
    let (token, _) = Recipe::parse(&rule.spec().secret).unwrap().write(&mut random, "");
    for (last, more) in [(true, 1), (true, 7), (true, 0), (false, 1), (false, 7)] {
        let Some((mut bytes, most)) = edge(group, last) else {
            continue;
        };
        // Before an unquoted password, such a character belongs to the operator: `PASSWORD==x` is a
        // comparison.
        bytes.retain(|byte| last || !b"=:>(".contains(byte));
        if bytes.is_empty() {
            continue;
        }
        // 0 means: longer than the pattern can match.
        let more = match more {
            0 if (1..9000).contains(&most) => most as usize + 3,
            0 => continue,
            more => more,
        };
        let tail = longer(&mut random, &bytes, more);
        let run = if last {
            format!("{token}{tail}")
        } else {
            format!("{tail}{token}")
        };
        let (text, place) = Recipe::parse(&rule.spec().examples[0])
            .unwrap()
            .write(&mut random, &run);
        let (start, end) = place.unwrap();
        // The name in the example may end with a character of the token.
        for span in found(rule, &text) {
            let inside = span.start < end && start < span.end;
            if inside && (span.start > start || span.end < end) {
                let side = if last { "after" } else { "before" };
                return Some(format!(
                    "{}: {more} more {side}: {} of {} characters are covered: {text}",
                    rule.meta().id,
                    span.len(),
                    run.len()
                ));
            }
        }
    }
    None
}

#[test]
fn a_finding_covers_the_whole_run_of_token_characters() {
    let rules = builtin_rules();
    let wrong: Vec<_> = rules
        .iter()
        .filter(|rule| rule.spec().kind.has_format())
        .filter_map(|rule| (0..5).find_map(|seed| cut(rule, seed)))
        .collect();
    assert!(wrong.is_empty(), "{} rules\n{}", wrong.len(), wrong.join("\n"));
}
