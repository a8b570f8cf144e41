//! Places that checks across files may point at, resolved while their text is in memory: no file is read again for a report.

use std::sync::Arc;

use keysift_finding::{Blob, Finding, Origin, Position, Span};
use keysift_policy::Place;

use crate::excerpt::{Excerpt, Secrets, excerpt};

/// A place of a text with everything that a report says of it.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    pub(crate) span: Span,
    pub(crate) start: Position,
    pub(crate) end: Position,
    /// The bytes at the place.
    pub(crate) bytes: Vec<u8>,
    pub(crate) excerpt: Excerpt,
    /// The lines around the place, if an inline ignore may be on them, and the place in them.
    pub(crate) lines: Option<(Vec<u8>, Span)>,
}

/// The places of one text.
#[derive(Clone, Debug)]
pub struct Anchors {
    /// The file.
    pub origin: Arc<Origin>,
    /// Sorted by their spans.
    anchors: Vec<Anchor>,
}

impl Anchors {
    /// Resolves places, which are sorted, in a blob. The excerpts show none of `secrets`.
    pub fn new(blob: &Blob<'_>, places: &[Span], secrets: Vec<Span>, reveal: bool) -> Self {
        let text = blob.bytes();
        let secrets = Secrets::new(text, secrets);
        // Places come in the order of the text: each position is counted on from the last.
        let mut at = (0, blob.start);
        let anchors = places.iter().filter(|span| span.end <= text.len()).map(|span| {
            at = (span.start, at.1.after(&text[at.0..span.start]));
            Anchor {
                span: *span,
                start: at.1,
                end: at.1.after(span.of(text)),
                bytes: span.of(text).to_vec(),
                excerpt: excerpt(text, *span, &secrets, reveal),
                lines: keysift_policy::lines_around(text, *span),
            }
        });
        Self {
            anchors: anchors.collect(),
            origin: Arc::new(blob.origin.clone()),
        }
    }

    /// The anchor of a place.
    pub(crate) fn of(&self, span: Span) -> Option<&Anchor> {
        let at = self
            .anchors
            .binary_search_by_key(&span, |anchor| anchor.span)
            .ok()?;
        self.anchors.get(at)
    }

    /// A place, as policy asks for it.
    pub fn place(&self, span: Span) -> Option<Place<'_>> {
        self.of(span).map(|anchor| Place {
            origin: &self.origin,
            bytes: &anchor.bytes,
            first: anchor.start.line,
            last: anchor.end.line,
            lines: anchor.lines.as_ref().map(|(lines, span)| (&**lines, *span)),
        })
    }

    /// The bytes at a place.
    pub fn bytes(&self, span: Span) -> &[u8] {
        self.of(span).map_or(&[], |anchor| &anchor.bytes)
    }
}

/// The secrets of findings, those of related places too.
pub fn secrets_of(findings: &[Finding]) -> impl Iterator<Item = Span> {
    findings.iter().flat_map(|finding| {
        let related = finding
            .related
            .iter()
            .filter(|related| related.secret)
            .map(|related| related.span);
        finding.secret.into_iter().chain(related)
    })
}
