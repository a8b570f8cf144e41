//! Defaults of a rule whose file has only an id and a pattern.

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};

use crate::{Import, RuleKind, Spec, compile::parsed_pattern, fragments, trigger::triggers_of};

/// The minimum length of a literal that selects a rule; shorter ones are in nearly every file.
const SHORTEST: usize = 3;

/// Fills in the name, the texts, the group of the secret and the literals of a rule that its file lacks.
pub(crate) fn complete(spec: &mut Spec) {
    let default = |text: &mut String, value: &str| {
        if text.is_empty() {
            value.clone_into(text);
        }
    };
    default(&mut spec.name, &spec.id);
    default(&mut spec.why, "A custom rule matches this secret.");
    default(
        &mut spec.fix,
        "Revoke the secret where it was issued, and keep the new one in a secret store.",
    );
    // Rules with a recipe for samples are complete, and name the group of the secret.
    if !spec.secret.is_empty() || !matches!(spec.kind, RuleKind::Pattern) {
        return;
    }
    if !spec.pattern.contains("<secret>") {
        spec.pattern = format!("(?P<secret>{})", spec.pattern);
    }
    if !spec.literals.is_empty() {
        return;
    }
    let Ok(expanded) = fragments::expand(&spec.pattern) else {
        return;
    };
    spec.literals = literals(&expanded);
    if spec.literals.is_empty() {
        // Without literals the rule runs on every file, like imported rules without keywords.
        let groups = expanded.match_indices("(?P<").map(|(at, _)| at);
        let named = expanded.find("(?P<secret>").unwrap_or_default();
        let before = groups.filter(|at| *at < named).count() + plain_groups(&expanded[..named]);
        spec.kind = RuleKind::Imported(Box::new(Import {
            secret_group: before + 1,
            ..Import::default()
        }));
        spec.pattern = expanded;
    }
    spec.triggers = triggers_of(spec);
}

/// The number of unnamed groups in a pattern.
fn plain_groups(pattern: &str) -> usize {
    let (mut count, mut class, mut chars) = (0, false, pattern.chars().peekable());
    while let Some(char) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            '[' => class = true,
            ']' => class = false,
            '(' if !class && chars.peek() != Some(&'?') => count += 1,
            _ => {}
        }
    }
    count
}

/// Literals of which every match contains one: common prefixes or suffixes.
fn literals(pattern: &str) -> Vec<String> {
    let Some(hir) = parsed_pattern(pattern) else {
        return Vec::new();
    };
    let usable = |seq: &Seq| -> Option<Vec<String>> {
        let all = seq.literals().filter(|all| !all.is_empty() && all.len() <= 16)?;
        let text = |literal: &regex_syntax::hir::literal::Literal| {
            let text = std::str::from_utf8(literal.as_bytes()).ok()?;
            (text.len() >= SHORTEST && text.is_ascii()).then(|| text.to_owned())
        };
        all.iter().map(text).collect()
    };
    [ExtractKind::Prefix, ExtractKind::Suffix]
        .into_iter()
        .find_map(|kind| {
            let mut seq = Extractor::new().kind(kind.clone()).extract(&hir);
            match kind {
                ExtractKind::Suffix => seq.optimize_for_suffix_by_preference(),
                _ => seq.optimize_for_prefix_by_preference(),
            }
            usable(&seq)
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn rule(pattern: &str) -> Spec {
        let text = format!("provider: Acme\nrules:\n  - id: acme-key\n    pattern: '{pattern}'\n");
        crate::parse(Path::new("acme.yaml"), &text)
            .expect("two keys are enough")
            .remove(0)
    }

    #[test]
    fn an_id_and_a_pattern_are_enough() {
        let spec = rule("acme_[a-z0-9]{32}");
        assert_eq!(spec.literals, ["acme_"]);
        assert!(spec.name == "acme-key" && !spec.why.is_empty() && !spec.fix.is_empty());
        assert!(spec.pattern.starts_with("(?P<secret>"));
    }

    #[test]
    fn a_pattern_without_a_literal_runs_on_every_file() {
        for (pattern, group) in [
            ("[a-z]{4}-[0-9]{30}", 1),
            ("([a-z])[a-z](?P<secret>[0-9]{30})", 2),
        ] {
            let spec = rule(pattern);
            assert!(spec.literals.is_empty(), "{:?}", spec.literals);
            assert_eq!(
                spec.import().map(|import| import.secret_group),
                Some(group),
                "{pattern}"
            );
        }
    }
}
