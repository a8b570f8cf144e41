//! All rules and checks, and the scan of one blob.

use std::{collections::HashMap, sync::Arc};

use keysift_finding::{Blob, Cancel, Counts, Finding, Position, RuleMeta, Span, Work};
use keysift_manifest as manifest;
use keysift_matcher::{Builder, Case, Error, Matcher, Plan};
use keysift_rules::{Rule, RuleKind, Spec, Trigger};

use crate::{
    collapse::{collapse, general},
    matched::lower_samples,
    pairs::Pairs,
    pass::Pass,
    runs::RunTriggers,
    trace::{Attempt, Trace},
};

/// How to scan.
#[derive(Clone, Debug)]
pub struct Options {
    /// Look for a rule's pattern only around its literals. Without it every pattern runs over every text: the same findings, hundreds of
    /// times slower; it is there to prove just that.
    pub prefilter: bool,
    /// Read names, values and encodings too, not only patterns. Without it rules without a format find nothing, and what is encoded stays
    /// unread; it is there to measure what that reading costs.
    pub reading: bool,
    /// Look also for what would have low confidence from the start: strings that look generated and have no name.
    pub low_confidence: bool,
    /// A plan of the matcher for the literals of the first rules, made when the program was built: planning takes a millisecond or two.
    pub plan: Option<Plan>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefilter: true,
            reading: true,
            low_confidence: false,
            plan: None,
        }
    }
}

/// What a blob gave.
#[derive(Debug, Default)]
pub struct Scan {
    /// Findings in the order of the text, those of low confidence too.
    pub findings: Vec<Finding>,
    /// Why a manifest was read in part only, if it was.
    pub broken: Option<String>,
    /// What it tells about the cluster, if it is a manifest.
    pub facts: Option<manifest::Facts>,
    /// The offsets of inline ignores (`keysift:ignore`).
    pub inline_ignores: Vec<usize>,
    /// Why the text was not searched to its end, if it was not.
    pub stopped: Option<&'static str>,
    /// The work it was.
    pub work: Counts,
    /// What each rule did with the traced line, if one was traced.
    pub trace: Vec<Attempt>,
    /// Places of all secrets that were seen, those too that are no finding here: that a neighbouring window reports, that another finding
    /// stands for. Nothing that is shown of the text may hold one.
    pub secrets: Vec<Span>,
}

/// The mark of inline ignores, found by the matcher with everything else: its first literal.
const INLINE_IGNORE: &[u8] = b"keysift:ignore";

/// The number of [`INLINE_IGNORE`] among the literals.
pub(crate) const IGNORE: usize = 0;

/// The literals of rules for the matcher, with their numbers. Their order depends on the order of the rules only, so that a plan for the
/// built-in rules fits when rules of the user follow.
pub fn literals<'s>(specs: impl IntoIterator<Item = &'s Spec>) -> (Builder, HashMap<&'s Trigger, usize>) {
    let mut builder = Matcher::builder();
    builder.literal(INLINE_IGNORE, Case::Exact);
    let mut numbers = HashMap::new();
    for trigger in keysift_rules::leads(specs) {
        let case = if trigger.ignore_case {
            Case::Ignore
        } else {
            Case::Exact
        };
        let number = builder.literal_in(&trigger.literal, case, trigger.context());
        numbers.insert(trigger, number);
    }
    (builder, numbers)
}

/// All rules and checks, ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Scanner {
    pub(crate) rules: Arc<[Rule]>,
    pub(crate) matcher: Matcher,
    /// Rules by the number of a literal that triggers to them.
    pub(crate) by_literal: Vec<Vec<usize>>,
    /// The rules that a run of token characters triggers to.
    pub(crate) by_run: RunTriggers,
    /// The rule for random runs without a name.
    pub(crate) by_looks: Option<usize>,
    /// Which rules find the halves of a pair.
    pairs: Pairs,
    /// How general rules are, by id: the more general of two overlapping rules yields.
    pub(crate) general: HashMap<String, usize>,
    pub(crate) options: Options,
}

impl Scanner {
    /// A scanner of these rules, and of all manifest checks.
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
            options.plan = None; // it is for other literals
        }
        let (mut builder, numbers) = literals(rules.iter().map(Rule::spec));
        let mut by_literal: Vec<Vec<usize>> = vec![Vec::new(); numbers.len() + 1];
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.spec().by_hit()) {
            for trigger in &rule.spec().leads {
                by_literal[numbers[trigger]].push(index);
            }
        }
        if let Some(plan) = &options.plan {
            builder.plan(plan.clone());
        }
        let general = general(&rules);
        let by_run = RunTriggers::new(&rules);
        let by_looks = rules
            .iter()
            .position(|rule| matches!(rule.spec().kind, RuleKind::Unnamed { .. }));
        Ok(Self {
            by_looks,
            matcher: builder.build()?,
            pairs: Pairs::new(&rules),
            general,
            rules,
            by_literal,
            by_run,
            options,
        })
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What the rules and checks say of themselves, rules first.
    pub fn metas(&self) -> Vec<Arc<RuleMeta>> {
        self.rules
            .iter()
            .map(|rule| Arc::clone(rule.meta()))
            .chain(manifest::metas())
            .collect()
    }

    /// Scans one blob. What starts outside the part that the blob is responsible for is left to its neighbors.
    pub fn scan(&self, blob: &Blob<'_>) -> Scan {
        self.scan_until(blob, None, None)
    }

    /// Scans one blob until `cancel` ends it, which is checked within the blob too. Traces what each rule does with `line`, a span of the
    /// blob.
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
            lower_samples(&mut findings, &blob.origin.path().to_string_lossy());
        }
        scan.trace = trace.map(|trace| trace.finish(&findings)).unwrap_or_default();
        scan.findings = findings;
        scan.stopped = work.stopped();
        scan.work = work.counts();
        scan
    }
}

/// Runs the checks, if the blob is a whole manifest.
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

/// The places of a finding that nobody may see.
fn secrets_of(finding: &Finding) -> impl Iterator<Item = Span> {
    let related = finding.related.iter().filter(|related| related.secret);
    finding
        .secret
        .into_iter()
        .chain(related.map(|related| related.span))
}
