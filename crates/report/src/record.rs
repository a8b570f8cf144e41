//! A finding with everything that its text was needed for: what reports are written from.

use std::{
    hash::{BuildHasher, RandomState},
    path::Path,
    sync::Arc,
};

use keysift_finding::{
    Blob, Cancel, Confidence, Finding, Fingerprint, Origin, Position, Related, RuleMeta, Severity, Span,
    ValueFingerprint, ValueKey, fingerprint,
};
use keysift_policy::Weight;

use crate::{
    anchor::Anchor,
    escape::Untrusted,
    excerpt::{Excerpt, Secrets, excerpt, plain, whole},
    redact::redact,
    words,
};

/// A finding with everything that the text was needed for.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) rule: Arc<RuleMeta>,
    /// Severity, confidence, and whether a checksum says that it is real.
    pub(crate) weight: Weight,
    pub(crate) origin: Arc<Origin>,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) message: Untrusted,
    pub(crate) notes: Vec<Untrusted>,
    pub(crate) also: Vec<String>,
    pub(crate) related: Vec<Place>,
    /// Places in other files.
    pub(crate) elsewhere: Vec<RemotePlace>,
    /// The instruction that made its layer, if it is in an image.
    pub(crate) created_by: Untrusted,
    /// A change that fixes it.
    pub(crate) edit: Option<Change>,
    /// The text of the finding, redacted unless secrets are revealed.
    pub(crate) redacted: Untrusted,
    pub(crate) fingerprint: Fingerprint,
    /// The same without the path.
    pub(crate) anywhere: Fingerprint,
    pub(crate) excerpt: Excerpt,
    /// The secret in a form that only this run understands: its random key is nowhere else.
    pub(crate) secret: Option<u64>,
    /// The secret in a form that whoever has the key recognizes in other reports.
    pub(crate) value: Option<ValueFingerprint>,
    /// Of a finding in a commit: whether it is still in that file at the tip.
    pub(crate) at_tip: Option<bool>,
    /// Its number among the findings with its fingerprint, from 1; known at the end. Together they identify it, whatever its line is.
    pub(crate) number: u32,
    /// Whether it fails the run; known at the end.
    pub(crate) fails: bool,
    /// The other places of the same secret; known at the end.
    pub(crate) same: Vec<DuplicatePlace>,
}

/// A change: its place, the new text, and whether it is safe without a person.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) with: Untrusted,
    pub(crate) safe: bool,
}

/// Another place of the same secret.
#[derive(Clone, Debug)]
pub(crate) struct DuplicatePlace {
    pub(crate) path: Untrusted,
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
    pub(crate) message: Untrusted,
    pub(crate) redacted: Untrusted,
}

/// A place in another file that belongs to a finding.
#[derive(Debug)]
pub(crate) struct RemotePlace {
    pub(crate) path: Untrusted,
    pub(crate) shown: Untrusted,
    pub(crate) line: u64,
    pub(crate) message: Untrusted,
}

/// What was not read, or in part, and why.
#[derive(Debug)]
pub(crate) struct NotRead {
    pub(crate) what: Untrusted,
    pub(crate) why: Untrusted,
}

impl NotRead {
    pub(crate) fn new(what: Untrusted, why: &str) -> Self {
        let why = Untrusted::new(words::sentence(why));
        Self { what, why }
    }
}

impl Record {
    pub(crate) fn severity(&self) -> Severity {
        self.weight.severity
    }

    pub(crate) fn confidence(&self) -> Confidence {
        self.weight.confidence
    }

    /// A name for services that follow a finding from one run to the next: it does not change when lines move.
    pub(crate) fn lasting_id(&self) -> String {
        format!("{}:{}", self.fingerprint, self.number)
    }

    /// The path to show to a person.
    pub(crate) fn shown(&self) -> Untrusted {
        Untrusted::path(&self.origin.shown())
    }
}

/// What was computed of a finding while its text was in memory.
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

/// Makes records while texts are in memory.
#[derive(Debug)]
pub(crate) struct RecordBuilder {
    /// Show secrets in full.
    pub(crate) reveal: bool,
    /// Names secrets in a form that only this run understands.
    pub(crate) key: RandomState,
    /// The key of fingerprints of values.
    pub(crate) value_key: Option<ValueKey>,
    /// A run that is to end makes no excerpts any more: a line of three megabytes may have 80,000 findings, none of which is lost.
    pub(crate) cancel: Option<Cancel>,
}

impl RecordBuilder {
    /// The record of a finding of a check across files.
    pub(crate) fn joined(&self, origin: &Arc<Origin>, anchor: &Anchor, finding: Finding) -> Record {
        let secret = finding.secret.map(|_| &*anchor.bytes);
        let reveal = self.reveal;
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

    /// The record of a finding in a blob; it is at `start`.
    pub(crate) fn record(
        &self,
        blob: &Blob<'_>,
        origin: &Arc<Origin>,
        finding: Finding,
        start: Position,
        secrets: &Secrets<'_>,
    ) -> Record {
        let text = blob.bytes();
        let found = finding.span.of(text);
        let secret = finding.secret.map(|span| span.of(text));
        let reveal = self.reveal;
        let redacted = match secret {
            _ if reveal => String::from_utf8_lossy(found).into_owned(),
            Some(secret) => redact(secret),
            None if self.is_ending() => "…".to_owned(),
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
                with: Untrusted::new(edit.with),
                safe: edit.safe,
            });
        let related = finding
            .related
            .iter()
            .map(|related| self.place(blob, related, &finding, start, secrets))
            .collect();
        let base = Resolved {
            start,
            end: start.after(found),
            bytes: secret.unwrap_or(found),
            is_secret: secret.is_some(),
            redacted,
            excerpt: match self.is_ending() {
                true => Excerpt::nothing(),
                false => excerpt(text, finding.span, secrets, reveal),
            },
            edit,
            related,
        };
        self.resolved(origin, finding, base)
    }

    fn is_ending(&self) -> bool {
        self.cancel.as_ref().is_some_and(|cancel| cancel.why().is_some())
    }

    /// The record of a finding of which everything is known that the text was needed for.
    fn resolved(&self, origin: &Arc<Origin>, finding: Finding, base: Resolved<'_>) -> Record {
        let reveal = self.reveal;
        let sentence = |text: &str| match reveal {
            true => Untrusted::new(text),
            false => Untrusted::new(words::sentence_of(text, &finding.rule)),
        };
        let created_by = match &**origin {
            Origin::Layer { layer, .. } if reveal => Untrusted::new(&layer.created_by),
            Origin::Layer { layer, .. } => Untrusted::new(instruction(&layer.created_by)),
            _ => Untrusted::default(),
        };
        let elsewhere = finding.elsewhere.iter().map(|far| RemotePlace {
            path: Untrusted::new(&far.path),
            shown: Untrusted::new(&far.shown),
            line: far.line,
            message: sentence(&far.message),
        });
        let message = sentence(&finding.message);
        let notes = finding.notes.iter().map(|note| sentence(note)).collect();
        let elsewhere = elsewhere.collect();
        Record {
            related: base.related,
            elsewhere,
            created_by,
            edit: base.edit,
            fingerprint: fingerprint(&finding.rule.id, origin.path(), base.bytes),
            anywhere: fingerprint(&finding.rule.id, Path::new(""), base.bytes),
            excerpt: base.excerpt,
            rule: finding.rule,
            weight: Weight {
                severity: finding.severity,
                confidence: finding.confidence,
                proven: finding.proven,
            },
            origin: Arc::clone(origin),
            start: base.start,
            end: base.end,
            secret: base.is_secret.then(|| self.key.hash_one(base.bytes)),
            value: self
                .value_key
                .filter(|_| base.is_secret)
                .map(|key| key.fingerprint(base.bytes)),
            at_tip: None,
            number: 1,
            fails: false,
            same: Vec::new(),
            message,
            notes,
            also: finding.also,
            redacted: Untrusted::new(base.redacted),
        }
    }

    /// Resolves another place, counted from the finding's.
    fn place(
        &self,
        blob: &Blob<'_>,
        related: &Related,
        finding: &Finding,
        position: Position,
        secrets: &Secrets<'_>,
    ) -> Place {
        let (text, first, from) = (blob.bytes(), blob.start, finding.span);
        let bytes = related.span.of(text);
        let start = match related.span.start.checked_sub(from.start) {
            Some(_) => position.after(&text[from.start..related.span.start]),
            None => position.before(&text[..from.start], from.start - related.span.start, first),
        };
        let redacted = match (self.reveal, related.secret) {
            (true, _) => String::from_utf8_lossy(bytes).into_owned(),
            (false, true) => redact(bytes),
            (false, false) if self.is_ending() => "…".to_owned(),
            (false, false) => plain(text, related.span, secrets),
        };
        Place {
            start,
            end: start.after(bytes),
            message: Untrusted::new(words::sentence_of(&related.message, &finding.rule)),
            redacted: Untrusted::new(redacted),
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
