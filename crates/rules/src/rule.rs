//! A rule, compiled on first use.

use std::sync::{Arc, OnceLock};

use keysift_finding::{RuleMeta, Span};
use memchr::{memchr, memchr_iter, memrchr};
use serde::{Deserialize, Serialize};

use crate::{
    RuleKind, Spec, Validator,
    compile::{Compiled, compile, parsed_pattern},
    fragments,
    token_run::{has_token_run, is_token},
};

/// The stage at which a candidate was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// None of the rule's literals is in the text.
    Prefilter,
    /// The pattern does not match around the literal.
    Pattern,
    /// A validator rejected the match, or lowered its confidence below the threshold.
    Validate,
}

/// A pattern rule.
#[derive(Debug)]
pub struct Rule {
    meta: Arc<RuleMeta>,
    spec: Spec,
    compiled: OnceLock<Compiled>,
}

/// A match of the pattern.
#[derive(Clone, Debug)]
pub struct Match {
    /// The whole match.
    pub whole: Span,
    /// The group `secret`.
    pub secret: Span,
    pub(crate) groups: Vec<Option<Span>>,
}

/// How far before a word nearby a match is searched, in bytes.
pub(crate) const NEAR_BEFORE: usize = 160;

/// How far after such a word, at most: four lines of usual length.
pub(crate) const NEAR_BEHIND: usize = 480;

impl Rule {
    /// Creates a rule from its checked form.
    pub fn new(spec: Spec) -> Self {
        let meta = RuleMeta {
            id: spec.id.clone(),
            name: spec.name.clone(),
            provider: spec.provider.clone(),
            severity: spec.severity,
            confidence: spec.confidence,
            since: spec.since.clone(),
            why: spec.why.clone(),
            fix: spec.fix.clone(),
            check: spec.check.clone(),
            rotate: spec.rotate.clone(),
            references: spec.references.clone(),
            is_credential: true,
            is_hard_coded: true,
        };
        Self {
            meta: Arc::new(meta),
            spec,
            compiled: OnceLock::new(),
        }
    }

    /// The metadata of the rule.
    pub fn meta(&self) -> &Arc<RuleMeta> {
        &self.meta
    }

    /// The rule as written in its file.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How far a match may extend before and after a literal inside it, in bytes.
    pub fn reach(&self) -> usize {
        self.spec.reach
    }

    /// Reports all non-overlapping matches in `window`, from left to right. Bytes outside of the window are
    /// read only for word boundaries.
    pub fn each_match(&self, text: &[u8], window: Span, mut on_match: impl FnMut(Match)) {
        let is_missing = |byte: &u8| memchr(*byte, window.of(text)).is_none();
        if self.spec.needed.iter().any(is_missing) || !has_token_run(window.of(text), self.spec.token_run) {
            return;
        }
        let compiled = self.compiled();
        // The window has room for the longest match: one that would go on behind it is longer than the rule allows.
        let has_room = (compiled.pattern.longest()).is_some_and(|longest| longest <= self.reach());
        let is_cut = has_room && text.get(window.end).is_some_and(|next| is_token(*next));
        let text = &text[..window.end];
        let mut at = window.start;
        while at <= text.len()
            && let Some(groups) = compiled.pattern.find(text, at)
        {
            let whole = groups[0].expect("a match has a group 0");
            if is_cut && whole.end == window.end {
                at = whole.end.max(at + 1);
                continue;
            }
            let secret = match compiled.secret {
                Some(index) => groups[index],
                None => (groups[1..].iter().flatten().copied())
                    .find(|span| !span.is_empty())
                    .or(Some(whole)),
            };
            if let Some(secret) = secret {
                on_match(Match {
                    whole,
                    secret,
                    groups,
                });
                // An adjacent secret may begin with the character that ended this one.
                at = secret.end.max(at + 1);
            } else {
                at = whole.end.max(at + 1);
            }
        }
    }

    /// The window in which a match may be if a literal that selects the rule starts at `hit`.
    pub fn window(&self, text: &[u8], hit: usize) -> Span {
        let lines = match &self.spec.kind {
            RuleKind::Imported(_) => return Span::new(0, text.len()),
            RuleKind::Near { lines } => *lines,
            _ => {
                let reach = self.reach();
                // One byte more: no match that is as long as allowed ends at the end of the window.
                return Span::new(hit.saturating_sub(reach), text.len().min(hit + reach + 1));
            }
        };
        let floor = hit.saturating_sub(NEAR_BEFORE);
        let start = memrchr(b'\n', &text[floor..hit]).map_or(floor, |newline| floor + newline + 1);
        let ceiling = text.len().min(hit + NEAR_BEHIND.max(self.spec.max_length));
        let end = memchr_iter(b'\n', &text[hit..ceiling])
            .nth(lines)
            .map_or(ceiling, |newline| hit + newline);
        // A token that is cut at the ceiling would look like a shorter one.
        let rest = text[end..]
            .iter()
            .take(NEAR_BEHIND)
            .take_while(|byte| !byte.is_ascii_whitespace())
            .count();
        Span::new(start, end + rest)
    }

    /// The parts of a text in which the rule may match: all of it, or around its literals if it requires one
    /// nearby.
    pub fn windows(&self, text: &[u8]) -> Vec<Span> {
        let around_hits = matches!(self.spec.kind, RuleKind::Near { .. } | RuleKind::Imported(_));
        if !around_hits || self.spec.literals.is_empty() {
            return vec![Span::new(0, text.len())];
        }
        let mut windows: Vec<Span> = Vec::new();
        for hit in self.hits(text) {
            let window = self.window(text, hit);
            match windows.last_mut() {
                Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
                _ => windows.push(window),
            }
        }
        windows
    }

    /// Returns the offsets of the rule's literals, without the prefilter.
    pub fn hits(&self, text: &[u8]) -> Vec<usize> {
        (0..text.len())
            .filter(|at| self.literal_at(&text[*at..]))
            .collect()
    }

    fn literal_at(&self, text: &[u8]) -> bool {
        self.spec.literals.iter().any(|literal| {
            text.get(..literal.len())
                .is_some_and(|start| match self.spec.ignore_case {
                    true => start.eq_ignore_ascii_case(literal.as_bytes()),
                    false => start == literal.as_bytes(),
                })
        })
    }

    /// Returns whether the text contains one of the rule's literals, without the prefilter.
    pub fn has_literal(&self, text: &[u8]) -> bool {
        (0..text.len()).any(|at| self.literal_at(&text[at..]))
    }

    /// Returns whether it finds passwords that people choose, which have no format.
    pub fn takes_passwords(&self) -> bool {
        let password = |validator: &Validator| matches!(validator, Validator::Password(_));
        self.spec.validate.iter().any(password)
    }

    /// Returns whether the rule runs on every text, because it has no literals.
    pub fn runs_everywhere(&self) -> bool {
        self.spec.literals.is_empty()
    }

    /// The pattern with its fragments replaced.
    pub fn expanded(&self) -> String {
        fragments::expand(&self.spec.pattern).expect("checked")
    }

    /// The pattern, parsed as it is compiled.
    pub fn hir(&self) -> regex_syntax::hir::Hir {
        parsed_pattern(&self.expanded()).expect("checked")
    }

    /// The compiled pattern.
    pub(crate) fn compiled(&self) -> &Compiled {
        self.compiled
            .get_or_init(|| compile(&self.spec).expect("a checked pattern compiles"))
    }
}
