//! Planted corpora: texts with fake secrets at known positions. Used by tests and benches.

use std::{fs, path::Path, sync::Arc};

use keysift_rules::{Random, Recipe, Rule, RuleKind};

/// A secret that was planted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planted {
    pub(crate) rule: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Loads the rules of a folder.
pub(crate) fn rules(folder: &Path) -> Arc<[Rule]> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of rules")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let specs = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).expect("a rule file");
        keysift_rules::parse(file, &text).unwrap_or_else(|error| panic!("{error}"))
    });
    specs.map(Rule::new).collect()
}

/// Returns whether the matches of a rule are suppressed by default.
pub(crate) fn is_hidden(rule: &Rule) -> bool {
    matches!(rule.spec().kind, RuleKind::Unnamed { .. })
}

/// Returns a new secret of a rule.
pub(crate) fn secret(rule: &Rule, seed: u64) -> String {
    Recipe::parse(&rule.spec().secret)
        .expect("checked")
        .write(&mut Random::new(seed), "")
        .0
}

/// Returns an example of a rule with a new secret, and the position of the secret.
pub(crate) fn example(rule: &Rule, number: usize, seed: u64) -> (String, usize, usize) {
    let secret = secret(rule, seed);
    let example = Recipe::parse(&rule.spec().examples[number]).expect("checked");
    let (text, place) = example.write(&mut Random::new(seed), &secret);
    let (start, end) = place.expect("checked");
    (text, start, end)
}

/// The step from one rule to the next: a prime larger than the number of rules of one provider.
const STEP: usize = 331;

const WORDS: &[&str] = &[
    "return", "let", "value", "self", "index", "config", "client", "request", "token", "key", "if", "else",
    "for", "match", "import", "from", "String", "Vec", "result", "error", "path", "name", "password", "user",
    "default", "session", "buffer", "0x1f", "42", "null", "true",
];

/// Returns a line that looks like source code, without its line break.
fn line(random: &mut Random) -> String {
    let words: Vec<_> = (0..random.between(1, 12))
        .map(|_| WORDS[random.below(WORDS.len())])
        .collect();
    let mark = ["", "    ", "// ", "# ", "\t"][random.below(5)];
    format!(
        "{mark}{}{}",
        words.join([" ", " = ", ".", "(", "_"][random.below(5)]),
        ["", ";", ")", " {", ","][random.below(5)]
    )
}

/// Returns a text of at least `bytes` bytes that looks like source code, with about one planted example in
/// `every` lines, of all rules in turn.
pub(crate) fn text(rules: &[Rule], bytes: usize, every: usize, seed: u64) -> (String, Vec<Planted>) {
    let mut random = Random::new(seed);
    let (mut text, mut planted, mut number) = (String::with_capacity(bytes + 4096), Vec::new(), 0);
    while text.len() < bytes {
        if every > 0 && random.below(every) == 0 {
            // Not in the order of the files, because neighbors of one provider could be combined to pairs.
            let mut rule = &rules[number * STEP % rules.len()];
            if is_hidden(rule) {
                rule = &rules[0];
            }
            let (example, start, end) = example(
                rule,
                number / rules.len() % rule.spec().examples.len(),
                random.next_u64(),
            );
            number += 1;
            // With distance to its neighbors, so that no rule uses words of another example.
            text.push_str(&"\n".repeat(10));
            planted.push(Planted {
                rule: rule.meta().id.clone(),
                start: text.len() + start,
                end: text.len() + end,
            });
            text.push_str(&example);
            text.push_str("\n\n");
        }
        text.push_str(&line(&mut random));
        text.push('\n');
    }
    (text, planted)
}
