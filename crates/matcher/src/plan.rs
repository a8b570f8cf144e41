//! Chooses the window and bucket of each literal.
//!
//! A window is four bytes of the literal (its fragment), or three and the byte that its context allows after
//! them. A bucket's sieve passes a position if each byte of the window has a class that some literal of the
//! bucket has there. Its pass rate is modelled as the product of the summed class frequencies. Window and
//! bucket are chosen so that this rate increases least, plus a penalty for fragments that are frequent
//! themselves ([`LAMBDA`]), because these pass an exact test too.

use std::collections::HashMap;

use crate::{
    context::ByteSet,
    literal::{Case, Literal},
    model::{BYTES, GRAMS, PAIRS, SYMBOLS},
};

/// Penalty for the frequency of an exact fragment, relative to a candidate that the next stage rejects. The
/// result changes little between 4 and 40.
const LAMBDA: f64 = 20.0;

/// Penalty for each literal that already has the same fragment. A shared fragment adds no class, but in a
/// text of such literals all of them would be compared at every occurrence. It is 1 % of what one of 1300
/// literals adds to the pass rate.
const CROWD: f64 = 1e-6;

/// Bytes of a window. More do not help: with six (a context byte on either side), 14.4 of 100 positions pass
/// instead of 14.6 with the built-in literals, because each bucket has literals without a restriction on
/// these bytes. Separate buckets for those do not help either.
pub(crate) const SPAN: usize = 4;

/// Buckets of one half: one for each bit of a byte.
pub(crate) const HALF: usize = 8;

/// The position of each literal in the sieve. It depends only on the literals and not on the processor. A
/// program with a fixed set computes it at build time and passes it to [`crate::Builder::plan`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    halves: u8,
    places: Vec<Place>,
}

/// The fragment of a literal: four bytes from `offset` on (or all three), in bucket `bucket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: u8,
    pub(crate) bucket: u8,
}

impl Plan {
    /// Plans a set of literals greedily, the shortest first; then removes and places each once more.
    pub(crate) fn new(literals: &[Literal]) -> Self {
        let halves = match literals.len() {
            0..=40 => 1,
            41..=800 => 2,
            _ => 3,
        };
        let mut plan = Self {
            halves,
            places: vec![Place { offset: 0, bucket: 0 }; literals.len()],
        };
        plan.place(literals, 0);
        plan
    }

    /// Extends this plan for a set that begins with its literals; their positions do not change.
    pub(crate) fn extended(mut self, literals: &[Literal]) -> Self {
        let known = self.places.len();
        self.places.resize(literals.len(), Place { offset: 0, bucket: 0 });
        self.place(literals, known);
        self
    }

    /// Returns the number of groups of eight buckets.
    pub(crate) fn halves(&self) -> usize {
        usize::from(self.halves)
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    fn place(&mut self, literals: &[Literal], known: usize) {
        if known == literals.len() {
            return;
        }
        let mut sieve = Model::new(self.halves() * HALF);
        for (literal, place) in literals.iter().zip(&self.places[..known]) {
            sieve.add(literal, *place, 1);
        }
        let mut order: Vec<usize> = (known..literals.len()).collect();
        order.sort_by_key(|index| literals[*index].bytes.len());
        for index in &order {
            self.places[*index] = sieve.best(&literals[*index]);
            sieve.add(&literals[*index], self.places[*index], 1);
        }
        for index in &order {
            sieve.add(&literals[*index], self.places[*index], -1);
            self.places[*index] = sieve.best(&literals[*index]);
            sieve.add(&literals[*index], self.places[*index], 1);
        }
    }

    /// Serializes the plan for [`Plan::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.halves]
            .into_iter()
            .chain(self.places.iter().flat_map(|place| [place.offset, place.bucket]))
            .collect()
    }

    /// Deserializes a plan; `None` if the bytes are invalid. Whether it matches a set of literals is checked
    /// when it is used.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (halves, places) = bytes.split_first()?;
        if !(1..=3).contains(halves) || places.len() % 2 != 0 {
            return None;
        }
        let places: Vec<Place> = places
            .chunks_exact(2)
            .map(|pair| Place {
                offset: pair[0],
                bucket: pair[1],
            })
            .collect();
        let buckets = usize::from(*halves) * HALF;
        places
            .iter()
            .all(|place| usize::from(place.bucket) < buckets)
            .then_some(Self {
                halves: *halves,
                places,
            })
    }

    /// Returns whether every fragment is inside its literal.
    pub(crate) fn fits(&self, literals: &[Literal]) -> bool {
        self.places.len() <= literals.len()
            && self
                .places
                .iter()
                .zip(literals)
                .all(|(place, Literal { bytes, .. })| {
                    usize::from(place.offset) + 4.min(bytes.len()) <= bytes.len()
                })
    }
}

/// Returns the class of a byte: its low five bits. Letters have classes of their own, regardless of case;
/// digits and punctuation share classes with them.
pub(crate) const fn class(byte: u8) -> usize {
    (byte & 0x1F) as usize
}

/// Returns the bytes of a literal's fragment; `None` is the byte after a literal of three bytes.
fn fragment(literal: &Literal, place: Place) -> [Option<u8>; SPAN] {
    let at = usize::from(place.offset);
    std::array::from_fn(|index| literal.bytes.get(at + index).copied())
}

/// Returns the bytes allowed at each position of a literal's window.
pub(crate) fn window(literal: &Literal, place: Place) -> [ByteSet; SPAN] {
    let Literal { bytes, case, context } = literal;
    std::array::from_fn(|index| {
        let at = usize::from(place.offset) + index;
        let Some(byte) = bytes.get(at).copied() else {
            return context
                .after
                .get(at - bytes.len())
                .copied()
                .unwrap_or(ByteSet::ANY);
        };
        let mut set = ByteSet::of(byte);
        if *case == Case::Ignore {
            let (lower, upper) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
            set.insert(lower, lower);
            set.insert(upper, upper);
        }
        set
    })
}

/// Returns the classes of a set, as one bit for each.
pub(crate) fn classes(set: &ByteSet) -> u32 {
    let six = set.low_six();
    six as u32 | (six >> 32) as u32
}

/// The modelled pass rates of all buckets.
struct Model {
    frequency: [f64; 32],
    buckets: Vec<Bucket>,
    /// Number of literals with the same fragment, letters in lower case.
    crowds: HashMap<[Option<u8>; SPAN], u32>,
    /// Measured frequency of frequent fragments, letters in lower case.
    frequent: HashMap<[u8; SPAN], f64>,
}

#[derive(Clone)]
struct Bucket {
    /// Number of literals of the bucket with each class, by position.
    counts: [[u32; 32]; SPAN],
    /// The classes present, by position.
    present: [u32; SPAN],
    /// The summed frequency of the classes present, by position.
    mass: [f64; SPAN],
}

impl Model {
    fn new(buckets: usize) -> Self {
        let total: f64 = BYTES.iter().map(|count| f64::from(*count)).sum();
        let mut frequency = [0.0; 32];
        for (byte, count) in BYTES.iter().enumerate() {
            frequency[class(byte as u8)] += f64::from(*count) / total;
        }
        Self {
            frequency,
            buckets: vec![
                Bucket {
                    counts: [[0; 32]; SPAN],
                    present: [0; SPAN],
                    mass: [0.0; SPAN]
                };
                buckets
            ],
            crowds: HashMap::new(),
            frequent: GRAMS
                .iter()
                .flat_map(|(bits, grams)| {
                    grams
                        .as_bytes()
                        .as_chunks()
                        .0
                        .iter()
                        .map(|gram| (*gram, rate(*bits)))
                })
                .collect(),
        }
    }

    fn add(&mut self, literal: &Literal, place: Place, change: i32) {
        let crowd = self.crowds.entry(folded(fragment(literal, place))).or_default();
        *crowd = crowd.saturating_add_signed(change);
        let bucket = &mut self.buckets[usize::from(place.bucket)];
        for (at, set) in window(literal, place).iter().enumerate() {
            let classes = classes(set);
            for class in (0..32).filter(|class| classes >> class & 1 != 0) {
                let count = &mut bucket.counts[at][class];
                *count = count.saturating_add_signed(change);
            }
            let present = (0..32).filter(|class| bucket.counts[at][*class] > 0);
            bucket.present[at] = present.fold(0, |present, class| present | 1 << class);
            bucket.mass[at] = mass(&self.frequency, bucket.present[at]);
        }
    }

    /// Returns the place of a literal with the lowest cost.
    fn best(&self, literal: &Literal) -> Place {
        let mut best = (f64::INFINITY, Place { offset: 0, bucket: 0 });
        // A place is stored in one byte; the first 250 bytes of a literal offer enough choice.
        for offset in 0..=literal.bytes.len().saturating_sub(4).min(250) {
            let mut place = Place {
                offset: offset as u8,
                bucket: 0,
            };
            let fragment = fragment(literal, place);
            let crowd = self.crowds.get(&folded(fragment)).copied().unwrap_or_default();
            let price = LAMBDA * self.share(fragment) + CROWD * f64::from(crowd);
            let window = window(literal, place).map(|set| classes(&set));
            for (bucket, model) in self.buckets.iter().enumerate() {
                let cost = price + self.growth(model, &window);
                if cost < best.0 {
                    place.bucket = bucket as u8;
                    best = (cost, place);
                }
            }
        }
        best.1
    }

    /// Returns the modelled share of positions in source text with this fragment, regardless of case: from
    /// the frequencies of its pairs, or the measured frequency if that is higher.
    fn share(&self, fragment: [Option<u8>; SPAN]) -> f64 {
        let known = match fragment {
            [Some(a), Some(b), Some(c), Some(d)] => self
                .frequent
                .get(&[a, b, c, d].map(|byte| byte.to_ascii_lowercase())),
            _ => None,
        };
        known.copied().unwrap_or_default().max(share(fragment))
    }

    /// Returns how much a bucket's pass rate increases with a window, given the classes of each byte.
    fn growth(&self, bucket: &Bucket, window: &[u32; SPAN]) -> f64 {
        let (mut before, mut after) = (1.0, 1.0);
        for (at, classes) in window.iter().enumerate() {
            before *= bucket.mass[at];
            after *= bucket.mass[at] + mass(&self.frequency, classes & !bucket.present[at]);
        }
        after - before
    }
}

/// Returns the summed frequency of classes.
fn mass(frequency: &[f64; 32], mut classes: u32) -> f64 {
    let mut sum = 0.0;
    while classes != 0 {
        sum += frequency[classes.trailing_zeros() as usize];
        classes &= classes - 1;
    }
    sum
}

/// Folds a fragment like the four-gram table.
fn folded(fragment: [Option<u8>; SPAN]) -> [Option<u8>; SPAN] {
    fragment.map(|byte| byte.map(|byte| byte | 0x20))
}

/// Returns the share of positions in source text with this fragment, from the frequencies of its pairs.
fn share(fragment: [Option<u8>; SPAN]) -> f64 {
    let symbol = |byte: u8| {
        SYMBOLS
            .iter()
            .position(|symbol| symbol.eq_ignore_ascii_case(&byte))
            .unwrap_or(SYMBOLS.len())
    };
    let single = |at: usize| PAIRS[at].iter().map(|bits| rate(*bits)).sum::<f64>();
    let symbols: Vec<usize> = fragment.into_iter().flatten().map(symbol).collect();
    let mut share = single(symbols[0]);
    for pair in symbols.windows(2) {
        share *= rate(PAIRS[pair[0]][pair[1]]) / single(pair[0]);
    }
    share
}

fn rate(eighths_of_bits: u8) -> f64 {
    (-f64::from(eighths_of_bits) / 8.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Context;

    fn literals<const N: usize>(of: [&str; N]) -> Vec<Literal> {
        of.iter()
            .map(|bytes| Literal {
                bytes: bytes.as_bytes().to_vec(),
                case: Case::Exact,
                context: Context::default(),
            })
            .collect()
    }

    #[test]
    fn rare_fragments_are_preferred() {
        let plan = Plan::new(&literals(["the token xoxb-"]));
        assert!(plan.places[0].offset >= 9, "{:?}", plan.places);
    }

    #[test]
    fn fragments_of_common_words_are_avoided() {
        // `turn` is part of `return`; `node` and `port` are words. Their pairs are not frequent.
        for (literal, common) in [("turnstile", 0), ("linode", 2), ("teleport", 4)] {
            assert_ne!(
                Plan::new(&literals([literal])).places[0].offset,
                common,
                "{literal}"
            );
        }
    }

    #[test]
    fn a_plan_is_restored_from_bytes_and_checked_against_the_literals() {
        let four = literals(["ghp_", "xoxb-", "SG.", "sk_live_"]);
        let plan = Plan::new(&four);
        assert_eq!(Plan::from_bytes(&plan.to_bytes()), Some(plan.clone()));
        assert!(plan.fits(&four) && !plan.fits(&four[..3]));
        let late = Plan {
            halves: 1,
            places: vec![Place { offset: 2, bucket: 0 }],
        };
        assert!(late.fits(&literals(["abcdef"])));
        assert!(!late.fits(&literals(["abcde"])) && !late.fits(&literals(["abc"])));
        assert_eq!(Plan::from_bytes(&[9, 0, 0]), None);
        let more = literals(["ghp_", "xoxb-", "SG.", "sk_live_", "glpat-"]);
        assert_eq!(plan.clone().extended(&more).places[..4], plan.places[..]);
    }
}
