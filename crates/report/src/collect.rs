//! Collects what the threads find, and hands it to a format at the end.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keysift_finding::{
    Blob, Confidence, Coverage, Finding, Fingerprint, Origin, Position, Related, RuleMeta, Severity, Span,
    Unread, fingerprint,
};

use crate::{
    anchor::{Anchor, Anchors, secrets_of},
    escape::Foreign,
    excerpt::{Excerpt, Secrets, excerpt, plain, whole},
    gitlab, html, json, lines, markdown,
    redact::redact,
    remarks::{self, Remarks},
    sarif, text, words,
};

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line: findings, then the summary.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitLab's secret detection report.
    Gitlab,
    /// GitLab's code quality report, which is Code Climate's.
    CodeQuality,
    /// Annotations of GitHub's workflows.
    Github,
    /// JUnit XML.
    Junit,
    /// Comma-separated values.
    Csv,
    /// For a comment on a pull request.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// Fingerprints with rules and paths, a line each: what a baseline holds.
    Baseline,
}

/// How the report for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looks {
    /// What stands together.
    pub group: Group,
    /// A line for each finding.
    pub quiet: bool,
    /// Why and advice in full.
    pub verbose: bool,
}

/// What stands together in the report for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// The findings of a file.
    #[default]
    File,
    /// The findings of a rule.
    Rule,
    /// The places of a secret.
    Secret,
}

/// What is known already.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Fingerprints.
    pub fingerprints: HashSet<String>,
    /// Fingerprints that do not depend on the path, with the paths they had: a file that moved keeps its entries.
    pub anywhere: HashMap<String, Vec<PathBuf>>,
    /// Paths and lines, as other scanners tell them.
    pub places: HashSet<(String, u64)>,
}

impl Known {
    fn is_empty(&self) -> bool {
        self.fingerprints.is_empty() && self.places.is_empty()
    }

    /// Whether a finding is known.
    fn has(&self, rule: &str, said: &Said<'_>) -> bool {
        if self.is_empty() {
            return false;
        }
        let named = |path: &Path| fingerprint(rule, path, said.secret).to_string();
        if self.fingerprints.contains(&named(said.path)) {
            return true;
        }
        let root = match said.origin {
            Origin::File(location) => location.base(),
            _ => Path::new(""),
        };
        // Known from a file that is no longer there: it moved.
        let moved = || {
            self.anywhere
                .get(&named(Path::new("")))
                .is_some_and(|paths| paths.iter().any(|path| !root.join(path).exists()))
        };
        let place = || (said.path.to_string_lossy().replace('\\', "/"), said.line);
        !self.anywhere.is_empty() && moved() || !self.places.is_empty() && self.places.contains(&place())
    }
}

/// What suppressions ask of a finding: where it is, its secret, and what is written beside it.
struct Said<'a> {
    path: &'a Path,
    origin: &'a Origin,
    /// The secret, or the bytes that the finding is about.
    secret: &'a [u8],
    /// The line, from 1; worked out only where a report of another scanner is the baseline.
    line: u64,
    /// The inline ignore that covers it.
    remark: Option<&'static str>,
}

/// What is shown, and what fails a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the report for people looks.
    pub looks: Looks,
    /// Show secrets in full.
    pub reveal: bool,
    /// Findings of less severity are not shown.
    pub min_severity: Severity,
    /// Findings of less confidence are not shown.
    pub min_confidence: Confidence,
    /// A finding that is shown, of at least this severity and at least medium confidence, fails the run.
    pub fail_on: Severity,
    /// Which remarks beside findings count.
    pub remarks: Remarks,
    /// What is known already and not shown.
    pub known: Known,
    /// What the configuration says.
    pub excuse: Arc<Excuse>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            looks: Looks::default(),
            reveal: false,
            min_severity: Severity::Info,
            min_confidence: Confidence::Medium,
            fail_on: Severity::Medium,
            remarks: Remarks::default(),
            known: Known::default(),
            excuse: Arc::default(),
        }
    }
}

impl Options {
    /// Files that came with a package of the distribution: everybody has them. Known when an image was read to its end.
    fn weigh_packages(&self, state: &mut State) {
        let State { records, hidden, .. } = state;
        records.retain_mut(|record| {
            let Origin::Layer { fate, .. } = &*record.origin else {
                return true;
            };
            let Some(package) = fate
                .get()
                .and_then(|verdict| verdict.package.as_ref())
                .filter(|_| !record.proven)
            else {
                return true;
            };
            record.notes.push(Foreign::new(format!(
                "came with the package {package}: everybody who has the distribution has it"
            )));
            record.severity = record.severity.less();
            record.confidence = record.confidence.min(Confidence::Low);
            let why = self.hides(record.severity, record.confidence);
            why.into_iter()
                .for_each(|why| *hidden.entry(why).or_default() += 1);
            why.is_none()
        });
    }

    fn hides(&self, severity: Severity, confidence: Confidence) -> Option<&'static str> {
        if confidence < self.min_confidence {
            Some("low confidence")
        } else if severity < self.min_severity {
            Some("low severity")
        } else {
            None
        }
    }
}

/// What a team agreed on: findings that are not shown, and severities that are other ones.
#[derive(Default)]
pub struct Excuse {
    /// Patterns of rules and checks that are off.
    pub disabled: Vec<Question>,
    /// Paths whose findings are not shown.
    pub excluded: Vec<Question>,
    /// Severities by rule.
    pub severities: HashMap<String, Severity>,
    /// Findings that are allowed.
    pub allowed: Vec<Allowed>,
    /// Entries that are out of date, as they are told.
    pub expired: Vec<String>,
}

/// A question to a path or an id.
pub type Question = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// A question to a secret.
pub type SecretQuestion = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// An entry that allows findings: those that fit all of what it names.
pub struct Allowed {
    /// Paths, from the scanned root.
    pub paths: Option<Question>,
    /// Rules.
    pub rules: Option<Question>,
    /// Fingerprints; none names all.
    pub fingerprints: Vec<String>,
    /// Secrets.
    pub secrets: Option<SecretQuestion>,
    /// The entry, as it is told: where it stands, and its reason.
    pub said: String,
}

impl std::fmt::Debug for Excuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Excuse({} off, {} allowed)",
            self.disabled.len(),
            self.allowed.len()
        )
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read, nothing fails the run.
    Clean,
    /// Something does.
    Findings,
    /// Something that was asked for was not read.
    Incomplete,
}

/// A finding with everything that the text was needed for.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) rule: Arc<RuleMeta>,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) origin: Arc<Origin>,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) message: Foreign,
    pub(crate) notes: Vec<Foreign>,
    pub(crate) also: Vec<String>,
    pub(crate) related: Vec<Place>,
    /// Places in other files.
    pub(crate) elsewhere: Vec<Far>,
    /// The instruction that made its layer, if it stands in an image.
    pub(crate) created_by: Foreign,
    /// A change that mends it.
    pub(crate) edit: Option<Change>,
    /// What stands at the guilty span, redacted unless secrets are revealed.
    pub(crate) redacted: Foreign,
    pub(crate) fingerprint: Fingerprint,
    /// The same without the path.
    pub(crate) anywhere: Fingerprint,
    pub(crate) excerpt: Excerpt,
    /// The secret in a form that only this run understands: its random key is nowhere else.
    secret: Option<u64>,
    /// A checksum says that it is real.
    proven: bool,
    /// Of a commit's: whether it still stands in that file at the tip.
    pub(crate) at_tip: Option<bool>,
    /// Where else the same secret stands; known at the end.
    pub(crate) same: Vec<Same>,
}

/// A change: where, what comes there, and whether nothing else has to be done.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) with: Foreign,
    pub(crate) safe: bool,
}

/// Another place of the same secret.
#[derive(Clone, Debug)]
pub(crate) struct Same {
    pub(crate) path: Foreign,
    pub(crate) at: Position,
    /// Whether it comes before the finding that names it.
    pub(crate) before: bool,
    pub(crate) fingerprint: Fingerprint,
}

/// Another place that belongs to a finding.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) message: Foreign,
    pub(crate) redacted: Foreign,
}

/// A place in another file that belongs to a finding.
#[derive(Debug)]
pub(crate) struct Far {
    pub(crate) path: Foreign,
    pub(crate) shown: Foreign,
    pub(crate) line: u64,
    pub(crate) message: Foreign,
}

/// What was not read, or in part, and why.
#[derive(Debug)]
pub(crate) struct NotRead {
    pub(crate) what: Foreign,
    pub(crate) why: Foreign,
}

impl NotRead {
    fn new(what: Foreign, why: &str) -> Self {
        let why = Foreign::new(words::sentence(why));
        Self { what, why }
    }
}

impl Record {
    /// The path to show to a person.
    pub(crate) fn shown(&self) -> Foreign {
        Foreign::path(&self.origin.shown())
    }
}

/// The numbers of a run.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// What was read.
    pub coverage: Coverage,
    /// How long it took.
    pub elapsed: Duration,
}

/// Everything at the end of a run.
#[derive(Debug)]
pub(crate) struct Complete<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) hidden: &'a BTreeMap<&'static str, u64>,
    pub(crate) unread: &'a [NotRead],
    pub(crate) broken: &'a [NotRead],
    pub(crate) totals: &'a Totals,
    pub(crate) outcome: Outcome,
    /// Entries of the configuration that are out of date or allowed nothing.
    pub(crate) idle: &'a [Foreign],
    pub(crate) looks: Looks,
}

/// Takes findings while a run goes on.
#[derive(Debug)]
pub struct Report {
    options: Options,
    state: Mutex<State>,
    key: RandomState,
}

#[derive(Debug, Default)]
struct State {
    records: Vec<Record>,
    /// Findings that are not shown, by the reason.
    hidden: BTreeMap<&'static str, u64>,
    unread: Vec<Unread>,
    broken: Vec<(PathBuf, String)>,
    /// Entries of the configuration that allowed something.
    used: HashSet<usize>,
    /// Remarks that have hidden nothing yet, by file: offset and line.
    remarks: BTreeMap<PathBuf, Vec<(usize, u64)>>,
    /// What stands in files at the tip of the branch, if that was read.
    tip: Option<HashSet<Fingerprint>>,
}

/// What of a finding was worked out while its text was in memory.
struct Resolved<'t> {
    start: Position,
    end: Position,
    /// The secret, or the bytes that the finding is about.
    bytes: &'t [u8],
    is_secret: bool,
    redacted: String,
    excerpt: Excerpt,
    edit: Option<Change>,
    related: Vec<Place>,
}

impl Report {
    /// An empty report.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            state: Mutex::default(),
            key: RandomState::new(),
        }
    }

    /// Takes the places of remarks in a blob that hide findings, before the findings: those that hide nothing are told.
    pub fn remarks(&self, blob: &Blob<'_>, remarks: &[usize]) {
        let meant = remarks
            .iter()
            .filter(|at| remarks::is_meant(blob.bytes(), **at, blob.origin.path()));
        let mut last = (0, blob.start);
        let places: Vec<(usize, u64)> = meant
            .map(|at| {
                let between = blob.bytes().get(last.0..*at).unwrap_or_default();
                last = (*at, last.1.after(between));
                (*at, last.1.line)
            })
            .collect();
        if !places.is_empty() && self.options.remarks != Remarks::None {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state
                .remarks
                .entry(blob.origin.shown())
                .or_default()
                .extend(places);
        }
    }

    /// Takes the findings of a blob. `known` are places of secrets that are no findings of this call: of findings that were dropped, that
    /// another window reports, that another pass over the same text found. No excerpt shows them.
    pub fn blob(&self, blob: &Blob<'_>, findings: Vec<Finding>, known: &[Span]) {
        if findings.is_empty() {
            return;
        }
        let text = blob.bytes();
        if let Some(places) = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remarks
            .get_mut(&blob.origin.shown())
        {
            // Findings come in the order of the text, none overlapping another: only the neighbours of a remark can be meant.
            let ends: Vec<usize> = memchr::memchr_iter(b'\n', text).collect();
            places.retain(|(at, _)| {
                let next = findings.partition_point(|finding| finding.span.start <= *at);
                let near = &findings[next.saturating_sub(1)..findings.len().min(next + 1)];
                !near.iter().any(|finding| remarks::covers(&ends, *at, finding))
            });
        }
        let secrets: Vec<Span> = secrets_of(&findings).chain(known.iter().copied()).collect();
        let secrets = Secrets::new(text, secrets);
        let origin = Arc::new(blob.origin.clone());
        let mut place = (0, blob.start);
        let mut lines = remarks::Lines::default();
        let mut records = Vec::with_capacity(findings.len());
        let mut hidden = Vec::new();
        for mut finding in findings {
            self.configured_severity(&mut finding);
            if let Some(why) = self
                .options
                .hides(finding.severity, finding.confidence)
                .or_else(|| self.excused_here(blob, &finding, lines.start(text, finding.span.start)))
            {
                hidden.push(why);
                continue;
            }
            // Findings come in the order of the text: each position is counted on from the last.
            place = (
                finding.span.start,
                place.1.after(&text[place.0..finding.span.start]),
            );
            records.push(self.record(blob, &origin, finding, place.1, &secrets));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.records.append(&mut records);
        for why in hidden {
            *state.hidden.entry(why).or_default() += 1;
        }
    }

    /// The severity that the settings give to a rule.
    fn configured_severity(&self, finding: &mut Finding) {
        let severities = &self.options.excuse.severities;
        let other = severities
            .get(&finding.rule.id)
            .filter(|severity| **severity != finding.severity);
        if let Some(severity) = other {
            finding.severity = *severity;
            finding.notes.push("severity as configured".to_owned());
        }
    }

    /// As [`Report::excused`], while the text is in memory; `line` is where the line of the finding begins.
    fn excused_here(&self, blob: &Blob<'_>, finding: &Finding, line: usize) -> Option<&'static str> {
        let text = blob.bytes();
        let said = Said {
            path: blob.origin.path(),
            origin: blob.origin,
            secret: finding.secret.unwrap_or(finding.span).of(text),
            line: match self.options.known.places.is_empty() {
                true => 0,
                false => blob.start.after(&text[..finding.span.start]).line,
            },
            remark: remarks::ignored(text, finding, line, self.options.remarks),
        };
        self.excused(finding, &said)
    }

    /// Whether an inline ignore, the settings or a baseline suppress the finding.
    fn excused(&self, finding: &Finding, said: &Said<'_>) -> Option<&'static str> {
        if finding.ignored && self.options.remarks != Remarks::None {
            return Some("ignored by an annotation");
        }
        if said.remark.is_some() {
            return said.remark;
        }
        let named = || fingerprint(&finding.rule.id, said.path, said.secret).to_string();
        let excuse = &self.options.excuse;
        if excuse.disabled.iter().any(|off| off(&finding.rule.id)) {
            return Some("rules that are off");
        }
        let path = said.path.to_string_lossy();
        if excuse.excluded.iter().any(|out| out(&path)) {
            return Some("excluded paths");
        }
        for (number, entry) in excuse.allowed.iter().enumerate() {
            let asks = |question: &Option<Question>, text: &str| {
                question.as_ref().is_none_or(|question| question(text))
            };
            let fits = asks(&entry.paths, &path)
                && asks(&entry.rules, &finding.rule.id)
                && entry
                    .secrets
                    .as_ref()
                    .is_none_or(|question| question(said.secret));
            if fits && (entry.fingerprints.is_empty() || entry.fingerprints.contains(&named())) {
                self.state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .used
                    .insert(number);
                return Some("allowed by the configuration");
            }
        }
        self.options
            .known
            .has(&finding.rule.id, said)
            .then_some("known from the baseline")
    }

    /// Takes the findings of checks across files in a file whose places were resolved when it was read.
    pub fn joined(&self, anchors: &Anchors, findings: Vec<Finding>) {
        let origin = &anchors.origin;
        for mut finding in findings {
            let Some(anchor) = anchors.of(finding.span) else {
                debug_assert!(
                    false,
                    "{}: a check points at no place of its facts",
                    finding.rule.id
                );
                continue;
            };
            let remark = anchor.lines.as_ref().and_then(|(lines, span)| {
                let here = Finding {
                    span: *span,
                    ..finding.clone()
                };
                let start = remarks::line_start(lines, span.start);
                remarks::ignored(lines, &here, start, self.options.remarks)
            });
            self.used(anchors, anchor);
            self.configured_severity(&mut finding);
            let said = Said {
                path: origin.path(),
                origin,
                secret: &anchor.bytes,
                line: anchor.start.line,
                remark,
            };
            let hidden = self
                .options
                .hides(finding.severity, finding.confidence)
                .or_else(|| self.excused(&finding, &said));
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(why) = hidden {
                *state.hidden.entry(why).or_default() += 1;
            } else {
                state.records.push(self.joined_record(origin, anchor, finding));
            }
        }
    }

    /// An inline ignore on the lines of a finding is used.
    fn used(&self, anchors: &Anchors, anchor: &Anchor) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = state.remarks.get_mut(&anchors.origin.shown()) {
            places.retain(|(_, line)| *line + 1 < anchor.start.line || anchor.end.line < *line);
        }
    }

    fn joined_record(&self, origin: &Arc<Origin>, anchor: &Anchor, finding: Finding) -> Record {
        let secret = finding.secret.map(|_| &*anchor.bytes);
        let reveal = self.options.reveal;
        let redacted = match secret {
            _ if reveal => String::from_utf8_lossy(&anchor.bytes).into_owned(),
            Some(secret) => redact(secret),
            None => anchor.excerpt.inside(),
        };
        let base = Resolved {
            start: anchor.start,
            end: anchor.end,
            bytes: &anchor.bytes,
            is_secret: secret.is_some(),
            redacted,
            excerpt: anchor.excerpt.clone(),
            edit: None,
            related: Vec::new(),
        };
        self.resolved(origin, finding, base)
    }

    fn record(
        &self,
        blob: &Blob<'_>,
        origin: &Arc<Origin>,
        finding: Finding,
        start: Position,
        secrets: &Secrets<'_>,
    ) -> Record {
        let text = blob.bytes();
        let guilty = finding.span.of(text);
        let secret = finding.secret.map(|span| span.of(text));
        let reveal = self.options.reveal;
        let redacted = match secret {
            _ if reveal => String::from_utf8_lossy(guilty).into_owned(),
            Some(secret) => redact(secret),
            None => plain(text, finding.span, secrets),
        };
        // Counted from the finding, beside which an edit is: from the beginning of the text it would be all of it each time.
        let at = |offset: usize| match offset.checked_sub(finding.span.start) {
            Some(_) => start.after(&text[finding.span.start..offset]),
            None => start.before(
                &text[..finding.span.start],
                finding.span.start - offset,
                blob.start,
            ),
        };
        // A change with a name in it that could be a secret is not offered.
        let edit = finding
            .edit
            .clone()
            .filter(|edit| reveal || words::sentence(&edit.with) == edit.with)
            .map(|edit| Change {
                start: at(edit.span.start),
                end: at(edit.span.end),
                with: Foreign::new(edit.with),
                safe: edit.safe,
            });
        let related = finding
            .related
            .iter()
            .map(|related| self.place(blob, related, finding.span, start, secrets))
            .collect();
        let base = Resolved {
            start,
            end: start.after(guilty),
            bytes: secret.unwrap_or(guilty),
            is_secret: secret.is_some(),
            redacted,
            excerpt: excerpt(text, finding.span, secrets, reveal),
            edit,
            related,
        };
        self.resolved(origin, finding, base)
    }

    /// The record of a finding of which everything is known that the text was needed for.
    fn resolved(&self, origin: &Arc<Origin>, finding: Finding, base: Resolved<'_>) -> Record {
        let reveal = self.options.reveal;
        let sentence = |text: &str| match reveal {
            true => Foreign::new(text),
            false => Foreign::new(words::sentence(text)),
        };
        let created_by = match &**origin {
            Origin::Layer { layer, .. } if reveal => Foreign::new(&layer.created_by),
            Origin::Layer { layer, .. } => Foreign::new(instruction(&layer.created_by)),
            _ => Foreign::default(),
        };
        let elsewhere = finding.elsewhere.iter().map(|far| Far {
            path: Foreign::new(&far.path),
            shown: Foreign::new(&far.shown),
            line: far.line,
            message: sentence(&far.message),
        });
        Record {
            related: base.related,
            elsewhere: elsewhere.collect(),
            created_by,
            edit: base.edit,
            fingerprint: fingerprint(&finding.rule.id, origin.path(), base.bytes),
            anywhere: fingerprint(&finding.rule.id, Path::new(""), base.bytes),
            excerpt: base.excerpt,
            rule: finding.rule,
            severity: finding.severity,
            confidence: finding.confidence,
            origin: Arc::clone(origin),
            start: base.start,
            end: base.end,
            secret: base.is_secret.then(|| self.key.hash_one(base.bytes)),
            proven: finding.proven,
            at_tip: None,
            same: Vec::new(),
            message: sentence(&finding.message),
            notes: finding.notes.iter().map(|note| sentence(note)).collect(),
            also: finding.also,
            redacted: Foreign::new(base.redacted),
        }
    }

    /// Where another place stands, counted from the finding's.
    fn place(
        &self,
        blob: &Blob<'_>,
        related: &Related,
        from: Span,
        position: Position,
        secrets: &Secrets<'_>,
    ) -> Place {
        let (text, first) = (blob.bytes(), blob.start);
        let bytes = related.span.of(text);
        let start = match related.span.start.checked_sub(from.start) {
            Some(_) => position.after(&text[from.start..related.span.start]),
            None => position.before(&text[..from.start], from.start - related.span.start, first),
        };
        let redacted = match (self.options.reveal, related.secret) {
            (true, _) => String::from_utf8_lossy(bytes).into_owned(),
            (false, true) => redact(bytes),
            (false, false) => plain(text, related.span, secrets),
        };
        Place {
            start,
            end: start.after(bytes),
            message: Foreign::new(words::sentence(&related.message)),
            redacted: Foreign::new(redacted),
        }
    }

    /// The files in which commits have findings.
    pub fn commit_paths(&self) -> BTreeSet<PathBuf> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let paths = state.records.iter().filter_map(|record| match &*record.origin {
            Origin::Commit { path, .. } => Some(path.clone()),
            _ => None,
        });
        paths.collect()
    }

    /// Takes what stands in a file at the tip of the branch, to tell what of the history is still there.
    pub fn tip(&self, blob: &Blob<'_>, findings: &[Finding]) {
        let names = findings.iter().map(|finding| {
            let secret = finding.secret.unwrap_or(finding.span).of(blob.bytes());
            fingerprint(&finding.rule.id, blob.origin.path(), secret)
        });
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tip
            .get_or_insert_default()
            .extend(names);
    }

    /// Takes something that was not read.
    pub fn unread(&self, unread: Unread) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unread
            .push(unread);
    }

    /// Takes a manifest that was read in part: its text was searched, its structure was understood up to a point.
    pub fn broken(&self, blob: &Blob<'_>, why: String) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .broken
            .push((blob.origin.shown(), why));
    }

    /// Ends the run: puts everything in an order that depends on nothing but the findings.
    pub fn finish(self, totals: Totals) -> Finished {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.options.weigh_packages(&mut state);
        first_commits(&mut state);
        state.records.sort_by_cached_key(key);
        state.records.dedup_by(|next, kept| key(next) == key(kept));
        join_same(&mut state.records);
        state.unread.sort();
        state.unread.dedup();
        state.broken.sort();
        state.broken.dedup();
        let fails = |record: &Record| {
            record.severity >= self.options.fail_on && record.confidence >= Confidence::Medium
        };
        let outcome = match (state.unread.is_empty(), state.records.iter().any(fails)) {
            (false, _) => Outcome::Incomplete,
            (true, true) => Outcome::Findings,
            (true, false) => Outcome::Clean,
        };
        let excuse = &self.options.excuse;
        let unused = excuse
            .allowed
            .iter()
            .enumerate()
            .filter(|(number, _)| !state.used.contains(number));
        let remarks = state
            .remarks
            .iter()
            .flat_map(|(path, places)| places.iter().map(move |(_, line)| (path, line)));
        let remarks =
            remarks.map(|(path, line)| format!("{}:{line}: keysift:ignore (hides nothing)", path.display()));
        let entries = unused.map(|(_, entry)| format!("{} (allows nothing)", entry.said));
        let idle = excuse.expired.iter().cloned().chain(entries).chain(remarks);
        let idle = idle.map(Foreign::new).collect();
        let unread = state.unread.iter();
        let broken = state.broken.iter();
        Finished {
            unread: unread
                .map(|unread| NotRead::new(Foreign::new(&unread.what), &unread.why))
                .collect(),
            broken: broken
                .map(|(path, why)| NotRead::new(Foreign::path(path), why))
                .collect(),
            state,
            totals,
            outcome,
            idle,
            looks: self.options.looks,
        }
    }
}

/// A run that has ended, ready to be written in any number of formats.
#[derive(Debug)]
pub struct Finished {
    state: State,
    totals: Totals,
    outcome: Outcome,
    idle: Vec<Foreign>,
    unread: Vec<NotRead>,
    broken: Vec<NotRead>,
    looks: Looks,
}

impl Finished {
    /// How the run ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If it cannot be written. Who closes the pipe (`| head -1`) has seen enough.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let complete = Complete {
            idle: &self.idle,
            records: &self.state.records,
            hidden: &self.state.hidden,
            unread: &self.unread,
            broken: &self.broken,
            totals: &self.totals,
            outcome: self.outcome,
            looks: self.looks,
        };
        let written = match format {
            Format::Text => text::write(&complete, out),
            Format::Json => json::document(&complete, out),
            Format::Jsonl => json::lines(&complete, out),
            Format::Sarif => sarif::document(&complete, out),
            Format::Gitlab => gitlab::document(&complete, out),
            Format::CodeQuality => gitlab::code_quality(&complete, out),
            Format::Github => lines::github(&complete, out),
            Format::Junit => lines::junit(&complete, out),
            Format::Csv => lines::csv(&complete, out),
            Format::Markdown => markdown::write(&complete, out),
            Format::Html => html::document(&complete, out),
            Format::Baseline => lines::baseline(&complete, out),
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

/// The instruction that made a layer, which may hold what was passed to it: as a line of a Dockerfile is shown.
fn instruction(text: &str) -> String {
    /// It is shown with every finding of the layer.
    const LONGEST: usize = 2000;
    let text = keysift_finding::head(text, LONGEST);
    let mut at = 0;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end_matches('\n').len());
        out.push_str(&whole(text.as_bytes(), span, &Secrets::default()));
        out.push_str(&line[line.trim_end_matches('\n').len()..]);
        at += line.len();
    }
    out
}

/// Keeps of each finding of commits the one that came first, and says whether it is still there.
fn first_commits(state: &mut State) {
    let mut first: HashMap<Fingerprint, u32> = HashMap::new();
    for record in &state.records {
        if let Origin::Commit { commit, .. } = &*record.origin {
            first
                .entry(record.fingerprint)
                .and_modify(|order| *order = commit.order.min(*order))
                .or_insert(commit.order);
        }
    }
    let tip = state.tip.take();
    state.records.retain_mut(|record| {
        let Origin::Commit { commit, path } = &*record.origin else {
            return true;
        };
        // What is written into a commit stays there.
        let in_file = !path.as_os_str().to_string_lossy().starts_with('(');
        record.at_tip = tip
            .as_ref()
            .filter(|_| in_file)
            .map(|tip| tip.contains(&record.fingerprint));
        first.get(&record.fingerprint) == Some(&commit.order)
    });
}

/// Tells each record where else its secret stands.
fn join_same(records: &mut [Record]) {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        if let Some(secret) = record.secret {
            places.entry(secret).or_default().push(index);
        }
    }
    for group in places.values().filter(|group| group.len() > 1) {
        for index in group {
            let others = group.iter().filter(|other| *other != index).map(|other| {
                let record = &records[*other];
                Same {
                    path: record.shown(),
                    at: record.start,
                    before: other < index,
                    fingerprint: record.fingerprint,
                }
            });
            records[*index].same = others.take(SAME).collect();
        }
    }
}

/// How many other places of a secret are told.
const SAME: usize = 100;

/// What a record is sorted by, and what makes two the same.
fn key(record: &Record) -> (PathBuf, Position, Position, String, Fingerprint) {
    (
        record.origin.shown(),
        record.start,
        record.end,
        record.rule.id.clone(),
        record.fingerprint,
    )
}
