//! Weighs findings by their place and context.

use std::sync::Arc;

use keysift_finding::{Confidence, Finding, RuleMeta, Span, Step, Term};
use keysift_judge::{self as judge, Evidence, Feature, File, Likelihood};
use keysift_syntax::{Place, place, readers::Syntax};

use super::{COMMENTED, MOST_STEPS, NO_LITERAL, NODE, Names, Shared};

impl Names<'_> {
    fn shared(&self) -> Shared {
        *self.shared.get_or_init(|| {
            let syntax = *self.syntax.get_or_init(|| Syntax::of(self.path, self.text));
            Shared {
                file: File::of(self.path, self.text),
                format: Feature::from_text(syntax.word()).unwrap_or(Feature::UnknownGrammar),
                sample: judge::sample_path(self.path).and_then(Feature::from_text),
            }
        })
    }

    /// Weighs a finding by name and look together with its place. Findings of a format are not changed.
    fn weigh(&self, finding: &mut Finding, place: Option<Feature>) {
        let Some(literal) = self
            .literals
            .get(&(finding.span.start, finding.span.end))
            .filter(|literal| literal.rules.contains(&finding.rule.id))
        else {
            return;
        };
        let Shared { file, format, sample } = self.shared();
        let evidence = Evidence {
            name: &literal.name,
            text: &literal.text,
            judged: literal.judged,
            format,
            quoted: literal.quoted,
            loose: literal.loose,
            known: literal.known,
            place,
            sample,
            file,
            near: literal.near,
        };
        let odds = judge::weigh(&evidence);
        finding.change(Step::Weighed(match odds.likelihood() {
            Likelihood::Sure => Confidence::High,
            Likelihood::Likely => Confidence::Medium,
            Likelihood::Doubtful => Confidence::Low,
        }));
        finding.odds = Some(odds.0);
        if self.terms {
            let term = |term: judge::Term| Term {
                what: (term.features.0.text(), term.features.1.map_or("", Feature::text)),
                weight: term.weight,
            };
            finding.terms = judge::terms(&evidence).into_iter().map(term).collect();
        }
    }

    /// Returns whether a comma or a closing bracket follows a span, as in `login({password: password,
    /// token})`: without quotes it is a variable.
    fn is_argument(&self, span: Span) -> bool {
        let behind = self.text[span.end..].trim_ascii_start();
        matches!(behind.first(), Some(b',' | b')' | b'}')) && !self.text[span.end..].starts_with(b"\n")
    }

    /// Reports well-known passwords under their own rule where they authenticate: beside a user and a host
    /// other than localhost, in configuration that is not a sample.
    pub(crate) fn weak_defaults(&self, findings: &mut [Finding], weak: &Arc<RuleMeta>) {
        for finding in findings
            .iter_mut()
            .filter(|finding| finding.confidence == Confidence::Low)
        {
            let Some(literal) = self.literals.get(&(finding.span.start, finding.span.end)) else {
                continue;
            };
            let known = judge::well_known(&literal.text)
                && judge::is_password(&literal.name)
                && (literal.quoted || !self.is_argument(finding.span));
            let Shared { file, format, sample } = self.shared();
            let configuration = !matches!(
                format,
                Feature::Code | Feature::Text | Feature::UnknownGrammar | Feature::Sql
            ) && (format != Feature::Shell || starts_statement(self.text, finding.span))
                && !file.language
                && !file.interface
                && !file.template;
            let placed = finding.steps.iter().all(|step| matches!(step, Step::Weighed(_)))
                && !finding.notes.iter().any(|note| note == COMMENTED[0].text());
            let near = literal.near;
            if known
                && configuration
                && placed
                && sample.is_none()
                && near.user
                && near.host
                && !near.local
                && !near.sample
            {
                finding.rule = Arc::clone(weak);
                finding.severity = weak.severity;
                finding.message = format!("`{}` is set to a well-known value", literal.name);
                finding.change(Step::Weighed(Confidence::Medium));
                finding.odds = None;
            }
        }
    }

    /// Weighs findings by their place. `any` returns whether the rule of a finding relies on a name or look
    /// only.
    pub(crate) fn place(&self, findings: &mut [Finding], any: impl Fn(&Finding) -> bool) {
        findings.iter_mut().for_each(|finding| self.weigh(finding, None));
        let weighed = |finding: &Finding| !finding.proven && finding.confidence > Confidence::Low;
        // Findings that are not reported are not worth parsing a program.
        let tree = if findings.iter().any(weighed) {
            self.tree()
        } else {
            self.tree.get().and_then(Option::as_ref)
        };
        // Locating a finding visits its siblings. In a program that is one long list of secrets, later
        // findings are located by line.
        let most = MOST_STEPS / (self.text.len() / NODE + 1);
        let unproven = findings.iter_mut().filter(|finding| !finding.proven);
        for (number, finding) in unproven.enumerate() {
            let place = place(self.text, finding.span, self.path, tree.filter(|_| number < most));
            // A literal was weighed as one already, and weighing is most of the cost of a candidate.
            match place {
                Place::Literal => {}
                Place::Comment => self.weigh(finding, Some(COMMENTED[0])),
                Place::Documentation => self.weigh(finding, Some(COMMENTED[1])),
                Place::Code => self.weigh(finding, Some(NO_LITERAL)),
            }
            match place {
                Place::Literal => {}
                Place::Comment if finding.odds.is_some() => {
                    finding.notes.push(COMMENTED[0].text().to_owned())
                }
                Place::Comment => finding.apply(Step::Comment, COMMENTED[0].text()),
                // Documentation inside a program has samples: all 77 such literals in google-cloud-sdk that
                // we checked were samples.
                Place::Documentation if any(finding) => {
                    finding.apply(Step::SampleInDocumentation, COMMENTED[1].text())
                }
                Place::Documentation => finding.apply(Step::Documentation, COMMENTED[1].text()),
                Place::Code if any(finding) => finding.apply(Step::NoLiteral, NO_LITERAL.text()),
                Place::Code => {}
            }
        }
    }
}

/// Returns whether an assignment in a script is a statement, not part of printed text or of a command.
fn starts_statement(text: &[u8], value: Span) -> bool {
    let line = memchr::memrchr(b'\n', &text[..value.start]).map_or(0, |newline| newline + 1);
    let before = &text[line..value.start];
    let name = before
        .iter()
        .position(|byte| *byte == b'=')
        .map_or(before, |at| &before[..at]);
    let mut words = name
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    match words.next() {
        None => first
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        Some(_) => {
            matches!(
                first,
                b"export" | b"readonly" | b"declare" | b"local" | b"typeset"
            ) && words.next().is_none()
        }
    }
}
