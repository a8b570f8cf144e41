//! The rules that a run of token characters leads to, if it holds one of their literals.

use std::collections::HashMap;

use keysift_rules::{Rule, RuleKind};

/// Literals of such rules by their first two bytes. They are short and stand everywhere: looked for in whole files they would be found in
/// each; looked for in long runs alone, a bit per pair of bytes answers nearly every question.
#[derive(Debug)]
pub(crate) struct RunLeads {
    pairs: Box<[u64; 1024]>,
    by_pair: HashMap<[u8; 2], Vec<Lead>>,
    shortest: usize,
}

#[derive(Debug)]
struct Lead {
    literal: Box<[u8]>,
    run: usize,
    rule: usize,
}

impl RunLeads {
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
            leads.shortest = leads.shortest.min(length);
            for literal in spec.literals.iter().map(|literal| literal.as_bytes()) {
                let pair = [literal[0], literal[1]];
                let number = usize::from(u16::from_le_bytes(pair));
                leads.pairs[number / 64] |= 1 << (number % 64);
                leads.by_pair.entry(pair).or_default().push(Lead {
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
