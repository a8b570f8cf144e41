//! The windows of a text in which patterns run, near the literals that the matcher found.

use keysift_finding::Span;
use keysift_rules::lines_around;

use crate::decode::Encoding;

/// Windows by rule, merged where they overlap.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// The window that is being extended, by rule. Hits arrive nearly in the order of the text.
    open: Vec<Option<Span>>,
    closed: Vec<(usize, Span)>,
    /// Rules with an open window.
    touched: Vec<usize>,
    /// Words in names, for rules without a format.
    words: Vec<(usize, usize)>,
    /// The lines around long runs, in the order of the text.
    pub(crate) lines: Vec<Span>,
    /// Encoded texts in the text.
    pub(crate) encoded: Vec<(Span, Encoding)>,
    /// Offsets of inline suppressions.
    pub(crate) ignores: Vec<usize>,
    /// Long runs of token characters, if they are judged without a name.
    pub(crate) long: Vec<Span>,
}

impl Candidates {
    /// Prepares for the next text.
    pub(crate) fn reset(&mut self, rules: usize) {
        // `windows` emptied it, and a text without hits must not pay for all rules.
        debug_assert!(self.open.iter().all(Option::is_none));
        self.open.resize(rules, None);
        self.closed.clear();
        self.touched.clear();
        self.words.clear();
        self.lines.clear();
        self.encoded.clear();
        self.long.clear();
        self.ignores.clear();
    }

    /// Adds the lines around a run that follows those added before.
    pub(crate) fn add_lines(&mut self, text: &[u8], run: Span) {
        let last = self.lines.last().map(|lines| lines.end);
        let lines = lines_around(text, run, last.unwrap_or_default());
        match self.lines.last_mut() {
            Some(last) if lines.start <= last.end => last.end = last.end.max(lines.end),
            _ => self.lines.push(lines),
        }
    }

    /// Adds a word at `at` that occurs in names of secrets.
    pub(crate) fn add_word(&mut self, rule: usize, at: usize) {
        self.words.push((rule, at));
    }

    /// Returns all words, by rule and position.
    pub(crate) fn words(&mut self) -> &[(usize, usize)] {
        self.words.sort_unstable();
        self.words.dedup();
        &self.words
    }

    /// Adds a window in which a match of `rule` can be.
    pub(crate) fn add(&mut self, rule: usize, window: Span) {
        match &mut self.open[rule] {
            Some(open) if window.start <= open.end && open.start <= window.end => {
                *open = Span::new(open.start.min(window.start), open.end.max(window.end));
            }
            Some(open) => {
                self.closed.push((rule, *open));
                *open = window;
            }
            empty => {
                *empty = Some(window);
                self.touched.push(rule);
            }
        }
    }

    /// Returns all windows, by rule and position; windows of the same rule do not touch.
    pub(crate) fn windows(&mut self) -> &[(usize, Span)] {
        for rule in self.touched.drain(..) {
            self.closed
                .extend(self.open[rule].take().map(|window| (rule, window)));
        }
        self.closed.sort_unstable();
        self.closed.dedup_by(|next, kept| {
            let joined = next.0 == kept.0 && next.1.start <= kept.1.end;
            if joined {
                kept.1.end = kept.1.end.max(next.1.end);
            }
            joined
        });
        &self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_join_in_any_order() {
        let mut candidates = Candidates::default();
        for order in [
            [(5, 10), (8, 12), (20, 30), (0, 5)],
            [(20, 30), (0, 5), (8, 12), (5, 10)],
        ] {
            candidates.reset(3);
            for (start, end) in order {
                candidates.add(1, Span::new(start, end));
            }
            candidates.add(0, Span::new(3, 4));
            assert_eq!(
                candidates.windows(),
                [
                    (0, Span::new(3, 4)),
                    (1, Span::new(0, 12)),
                    (1, Span::new(20, 30))
                ]
            );
        }
    }
}
