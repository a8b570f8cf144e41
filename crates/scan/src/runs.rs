//! The rules that a run of token characters leads to, if it holds one of their literals.

use std::collections::HashMap;

use keysift_finding::Span;
use keysift_matcher::Run;
use keysift_rules::{Rule, RuleKind};

/// Literals of such rules by their first two bytes. They are short and stand everywhere: looked for in whole files they would be found in
/// each; looked for in long runs alone, a bit per pair of bytes answers nearly every question.
#[derive(Debug)]
pub(crate) struct RunTriggers {
    pairs: Box<[u64; 1024]>,
    by_pair: HashMap<[u8; 2], Vec<Trigger>>,
    shortest: usize,
}

#[derive(Debug)]
struct Trigger {
    literal: Box<[u8]>,
    run: usize,
    rule: usize,
}

impl RunTriggers {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut leads = Self {
            pairs: Box::new([0; 1024]),
            by_pair: HashMap::new(),
            shortest: usize::MAX,
        };
        for (rule, spec) in rules.iter().map(Rule::spec).enumerate() {
            let RuleKind::Run { length } = spec.kind else {
                continue;
            };
            if spec.by_hit() {
                continue;
            }
            leads.shortest = leads.shortest.min(length);
            for literal in spec.literals.iter().map(|literal| literal.as_bytes()) {
                let pair = [literal[0], literal[1]];
                let number = usize::from(u16::from_le_bytes(pair));
                leads.pairs[number / 64] |= 1 << (number % 64);
                leads.by_pair.entry(pair).or_default().push(Trigger {
                    literal: literal.into(),
                    run: length,
                    rule,
                });
            }
        }
        leads
    }

    /// The length of the shortest run that leads anywhere.
    pub(crate) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Reports the rules that a run leads to, some more than once.
    pub(crate) fn each(&self, run: &[u8], mut on_rule: impl FnMut(usize)) {
        for (at, pair) in run.windows(2).enumerate() {
            let number = usize::from(u16::from_le_bytes([pair[0], pair[1]]));
            if self.pairs[number / 64] >> (number % 64) & 1 == 0 {
                continue;
            }
            let leads = self.by_pair.get(pair).into_iter().flatten();
            leads
                .filter(|lead| run.len() >= lead.run && run[at..].starts_with(&lead.literal))
                .for_each(|lead| on_rule(lead.rule));
        }
    }
}

/// The run, if it may be a token or an encoded text: one of one class and marks alone is a word, a ruler or a number.
pub(crate) fn varied(run: Run) -> Option<Span> {
    let classes = usize::from(run.digits) + usize::from(run.upper) + usize::from(run.lower);
    (classes >= 2).then(|| Span::new(run.start, run.end))
}

/// A run with so much of the text on both sides.
pub(crate) fn widened(text: &[u8], run: Span, reach: usize) -> Span {
    Span::new(run.start.saturating_sub(reach), text.len().min(run.end + reach))
}

/// The run around a hit. The last one is kept: many hits in one run would have it read from end to end for each.
#[derive(Debug, Default)]
pub(crate) struct EnclosingRun {
    last: Option<(Span, bool)>,
}

impl EnclosingRun {
    /// The run that holds the byte at `at`, if it is varied.
    pub(crate) fn at(&mut self, text: &[u8], at: usize) -> Option<Span> {
        let known = self.last.filter(|(run, _)| run.start <= at && at < run.end);
        let (run, varied) = known.unwrap_or_else(|| read(text, at));
        self.last = Some((run, varied));
        varied.then_some(run)
    }
}

/// The run around a place, and whether it is varied.
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
