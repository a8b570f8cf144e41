//! A fallback for texts on which the sieve is slow.
//!
//! In a text that consists of literals or similar words, most positions pass the first stages. If too many
//! positions of a chunk survive, the following chunks are searched with an aho-corasick automaton, whose
//! speed depends much less on the text. It is built on first use, which ordinary text never causes.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, automaton::OverlappingState};

use crate::{
    literal::{Case, Hit, Literal},
    plan::Place,
};

/// Number of hostile chunks in a call before the automaton is built: building it takes as long as sieving
/// that many hostile chunks.
const HOSTILE_LIMIT: u32 = 16;

/// Number of chunks for the automaton before the sieve is tried again; doubled after each failed attempt, up
/// to `LONGEST`.
const STRETCH: usize = 16;
const LONGEST: usize = 1024;

/// The automaton, built on first use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Automaton(OnceLock<Option<Box<Built>>>);

/// The state of the fallback during one call.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    hostile: u32,
    stretch: usize,
}

/// The cost of one chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Positions sieved.
    pub(crate) positions: usize,
    /// Positions that passed the class tables.
    pub(crate) passed: usize,
    /// Positions that passed the bitmap.
    pub(crate) survivors: usize,
    /// Literals compared.
    pub(crate) compared: usize,
}

impl Cost {
    /// Returns whether the automaton would have been faster. In tenths of a nanosecond, measured by
    /// `benches/matcher.rs`, group hostile: 6 for a position that passed, 18 for a survivor, 22 for a
    /// comparison; 14 for each byte in the automaton (it takes 20, but a hit that both report costs it less).
    fn is_hostile(self) -> bool {
        6 * self.passed + 18 * self.survivors + 22 * self.compared > 14 * self.positions
    }
}

impl Guard {
    /// Returns the number of following chunks to search with the automaton; usually 0.
    pub(crate) fn stretch(&mut self, cost: Cost, automaton: &Automaton) -> usize {
        if !cost.is_hostile() {
            *self = Self::default();
            return 0;
        }
        self.hostile += 1;
        if self.hostile <= HOSTILE_LIMIT && !automaton.is_built() {
            return 0;
        }
        self.stretch = (self.stretch * 2).clamp(STRETCH, LONGEST);
        self.stretch
    }
}

impl Automaton {
    fn is_built(&self) -> bool {
        self.0.get().is_some()
    }

    /// Reports every literal in the text, with the offset of its fragment. Returns `false` if there is no
    /// automaton for these literals.
    pub(crate) fn find(
        &self,
        literals: &[Literal],
        places: &[Place],
        text: &[u8],
        mut on_hit: impl FnMut(Hit, usize),
    ) -> bool {
        let Some(built) = self.0.get_or_init(|| Built::new(literals, places).map(Box::new)) else {
            return false;
        };
        let mut state = OverlappingState::start();
        let input = Input::new(text).anchored(Anchored::No);
        loop {
            built.automaton.find_overlapping(input.clone(), &mut state);
            let Some(found) = state.get_match() else {
                return true;
            };
            let literal = found.pattern().as_usize();
            let (offset, exact) = built.literals[literal];
            if !exact || text[found.range()] == *literals[literal].bytes {
                on_hit(
                    Hit {
                        literal,
                        start: found.start(),
                    },
                    usize::from(offset),
                );
            }
        }
    }
}

/// The automaton and the data needed for each hit.
#[derive(Clone, Debug)]
struct Built {
    automaton: AhoCorasick,
    /// The offset of the fragment, and whether case matters.
    literals: Vec<(u8, bool)>,
}

impl Built {
    /// Builds a DFA without a prefilter, the fastest automaton of the crate on source text (257 MB/s; 143
    /// with the prefilter, 69 for the contiguous NFA).
    fn new(literals: &[Literal], places: &[Place]) -> Option<Self> {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .prefilter(false)
            .build(literals.iter().map(|literal| &literal.bytes))
            .ok()?;
        let literals = literals
            .iter()
            .zip(places)
            .map(|(literal, place)| (place.offset, literal.case == Case::Exact))
            .collect();
        Some(Self { automaton, literals })
    }
}
