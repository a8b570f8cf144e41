//! Pattern rules: YAML -> [`Spec`] (checked form) -> [`Rule`] (compiled on first use).
//!
//! A rule file describes one provider. Each rule has literals that select it, a pattern, offline validators,
//! texts for people, a recipe for fake secrets, examples and counterexamples. [`Rule::self_test`] checks it
//! against these.

mod compile;
mod error;
mod form;
mod fragments;
mod import;
mod import_yaml;
mod imported_rule;
mod judging;
mod kind;
mod minimal;
mod needed;
mod pages;
mod pattern;
mod re2;
mod rule;
mod sample;
mod search;
mod self_test;
mod spec;
mod token_run;
mod trigger;
mod validate;
mod weak;

pub use error::Error;
pub use import::{Allow, Import, Target, import, import_supported, is_import};
pub use kind::{Generality, NameClass, RuleKind};
pub use pages::pages;
pub use rule::{Match, Rule, Stage};
pub use sample::{Random, Recipe};
pub use search::{GATE, Search, is_at_edge, lines_around, token_after};
pub use self_test::Problem;
pub use spec::{Counterexample, Pair, Spec, from_bytes, parse, parse_trusted, to_bytes};
pub use trigger::{Trigger, triggers};
pub use validate::{Alphabet, Evidence, Order, Rejection, Validator};
