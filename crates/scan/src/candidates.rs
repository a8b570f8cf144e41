//! Where a rule's pattern has to look: windows around the literals that the matcher found.

use keysift_finding::Span;

use crate::decode::Encoding;

/// Windows by rule, joined where they overlap.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// The window that grows, by rule; hits come in the order of the text, or nearly so.
    open: Vec<Option<Span>>,
    closed: Vec<(usize, Span)>,
    /// Rules that have an open window.
    touched: Vec<usize>,
    /// Words in names, of rules without a format.
    words: Vec<(usize, usize)>,
    /// Texts inside the text.
    pub(crate) encoded: Vec<(Span, Encoding)>,
    /// Offsets of inline ignores.
    pub(crate) ignores: Vec<usize>,
    /// Long runs of token characters, if they are judged by themselves.
    pub(crate) long: Vec<Span>,
}

impl Candidates {
    /// Starts a blob: nothing was found yet.
    pub(crate) fn reset(&mut self, rules: usize) {
        // Reading the windows emptied it, and a text without a hit must not pay for all rules.
        debug_assert!(self.open.iter().all(Option::is_none));
        self.open.resize(rules, None);
        self.closed.clear();
        self.touched.clear();
        self.words.clear();
        self.encoded.clear();
        self.long.clear();
        self.ignores.clear();
    }

    /// A word that stands in names of secrets is at `at`.
    pub(crate) fn add_word(&mut self, rule: usize, at: usize) {
        self.words.push((rule, at));
    }

    /// All such words, by rule and place.
    pub(crate) fn words(&mut self) -> &[(usize, usize)] {
        self.words.sort_unstable();
        self.words.dedup();
        &self.words
    }

    /// A literal of `rule` stands so that a match with it lies in `window`.
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

    /// All windows, by rule and place, none touching another of the same rule.
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
