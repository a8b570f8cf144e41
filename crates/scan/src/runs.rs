//! Rules that are selected by a run of token characters that contains one of their literals.

use std::collections::HashMap;

use keysift_finding::Span;
use keysift_matcher::Run;
use keysift_rules::{Rule, RuleKind};

/// The literals of such rules. They are short and occur in nearly every file, so they are searched only in
/// long runs.
///
/// Most patterns begin at a word boundary. Their literals can only be at the start of a run, or after a byte
/// in it that is not a word character. In source trees, a sixth of the bytes is in such runs, and nearly all
/// of these are identifiers with one such position. For the other literals, one bit for each pair of bytes
/// rejects nearly all positions.
#[derive(Debug)]
pub(crate) struct RunTriggers {
    at_edge: Triggers,
    anywhere: Triggers,
    shortest: usize,
}

/// Literals by their first two bytes.
#[derive(Debug)]
struct Triggers {
    pairs: Box<[u64; 1024]>,
    by_pair: HashMap<[u8; 2], Vec<RunTrigger>>,
}

#[derive(Debug, PartialEq)]
struct RunTrigger {
    literal: Box<[u8]>,
    /// The minimum length of a run that selects the rule.
    run: usize,
    rule: usize,
}

impl RunTriggers {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut triggers = Self {
            at_edge: Triggers::new(),
            anywhere: Triggers::new(),
            shortest: usize::MAX,
        };
        for (rule, spec) in rules.iter().map(Rule::spec).enumerate() {
            let RuleKind::Run { length } = spec.kind else {
                continue;
            };
            if spec.by_hit() {
                continue;
            }
            triggers.shortest = triggers.shortest.min(length);
            for trigger in &spec.triggers {
                let context = trigger.context();
                let edge = context
                    .before
                    .first()
                    .is_some_and(|set| !(0..=255).any(|byte| is_word(byte) && set.contains(byte)));
                let group = if edge {
                    &mut triggers.at_edge
                } else {
                    &mut triggers.anywhere
                };
                group.add(&trigger.literal, length, rule);
            }
        }
        triggers
    }

    /// Returns the minimum length of a run that selects any rule.
    pub(crate) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Reports the rules that a run selects, some more than once.
    pub(crate) fn each(&self, run: &[u8], mut on_rule: impl FnMut(usize)) {
        self.at_edge.at(run, 0, &mut on_rule);
        for sign in memchr::memchr3_iter(b'-', b'/', b'=', run).chain(memchr::memchr_iter(b'+', run)) {
            self.at_edge.at(run, sign + 1, &mut on_rule);
        }
        if !self.anywhere.by_pair.is_empty() {
            (0..run.len()).for_each(|at| self.anywhere.at(run, at, &mut on_rule));
        }
    }
}

impl Triggers {
    fn new() -> Self {
        Self {
            pairs: Box::new([0; 1024]),
            by_pair: HashMap::new(),
        }
    }

    fn add(&mut self, literal: &[u8], run: usize, rule: usize) {
        let pair = [literal[0], literal[1]];
        let number = usize::from(u16::from_le_bytes(pair));
        self.pairs[number / 64] |= 1 << (number % 64);
        let trigger = RunTrigger {
            literal: literal.into(),
            run,
            rule,
        };
        let all = self.by_pair.entry(pair).or_default();
        if !all.contains(&trigger) {
            all.push(trigger);
        }
    }

    /// Reports the rules of literals that begin at an offset of a run.
    #[inline]
    fn at(&self, run: &[u8], at: usize, on_rule: &mut impl FnMut(usize)) {
        let Some(pair) = run.get(at..at + 2) else { return };
        let pair = [pair[0], pair[1]];
        let number = usize::from(u16::from_le_bytes(pair));
        if self.pairs[number / 64] >> (number % 64) & 1 == 0 {
            return;
        }
        let triggers = self.by_pair.get(&pair).into_iter().flatten();
        triggers
            .filter(|trigger| run.len() >= trigger.run && run[at..].starts_with(&trigger.literal))
            .for_each(|trigger| on_rule(trigger.rule));
    }
}

/// Returns whether a byte is a word character of `\b`.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns the run if it may be a token or an encoded text. A run of one character class is a word, a
/// separator line or a number.
pub(crate) fn varied(run: Run) -> Option<Span> {
    let classes = usize::from(run.digits) + usize::from(run.upper) + usize::from(run.lower);
    (classes >= 2).then(|| Span::new(run.start, run.end))
}

/// Returns a run extended by `reach` bytes on both sides.
pub(crate) fn widened(text: &[u8], run: Span, reach: usize) -> Span {
    Span::new(run.start.saturating_sub(reach), text.len().min(run.end + reach))
}

/// Finds the run around a hit. The last run is cached, because many hits in one run would each read it
/// completely.
#[derive(Debug, Default)]
pub(crate) struct EnclosingRun {
    last: Option<(Span, bool)>,
}

impl EnclosingRun {
    /// Returns the run that contains the byte at `at`, if it is varied.
    pub(crate) fn at(&mut self, text: &[u8], at: usize) -> Option<Span> {
        let known = self.last.filter(|(run, _)| run.start <= at && at < run.end);
        let (run, varied) = known.unwrap_or_else(|| read(text, at));
        self.last = Some((run, varied));
        varied.then_some(run)
    }
}

/// Returns the run around a position, and whether it is varied.
fn read(text: &[u8], at: usize) -> (Span, bool) {
    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    let start = at - text[..at].iter().rev().take_while(token).count();
    let run = Span::new(start, at + text[at..].iter().take_while(token).count());
    let has = |class: fn(&u8) -> bool| run.of(text).iter().any(class);
    let varied = varied(Run {
        start: run.start,
        end: run.end,
        digits: has(u8::is_ascii_digit),
        upper: has(u8::is_ascii_uppercase),
        lower: has(u8::is_ascii_lowercase),
    });
    (run, varied.is_some())
}
