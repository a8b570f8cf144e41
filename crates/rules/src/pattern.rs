//! The pattern of a rule, compiled in two forms.
//!
//! Most rules that run on a tree run on a few hundred bytes of it: the text around one or two literals. The pattern is then compiled to
//! an NFA alone, which takes half of the time of a [`Regex`] and none of its caches. A pattern that has searched [`LITTLE`] bytes is
//! compiled again, to be searched fast.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use keysift_finding::Span;
use regex_automata::{
    Input, PatternID,
    meta::{self, Regex},
    nfa::thompson::{BuildError, Config, NFA, backtrack::BoundedBacktracker},
    util::primitives::NonMaxUsize,
};
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

/// Compiled size limit of one pattern, in bytes: forty times the size of the largest built-in one.
const SIZE_LIMIT: usize = 10 << 20;

/// Maximum depth of groups and repetitions in a pattern.
const NEST_LIMIT: u32 = 50;

/// Upper bounds of repetitions from here on are limits and not part of a format. Automata have a state for each number below, so these bounds are
/// left out at first: the rules for JWT took 5 ms each to compile. Where a match is longer than they allow, they are put back: the result is that of the pattern as written.
const LIMIT: u32 = 256;

/// How much text is searched with the NFA, in bytes. Over all rules it reads 59 MB/s, and compiling a [`Regex`] takes .13 ms on average, the NFA half
/// of that.
const LITTLE: usize = 16 << 10;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    nfa: BoundedBacktracker,
    regex: OnceLock<Regex>,
    /// With the limits.
    exact: OnceLock<Regex>,
    /// The maximum length of a match, in bytes, if the pattern has one.
    longest: Option<usize>,
    /// The smallest limit that was left out. A match that is not longer is the one that the pattern has with its limits.
    limit: u32,
    /// The number of bytes that the NFA has searched.
    searched: AtomicUsize,
}

impl Pattern {
    /// Compiles a pattern to an NFA.
    ///
    /// # Errors
    /// A syntax error, or the pattern is too large.
    pub(crate) fn new(text: String) -> Result<Self, String> {
        let hir = parsed(&text)?;
        let longest = hir.properties().maximum_len();
        let mut limit = u32::MAX;
        let hir = without_limits(hir, &mut limit);
        let config = Config::new().utf8(false).nfa_size_limit(Some(SIZE_LIMIT));
        let too_large = |error: BuildError| one_line(&error.to_string());
        let nfa = NFA::compiler()
            .configure(config)
            .build_from_hir(&hir)
            .map_err(too_large)?;
        let nfa = BoundedBacktracker::builder()
            .build_from_nfa(nfa)
            .map_err(too_large)?;
        Ok(Self {
            text,
            nfa,
            regex: OnceLock::new(),
            exact: OnceLock::new(),
            longest,
            limit,
            searched: AtomicUsize::new(0),
        })
    }

    /// Compiles the pattern for much text, to know that this is possible.
    ///
    /// # Errors
    /// The pattern is too large.
    pub(crate) fn check(&self) -> Result<(), String> {
        build(&parsed(&self.text)?).map(drop)
    }

    /// The names of the groups; `None` for those without one, as for the whole match, which is group 0.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.nfa.get_nfa().group_info().pattern_names(PatternID::ZERO)
    }

    /// The number of a group.
    pub(crate) fn group(&self, name: &str) -> Option<usize> {
        self.group_names().position(|other| other == Some(name))
    }

    /// The number of groups, with the whole match.
    pub(crate) fn groups_len(&self) -> usize {
        self.nfa.get_nfa().group_info().group_len(PatternID::ZERO)
    }

    /// The maximum length of a match, in bytes, if the pattern has one.
    pub(crate) fn longest(&self) -> Option<usize> {
        self.longest
    }

    /// Returns the groups of the leftmost match in `text[at..]`. Text before `at` counts for word boundaries.
    pub(crate) fn find(&self, text: &[u8], at: usize) -> Option<Vec<Option<Span>>> {
        let checked = || parsed(&self.text).expect("a checked pattern is valid");
        let found = match self.find_in_little(text, at) {
            Some(found) => found?,
            None => {
                let compile = || build(&without_limits(checked(), &mut 0)).expect("as with the limits");
                groups(self.regex.get_or_init(compile), text, at)?
            }
        };
        if found[0].is_none_or(|whole| whole.len() <= self.limit as usize) {
            return Some(found);
        }
        let compile = || build(&checked()).expect("a checked pattern compiles");
        groups(self.exact.get_or_init(compile), text, at)
    }

    /// The same with the NFA; `None` if the pattern has searched much text, or this one is too long for it.
    fn find_in_little(&self, text: &[u8], at: usize) -> Option<Option<Vec<Option<Span>>>> {
        let len = text.len() - at;
        if self.regex.get().is_some() || len > self.nfa.max_haystack_len() {
            return None;
        }
        if self.searched.fetch_add(len, Ordering::Relaxed) + len > LITTLE {
            return None;
        }
        let mut slots: Vec<Option<NonMaxUsize>> = vec![None; 2 * self.groups_len()];
        let input = Input::new(text).range(at..);
        let mut cache = self.nfa.create_cache();
        let found = self.nfa.try_search_slots(&mut cache, &input, &mut slots).ok()?;
        let group = |pair: &[Option<NonMaxUsize>]| Some(Span::new(pair[0]?.get(), pair[1]?.get()));
        Some(found.map(|_| slots.chunks(2).map(group).collect()))
    }
}

/// Parses a pattern.
fn parsed(pattern: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(NEST_LIMIT)
        .build();
    parser
        .parse(pattern)
        .map_err(|error| one_line(&error.to_string()))
}

/// Removes the upper bounds of repetitions of one character that are at least [`LIMIT`]; `smallest` becomes the smallest of them.
fn without_limits(hir: Hir, smallest: &mut u32) -> Hir {
    let mut each = |parts: Vec<Hir>| -> Vec<Hir> {
        let parts = parts.into_iter();
        parts.map(|part| without_limits(part, smallest)).collect()
    };
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(mut repetition) => {
            let is_class = matches!(repetition.sub.kind(), HirKind::Class(_));
            let is_limit = |most: &u32| is_class && *most >= LIMIT && *most > repetition.min;
            if let Some(limit) = repetition.max.filter(is_limit) {
                *smallest = limit.min(*smallest);
                repetition.max = None;
            }
            let sub = Box::new(without_limits(*repetition.sub, smallest));
            Hir::repetition(Repetition { sub, ..repetition })
        }
        HirKind::Capture(capture) => {
            let sub = Box::new(without_limits(*capture.sub, smallest));
            Hir::capture(Capture { sub, ..capture })
        }
        HirKind::Concat(parts) => Hir::concat(each(parts)),
        HirKind::Alternation(parts) => Hir::alternation(each(parts)),
    }
}

/// Compiles a pattern to be searched fast. Not with the one-pass engine, which is for anchored patterns.
fn build(pattern: &Hir) -> Result<Regex, String> {
    let config = meta::Config::new()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .hybrid_cache_capacity(1 << 20)
        .onepass(false)
        .utf8_empty(false);
    let mut builder = Regex::builder();
    builder
        .configure(config)
        .build_from_hir(pattern)
        .map_err(|error| one_line(&error.to_string()))
}

/// The groups of the leftmost match.
fn groups(regex: &Regex, text: &[u8], at: usize) -> Option<Vec<Option<Span>>> {
    let mut found = regex.create_captures();
    regex.search_captures(&Input::new(text).range(at..), &mut found);
    let group = |index| found.get_group(index).map(|span| Span::new(span.start, span.end));
    found
        .is_match()
        .then(|| (0..found.group_len()).map(group).collect())
}

/// The last line of a regex error has the message; those before it show the pattern.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default().trim();
    format!(
        "the pattern does not compile: {}",
        last.trim_start_matches("error: ")
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn much_text_is_searched_with_the_other_form() {
        let pattern = Pattern::new("a(?P<x>b+)".to_owned()).unwrap();
        let text = format!("{}abb", " ".repeat(1000));
        for round in 0..40 {
            let found = pattern.find(text.as_bytes(), 0).unwrap();
            assert_eq!(found, [Some(Span::new(1000, 1003)), Some(Span::new(1001, 1003))]);
            assert_eq!(pattern.regex.get().is_some(), round >= LITTLE / text.len());
        }
    }

    #[test]
    fn a_limit_holds_where_a_match_is_longer() {
        let pattern = Pattern::new("k(?P<secret>[a-z]{3,300})".to_owned()).unwrap();
        for (length, found) in [(2, None), (300, Some(300)), (301, Some(300)), (5000, Some(300))] {
            let text = format!("-k{}-", "a".repeat(length));
            let secret = pattern.find(text.as_bytes(), 0).and_then(|groups| groups[1]);
            assert_eq!(secret.map(|secret| secret.len()), found);
        }
        let bounded = Pattern::new(r"k(?P<secret>[a-z]{3,300})\b".to_owned()).unwrap();
        assert_eq!(bounded.find(format!("-k{}", "a".repeat(301)).as_bytes(), 0), None);
    }

    proptest! {
        /// Both forms find the same groups, from every position.
        #[test]
        fn both_forms_agree(
            pattern in prop::sample::select(vec![
                r"\b(?P<a>[a-c]{2,4}?)(?:-(?P<b>\d+))?\b", r"(?i)(x|xy|y)+(?P<a>z*)", r"(?m)^a.*?(?P<a>b|$)",
                r"(?P<a>a{3,}|a)(?P<b>[^b]?)", r"(?s)a.{0,5}(?P<a>c)", r"a(?P<a>[a-c]{2,300})-|\b[0-2]{1,256}?(?P<b>a?)", r"(?:a|(?P<a>b))*?c",
            ]),
            text in "[a-cx-zA-C0-2 \\-\n]{0,40}",
        ) {
            // The oracle knows nothing of limits.
            let regex = regex::bytes::RegexBuilder::new(pattern).unicode(false).build().unwrap();
            let little = Pattern::new(pattern.to_owned()).unwrap();
            let much = Pattern::new(pattern.to_owned()).unwrap();
            much.searched.store(LITTLE + 1, Ordering::Relaxed);
            let mut locations = regex.capture_locations();
            for at in 0..=text.len() {
                let wanted = regex.captures_read_at(&mut locations, text.as_bytes(), at).map(|_| {
                    (0..locations.len()).map(|index| locations.get(index).map(|(start, end)| Span::new(start, end))).collect()
                });
                prop_assert_eq!(little.find_in_little(text.as_bytes(), at), Some(wanted.clone()));
                little.searched.store(0, Ordering::Relaxed);
                prop_assert_eq!(much.find(text.as_bytes(), at), wanted);
                prop_assert!(much.regex.get().is_some());
            }
        }

        /// Limits hold, wherever a run exceeds them.
        #[test]
        fn limits_hold(
            pattern in prop::sample::select(vec![
                r"k(?P<a>[ab]{2,256})(?P<b>-?)", r"(?P<a>[ab]{1,300}?)\b", r"\b(?P<a>[ab]{3,256})-(?P<b>[ab]{0,500})\b",
                r"(?:k(?P<a>[ab]{2,280})|(?P<b>-[ab]{1,256}))k",
            ]),
            pieces in prop::collection::vec(("[k -]{0,2}", "[ab]{1,2}", 1_usize..300), 1..6),
        ) {
            let text: String = pieces.iter().map(|(mark, run, times)| mark.clone() + &run.repeat(*times)).collect();
            let regex = regex::bytes::RegexBuilder::new(pattern).unicode(false).build().unwrap();
            let compiled = Pattern::new(pattern.to_owned()).unwrap();
            let mut locations = regex.capture_locations();
            let mut at = 0;
            while at <= text.len() {
                let wanted = regex.captures_read_at(&mut locations, text.as_bytes(), at).map(|_| {
                    (0..locations.len()).map(|index| locations.get(index).map(|(start, end)| Span::new(start, end))).collect()
                });
                let found: Option<Vec<Option<Span>>> = compiled.find(text.as_bytes(), at);
                prop_assert_eq!(&found, &wanted, "{}", text);
                let Some(groups) = found else { break };
                at = groups[0].unwrap().end.max(at + 1);
            }
        }
    }
}
