//! Weighs the evidence: each feature has a weight, and their sum is the log-odds that a literal is a
//! credential.
//!
//! `train/train.py` makes the weights, which are embedded. Sums are integers, so every machine computes the
//! same verdict.

use std::sync::LazyLock;

use crate::{
    Evidence, Feature, Likelihood,
    features::{Features, decisive, each_feature},
};

/// `weight <TAB> feature <TAB> second feature` per line, in hundredths of a natural logarithm. The first line
/// is the bias.
const TABLE: &str = include_str!("../tables/weights.tsv");

/// The log-odds from which a literal is likely (54 %) and sure (90 %) to be a credential, in hundredths of a
/// natural logarithm.
const LIKELY: i32 = 15;
const SURE: i32 = 220;

/// The weight of a decisive feature.
const DECIDED: i32 = 900;

/// The weights by feature number.
struct Weights {
    before: i32,
    /// Weights of single features.
    one: [i16; Feature::COUNT],
    /// Weights of pairs, a row for each first feature.
    two: Vec<i16>,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::read(TABLE));

impl Weights {
    /// Parses a table. Features that are not in it have weight 0.
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

/// A feature with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The feature or pair.
    pub features: Features,
    /// Its contribution to the log-odds, in hundredths of a natural logarithm.
    pub weight: i32,
}

/// The log-odds that a literal is a credential, in hundredths of a natural logarithm.
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

/// All terms of the sum in [`weigh`], also those of weight 0.
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
