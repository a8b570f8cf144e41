//! Where the literals of a rule are searched: in the whole text, or only in and near long runs of token
//! characters.
//!
//! Four of five literals belong to rules whose matches contain a long run. Fewer than 15 % of the bytes of
//! source code are on the lines around such runs, so searching these literals only there leaves a fourth of
//! the candidates in the rest of the text.

use std::sync::LazyLock;

use keysift_finding::Span;
use keysift_matcher::{ByteSet, Context};
use memchr::memrchr_iter;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

use crate::{
    RuleKind, Spec, Trigger,
    rule::{NEAR_BEFORE, NEAR_BEHIND},
    token_run::is_token,
};

/// Minimum length of the runs near which literals are searched, in bytes.
pub const GATE: usize = 24;

/// Maximum number of lines between a keyword and its token, for keywords that are searched near runs.
pub(crate) const GATE_LINES: usize = 3;

/// Where the literals of a rule are searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Search {
    /// Nowhere: a run alone selects the rule.
    Nowhere,
    /// In the whole text.
    #[default]
    Text,
    /// In runs of at least [`GATE`] token characters, or the length that the rule requires.
    Runs,
    /// On the lines around runs of at least [`GATE`] token characters, see [`lines_around`].
    Lines,
}

impl Search {
    /// Determines where the literals of a rule are searched, from its triggers and its pattern.
    pub(crate) fn of(spec: &Spec, pattern: Option<&Hir>) -> Self {
        match spec.kind {
            RuleKind::Unnamed { .. } => return Self::Nowhere,
            RuleKind::Run { .. } if !spec.triggers.iter().all(Trigger::is_specific) => return Self::Runs,
            RuleKind::Name(_) | RuleKind::Imported(_) => return Self::Text,
            _ => {}
        }
        if spec.token_run < GATE || !pattern.is_some_and(is_mixed) {
            return Self::Text;
        }
        if let RuleKind::Near { lines } = spec.kind {
            let near = lines <= GATE_LINES && spec.max_length <= NEAR_BEHIND;
            return if near { Self::Lines } else { Self::Text };
        }
        let searches: Vec<Self> = spec.triggers.iter().map(Self::of_trigger).collect();
        match () {
            () if searches.is_empty() || searches.contains(&Self::Text) => Self::Text,
            () if searches.contains(&Self::Lines) => Self::Lines,
            () => Self::Runs,
        }
    }

    /// Determines where a literal can be searched: by the token characters that surround it in every match.
    fn of_trigger(trigger: &Trigger) -> Self {
        let context = trigger.context();
        let after = token_after(&context);
        let tail = trigger
            .literal
            .iter()
            .rev()
            .take_while(|byte| is_token(**byte))
            .count();
        let whole = tail == trigger.literal.len();
        let before = match whole {
            true => context
                .before
                .iter()
                .take_while(|set| set.is_subset(&TOKEN))
                .count(),
            false => 0,
        };
        if whole && tail + after >= GATE && is_at_edge(&context) && !trigger.ignore_case {
            Self::Runs
        } else if before + tail + after >= GATE && tail > 0 && !trigger.literal.contains(&b'\n') {
            Self::Lines
        } else {
            Self::Text
        }
    }
}

/// Returns whether a literal with this context cannot follow a word character.
pub fn is_at_edge(context: &Context) -> bool {
    let first = context.before.first();
    first.is_some_and(|set| set.is_subset(&NOT_WORD))
}

/// Returns how many token characters follow a literal with this context in every match, as far as the context
/// tells.
pub fn token_after(context: &Context) -> usize {
    let after = context.after.iter();
    after.take_while(|set| set.is_subset(&TOKEN)).count()
}

/// Token characters.
static TOKEN: LazyLock<ByteSet> = LazyLock::new(|| set_of(is_token));

/// All bytes but word characters.
static NOT_WORD: LazyLock<ByteSet> =
    LazyLock::new(|| set_of(|byte| !byte.is_ascii_alphanumeric() && byte != b'_'));

fn set_of(is_in: impl Fn(u8) -> bool) -> ByteSet {
    let mut set = ByteSet::default();
    (0..=u8::MAX)
        .filter(|byte| is_in(*byte))
        .for_each(|byte| set.insert(byte, byte));
    set
}

/// Returns whether each long class of a pattern allows two of digits, upper-case and lower-case letters, so
/// that a run of a single kind is practically no match: of 24 random lower-case letters and digits, one in
/// 2,500 has no digit.
fn is_mixed(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => true,
        HirKind::Repetition(repetition) => match repetition.sub.kind() {
            HirKind::Class(class) if repetition.min >= 4 => kinds(class) >= 2,
            _ => is_mixed(&repetition.sub),
        },
        HirKind::Capture(capture) => is_mixed(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(is_mixed),
    }
}

/// Returns how many of digits, upper-case and lower-case letters a class allows.
fn kinds(class: &Class) -> usize {
    let has = |first: u8, last: u8| match class {
        Class::Bytes(class) => class
            .iter()
            .any(|range| range.start() <= last && first <= range.end()),
        Class::Unicode(class) => class
            .iter()
            .any(|range| range.start() <= char::from(last) && char::from(first) <= range.end()),
    };
    [(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]
        .into_iter()
        .filter(|(first, last)| has(*first, *last))
        .count()
}

/// Returns the part of a text in which the literals of [`Search::Lines`] select a rule because of a run:
/// every literal whose [`crate::Rule::window`] contains the run starts there.
///
/// The part is larger than the lines where that saves time: it continues the part before, which ends at
/// `last`, if the gap is small, and ends after a fixed number of bytes. Looking for line breaks takes longer
/// than searching the additional bytes.
pub fn lines_around(text: &[u8], run: Span, last: usize) -> Span {
    const GAP: usize = 128;
    let end = text.len().min(run.end + NEAR_BEFORE);
    if run.start <= last + GAP {
        return Span::new(run.start.min(last), end);
    }
    // A window is extended to the end of a word that it would cut, by as much again.
    let floor = run.start.saturating_sub(2 * NEAR_BEHIND).max(last);
    let start = memrchr_iter(b'\n', &text[floor..run.start])
        .nth(GATE_LINES)
        .map_or(floor, |newline| floor + newline + 1);
    Span::new(start, end)
}
