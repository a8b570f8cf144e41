//! The evidence weighed: one weight for each feature, their sum the logarithm of the odds that a literal is a credential.
//!
//! The weights are made by `train/train.py` and embedded; sums are integers, so every machine comes to the same verdict.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    Evidence, Likelihood,
    features::{Feature, features},
};

/// `weight <TAB> feature <TAB> second feature` a line; weights in hundredths of a natural logarithm, the first line is what holds without evidence.
const TABLE: &str = include_str!("../tables/weights.tsv");

/// From these odds on a literal is likely, and sure, to be a credential.
const LIKELY: i32 = 40;
const SURE: i32 = 220;

/// What decides alone.
const DECIDED: i32 = 900;

static WEIGHTS: LazyLock<(i32, HashMap<Feature, i32>)> = LazyLock::new(|| {
    let mut before = 0;
    let mut weights = HashMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let weight = fields
            .next()
            .and_then(|weight| weight.parse().ok())
            .unwrap_or_default();
        match (
            fields.next().unwrap_or_default(),
            fields.next().unwrap_or_default(),
        ) {
            ("", _) => before = weight,
            feature => {
                weights.insert(feature, weight);
            }
        }
    }
    (before, weights)
});

/// A piece of evidence with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What is true.
    pub feature: Feature,
    /// What it adds to the logarithm of the odds, in hundredths.
    pub weight: i32,
}

/// The verdict on a literal, with all that was weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// The logarithm of the odds that it is a credential, in hundredths.
    pub odds: i32,
    /// What was weighed; what has no weight too.
    pub terms: Vec<Term>,
}

impl Weighed {
    /// The verdict as a step.
    pub fn sureness(&self) -> Likelihood {
        match self.odds {
            SURE.. => Likelihood::Sure,
            LIKELY.. => Likelihood::Likely,
            _ => Likelihood::Doubtful,
        }
    }
}

/// What decides alone against a literal, if anything does.
fn decisive(evidence: &Evidence<'_>) -> Option<&'static str> {
    let reason = evidence.judged.reason;
    // Nothing says that the word is a value at all.
    let word = evidence.judged.sureness == Likelihood::Doubtful
        && !evidence.quoted
        && !evidence.known
        && evidence.format == "a file of unknown grammar";
    match word {
        true => Some("a word in a file of unknown grammar"),
        false => crate::is_decisive(reason).then_some(reason),
    }
}

/// Weighs evidence.
pub fn weigh(evidence: &Evidence<'_>) -> Weighed {
    if let Some(reason) = decisive(evidence) {
        let term = Term {
            feature: (reason, ""),
            weight: -DECIDED,
        };
        return Weighed {
            odds: term.weight,
            terms: vec![term],
        };
    }
    let (before, weights) = &*WEIGHTS;
    let terms: Vec<Term> = features(evidence)
        .into_iter()
        .map(|feature| Term {
            feature,
            weight: weights.get(&feature).copied().unwrap_or_default(),
        })
        .collect();
    Weighed {
        odds: before + terms.iter().map(|term| term.weight).sum::<i32>(),
        terms,
    }
}
