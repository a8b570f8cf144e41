//! Selects the rules to run, and where: near their literals, and in long runs of token characters.

use std::mem;

use keysift_finding::Span;
use keysift_matcher::{Found, Hit, Run, RunFinder};
use keysift_rules::{GATE, RuleKind};

use crate::{
    Scanner,
    candidates::Candidates,
    decode,
    pass::Pass,
    runs::{EnclosingRun, ends_in_word, varied, widened},
    scanner::IGNORE,
};

impl Scanner {
    /// Collects the windows in which patterns run: near the literals of their rules, and near runs. One pass
    /// finds both.
    pub(crate) fn prefilter(&self, pass: &Pass<'_>, candidates: &mut Candidates) {
        let (buffer, text) = (pass.buffer, pass.text());
        let len = pass.len;
        pass.work.bytes(len);
        let mut around = EnclosingRun::default();
        self.in_text
            .matcher
            .find_with_runs(buffer, len, self.shortest(), |found| match found {
                Found::Hit(hit) if hit.literal == IGNORE => candidates.ignores.push(hit.start),
                Found::Hit(hit) => self.hit(
                    text,
                    &self.in_text.rules[hit.literal],
                    hit,
                    &mut around,
                    candidates,
                ),
                Found::Run(run) => self.run(text, run, candidates),
            });
        let lines = mem::take(&mut candidates.lines);
        for part in &lines {
            pass.work.bytes(part.len());
            self.in_lines
                .matcher
                .find_starts(buffer, len, part.start, part.end, |hit| {
                    self.hit(
                        text,
                        &self.in_lines.rules[hit.literal],
                        hit,
                        &mut around,
                        candidates,
                    );
                });
        }
        candidates.lines = lines;
        for number in &self.everywhere {
            self.rules[*number]
                .windows(text)
                .into_iter()
                .for_each(|window| candidates.add(*number, window));
        }
    }

    /// Adds the candidates of a literal that selects these rules.
    fn hit(
        &self,
        text: &[u8],
        rules: &[usize],
        hit: Hit,
        around: &mut EnclosingRun,
        candidates: &mut Candidates,
    ) {
        for number in rules {
            let rule = &self.rules[*number];
            match rule.spec().kind {
                RuleKind::Name(_) => candidates.add_word(*number, hit.start),
                RuleKind::Run { length } => {
                    let run = around.at(text, hit.start).filter(|run| run.len() >= length);
                    if let Some(run) = run {
                        candidates.add(*number, widened(text, run, rule.reach()));
                    }
                }
                _ => candidates.add(*number, rule.window(text, hit.start)),
            }
        }
    }

    /// Adds the candidates of a run of token characters, and the lines around it.
    fn run(&self, text: &[u8], run: Run, candidates: &mut Candidates) {
        let mixed = varied(run);
        let Some(span) = mixed.or_else(|| ends_in_word(text, run)) else {
            return;
        };
        self.by_run.each(text, span, |rule, at| {
            let kind = &self.rules[rule].spec().kind;
            let window = match kind {
                RuleKind::Run { .. } => widened(text, span, self.rules[rule].reach()),
                _ => self.rules[rule].window(text, at),
            };
            candidates.add(rule, window);
        });
        candidates.add_lines(text, span);
        if mixed.is_some() {
            candidates.encoded.extend(decode::candidate(text, span));
            self.long(span, candidates);
        }
    }

    /// Returns the minimum length of a useful run.
    fn shortest(&self) -> usize {
        self.by_run.shortest().min(decode::SHORTEST).min(GATE)
    }

    /// Adds a run that is long enough to be judged without a name.
    fn long(&self, run: Span, candidates: &mut Candidates) {
        let kind = self
            .by_looks
            .filter(|_| self.options.low_confidence)
            .map(|rule| &self.rules[rule].spec().kind);
        if matches!(kind, Some(RuleKind::Unnamed { length }) if run.len() >= *length) {
            candidates.long.push(run);
        }
    }

    /// Adds candidates without the prefilter: every rule searches the whole text.
    pub(crate) fn unfiltered(&self, text: &[u8], candidates: &mut Candidates) {
        for (number, rule) in self.rules.iter().enumerate() {
            match rule.spec().kind {
                RuleKind::Unnamed { .. } => {}
                RuleKind::Name(_) => rule
                    .hits(text)
                    .into_iter()
                    .for_each(|hit| candidates.add_word(number, hit)),
                _ => rule
                    .windows(text)
                    .into_iter()
                    .for_each(|window| candidates.add(number, window)),
            }
        }
        self.runs(text, |run| {
            candidates.encoded.extend(decode::candidate(text, run));
            self.long(run, candidates);
        });
    }

    /// Reports the runs of token characters that may be tokens or encoded texts.
    fn runs(&self, text: &[u8], mut on_span: impl FnMut(Span)) {
        let mut on_run = |run: Run| varied(run).into_iter().for_each(&mut on_span);
        let mut finder = RunFinder::new(self.shortest());
        finder.feed(text, &mut on_run);
        finder.end(&mut on_run);
    }
}
