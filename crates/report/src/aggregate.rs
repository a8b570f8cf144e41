//! Collects what the threads find, and puts it in order at the end.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::RandomState,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keysift_finding::{
    Blob, Cancel, Coverage, Finding, Fingerprint, Origin, Position, Reason, RuleMeta, Span, Unread, ValueKey,
    fingerprint,
};
use keysift_policy::{FirstCommits, Run};

use crate::{
    anchor::{Anchors, secrets_of},
    escape::Untrusted,
    excerpt::Secrets,
    format::{Finished, TextStyle},
    record::{DuplicatePlace, NotRead, Record, RecordBuilder},
    subject::Subject,
};

/// What a report shows of a finding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How the report for people looks.
    pub looks: TextStyle,
    /// Show secrets in full.
    pub reveal: bool,
    /// Draw the graph of who can read which Secret, for the HTML report.
    pub graph: bool,
    /// Add fingerprints of values to JSON reports, made with this key.
    pub value_key: Option<ValueKey>,
}

/// The numbers of a run.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// What was read.
    pub coverage: Coverage,
    /// How long it took.
    pub elapsed: Duration,
}

/// How many findings are not shown, by the reason.
pub(crate) type Hidden = BTreeMap<Reason, u64>;

/// A finding that is not shown.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The rule.
    pub rule: Arc<RuleMeta>,
    /// The file.
    pub origin: Arc<Origin>,
    /// Where it is.
    pub at: Position,
    /// Why it is not shown.
    pub reason: Reason,
    /// The entry of the settings that hides it, if one does.
    pub by: Option<String>,
}

/// Takes findings while a run goes on. Policy has decided on each of them.
#[derive(Debug)]
pub struct Report {
    maker: RecordBuilder,
    looks: TextStyle,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    records: Vec<Record>,
    suppressed: Vec<Suppressed>,
    unread: Vec<Unread>,
    broken: Vec<(PathBuf, String)>,
    looked_at: u64,
    /// The findings in files at the tip of the branch, if that was read.
    tip: Option<HashSet<Fingerprint>>,
}

impl Report {
    /// An empty report.
    pub fn new(options: Options) -> Self {
        Self {
            maker: RecordBuilder {
                reveal: options.reveal,
                key: RandomState::new(),
                value_key: options.value_key,
                cancel: None,
            },
            looks: options.looks,
            state: Mutex::default(),
        }
    }

    /// Shows no more excerpts once `cancel` says that the run is to end.
    #[must_use]
    pub fn ended_by(mut self, cancel: Cancel) -> Self {
        self.maker.cancel = Some(cancel);
        self
    }

    /// Bytes of lines that excerpts were made of so far: what the tests of how work grows count.
    pub fn looked_at(&self) -> u64 {
        self.state().looked_at
    }

    /// Whether secrets are shown in full.
    pub fn reveals(&self) -> bool {
        self.maker.reveal
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the findings of a blob. `known` are places of secrets that are no findings of this call: of findings that were dropped, that
    /// another window reports, that another pass over the same text found. No excerpt shows them.
    pub fn blob(&self, blob: &Blob<'_>, findings: Vec<Finding>, known: &[Span]) {
        if findings.is_empty() {
            return;
        }
        let text = blob.bytes();
        let secrets: Vec<Span> = secrets_of(&findings).chain(known.iter().copied()).collect();
        let secrets = Secrets::new(text, secrets);
        let origin = Arc::new(blob.origin.clone());
        let mut place = (0, blob.start);
        let (mut records, mut suppressed) = (Vec::with_capacity(findings.len()), Vec::new());
        for finding in findings {
            // Findings come in the order of the text: each position is counted on from the last.
            let at = finding.span.start;
            place = (at, place.1.after(&text[place.0..at]));
            match finding.hidden {
                None => records.push(self.maker.record(blob, &origin, finding, place.1, &secrets)),
                Some(reason) => suppressed.push(Suppressed {
                    rule: finding.rule,
                    origin: Arc::clone(&origin),
                    at: place.1,
                    reason,
                    by: finding.hidden_by,
                }),
            }
        }
        let mut state = self.state();
        state.looked_at += secrets.looked_at();
        state.records.append(&mut records);
        state.suppressed.append(&mut suppressed);
    }

    /// Takes the findings of checks across files in a file whose places were resolved when it was read.
    pub fn joined(&self, anchors: &Anchors, findings: Vec<Finding>) {
        let origin = &anchors.origin;
        for finding in findings {
            let Some(anchor) = anchors.of(finding.span) else {
                debug_assert!(
                    false,
                    "{}: internal error: a check reported an unknown location",
                    finding.rule.id
                );
                continue;
            };
            match finding.hidden {
                None => {
                    let record = self.maker.joined(origin, anchor, finding);
                    self.state().records.push(record);
                }
                Some(reason) => self.state().suppressed.push(Suppressed {
                    rule: finding.rule,
                    origin: Arc::clone(origin),
                    at: anchor.start,
                    reason,
                    by: finding.hidden_by,
                }),
            }
        }
    }

    /// The files in which commits have findings.
    pub fn commit_paths(&self) -> BTreeSet<PathBuf> {
        let state = self.state();
        let paths = state.records.iter().filter_map(|record| match &*record.origin {
            Origin::Commit { path, .. } => Some(path.clone()),
            _ => None,
        });
        paths.collect()
    }

    /// Takes the findings in a file at the tip of the branch, to mark findings of the history that are still
    /// there.
    pub fn tip(&self, blob: &Blob<'_>, findings: &[Finding]) {
        let names = findings.iter().map(|finding| {
            let secret = finding.secret.unwrap_or(finding.span).of(blob.bytes());
            fingerprint(&finding.rule.id, blob.origin.path(), secret)
        });
        self.state().tip.get_or_insert_default().extend(names);
    }

    /// Takes something that was not read.
    pub fn unread(&self, unread: Unread) {
        self.state().unread.push(unread);
    }

    /// Takes a manifest that was read in part: its text was searched, its structure was understood up to a point.
    pub fn broken(&self, blob: &Blob<'_>, why: String) {
        self.state().broken.push((blob.origin.shown(), why));
    }

    /// Ends the run: policy has its last word, and everything is put in an order that depends on nothing but the findings.
    pub fn finish(self, policy: &Run, totals: Totals) -> Finished {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.lower_packaged(policy);
        state.keep_first_commits();
        state.records.sort_by_cached_key(key);
        // Keys are made for those alone that may be the same.
        state.records.dedup_by(|next, kept| {
            next.start == kept.start && next.fingerprint == kept.fingerprint && key(next) == key(kept)
        });
        join_same(&mut state.records);
        let mut numbers: HashMap<Fingerprint, u32> = HashMap::new();
        for record in &mut state.records {
            record.fails = policy.policy().fails(record.weight);
            let number = numbers.entry(record.fingerprint).or_default();
            *number += 1;
            record.number = *number;
        }
        state.unread.sort();
        state.unread.dedup();
        state.broken.sort();
        state.broken.dedup();
        let outcome = policy.policy().outcome(
            state.records.iter().map(|record| record.weight),
            state.unread.is_empty(),
        );
        // In a run that read nothing, for example of a misspelled path, no entry can be used.
        let idle = match totals.coverage.files {
            0 => Vec::new(),
            _ => policy.unused().into_iter().map(Untrusted::new).collect(),
        };
        let mut hidden = Hidden::new();
        for finding in &state.suppressed {
            *hidden.entry(finding.reason).or_default() += 1;
        }
        let unread = state.unread.iter();
        let broken = state.broken.iter();
        Finished {
            unread: unread
                .map(|unread| NotRead::new(Untrusted::new(&unread.what), &unread.why))
                .collect(),
            broken: broken
                .map(|(path, why)| NotRead::new(Untrusted::path(path), why))
                .collect(),
            records: state.records,
            suppressed: state.suppressed,
            hidden,
            totals,
            outcome,
            idle,
            looks: self.looks,
            subject: Subject::default(),
            picture: String::new(),
        }
    }
}

impl State {
    /// Lowers what came with a package; known when an image was read to its end.
    fn lower_packaged(&mut self, policy: &Run) {
        let Self {
            records, suppressed, ..
        } = self;
        records.retain_mut(|record| {
            let Some(lowered) = policy.policy().lower_packaged(&record.origin, record.weight) else {
                return true;
            };
            record.notes.push(Untrusted::new(lowered.note));
            record.weight = lowered.weight;
            suppressed.extend(lowered.hidden.map(|reason| Suppressed {
                rule: Arc::clone(&record.rule),
                origin: Arc::clone(&record.origin),
                at: record.start,
                reason,
                by: None,
            }));
            lowered.hidden.is_none()
        });
    }

    /// Keeps of each finding of commits the one that came first, and says whether it is still there.
    fn keep_first_commits(&mut self) {
        let mut first = FirstCommits::default();
        for record in &self.records {
            first.add(&record.origin, record.fingerprint);
        }
        let tip = self.tip.take();
        self.records.retain_mut(|record| {
            if let Origin::Commit { path, .. } = &*record.origin {
                // What is written into a commit stays there.
                let in_file = !path.as_os_str().to_string_lossy().starts_with('(');
                record.at_tip = tip
                    .as_ref()
                    .filter(|_| in_file)
                    .map(|tip| tip.contains(&record.fingerprint));
            }
            first.keeps(&record.origin, record.fingerprint)
        });
    }
}

/// Gives each record the other places of its secret.
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
                DuplicatePlace {
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

/// The most other places of a secret that are kept.
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
