//! Derives the context that a literal needs for a match of its rule's pattern, from the pattern itself.
//!
//! A pattern is expanded into sequences of byte sets, one for each alternative. Every match follows one of
//! them. If the literal occurs in it, the sets before and after are those of any match. A literal for which
//! this cannot be determined has no context: every occurrence selects its rule.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{Hash, Hasher},
};

use keysift_matcher::{ByteSet, Context};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

use crate::{RuleKind, Spec, compile::parsed, search::Search};

/// The maximum number and length of sequences. A part of the pattern with more or longer ones is treated as
/// any text.
const MOST: usize = 128;
const LONGEST: usize = 400;

/// The maximum length of a context before and after a literal, in bytes.
const BEFORE: usize = 24;
const AFTER: usize = 64;

/// The number of known bytes after a literal from which hits are searched instead of runs.
const ENOUGH: usize = 8;

/// Runs of equal sets, as ranges with a count.
type ByteSets = Vec<(Vec<(u8, u8)>, u8)>;

/// A literal that selects rules, with its required context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The literal, in lower case if its case does not matter.
    pub literal: Vec<u8>,
    /// Whether it matches in either case.
    pub ignore_case: bool,
    before: ByteSets,
    after: ByteSets,
}

/// Hashes only the literal. Contexts are a hundred times as long and few literals have several; hashing them
/// took a third of the start time.
impl Hash for Trigger {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.literal.hash(state);
    }
}

impl Trigger {
    fn anywhere(literal: &str, ignore_case: bool) -> Self {
        let literal = if ignore_case {
            literal.to_ascii_lowercase()
        } else {
            literal.to_owned()
        };
        Self {
            literal: literal.into_bytes(),
            ignore_case,
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    /// Returns the required context, for the matcher.
    pub fn context(&self) -> Context {
        let sets = |sets: &ByteSets| {
            let sets = sets.iter().flat_map(|(ranges, count)| {
                let mut set = ByteSet::default();
                ranges.iter().for_each(|(first, last)| set.insert(*first, *last));
                std::iter::repeat_n(set, usize::from(*count))
            });
            sets.collect()
        };
        Context {
            before: sets(&self.before),
            after: sets(&self.after),
        }
    }
}

/// The triggers of a rule, without duplicates.
pub(crate) fn triggers_of(spec: &Spec) -> Vec<Trigger> {
    let contexts = matches!(spec.kind, RuleKind::Pattern | RuleKind::Run { .. })
        .then(|| parsed(spec).and_then(|hir| contexts(&hir, &spec.literals, spec.ignore_case)))
        .flatten();
    match contexts {
        None => {
            let literals = spec.literals.iter();
            literals
                .map(|literal| Trigger::anywhere(literal, spec.ignore_case))
                .collect()
        }
        Some(contexts) => contexts
            .into_iter()
            .map(|(literal, (before, after))| Trigger {
                before: packed(&before),
                after: packed(&after),
                ..Trigger::anywhere(literal, spec.ignore_case)
            })
            .collect(),
    }
}

/// Returns the literals that are searched in this way, each with each context once, in the order of the
/// rules. This order is the same at run time, so that a matcher's plan from build time is valid.
pub fn triggers<'a>(specs: impl IntoIterator<Item = &'a Spec>, search: Search) -> Vec<&'a Trigger> {
    let mut seen = HashSet::new();
    let selected = specs.into_iter().filter(|spec| spec.search == search);
    selected
        .flat_map(|spec| &spec.triggers)
        .filter(|trigger| seen.insert(*trigger))
        .collect()
}

impl Trigger {
    /// Returns whether the literal and its context are so long that a hit is nearly a match of a rule that
    /// requires a run.
    pub(crate) fn is_specific(&self) -> bool {
        let after: usize = self.after.iter().map(|(_, count)| usize::from(*count)).sum();
        self.literal.len() >= 3 && after >= ENOUGH
    }
}

/// An element of a sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    /// One byte of a set.
    Byte(ByteSet),
    /// Any text, or nothing.
    Gap,
    /// An assertion of zero width.
    Look(Look),
}

type TriggerContext = (Vec<ByteSet>, Vec<ByteSet>);

/// The context of each literal in all matches in which it is the designated one; `None` if some match may
/// have none.
fn contexts<'s>(
    hir: &Hir,
    literals: &'s [String],
    ignore_case: bool,
) -> Option<BTreeMap<&'s str, TriggerContext>> {
    let mut contexts: BTreeMap<&str, TriggerContext> = BTreeMap::new();
    for sequence in sequences(hir) {
        for (literal, at) in designated(&sequence, literals, ignore_case)? {
            let around = (
                before(&sequence[..at], literal.as_bytes()),
                after(&sequence[at + literal.len()..]),
            );
            match contexts.get_mut(literal) {
                None => drop(contexts.insert(literal, around)),
                Some(known) => {
                    join(&mut known.0, &around.0);
                    join(&mut known.1, &around.1);
                }
            }
        }
    }
    Some(contexts)
}

/// The longest literal in a sequence with its first offset; or several literals of one length that together
/// are all alternatives at an offset: `5H`, `5J` and `5K` for `5[HJK]`.
fn designated<'s>(
    sequence: &[Item],
    literals: &'s [String],
    ignore_case: bool,
) -> Option<Vec<(&'s str, usize)>> {
    let is_at = |literal: &str, at: usize| {
        std::iter::zip(literal.bytes(), &sequence[at..]).all(|(byte, item)| match item {
            Item::Byte(set) => set
                .iter()
                .all(|other| other == byte || ignore_case && other.eq_ignore_ascii_case(&byte)),
            _ => false,
        })
    };
    let found = literals.iter().filter_map(|literal| {
        let last = sequence.len().checked_sub(literal.len())?;
        let at = (0..=last).find(|at| is_at(literal, *at))?;
        Some((literal.as_str(), at))
    });
    found
        .max_by_key(|(literal, at)| (literal.len(), std::cmp::Reverse(*at)))
        .map(|longest| vec![longest])
        .or_else(|| (!ignore_case).then(|| choices(sequence, literals))?)
}

/// The literals that adjacent sets spell, if they spell nothing else.
fn choices<'s>(sequence: &[Item], literals: &'s [String]) -> Option<Vec<(&'s str, usize)>> {
    let len = literals.first()?.len();
    if literals.iter().any(|literal| literal.len() != len) {
        return None;
    }
    (0..=sequence.len().checked_sub(len)?).find_map(|at| {
        let mut spelled = 1;
        let mut sets = Vec::with_capacity(len);
        for item in &sequence[at..at + len] {
            let Item::Byte(set) = item else { return None };
            spelled *= set.iter().count();
            if spelled > literals.len() {
                return None;
            }
            sets.push(set);
        }
        let fits =
            |literal: &&String| std::iter::zip(literal.bytes(), &sets).all(|(byte, set)| set.contains(byte));
        let fitting: Vec<_> = literals
            .iter()
            .filter(fits)
            .map(|literal| (literal.as_str(), at))
            .collect();
        // As many as there are alternatives, so every alternative is a literal.
        (fitting.len() == spelled).then_some(fitting)
    })
}

/// The sets before a literal, nearest first.
fn before(items: &[Item], literal: &[u8]) -> Vec<ByteSet> {
    let word = literal.first().is_some_and(|byte| is_word(*byte));
    let mut sets: Vec<ByteSet> = Vec::new();
    let mut limit = ByteSet::ANY;
    for item in items.iter().rev() {
        match item {
            Item::Byte(set) => {
                sets.push(intersection(set, &limit));
                limit = ByteSet::ANY;
            }
            Item::Look(Look::WordAscii) if sets.is_empty() && word => {
                limit = intersection(&limit, &not_word())
            }
            Item::Look(Look::Start) => limit = ByteSet::default(),
            Item::Look(_) => {}
            Item::Gap => break,
        }
    }
    if limit != ByteSet::ANY {
        sets.push(limit);
    }
    sets.truncate(BEFORE);
    sets
}

/// The sets after a literal. Assertions only make them smaller, and are left to the pattern.
fn after(items: &[Item]) -> Vec<ByteSet> {
    let sets = items.iter().filter(|item| !matches!(item, Item::Look(_)));
    sets.map_while(|item| match item {
        Item::Byte(set) => Some(*set),
        _ => None,
    })
    .take(AFTER)
    .collect()
}

fn join(known: &mut Vec<ByteSet>, other: &[ByteSet]) {
    known.truncate(other.len());
    for (set, other) in known.iter_mut().zip(other) {
        other.iter().for_each(|byte| set.insert(byte, byte));
    }
}

fn intersection(left: &ByteSet, right: &ByteSet) -> ByteSet {
    let mut both = ByteSet::default();
    let bytes = left.iter().filter(|byte| right.contains(*byte));
    bytes.for_each(|byte| both.insert(byte, byte));
    both
}

fn not_word() -> ByteSet {
    let mut set = ByteSet::default();
    (0..=255)
        .filter(|byte| !is_word(*byte))
        .for_each(|byte| set.insert(byte, byte));
    set
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Compresses sets to ranges, with equal neighbors counted.
fn packed(sets: &[ByteSet]) -> ByteSets {
    let mut packed: ByteSets = Vec::new();
    for set in sets {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in set.iter() {
            match ranges.last_mut() {
                Some((_, last)) if byte > 0 && *last == byte - 1 => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        match packed.last_mut() {
            Some((known, count)) if *known == ranges => *count += 1,
            _ => packed.push((ranges, 1)),
        }
    }
    packed
}

/// Expands a pattern: every match follows one of these sequences.
fn sequences(hir: &Hir) -> Vec<Vec<Item>> {
    let gap = || vec![vec![Item::Gap]];
    let written = match hir.kind() {
        HirKind::Empty => vec![Vec::new()],
        HirKind::Literal(literal) => vec![
            literal
                .0
                .iter()
                .map(|byte| Item::Byte(ByteSet::of(*byte)))
                .collect(),
        ],
        HirKind::Class(Class::Bytes(class)) => {
            let mut set = ByteSet::default();
            class
                .iter()
                .for_each(|range| set.insert(range.start(), range.end()));
            vec![vec![Item::Byte(set)]]
        }
        HirKind::Class(Class::Unicode(_)) => gap(),
        HirKind::Look(look) => vec![vec![Item::Look(*look)]],
        HirKind::Capture(capture) => sequences(&capture.sub),
        HirKind::Concat(parts) => parts
            .iter()
            .map(sequences)
            .reduce(|left, right| product(&left, &right))
            .unwrap_or_else(gap),
        HirKind::Alternation(parts) => parts.iter().flat_map(sequences).collect(),
        HirKind::Repetition(repetition) => {
            repeated(sequences(&repetition.sub), repetition.min, repetition.max)
        }
    };
    let fits = written.len() <= MOST && written.iter().all(|sequence| sequence.len() <= LONGEST);
    if fits { written } else { gap() }
}

/// Repeats a part as often as required, followed by any text if more is allowed.
fn repeated(part: Vec<Vec<Item>>, min: u32, max: Option<u32>) -> Vec<Vec<Item>> {
    if (min, max) == (0, Some(1)) {
        return std::iter::once(Vec::new()).chain(part).collect();
    }
    let mut all = vec![Vec::new()];
    let mut count = 0;
    while count < min && all[0].len() < AFTER && all.len() * part.len() <= MOST {
        all = product(&all, &part);
        count += 1;
    }
    if count < min || max != Some(min) {
        all = product(&all, &[vec![Item::Gap]]);
    }
    all
}

fn product(left: &[Vec<Item>], right: &[Vec<Item>]) -> Vec<Vec<Item>> {
    if left.len() * right.len() > MOST {
        // The side with fewer alternatives is kept.
        return match left.len() <= right.len() {
            true => product(left, &[vec![Item::Gap]]),
            false => product(&[vec![Item::Gap]], right),
        };
    }
    let pairs = left
        .iter()
        .flat_map(|left| right.iter().map(move |right| (left, right)));
    pairs
        .map(|(left, right)| [&left[..], &right[..]].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A literal and the sets before and after it, as texts with the bytes of each set.
    type ExpectedTrigger = (String, Vec<String>, Vec<String>);

    /// The triggers of a pattern.
    fn triggers(pattern: &str, literals: &[&str], ignore_case: bool) -> Option<Vec<ExpectedTrigger>> {
        let hir = crate::compile::parsed_pattern(pattern).unwrap();
        let literals = strings(literals);
        // Printable bytes are sufficient to distinguish the sets.
        let text =
            |set: &ByteSet| -> String { set.iter().filter(u8::is_ascii_graphic).map(char::from).collect() };
        let contexts = contexts(&hir, &literals, ignore_case)?;
        let texts = |sets: &[ByteSet]| sets.iter().map(text).collect();
        Some(
            contexts
                .iter()
                .map(|(literal, (before, after))| ((*literal).to_owned(), texts(before), texts(after)))
                .collect(),
        )
    }

    fn strings(of: &[&str]) -> Vec<String> {
        of.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn contexts_are_derived_from_the_pattern() {
        let one = |pattern, literal: &str| {
            let mut all = triggers(pattern, &[literal], false).unwrap();
            assert_eq!(all.len(), 1, "{pattern}");
            let (_, before, after) = all.remove(0);
            (before, after)
        };
        let (before, after) = one(r"\b(?P<secret>ab_[0-9]{3}x?)", "ab_");
        assert_eq!(after, strings(&["0123456789"; 3]));
        assert!(before.len() == 1 && before[0].contains('-') && !before[0].contains(['_', 'a', '0']));
        // The start of the text requires nothing, the other alternative does.
        assert_eq!(
            one("(?:^|[!=])(?:ab_)[xy]+", "ab_"),
            (strings(&["!="]), strings(&["xy"]))
        );
        // What both alternatives have in common.
        assert_eq!(one("(?:ab_x|ab_yz)", "ab_"), (vec![], strings(&["xy"])));
        // After a part that matches anything nothing is known.
        assert_eq!(one("ab_(?:[a-z]*)[0-9]", "ab_"), (vec![], vec![]));
        assert_eq!(one(".*ab_", "ab_"), (vec![], vec![]));
    }

    #[test]
    fn a_pattern_that_may_match_without_its_literals_has_no_contexts() {
        assert_eq!(triggers("(?:ab_|[a-z]+)[0-9]", &["ab_"], false), None);
        assert_eq!(triggers("(?i:ab_)[0-9]", &["ab_"], false), None);
        assert!(triggers("(?i:ab_)[0-9]", &["AB_"], true).is_some());
        let two = triggers("(?:ab_[0-9]|cde[x])", &["ab_", "cde"], false).unwrap();
        assert_eq!(two[1], ("cde".to_owned(), vec![], strings(&["x"])));
    }

    #[test]
    fn sets_that_spell_only_literals_are_literals() {
        let pattern = "(?:^|[^0-9A-Za-z_])(?:5[HJ][a-z]{9}|K[w][a-z]{9})";
        let found = triggers(pattern, &["5H", "5J", "Kw"], false).unwrap();
        let names: Vec<_> = found.iter().map(|(literal, ..)| literal.as_str()).collect();
        assert_eq!(names, ["5H", "5J", "Kw"]);
        for (literal, before, after) in &found {
            assert!(!before[0].contains(['a', '0', '_']), "{literal}: {before:?}");
            assert_eq!(after.len(), 9, "{literal}");
        }
        // `5K` is not a literal, and may occur.
        assert_eq!(triggers("5[HJK][a-z]{9}", &["5H", "5J"], false), None);
    }
}
