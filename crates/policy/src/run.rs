//! The policy of one run.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keysift_finding::{Blob, Finding, Origin, Reason, Span, fingerprint};

use crate::{InlineIgnores, Policy, inline};

/// Applies a policy to the findings of a run, from many threads, and records which settings and inline
/// ignores suppressed something.
#[derive(Debug, Default)]
pub struct Run {
    policy: Policy,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Allow entries that matched a finding.
    used: HashSet<usize>,
    /// Inline ignores that have not suppressed anything yet, by file: offset and line.
    unused: BTreeMap<PathBuf, Vec<(usize, u64)>>,
}

/// The place of a finding, with the text that the decision needs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The file.
    pub origin: &'a Origin,
    /// The secret, or the bytes that the finding is about.
    pub bytes: &'a [u8],
    /// The first line, from 1.
    pub first: u64,
    /// The last line.
    pub last: u64,
    /// The lines on which an inline ignore may be, if there is one ([`lines_around`](crate::lines_around)),
    /// and the span of the finding in them.
    pub lines: Option<(&'a [u8], Span)>,
}

impl Run {
    /// Starts a run.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            state: Mutex::default(),
        }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the inline ignores of a blob, before its findings, so that unused ones are reported.
    pub fn inline_ignores(&self, blob: &Blob<'_>, ignores: &[usize]) {
        let text = blob.bytes();
        let mut last = (0, blob.start);
        let meant = ignores
            .iter()
            .filter(|at| inline::is_meant(text, **at, blob.origin.path()));
        let places: Vec<(usize, u64)> = meant
            .map(|at| {
                let between = text.get(last.0..*at).unwrap_or_default();
                last = (*at, last.1.after(between));
                (*at, last.1.line)
            })
            .collect();
        if !places.is_empty() && self.policy.inline_ignores != InlineIgnores::None {
            self.state()
                .unused
                .entry(blob.origin.shown())
                .or_default()
                .extend(places);
        }
    }

    /// Decides on the findings of a blob, in text order: sets the severities of the settings and the reason
    /// of each suppression.
    pub fn decide(&self, blob: &Blob<'_>, findings: &mut [Finding]) {
        if findings.is_empty() {
            return;
        }
        self.use_ignores(blob, findings);
        let text = blob.bytes();
        let mut starts = inline::LineStarts::default();
        let mut line = (0, blob.start.line);
        for finding in findings {
            let at = finding.span.start;
            // Line numbers are only needed for places of other scanners.
            if !self.policy.known.places.is_empty() && line.0 <= at {
                line = (
                    at,
                    line.1 + memchr::memchr_iter(b'\n', &text[line.0..at]).count() as u64,
                );
            }
            let place = Place {
                origin: blob.origin,
                bytes: finding.secret.unwrap_or(finding.span).of(text),
                first: line.1,
                last: line.1,
                lines: None,
            };
            let ignored = |finding: &Finding| {
                let start = starts.start(text, finding.span.start);
                inline::ignored(text, finding, start, self.policy.inline_ignores)
            };
            self.decide_on(finding, &place, ignored);
        }
    }

    /// Decides on a finding of a check across files, whose text is no longer in memory.
    pub fn decide_at(&self, place: &Place<'_>, finding: &mut Finding) {
        if let Some(unused) = self.state().unused.get_mut(&place.origin.shown()) {
            unused.retain(|(_, line)| *line + 1 < place.first || place.last < *line);
        }
        let ignored = |finding: &Finding| {
            let (lines, span) = place.lines?;
            let here = Finding {
                span,
                ..finding.clone()
            };
            let start = inline::line_start(lines, span.start);
            inline::ignored(lines, &here, start, self.policy.inline_ignores)
        };
        self.decide_on(finding, place, ignored);
    }

    fn decide_on(
        &self,
        finding: &mut Finding,
        place: &Place<'_>,
        ignored: impl FnOnce(&Finding) -> Option<Reason>,
    ) {
        let path = place.origin.path().to_string_lossy();
        self.policy.suppressions.set_severity(finding, &path);
        let annotated = finding.ignored && self.policy.inline_ignores != InlineIgnores::None;
        let mut hidden_by = None;
        finding.hidden = self
            .policy
            .hides(finding.severity, finding.confidence)
            .or_else(|| annotated.then_some(Reason::Annotation))
            .or_else(|| ignored(finding))
            .or_else(|| self.configured(finding, place, &path, &mut hidden_by))
            .or_else(|| {
                self.policy
                    .known
                    .has(&finding.rule.id, place)
                    .then_some(Reason::Baseline)
            });
        finding.hidden_by = hidden_by;
    }

    /// Returns whether the settings suppress a finding.
    fn configured(
        &self,
        finding: &Finding,
        place: &Place<'_>,
        path: &str,
        by: &mut Option<String>,
    ) -> Option<Reason> {
        let (suppressions, rule) = (&self.policy.suppressions, &finding.rule.id);
        if let Some(why) = suppressions.leave_out(finding, path) {
            return Some(why);
        }
        let named = || fingerprint(rule, place.origin.path(), place.bytes).to_string();
        let entry = suppressions
            .allowed
            .iter()
            .position(|entry| entry.fits(rule, path, place.bytes, named))?;
        self.state().used.insert(entry);
        *by = Some(suppressions.allowed[entry].description.clone());
        Some(Reason::Allowed)
    }

    /// Marks inline ignores beside suppressed findings as used. Findings do not overlap, so only the nearest
    /// inline ignores can apply.
    fn use_ignores(&self, blob: &Blob<'_>, findings: &[Finding]) {
        if let Some(unused) = self.state().unused.get_mut(&blob.origin.shown()) {
            let ends: Vec<usize> = memchr::memchr_iter(b'\n', blob.bytes()).collect();
            unused.retain(|(at, _)| {
                let next = findings.partition_point(|finding| finding.span.start <= *at);
                let near = &findings[next.saturating_sub(1)..findings.len().min(next + 1)];
                !near.iter().any(|finding| inline::covers(&ends, *at, finding))
            });
        }
    }

    /// Warnings about allow entries that expired or matched nothing, and inline ignores that suppressed
    /// nothing.
    pub fn unused(&self) -> Vec<String> {
        let state = self.state();
        let suppressions = &self.policy.suppressions;
        let entries = suppressions.allowed.iter().enumerate();
        let entries = entries.filter(|(number, _)| !state.used.contains(number));
        let ignores = state
            .unused
            .iter()
            .flat_map(|(path, places)| places.iter().map(move |(_, line)| (path.display(), line)));
        suppressions
            .expired
            .iter()
            .cloned()
            .chain(entries.map(|(_, entry)| format!("unused allow entry: {}", entry.description)))
            .chain(ignores.map(|(path, line)| format!("unused suppression: {path}:{line}")))
            .collect()
    }
}
