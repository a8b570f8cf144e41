//! Why a line is reported, or is not: what the real run says of it, what hides it, and what each rule did with it.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Origin, Position, Span};
use keysift_report::{Finished, Untrusted};
use keysift_scan::{Attempt, Scan};
use keysift_source::Options;

use crate::{Engine, Error, Observer, Source};

/// What is known of one line of a file.
#[derive(Debug)]
pub struct Explanation {
    /// The run: [`Finished::findings`] and [`Finished::suppressed`] of other lines too.
    pub run: Finished,
    /// The path of the file, as findings have it.
    pub origin: Origin,
    /// Columns, from 1, and what each rule did there.
    pub attempts: Vec<(u64, Attempt)>,
}

/// Why a line cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoExplanation {
    /// The file cannot be read.
    #[error("cannot read {}: {}", file.to::<keysift_report::Terminal>(), why.to::<keysift_report::Terminal>())]
    Unread {
        /// The file.
        file: Untrusted,
        /// Why.
        why: Untrusted,
    },
    /// It is no text.
    #[error("{} is binary, and is not scanned", .0.to::<keysift_report::Terminal>())]
    Binary(Untrusted),
    /// It is shorter.
    #[error("{} has no line {line}", file.to::<keysift_report::Terminal>())]
    Short {
        /// The file.
        file: Untrusted,
        /// The line that was asked for.
        line: u64,
    },
    /// The run failed.
    #[error(transparent)]
    Run(#[from] Error),
}

/// The file as findings name it, and what the rules did with its line.
type LineTrace = (Origin, Vec<(u64, Attempt)>);

/// Looks at a line when its file comes by.
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
    /// Explains a line of a file, by a run over the file; if checks across files may have a say in it, over its repository.
    ///
    /// # Errors
    /// If the file cannot be read, is no text, or has no such line.
    pub fn explain(&self, file: &Path, line: u64) -> Result<Explanation, NoExplanation> {
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
        let is_in_tree = !location.base().as_os_str().is_empty();
        if is_in_tree && keysift_manifest::may_have_facts(location.path()) {
            let whole = run(Options::of(vec![location.base().to_owned()]))?;
            // A file that git ignores is not among them.
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
            return Err(NoExplanation::Unread { file, why });
        }
        match seen {
            Some((origin, attempts)) => Ok(Explanation {
                run,
                origin,
                attempts,
            }),
            None if run.files_read() == 0 => Err(NoExplanation::Binary(file)),
            None => Err(NoExplanation::Short { file, line }),
        }
    }
}

/// The bytes of a line that this blob answers for.
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
