//! The scan of one text: the blob itself, or a text that is encoded in it.

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

/// Bytes around a word that are searched for a name and its value, as charged to the work budget.
const WORD: usize = 256;

thread_local! {
    /// Buffers of a thread, reused for all texts: one for each level of nested texts.
    static SCRATCH: RefCell<Vec<Candidates>> = RefCell::default();
}

/// A text to scan.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'p> {
    /// The text, followed by at least [`Blob::PADDING`] bytes.
    pub(crate) buffer: &'p [u8],
    /// The length of the text, in bytes.
    pub(crate) len: usize,
    /// The path of the blob, as reports show it.
    pub(crate) path: &'p str,
    /// The number of encodings that were removed; 0 for the blob itself.
    pub(crate) depth: usize,
    /// The work budget.
    pub(crate) work: &'p Work,
    /// Records what rules do with a line of the blob itself.
    pub(crate) trace: Option<&'p Trace>,
}

impl Pass<'_> {
    /// Returns the text without its padding.
    pub(crate) fn text(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// Returns the pass for a text that is encoded in this one.
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
    /// Returns the findings of a text: prefilter, names, patterns, and encoded texts. Adds the offsets of
    /// inline suppressions to `ignores`.
    pub(crate) fn secrets(&self, pass: &Pass<'_>, ignores: &mut Vec<usize>) -> Vec<Finding> {
        let mut candidates = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
        candidates.reset(self.rules.len());
        if self.options.prefilter {
            self.prefilter(pass, &mut candidates);
        } else {
            self.unfiltered(pass.text(), &mut candidates);
        }
        ignores.append(&mut candidates.ignores);
        let mut names = Names::new(pass.text(), pass.path, pass.trace, self.options.terms);
        let mut findings = self.by_name(pass, &mut candidates, &mut names);
        self.by_pattern(pass, &mut candidates, &names, &mut findings);
        if self.options.reading {
            names.place(&mut findings, |finding| {
                self.general.get(&finding.rule.id) == Some(&NO_FORMAT)
            });
            if let Some(weak) = &self.weak {
                names.weak_defaults(&mut findings, weak);
            }
            self.encoded(pass, mem::take(&mut candidates.encoded), &mut findings);
        }
        SCRATCH.with_borrow_mut(|scratch| scratch.push(candidates));
        findings
    }

    /// Runs rules without a format: values of names, and long runs without a name.
    fn by_name(&self, pass: &Pass<'_>, candidates: &mut Candidates, names: &mut Names<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (rule, at) in candidates.words() {
            if !pass.work.bytes(WORD) {
                break;
            }
            findings.extend(names.read(&self.rules[*rule], *at));
            pass.work.bytes(names.take_work());
        }
        findings.extend(names.logins(&self.rules));
        findings.extend(names.passed_to_parameters(&self.rules));
        findings.extend(names.in_secrets_file(&self.rules));
        let rule = self.by_looks.map(|rule| &self.rules[rule]);
        let runs = candidates.long.iter();
        findings.extend(runs.filter_map(|run| names.unnamed(rule?, *run)));
        findings
    }

    /// Runs rules with a format.
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

    /// Scans the texts that are encoded in this text, and its rewritten forms.
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

    /// Returns the findings of a rewritten text, at their original positions.
    fn rewritten(&self, pass: &Pass<'_>, mut form: Rewritten) -> Vec<Finding> {
        let mut buffer = mem::take(&mut form.text);
        let len = buffer.len();
        if len > 0 && pass.work.decode_left() == 0 {
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

    /// Returns the findings of a decoded text. They point at the encoded text and name the encoding.
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
        // A finding in a text of several lines begins on its own line.
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
