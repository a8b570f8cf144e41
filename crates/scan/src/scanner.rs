//! The scanner: all rules and checks, and the scan of one blob.

use std::{collections::HashMap, sync::Arc};

use keysift_finding::{Blob, Cancel, Counts, Finding, Position, RuleMeta, Span, Tests, Work};
use keysift_manifest as manifest;
use keysift_matcher::{Builder, Case, Error, Matcher, Plan};
use keysift_rules::{Rule, RuleKind, Search, Spec, Trigger};

use crate::{
    collapse::{collapse, general},
    matched::lower_samples,
    pairs::Pairs,
    pass::Pass,
    runs::RunTriggers,
    trace::{Attempt, Trace},
};

/// Options of the scanner.
#[derive(Clone, Debug)]
pub struct Options {
    /// Run a pattern only near the literals of its rule. Without the prefilter every pattern runs over every
    /// text, with the same findings, hundreds of times slower; a test compares both.
    pub prefilter: bool,
    /// Read names, values and encodings as well. Without it, rules without a format find nothing and encoded
    /// text is not decoded; this measures the cost of that reading.
    pub reading: bool,
    /// Also report what has low confidence from the start: strings without a name that look random.
    pub low_confidence: bool,
    /// The treatment of secrets without a format in test code and third-party packages.
    pub tests: Tests,
    /// Keep the terms of each weighed finding, for training. Otherwise only those of a traced line are kept.
    pub terms: bool,
    /// The matchers' plans for the literals of the first rules, made at build time: planning takes 1 to 2 ms.
    pub plans: Option<Plans>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefilter: true,
            reading: true,
            low_confidence: false,
            tests: Tests::default(),
            terms: false,
            plans: None,
        }
    }
}

/// Plans for the matcher of the text and the matcher of the lines around runs.
#[derive(Clone, Debug)]
pub struct Plans {
    /// For the literals of [`literals`].
    pub text: Plan,
    /// For the literals of [`line_literals`].
    pub lines: Plan,
}

/// The result of scanning a blob.
#[derive(Debug, Default)]
pub struct Scan {
    /// Findings in the order of the text, including those of low confidence.
    pub findings: Vec<Finding>,
    /// Why a manifest was analyzed only in part, if so.
    pub broken: Option<String>,
    /// Facts for checks across files, if the blob is a manifest.
    pub facts: Option<manifest::Facts>,
    /// Offsets of inline suppressions (`keysift:ignore`).
    pub inline_ignores: Vec<usize>,
    /// Why the scan ended before the end of the text, if so.
    pub stopped: Option<&'static str>,
    /// The work of the scan.
    pub work: Counts,
    /// The result of each rule on the traced line, if one was traced.
    pub trace: Vec<Attempt>,
    /// Spans of all secrets in the text, including those without a finding here, because a neighboring window
    /// or another finding reports them. All of them are redacted in excerpts.
    pub secrets: Vec<Span>,
}

/// The marker of inline suppressions, which is the first literal of the matcher.
const INLINE_IGNORE: &[u8] = b"keysift:ignore";

/// The number of [`INLINE_IGNORE`] among the literals.
pub(crate) const IGNORE: usize = 0;

/// Returns a matcher builder with the literals that are searched in the whole text, and their numbers. The
/// order of literals depends only on the order of rules, so that a plan for the built-in rules remains valid
/// if user rules follow.
pub fn literals<'s>(specs: impl IntoIterator<Item = &'s Spec>) -> (Builder, HashMap<&'s Trigger, usize>) {
    let mut builder = Matcher::builder();
    builder.literal(INLINE_IGNORE, Case::Exact);
    let numbers = add(&mut builder, keysift_rules::triggers(specs, Search::Text));
    (builder, numbers)
}

/// Like [`literals`], for those that are searched only on the lines around runs.
pub fn line_literals<'s>(
    specs: impl IntoIterator<Item = &'s Spec>,
) -> (Builder, HashMap<&'s Trigger, usize>) {
    let mut builder = Matcher::builder();
    let numbers = add(&mut builder, keysift_rules::triggers(specs, Search::Lines));
    (builder, numbers)
}

/// Adds the literals of triggers; returns their numbers.
fn add<'s>(builder: &mut Builder, triggers: Vec<&'s Trigger>) -> HashMap<&'s Trigger, usize> {
    let numbered = triggers.into_iter().map(|trigger| {
        let case = match trigger.ignore_case {
            true => Case::Ignore,
            false => Case::Exact,
        };
        (
            trigger,
            builder.literal_in(&trigger.literal, case, trigger.context()),
        )
    });
    numbered.collect()
}

/// A matcher, and the rules that each of its literals selects.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) matcher: Matcher,
    /// Indexes of rules by the number of a literal.
    pub(crate) rules: Vec<Vec<usize>>,
}

impl Lookup {
    fn new(
        rules: &[Rule],
        search: Search,
        (mut builder, numbers): (Builder, HashMap<&Trigger, usize>),
        plan: Option<&Plan>,
    ) -> Result<Self, Error> {
        let mut by_literal: Vec<Vec<usize>> = vec![Vec::new(); builder.len()];
        for (index, spec) in rules.iter().map(Rule::spec).enumerate() {
            if spec.search == search {
                for trigger in &spec.triggers {
                    by_literal[numbers[trigger]].push(index);
                }
            }
        }
        if let Some(plan) = plan {
            builder.plan(plan.clone());
        }
        Ok(Self {
            matcher: builder.build()?,
            rules: by_literal,
        })
    }
}

/// All rules and checks, prepared for scanning. Threads share it.
#[derive(Debug)]
pub struct Scanner {
    pub(crate) rules: Arc<[Rule]>,
    /// Literals that are searched in the whole text.
    pub(crate) in_text: Lookup,
    /// Literals that are searched on the lines around runs.
    pub(crate) in_lines: Lookup,
    /// Rules that are selected by a run of token characters.
    pub(crate) by_run: RunTriggers,
    /// Rules without literals, which search every text.
    pub(crate) everywhere: Vec<usize>,
    /// The rule for random runs without a name.
    pub(crate) by_looks: Option<usize>,
    /// The rules for halves of a credential pair.
    pairs: Pairs,
    /// The generality of rules, by id. Of two overlapping findings, the one of the more general rule is
    /// dropped.
    pub(crate) general: HashMap<String, usize>,
    /// The check for well-known default credentials.
    pub(crate) weak: Option<Arc<RuleMeta>>,
    pub(crate) options: Options,
}

impl Scanner {
    /// Creates a scanner of these rules and all manifest checks.
    ///
    /// # Errors
    /// If the rules have too many literals.
    pub fn new(mut rules: Arc<[Rule]>, mut options: Options) -> Result<Self, Error> {
        if !options.reading {
            rules = rules
                .iter()
                .filter(|rule| rule.spec().kind.has_format())
                .map(|rule| Rule::new(rule.spec().clone()))
                .collect();
            options.plans = None; // it was made for other literals
        }
        let specs = || rules.iter().map(Rule::spec);
        let plans = options.plans.as_ref();
        let text = plans.map(|plans| &plans.text);
        let lines = plans.map(|plans| &plans.lines);
        let in_text = Lookup::new(&rules, Search::Text, literals(specs()), text)?;
        let in_lines = Lookup::new(&rules, Search::Lines, line_literals(specs()), lines)?;
        let general = general(&rules);
        let by_run = RunTriggers::new(&rules);
        let by_looks = rules
            .iter()
            .position(|rule| matches!(rule.spec().kind, RuleKind::Unnamed { .. }));
        let everywhere = (0..rules.len()).filter(|rule| rules[*rule].runs_everywhere());
        Ok(Self {
            by_looks,
            everywhere: everywhere.collect(),
            in_text,
            in_lines,
            pairs: Pairs::new(&rules),
            general,
            rules,
            by_run,
            weak: manifest::metas().find(|meta| meta.id == "weak-default-credential"),
            options,
        })
    }

    /// Returns the rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the descriptions of rules and checks, rules first.
    pub fn metas(&self) -> Vec<Arc<RuleMeta>> {
        self.rules
            .iter()
            .map(|rule| Arc::clone(rule.meta()))
            .chain(manifest::metas())
            .collect()
    }

    /// Scans one blob. Findings that start outside of `blob.own` are left to the neighboring windows.
    pub fn scan(&self, blob: &Blob<'_>) -> Scan {
        self.scan_until(blob, None, None)
    }

    /// Scans one blob until `cancel` ends it, which is checked within the blob too. Records what each rule
    /// does with `line`, a span of the blob.
    pub fn scan_until(&self, blob: &Blob<'_>, cancel: Option<&Cancel>, line: Option<Span>) -> Scan {
        let text = blob.bytes();
        let shown = blob.origin.shown();
        let work = Work::new(cancel.cloned());
        let trace = line.map(Trace::new);
        let pass = Pass {
            buffer: blob.buffer(),
            len: text.len(),
            path: &shown.to_string_lossy(),
            depth: 0,
            work: &work,
            trace: trace.as_ref(),
        };
        let mut scan = Scan::default();
        let mut findings = self.secrets(&pass, &mut scan.inline_ignores);
        scan.inline_ignores
            .retain(|at| blob.own.start <= *at && *at < blob.own.end);
        scan.broken = work.was_cut().map(str::to_owned);
        if work.stopped().is_none() {
            structure(blob, &work, &mut findings, &mut scan);
        }
        scan.secrets = findings.iter().flat_map(secrets_of).collect();
        findings.retain(|finding| blob.own.start <= finding.span.start && finding.span.start < blob.own.end);
        if !findings.is_empty() {
            findings = self.pairs.join(collapse(findings, &self.general), text);
            lower_samples(
                &mut findings,
                &blob.origin.path().to_string_lossy(),
                self.options.tests,
            );
        }
        scan.trace = trace.map(|trace| trace.finish(&findings)).unwrap_or_default();
        scan.findings = findings;
        scan.stopped = work.stopped();
        scan.work = work.counts();
        scan
    }
}

/// Runs the checks, if the blob is a complete manifest.
fn structure(blob: &Blob<'_>, work: &Work, findings: &mut Vec<Finding>, scan: &mut Scan) {
    let (path, text) = (blob.origin.path(), blob.bytes());
    if blob.own == Span::new(0, text.len()) {
        let outcome = manifest::check_within(path, text, work);
        findings.extend(outcome.findings);
        scan.broken = scan.broken.take().or(outcome.broken);
        scan.facts = outcome.facts;
    } else if blob.start == Position::START && scan.broken.is_none() {
        scan.broken = manifest::too_large(path, text);
    }
}

/// Returns the spans of a finding that are redacted.
fn secrets_of(finding: &Finding) -> impl Iterator<Item = Span> {
    let related = finding.related.iter().filter(|related| related.secret);
    finding
        .secret
        .into_iter()
        .chain(related.map(|related| related.span))
}
