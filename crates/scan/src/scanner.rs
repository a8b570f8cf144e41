//! The way of a blob.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use keysift_finding::{Blob, Cancel, Confidence, Counts, Finding, Position, RuleMeta, Span, Work};
use keysift_judge::{PACKAGED, sample_path};
use keysift_manifest as manifest;
use keysift_matcher::{Case, Error, Found, Hit, Matcher, Plan, Run, RunFinder};
use keysift_rules::{Generality, Match, Refusal, Rule, RuleKind, Trigger};
use keysift_syntax::assigned_name;
use zeroize::Zeroize;

use crate::{
    candidates::Candidates,
    collapse::{NO_FORMAT, collapse},
    decode::{self, Decoder, Encoding},
    names::{COMMENTED, Names},
    pairs::Pairs,
    rewrite::{Rewritten, rewritten},
    runs::{EnclosingRun, RunTriggers, varied, widened},
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
    /// Where remarks stand that hide findings: offsets of `keysift:ignore`.
    pub remarks: Vec<usize>,
    /// Why the text was not searched to its end, if it was not.
    pub stopped: Option<&'static str>,
    /// The work it was.
    pub work: Counts,
    /// Places of all secrets that were seen, those too that are no finding here: that a neighbouring window reports, that another finding
    /// stands for. Nothing that is shown of the text may hold one.
    pub secrets: Vec<Span>,
}

/// The remark that hides findings: found by the matcher with everything else, so that looking for it costs nothing.
const REMARK: &[u8] = b"keysift:ignore";

/// How many bytes around a word are looked at for a name and its value: what the budget counts for one.
const WORD: usize = 256;

/// All rules and checks, ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Scanner {
    rules: Arc<[Rule]>,
    matcher: Matcher,
    /// The number of the literal that is a remark.
    remark: usize,
    /// The rules that a literal leads to, by its number.
    led_to: Vec<Vec<usize>>,
    /// The rules that a run of token characters leads to.
    by_run: RunTriggers,
    /// The rule for runs that are judged by themselves.
    by_looks: Option<usize>,
    /// Which rules find the halves of a pair.
    pairs: Pairs,
    /// Rules that others name as those they overlap, and how many steps lead to them.
    general: HashMap<String, usize>,
    options: Options,
}

thread_local! {
    /// What a thread needs for a text, kept from one to the next: one for each depth of texts inside texts.
    static SCRATCH: RefCell<Vec<Candidates>> = RefCell::default();
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
        let mut builder = Matcher::builder();
        let leads = keysift_rules::leads(rules.iter().map(Rule::spec));
        let mut numbers: HashMap<&Trigger, usize> = HashMap::with_capacity(leads.len());
        for lead in &leads {
            let case = if lead.ignore_case {
                Case::Ignore
            } else {
                Case::Exact
            };
            numbers.insert(lead, builder.literal_in(&lead.literal, case, lead.context()));
        }
        let mut led_to: Vec<Vec<usize>> = vec![Vec::new(); leads.len()];
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.spec().by_hit()) {
            for lead in &rule.spec().leads {
                led_to[numbers[lead]].push(index);
            }
        }
        let remark = builder.literal(REMARK, Case::Exact);
        if let Some(plan) = &options.plan {
            builder.plan(plan.clone());
        }
        let general = general(&rules);
        let by_run = RunTriggers::new(&rules);
        let by_looks = rules
            .iter()
            .position(|rule| matches!(rule.spec().kind, RuleKind::Unnamed { .. }));
        Ok(Self {
            remark,
            by_looks,
            matcher: builder.build()?,
            pairs: Pairs::new(&rules),
            general,
            rules,
            led_to,
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

    /// Scans one blob. What starts outside the part that the blob answers for is left to its neighbours.
    pub fn scan(&self, blob: &Blob<'_>) -> Scan {
        self.scan_until(blob, None)
    }

    /// Scans one blob as far as it comes until `cancel` ends it, which is asked within the blob too.
    pub fn scan_until(&self, blob: &Blob<'_>, cancel: Option<&Cancel>) -> Scan {
        let text = blob.bytes();
        let path = blob.origin.path().to_string_lossy();
        let shown = blob.origin.shown();
        let shown = shown.to_string_lossy();
        let work = Work::new(cancel.cloned());
        let mut remarks = Vec::new();
        let mut findings = self.secrets(blob.buffer(), text.len(), &shown, (0, &mut remarks), &work);
        remarks.retain(|at| blob.own.start <= *at && *at < blob.own.end);
        let mut broken = work.was_cut().map(str::to_owned);
        let mut facts = None;
        if work.stopped().is_some() {
            // Its structure is not read any more.
        } else if blob.own == Span::new(0, text.len()) {
            let outcome = manifest::check_within(blob.origin.path(), text, &work);
            findings.extend(outcome.findings);
            broken = broken.or(outcome.broken);
            facts = outcome.facts;
        } else if blob.start == Position::START {
            broken = broken.or_else(|| manifest::too_large(blob.origin.path(), text));
        }
        let secrets: Vec<Span> = findings.iter().flat_map(secrets_of).collect();
        findings.retain(|finding| blob.own.start <= finding.span.start && finding.span.start < blob.own.end);
        if !findings.is_empty() {
            findings = self.pairs.join(collapse(findings, &self.general), text);
            doubt(&mut findings, &path);
        }
        Scan {
            findings,
            broken,
            facts,
            remarks,
            stopped: work.stopped(),
            work: work.counts(),
            secrets,
        }
    }

    /// Where the patterns have to look: around the literals that lead to them, and around the runs. One pass finds both.
    fn prefilter(&self, buffer: &[u8], len: usize, candidates: &mut Candidates, work: &Work) {
        let text = &buffer[..len];
        work.bytes(len);
        let mut around = EnclosingRun::default();
        self.matcher
            .find_with_runs(buffer, len, self.shortest(), |found| match found {
                Found::Hit(hit) => self.hit(text, hit, &mut around, candidates),
                Found::Run(run) => {
                    if let Some(run) = varied(run) {
                        self.run(text, run, candidates);
                    }
                }
            });
        for (number, rule) in self
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.runs_everywhere())
        {
            rule.windows(text)
                .into_iter()
                .for_each(|window| candidates.add(number, window));
        }
    }

    fn hit(&self, text: &[u8], hit: Hit, around: &mut EnclosingRun, candidates: &mut Candidates) {
        if hit.literal == self.remark {
            candidates.remarks.push(hit.start);
            return;
        }
        for number in &self.led_to[hit.literal] {
            let rule = &self.rules[*number];
            match rule.spec().kind {
                RuleKind::Name(_) => candidates.add_word(*number, hit.start),
                RuleKind::Run { length } => {
                    let run = around.at(text, hit.start).filter(|run| run.len() >= length);
                    if let Some(run) = run {
                        candidates.add(*number, widened(text, run, rule.reach()));
                    }
                }
                _ => candidates.add(*number, rule.window(text, hit.start)),
            }
        }
    }

    fn run(&self, text: &[u8], run: Span, candidates: &mut Candidates) {
        self.by_run.each(run.of(text), |rule| {
            candidates.add(rule, widened(text, run, self.rules[rule].reach()));
        });
        candidates.encoded.extend(decode::candidate(text, run));
        self.long(run, candidates);
    }

    /// The length of the shortest run that is of use.
    fn shortest(&self) -> usize {
        self.by_run.shortest().min(decode::SHORTEST)
    }

    /// A run long enough to be judged by itself.
    fn long(&self, run: Span, candidates: &mut Candidates) {
        let kind = self
            .by_looks
            .filter(|_| self.options.low_confidence)
            .map(|rule| &self.rules[rule].spec().kind);
        if matches!(kind, Some(RuleKind::Unnamed { length }) if run.len() >= *length) {
            candidates.long.push(run);
        }
    }

    /// Reports the runs of token characters that may be tokens or encoded texts.
    fn runs(&self, text: &[u8], mut on_span: impl FnMut(Span)) {
        let mut on_run = |run: Run| varied(run).into_iter().for_each(&mut on_span);
        let mut finder = RunFinder::new(self.shortest());
        finder.feed(text, &mut on_run);
        finder.end(&mut on_run);
    }

    /// Pattern rules: prefilter, pattern, validate.
    ///
    /// The text is the first `len` bytes of a padded buffer, at `depth` of texts inside texts; remarks in it are added to `remarks`; `work` says how much may
    /// still be done.
    fn secrets(
        &self,
        buffer: &[u8],
        len: usize,
        path: &str,
        (depth, remarks): (usize, &mut Vec<usize>),
        work: &Work,
    ) -> Vec<Finding> {
        let text = &buffer[..len];
        let mut findings = Vec::new();
        let mut candidates = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
        candidates.reset(self.rules.len());
        if self.options.prefilter {
            self.prefilter(buffer, len, &mut candidates, work);
        } else {
            for (number, rule) in self.rules.iter().enumerate() {
                match rule.spec().kind {
                    RuleKind::Unnamed { .. } => {}
                    RuleKind::Name(_) => rule
                        .hits(text)
                        .into_iter()
                        .for_each(|hit| candidates.add_word(number, hit)),
                    _ => rule
                        .windows(text)
                        .into_iter()
                        .for_each(|window| candidates.add(number, window)),
                }
            }
            self.runs(text, |run| {
                candidates.encoded.extend(decode::candidate(text, run));
                self.long(run, &mut candidates);
            });
        }
        remarks.append(&mut candidates.remarks);
        let mut names = Names::new(text, path);
        for (rule, at) in candidates.words() {
            if !work.bytes(WORD) {
                break;
            }
            findings.extend(names.read(&self.rules[*rule], *at));
        }
        findings.extend(names.handed_over(&self.rules));
        for run in &candidates.long {
            findings.extend(
                self.by_looks
                    .and_then(|rule| names.unnamed(&self.rules[rule], *run)),
            );
        }
        for (rule, window) in candidates.windows() {
            if !work.bytes(window.len()) {
                break;
            }
            let rule = &self.rules[*rule];
            rule.each_match(text, *window, |matched| {
                findings.extend(finding(rule, path, text, &matched).map(|finding| names.whole(rule, finding)))
            });
        }
        if self.options.reading {
            names.place(&mut findings, |finding| {
                self.general.get(&finding.rule.id) == Some(&NO_FORMAT)
            });
        }
        if self.options.reading && depth < decode::DEPTH && work.stopped().is_none() {
            let mut decoder = Decoder::new(text, work);
            for (span, encoding) in std::mem::take(&mut candidates.encoded) {
                let Some((span, bytes)) = decoder.decode(span, encoding) else {
                    continue;
                };
                findings.extend(self.inside(text, (span, encoding), bytes, (path, depth), work));
            }
            for form in rewritten(text, path, work) {
                findings.extend(self.rewritten(form, path, depth, work));
            }
        } else if self.options.reading && work.stopped().is_none() {
            let mut decoder = Decoder::new(text, work);
            let mut encoded = std::mem::take(&mut candidates.encoded).into_iter();
            if encoded.any(|(span, encoding)| decoder.decode(span, encoding).is_some()) {
                work.cut(decode::TOO_DEEP);
            }
        }
        SCRATCH.with_borrow_mut(|scratch| scratch.push(candidates));
        findings
    }

    /// What stands in another form of the text.
    fn rewritten(&self, mut form: Rewritten, path: &str, depth: usize, work: &Work) -> Vec<Finding> {
        let mut buffer = std::mem::take(&mut form.text);
        let len = buffer.len();
        if len > 0 && work.room() == 0 {
            work.cut(decode::TOO_MUCH);
            return Vec::new();
        }
        work.decoded(len);
        buffer.resize(len + Blob::PADDING, 0);
        let findings = self.secrets(&buffer, len, path, (depth + 1, &mut Vec::new()), work);
        buffer.zeroize();
        findings
            .into_iter()
            .filter_map(|mut finding| {
                finding.span = form.original(finding.span)?;
                finding.secret = Some(finding.span);
                finding.notes.insert(0, format!("in {}", form.kind));
                Some(finding)
            })
            .collect()
    }

    /// What stands inside an encoded text: its findings point at the encoded text and say how it is encoded.
    fn inside(
        &self,
        text: &[u8],
        (span, encoding): (Span, Encoding),
        mut buffer: Vec<u8>,
        (path, depth): (&str, usize),
        work: &Work,
    ) -> Vec<Finding> {
        let len = buffer.len();
        work.decoded(len);
        buffer.resize(len + Blob::PADDING, 0);
        let mut findings = self.secrets(&buffer, len, path, (depth + 1, &mut Vec::new()), work);
        buffer.zeroize();
        // Of a text over many lines the finding begins on its own line.
        let lines = match encoding {
            Encoding::Base64 if !findings.is_empty() => decode::line_starts(text, span),
            _ => Vec::new(),
        };
        for finding in &mut findings {
            let before = lines.partition_point(|line| line.0 <= finding.span.start * 4 / 3);
            let start = before.checked_sub(1).map_or(span.start, |at| lines[at].1);
            let span = Span::new(start, span.end);
            (finding.span, finding.secret) = (span, Some(span));
            finding.notes.insert(0, format!("inside {}", encoding.name()));
        }
        findings
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

/// How general a rule is: one step more than the most general rule that says it overlaps it; rules without a format most of all.
fn general(rules: &[Rule]) -> HashMap<String, usize> {
    /// Longer chains than this are a circle.
    const STEPS: usize = 4;
    let level = |rule: &Rule| match rule.spec().general {
        Generality::Any => Some(NO_FORMAT),
        Generality::Carrier => Some(NO_FORMAT - 1),
        Generality::Particular => None,
    };
    let mut general: HashMap<String, usize> = rules
        .iter()
        .filter_map(|rule| level(rule).map(|level| (rule.meta().id.clone(), level)))
        .collect();
    for _ in 0..STEPS {
        for rule in rules {
            let own = general.get(&rule.meta().id).copied().unwrap_or_default();
            for other in &rule.spec().overlaps {
                let step = general.entry(other.clone()).or_default();
                *step = (*step).max((own + 1).min(STEPS));
            }
        }
    }
    general
}

/// What a match is worth: a finding, of low confidence where a validator refused it; none where it is another rule's business.
fn finding(rule: &Rule, path: &str, text: &[u8], matched: &Match) -> Option<Finding> {
    let name =
        assigned_name(text, matched.secret).map(|name| String::from_utf8_lossy(name.of(text)).into_owned());
    let message = match name {
        Some(name) => format!("{} in `{name}`", rule.meta().name),
        None => rule.meta().name.clone(),
    };
    let mut finding = Finding::new(Arc::clone(rule.meta()), matched.secret, message);
    finding.secret = Some(matched.secret);
    match rule.judge(path, text, matched) {
        Ok(evidence) => {
            finding.severity = evidence.severity;
            finding.confidence = evidence.confidence;
            finding.proven = evidence.proven;
            finding.disproven = evidence.disproven;
            finding.notes = evidence.notes;
        }
        Err(Refusal::Wrong(why)) => finding.doubt(Confidence::Low, why),
        Err(Refusal::Disproven(why)) => {
            finding.disproven = true;
            finding.doubt(Confidence::Low, why);
        }
        Err(Refusal::OtherRule(_)) => return None,
    }
    Some(finding)
}

/// What the path of a file says against its findings.
pub fn doubt(findings: &mut [Finding], path: &str) {
    if let Some(why) = sample_path(path) {
        findings.iter_mut().for_each(|finding| doubt_sample(finding, why));
    }
}

/// A file among tests or examples: one step less sure and less grave, unless the secret proves itself.
fn doubt_sample(finding: &mut Finding, why: &str) {
    if finding.proven {
        return;
    }
    let lower = match finding.confidence {
        // That it stands there was weighed with everything else.
        confidence if !finding.terms.is_empty() && why != PACKAGED => confidence,
        Confidence::High if why != PACKAGED => Confidence::Medium,
        // Samples are full of comments: that it stands in one is no second reason.
        confidence
            if finding
                .notes
                .iter()
                .any(|note| COMMENTED.contains(&note.as_str())) =>
        {
            confidence
        }
        _ => Confidence::Low,
    };
    finding.severity = finding.severity.less();
    finding.doubt(lower, why);
}
