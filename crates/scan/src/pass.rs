//! One text: the blob itself, or a text that is encoded in it.

use std::{cell::RefCell, mem};

use keysift_finding::{Blob, Finding, Span, Work};
use zeroize::Zeroize;

use crate::{
    Scanner,
    candidates::Candidates,
    collapse::NO_FORMAT,
    decode::{self, Decoder, Encoding},
    matched::finding,
    names::Names,
    rewrite::{Rewritten, rewritten},
    trace::Trace,
};

/// How many bytes around a word are searched for a name and its value: what the budget counts for one.
const WORD: usize = 256;

thread_local! {
    /// The buffers of a thread, kept from one text to the next: one for each level of texts inside texts.
    static SCRATCH: RefCell<Vec<Candidates>> = RefCell::default();
}

/// A text to search.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'p> {
    /// The text, followed by at least [`Blob::PADDING`] bytes.
    pub(crate) buffer: &'p [u8],
    /// The length of the text, in bytes.
    pub(crate) len: usize,
    /// The path of the blob, as reports show it.
    pub(crate) path: &'p str,
    /// How many encodings were removed: 0 is the blob itself.
    pub(crate) depth: usize,
    /// What may still be done.
    pub(crate) work: &'p Work,
    /// Records what rules do with a line of the blob itself.
    pub(crate) trace: Option<&'p Trace>,
}

impl Pass<'_> {
    /// The text without its padding.
    pub(crate) fn text(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// A text that is encoded in this one.
    fn inner<'p>(&'p self, buffer: &'p [u8]) -> Pass<'p> {
        Pass {
            buffer,
            len: buffer.len() - Blob::PADDING,
            depth: self.depth + 1,
            trace: None,
            ..*self
        }
    }
}

impl Scanner {
    /// The findings of a text: prefilter, names, patterns, what is encoded in it. Offsets of inline ignores are added to `ignores`.
    pub(crate) fn secrets(&self, pass: &Pass<'_>, ignores: &mut Vec<usize>) -> Vec<Finding> {
        let mut candidates = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
        candidates.reset(self.rules.len());
        if self.options.prefilter {
            self.prefilter(pass, &mut candidates);
        } else {
            self.everywhere(pass.text(), &mut candidates);
        }
        ignores.append(&mut candidates.ignores);
        let mut names = Names::new(pass.text(), pass.path, pass.trace);
        let mut findings = self.by_name(pass, &mut candidates, &mut names);
        self.by_pattern(pass, &mut candidates, &names, &mut findings);
        if self.options.reading {
            names.place(&mut findings, |finding| {
                self.general.get(&finding.rule.id) == Some(&NO_FORMAT)
            });
            self.encoded(pass, mem::take(&mut candidates.encoded), &mut findings);
        }
        SCRATCH.with_borrow_mut(|scratch| scratch.push(candidates));
        findings
    }

    /// Rules without a format: the values of names, and long runs without a name.
    fn by_name(&self, pass: &Pass<'_>, candidates: &mut Candidates, names: &mut Names<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (rule, at) in candidates.words() {
            if !pass.work.bytes(WORD) {
                break;
            }
            findings.extend(names.read(&self.rules[*rule], *at));
        }
        findings.extend(names.handed_over(&self.rules));
        let rule = self.by_looks.map(|rule| &self.rules[rule]);
        let runs = candidates.long.iter();
        findings.extend(runs.filter_map(|run| names.unnamed(rule?, *run)));
        findings
    }

    /// Rules with a format.
    fn by_pattern(
        &self,
        pass: &Pass<'_>,
        candidates: &mut Candidates,
        names: &Names<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let text = pass.text();
        for (rule, window) in candidates.windows() {
            if !pass.work.bytes(window.len()) {
                break;
            }
            let rule = &self.rules[*rule];
            let mut unmatched = pass.trace.filter(|trace| trace.covers(*window));
            rule.each_match(text, *window, |matched| {
                unmatched = unmatched.filter(|trace| !trace.covers(matched.secret));
                let found = finding(rule, pass.path, text, &matched, pass.trace);
                findings.extend(found.map(|found| names.whole(rule, found)));
            });
            if let Some(trace) = unmatched {
                trace.record_unmatched(rule, text, *window);
            }
        }
    }

    /// What is encoded in the text, and what it says in another form.
    fn encoded(&self, pass: &Pass<'_>, encoded: Vec<(Span, Encoding)>, findings: &mut Vec<Finding>) {
        if pass.work.stopped().is_some() {
            return;
        }
        let mut decoder = Decoder::new(pass.text(), pass.work);
        if pass.depth == decode::DEPTH {
            let mut encoded = encoded.into_iter();
            if encoded.any(|(span, encoding)| decoder.decode(span, encoding).is_some()) {
                pass.work.cut(decode::TOO_DEEP);
            }
            return;
        }
        for (span, encoding) in encoded {
            if let Some((span, bytes)) = decoder.decode(span, encoding) {
                findings.extend(self.decoded(pass, (span, encoding), bytes));
            }
        }
        for form in rewritten(pass.text(), pass.path, pass.work) {
            findings.extend(self.rewritten(pass, form));
        }
    }

    /// The findings of the text in another form, at their original places.
    fn rewritten(&self, pass: &Pass<'_>, mut form: Rewritten) -> Vec<Finding> {
        let mut buffer = mem::take(&mut form.text);
        let len = buffer.len();
        if len > 0 && pass.work.room() == 0 {
            pass.work.cut(decode::TOO_MUCH);
            return Vec::new();
        }
        pass.work.decoded(len);
        buffer.resize(len + Blob::PADDING, 0);
        let findings = self.secrets(&pass.inner(&buffer), &mut Vec::new());
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

    /// The findings of a decoded text. They point at the encoded text, and name the encoding.
    fn decoded(
        &self,
        pass: &Pass<'_>,
        (span, encoding): (Span, Encoding),
        mut buffer: Vec<u8>,
    ) -> Vec<Finding> {
        let len = buffer.len();
        pass.work.decoded(len);
        buffer.resize(len + Blob::PADDING, 0);
        let mut findings = self.secrets(&pass.inner(&buffer), &mut Vec::new());
        buffer.zeroize();
        // A finding in a text over many lines begins on its own line.
        let lines = match encoding {
            Encoding::Base64 if !findings.is_empty() => decode::line_starts(pass.text(), span),
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
