//! The evidence weighed: one weight for each feature, their sum the logarithm of the odds that a literal is a credential.
//!
//! The weights are made by `train/train.py` and embedded; sums are integers, so every machine comes to the same verdict.

use std::sync::LazyLock;

use crate::{
    Evidence, Feature, Likelihood,
    features::{Features, decisive, each_feature},
};

/// `weight <TAB> feature <TAB> second feature` a line; weights in hundredths of a natural logarithm, the first line is the sum without evidence.
const TABLE: &str = include_str!("../tables/weights.tsv");

/// From these odds on a literal is likely, and sure, to be a credential: 54 % and 90 %, in hundredths of a natural logarithm.
const LIKELY: i32 = 15;
const SURE: i32 = 220;

/// The weight of what decides alone.
const DECIDED: i32 = 900;

/// The weights by the numbers of features.
struct Weights {
    before: i32,
    /// Of single features.
    one: [i16; Feature::COUNT],
    /// Of two together, a row for each first one.
    two: Vec<i16>,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::read(TABLE));

impl Weights {
    /// Reads a table. A feature that the table does not have weighs nothing.
    fn read(table: &str) -> Self {
        let mut weights = Self {
            before: 0,
            one: [0; Feature::COUNT],
            two: vec![0; Feature::COUNT * Feature::COUNT],
        };
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let weight: i16 = fields
                .next()
                .and_then(|weight| weight.parse().ok())
                .unwrap_or_default();
            let mut feature = || fields.next().map(Feature::from_text);
            match (feature(), feature()) {
                (None, _) => weights.before = i32::from(weight),
                (Some(Some(one)), None) => weights.one[one as usize] = weight,
                (Some(Some(one)), Some(Some(two))) => weights.two[at(one, two)] = weight,
                _ => debug_assert!(false, "no such feature: {line}"),
            }
        }
        weights
    }

    fn of(&self, features: Features) -> i32 {
        i32::from(match features {
            (one, None) => self.one[one as usize],
            (one, Some(two)) => self.two[at(one, two)],
        })
    }
}

fn at(one: Feature, two: Feature) -> usize {
    one as usize * Feature::COUNT + two as usize
}

/// A piece of evidence with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What is true.
    pub features: Features,
    /// What it adds to the logarithm of the odds, in hundredths.
    pub weight: i32,
}

/// The logarithm of the odds that a literal is a credential, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds(pub i32);

impl Odds {
    /// The odds as one of three levels.
    pub fn likelihood(self) -> Likelihood {
        match self.0 {
            SURE.. => Likelihood::Sure,
            LIKELY.. => Likelihood::Likely,
            _ => Likelihood::Doubtful,
        }
    }
}

/// Weighs evidence.
pub fn weigh(evidence: &Evidence<'_>) -> Odds {
    if decisive(evidence).is_some() {
        return Odds(-DECIDED);
    }
    let weights = &*WEIGHTS;
    let mut odds = weights.before;
    each_feature(evidence, |features| odds += weights.of(features));
    Odds(odds)
}

/// All that [`weigh`] adds up, also what has no weight.
pub fn terms(evidence: &Evidence<'_>) -> Vec<Term> {
    if let Some(reason) = decisive(evidence) {
        return vec![Term {
            features: (reason, None),
            weight: -DECIDED,
        }];
    }
    let mut terms = Vec::with_capacity(48);
    each_feature(evidence, |features| {
        terms.push(Term {
            features,
            weight: WEIGHTS.of(features),
        });
    });
    terms
}
