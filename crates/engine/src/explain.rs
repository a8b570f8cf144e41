//! Explains why a line is reported or not: the findings and suppressions of a real run, and the attempts of
//! each rule.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    io::{self, Write},
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Confidence, Location, Origin, Position, Span};
use keysift_report::{Finished, Reported, Terminal, Untrusted, counted};
use keysift_scan::{Attempt, Scan};
use keysift_source::Options;

use crate::{Engine, Error, Observer, Source};

/// The explanation of one line of a file.
#[derive(Debug)]
pub struct Explanation {
    /// The run, which includes the findings of other lines.
    pub run: Finished,
    /// The path of the file, as in findings.
    pub origin: Origin,
    /// Columns, from 1, and the attempt of a rule there.
    pub attempts: Vec<(u64, Attempt)>,
}

/// The reason why a line cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The file cannot be read.
    #[error("cannot read {}: {}", file.to::<keysift_report::Terminal>(), why.to::<keysift_report::Terminal>())]
    Unread {
        /// The file.
        file: Untrusted,
        /// Why.
        why: Untrusted,
    },
    /// It is binary.
    #[error("{} is binary, and is not scanned", .0.to::<keysift_report::Terminal>())]
    Binary(Untrusted),
    /// It has fewer lines.
    #[error("{} has no line {line}", file.to::<keysift_report::Terminal>())]
    Short {
        /// The file.
        file: Untrusted,
        /// The requested line.
        line: u64,
    },
    /// The run failed.
    #[error(transparent)]
    Run(#[from] Error),
}

impl Explanation {
    /// Writes the explanation of a line; with `verbose` also the rules whose patterns do not match.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, line: u64, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
        let shown = Untrusted::path(&self.origin.shown());
        writeln!(out, "{}:{line}\n\nFindings", shown.to::<Terminal>())?;
        let found = self.run.findings().filter(|finding| self.is_at(finding, line));
        let mut none = true;
        for finding in found {
            none = false;
            write_finding(&finding, line, out)?;
        }
        let suppressed = self.run.suppressed().iter();
        let here = |origin: &Origin| origin.path() == self.origin.path();
        for hidden in suppressed.filter(|hidden| hidden.at.line == line && here(&hidden.origin)) {
            none = false;
            let (column, id) = (hidden.at.column, &hidden.rule.id);
            writeln!(out, "  column {column}: {id}: suppressed: {}", hidden.reason)?;
            if let Some(by) = &hidden.by {
                writeln!(out, "      by: {}", Untrusted::new(by).to::<Terminal>())?;
            }
        }
        if none {
            writeln!(out, "  none")?;
        }
        self.write_attempts(line, verbose, out)
    }

    fn is_at(&self, finding: &Reported<'_>, line: u64) -> bool {
        let is_here = finding.origin().path() == self.origin.path();
        is_here && finding.start().line <= line && line <= finding.end().line
    }

    /// Writes one verdict for each rule and position.
    fn write_attempts(&self, line: u64, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\nRules that looked at the line")?;
        let mut verdicts: BTreeMap<(u64, &str), Vec<&str>> = BTreeMap::new();
        for (column, attempt) in &self.attempts {
            let outcomes = verdicts.entry((*column, &attempt.rule)).or_default();
            if !outcomes.contains(&attempt.outcome.as_str()) {
                outcomes.push(&attempt.outcome);
            }
        }
        let found: Vec<_> = self
            .run
            .findings()
            .filter(|finding| self.is_at(finding, line))
            .collect();
        // Checks read the structure of a file and record no attempts.
        for finding in &found {
            let id = finding.rule().id.as_str();
            if !verdicts.keys().any(|(_, rule)| *rule == id) {
                verdicts.insert((finding.start().column, id), Vec::new());
            }
        }
        let mut unmatched = 0;
        for ((column, rule), outcomes) in &verdicts {
            if !verbose && !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.ends_with(UNMATCHED))
            {
                unmatched += 1;
                continue;
            }
            let verdict = verdict(rule, &found);
            writeln!(out, "  column {column}: {rule}{verdict}")?;
            for outcome in outcomes {
                let outcome = Untrusted::sentence(outcome);
                writeln!(out, "      {}", outcome.to::<Terminal>())?;
            }
        }
        if unmatched > 0 {
            let rules = counted(unmatched, "rule");
            writeln!(
                out,
                "  {rules} with a word of the line, whose patterns do not match (--verbose lists them)"
            )?;
        }
        if verdicts.is_empty() {
            let none = "none: the line contains no literal of a rule, and no name of a secret";
            writeln!(out, "  {none}")?;
        }
        Ok(())
    }
}

/// The recorded result of a rule whose literal is on the line and whose pattern does not match.
const UNMATCHED: &str = "the pattern does not match";

/// The verdict on an attempt of a rule.
fn verdict(rule: &str, found: &[Reported<'_>]) -> String {
    if found.iter().any(|finding| finding.rule().id == rule) {
        return ": reported".to_owned();
    }
    let merged = found
        .iter()
        .find(|finding| finding.also().iter().any(|other| other == rule));
    match merged {
        Some(finding) => format!(": merged into {}", finding.rule().id),
        None => ": not reported".to_owned(),
    }
}

fn write_finding(finding: &Reported<'_>, line: u64, out: &mut dyn Write) -> io::Result<()> {
    let start = finding.start();
    let column = if start.line == line { start.column } else { 1 };
    let message = finding.message().to::<Terminal>();
    let (severity, rule) = (finding.severity(), finding.rule());
    let change = match severity.cmp(&rule.severity) {
        Ordering::Less => format!(" (lowered from {})", rule.severity),
        Ordering::Equal => String::new(),
        Ordering::Greater => format!(" (raised from {})", rule.severity),
    };
    writeln!(
        out,
        "  column {column}: {}, {severity}{change}, {} confidence: {message}",
        rule.id,
        finding.confidence()
    )?;
    for note in finding.notes() {
        writeln!(out, "      note: {}", note.to::<Terminal>())?;
    }
    if !finding.also().is_empty() {
        writeln!(out, "      also: {}", finding.also().join(", "))?;
    }
    match finding.confidence() {
        Confidence::Low => writeln!(
            out,
            "      not reported by default because of the notes above; use --min-confidence low"
        ),
        _ => Ok(()),
    }
}

/// The file as in findings, and the attempts of the rules on its line.
type LineTrace = (Origin, Vec<(u64, Attempt)>);

/// Records the attempts on a line when its file is scanned.
struct Watch<'e> {
    file: &'e Path,
    line: u64,
    seen: Mutex<Option<LineTrace>>,
}

impl Observer for Watch<'_> {
    fn traces(&self, blob: &Blob<'_>) -> Option<Span> {
        let Origin::File(location) = blob.origin else {
            return None;
        };
        (location.path() == self.file).then(|| line_span(blob, self.line))?
    }

    fn scanned(&self, blob: &Blob<'_>, scan: &Scan) {
        if self.traces(blob).is_none() {
            return;
        }
        let column = |span: Span| Position::START.after(&blob.bytes()[..span.start]).column;
        let attempts = scan.trace.iter().cloned();
        let attempts = attempts.map(|attempt| (column(attempt.span), attempt)).collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((blob.origin.clone(), attempts));
    }
}

impl Engine {
    /// Explains a line of a file by scanning the file; if checks across files may apply, by scanning its
    /// repository.
    ///
    /// # Errors
    /// If the file cannot be read, is no text, or has no such line.
    pub fn explain(&self, file: &Path, line: u64) -> Result<Explanation, ExplainError> {
        let location = keysift_source::locate(file);
        let run = |options: Options| {
            let watch = Watch {
                file: location.path(),
                line,
                seen: Mutex::default(),
            };
            let finished = self.run(&Source::Files(options), &watch)?;
            let seen = watch.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok::<_, Error>((finished, seen))
        };
        if let Some(tree) = tree(&location)
            && keysift_manifest::may_have_facts(location.path())
        {
            let whole = run(Options::of(vec![tree]))?;
            // A file that git ignores is not scanned with its repository.
            if let (run, Some((origin, attempts))) = whole {
                return Ok(Explanation {
                    run,
                    origin,
                    attempts,
                });
            }
        }
        let (run, seen) = run(Options::of(vec![file.to_owned()]))?;
        let file = Untrusted::path(file);
        if let Some((_, why)) = run.not_read().next() {
            let why = why.clone();
            return Err(ExplainError::Unread { file, why });
        }
        match seen {
            Some((origin, attempts)) => Ok(Explanation {
                run,
                origin,
                attempts,
            }),
            None if run.files_read() == 0 => Err(ExplainError::Binary(file)),
            None => Err(ExplainError::Short { file, line }),
        }
    }
}

/// The files that checks across files read together with a file: its repository, or the current folder if it
/// contains the file.
fn tree(location: &Location) -> Option<PathBuf> {
    if !location.base().as_os_str().is_empty() {
        return Some(location.base().to_owned());
    }
    let is_below = location
        .path()
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    is_below.then(|| PathBuf::from("."))
}

/// The span of a line, if this blob reports its findings.
fn line_span(blob: &Blob<'_>, line: u64) -> Option<Span> {
    let text = blob.bytes();
    let back = usize::try_from(line.checked_sub(blob.start.line)?).ok()?;
    let start = match back {
        0 => 0,
        back => memchr::memchr_iter(b'\n', text).nth(back - 1)? + 1,
    };
    let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
    let is_own = start < blob.own.end && (end > blob.own.start || blob.own.start == 0);
    (is_own && start < text.len()).then_some(Span::new(start, end))
}
