//! Rules that are selected by a run of token characters that contains one of their literals.

use keysift_finding::Span;
use keysift_matcher::{Context, Run};
use keysift_rules::{GATE, Rule, RuleKind, Search, is_at_edge, token_after};

/// The literals of such rules. They are searched only in long runs: some are short and occur in nearly every
/// file, and most of the others are prefixes that occur only there.
///
/// Most patterns begin at a word boundary. Their literals can only be at the start of a run, or after a byte
/// in it that is not a word character. In source trees, a sixth of the bytes is in such runs, and nearly all
/// of these are identifiers with one such position. One bit for the hash of the first three bytes rejects
/// nearly all positions.
#[derive(Debug)]
pub(crate) struct RunTriggers {
    at_edge: Triggers,
    anywhere: Triggers,
    shortest: usize,
}

/// Literals by their first two bytes.
#[derive(Debug)]
struct Triggers {
    /// One bit for each hash of three bytes that begin a literal, or that a literal of two bytes begins.
    hashes: Box<[u64; 1024]>,
    /// Sorted by their first two bytes.
    triggers: Vec<(u16, RunTrigger)>,
}

#[derive(Debug, PartialEq)]
struct RunTrigger {
    literal: Box<[u8]>,
    context: Context,
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
            if spec.search != Search::Runs {
                continue;
            }
            for trigger in &spec.triggers {
                let context = trigger.context();
                let run = match spec.kind {
                    RuleKind::Run { length } => length,
                    _ => GATE.max(trigger.literal.len() + token_after(&context)),
                };
                triggers.shortest = triggers.shortest.min(run);
                let group = match is_at_edge(&context) {
                    true => &mut triggers.at_edge,
                    false => &mut triggers.anywhere,
                };
                group.add(RunTrigger {
                    literal: trigger.literal.as_slice().into(),
                    context,
                    run,
                    rule,
                });
            }
        }
        triggers.at_edge.finish();
        triggers.anywhere.finish();
        triggers
    }

    /// Returns the minimum length of a run that selects any rule.
    pub(crate) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Reports the rules that a run selects, some more than once, and the position of the literal.
    pub(crate) fn each(&self, text: &[u8], run: Span, mut on_rule: impl FnMut(usize, usize)) {
        self.at_edge.at(text, run, run.start, &mut on_rule);
        let bytes = run.of(text);
        for sign in memchr::memchr3_iter(b'-', b'/', b'=', bytes).chain(memchr::memchr_iter(b'+', bytes)) {
            self.at_edge.at(text, run, run.start + sign + 1, &mut on_rule);
        }
        if !self.anywhere.triggers.is_empty() {
            (run.start..run.end).for_each(|at| self.anywhere.at(text, run, at, &mut on_rule));
        }
    }
}

/// Returns the hash of the first three of four bytes.
fn hash(bytes: [u8; 4]) -> usize {
    (u32::from_le_bytes(bytes) << 8).wrapping_mul(0x9E37_79B1) as usize >> 16
}

impl Triggers {
    fn new() -> Self {
        Self {
            hashes: Box::new([0; 1024]),
            triggers: Vec::new(),
        }
    }

    fn add(&mut self, trigger: RunTrigger) {
        let thirds = match trigger.literal.get(2) {
            Some(third) => *third..=*third,
            None => 0..=u8::MAX,
        };
        let (first, second) = (trigger.literal[0], trigger.literal[1]);
        for third in thirds {
            let hash = hash([first, second, third, 0]);
            self.hashes[hash / 64] |= 1 << (hash % 64);
        }
        self.triggers.push((u16::from_le_bytes([first, second]), trigger));
    }

    fn finish(&mut self) {
        self.triggers.sort_by_key(|(pair, _)| *pair);
    }

    /// Reports the rules of literals that begin at an offset of a run.
    #[inline]
    fn at(&self, text: &[u8], run: Span, at: usize, on_rule: &mut impl FnMut(usize, usize)) {
        // A literal is followed by more of its token.
        let Some(bytes) = text[..run.end].get(at..).and_then(|rest| rest.first_chunk()) else {
            return;
        };
        let hash = hash(*bytes);
        if self.hashes[hash / 64] >> (hash % 64) & 1 == 0 {
            return;
        }
        let pair = u16::from_le_bytes([bytes[0], bytes[1]]);
        let first = self.triggers.partition_point(|(known, _)| *known < pair);
        let same = self.triggers[first..]
            .iter()
            .take_while(|(known, _)| *known == pair);
        for (_, trigger) in same {
            let literal = &*trigger.literal;
            if run.len() >= trigger.run
                && text[at..run.end].starts_with(literal)
                && trigger.context.matches(&text[..at], &text[at + literal.len()..])
            {
                on_rule(trigger.rule, at);
            }
        }
    }
}

/// Returns the run if it may be a token or an encoded text. A run of one character class is a word, a
/// separator line or a number.
pub(crate) fn varied(run: Run) -> Option<Span> {
    let classes = usize::from(run.digits) + usize::from(run.upper) + usize::from(run.lower);
    (classes >= 2).then(|| Span::new(run.start, run.end))
}

/// Returns a run of one character class if it ends in one long word. One of 2,500 tokens of 24 lower-case
/// letters and digits has no digit, while most other runs without digits are paths and names of short words.
pub(crate) fn ends_in_word(text: &[u8], run: Run) -> Option<Span> {
    const WORD: usize = 20;
    let span = Span::new(run.start, run.end);
    let bytes = span.of(text);
    let body = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let word = bytes[..body]
        .iter()
        .rev()
        .take(WORD)
        .take_while(|byte| byte.is_ascii_alphanumeric());
    (word.count() == WORD).then_some(span)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_class_are_tokens_only_if_they_end_in_a_long_word() {
        let token = |text: &str| {
            let run = Run {
                start: 1,
                end: 1 + text.len(),
                digits: false,
                upper: false,
                lower: true,
            };
            ends_in_word(format!("\"{text}\"").as_bytes(), run).is_some()
        };
        let word = "zqkvbwxjhfgmtrlpsdnc";
        assert!(token(word) && token(&format!("key={word}==")) && token(&format!("{word}abc")));
        assert!(
            !token(&word[1..]) && !token(&format!("{word}_")) && !token("include/linux/module_parameters")
        );
    }
}
