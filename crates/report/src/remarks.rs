//! Remarks beside a finding that say it is none: ours, and those of neighbours.

use keysift_finding::{Finding, Span};
use memchr::{memchr, memmem, memrchr};

/// Which remarks count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Remarks {
    /// All.
    #[default]
    All,
    /// Only ours, and only those that name the rule.
    Strict,
    /// None.
    None,
}

/// Ours: `keysift:ignore`, `keysift:ignore RULE, RULE -- why`, `keysift:ignore[RULE] why`.
const OWN: &[u8] = b"keysift:ignore";

/// Those of gitleaks, betterleaks, TruffleHog, Kingfisher, detect-secrets, GitGuardian, bandit and gosec, Checkov.
const NEIGHBOURS: &[&[u8]] = &[
    b"gitleaks:allow",
    b"betterleaks:allow",
    b"trufflehog:ignore",
    b"kingfisher:ignore",
    b"pragma: allowlist secret",
    b"pragma: whitelist secret",
    b"ggignore",
    b"nosec",
    b"checkov:skip=",
];

/// Those on the line above.
const ABOVE: &[&[u8]] = &[
    b"pragma: allowlist nextline secret",
    b"pragma: whitelist nextline secret",
];

/// How far from a finding its line is looked at for a remark, in bytes.
const LINE: usize = 400;

/// Whether the line of a finding, or a comment alone on the line before it, says that it is to be passed over; and in whose words.
///
/// `start` is where the line of the finding begins.
pub(crate) fn ignored(
    text: &[u8],
    finding: &Finding,
    start: usize,
    remarks: Remarks,
) -> Option<&'static str> {
    if remarks == Remarks::None {
        return None;
    }
    // A minified file is one line, and so may be the line above: only what is near counts, and only that is looked at.
    let ceiling = text.len().min(finding.span.end + LINE);
    let end = memchr(b'\n', &text[finding.span.start..ceiling]).map_or(ceiling, |at| finding.span.start + at);
    let floor = start.saturating_sub(2 * LINE);
    let before =
        memrchr(b'\n', &text[floor..start.saturating_sub(1).max(floor)]).map_or(floor, |at| floor + at + 1);
    let line = &text[start.max(finding.span.start.saturating_sub(LINE))..end];
    let above = text[before..start].trim_ascii();
    // The line above counts if it says nothing else.
    let lonely = above.len() < LINE
        && (before == 0 || text[before - 1] == b'\n')
        && [&b"#"[..], b"//", b"--", b"<!--", b"/*", b";"]
            .iter()
            .any(|mark| above.starts_with(mark));
    let above = if lonely { above } else { b"" };
    if [line, above]
        .iter()
        .any(|line| ours(line, finding, remarks == Remarks::Strict).is_some())
    {
        return Some("ignored in the line");
    }
    let has = |line: &[u8], marks: &[&[u8]]| marks.iter().any(|mark| memmem::find(line, mark).is_some());
    (remarks == Remarks::All && (has(line, NEIGHBOURS) || has(above, ABOVE)))
        .then_some("ignored in the line, in another scanner's words")
}

/// Where the line of a place begins.
pub(crate) fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// The lines on which an inline ignore for `span` may be, and the span in them; `None` if there is none on them.
pub(crate) fn lines(text: &[u8], span: Span) -> Option<(Vec<u8>, Span)> {
    let start = memrchr(b'\n', &text[..span.start]).map_or(0, |at| at + 1);
    let above = memrchr(b'\n', &text[..start.saturating_sub(1)]).map_or(0, |at| at + 1);
    let first = above.max(span.start.saturating_sub(2 * LINE));
    let ceiling = text.len().min(span.end + LINE);
    let last = memchr(b'\n', &text[span.end..ceiling]).map_or(ceiling, |at| span.end + at);
    let lines = &text[first..last];
    let marks = [&[OWN][..], NEIGHBOURS, ABOVE];
    marks
        .concat()
        .iter()
        .any(|mark| memmem::find(lines, mark).is_some())
        .then(|| (lines.to_vec(), Span::new(span.start - first, span.end - first)))
}

/// Whether one of our remarks may be meant for a finding: on its line, or on the line above it.
/// `ends` is where all lines of the text end.
pub(crate) fn covers(ends: &[usize], at: usize, finding: &Finding) -> bool {
    let (first, last) = if at < finding.span.start {
        (at, finding.span.start)
    } else {
        (finding.span.end.min(at), at)
    };
    let line = |place: usize| ends.partition_point(|end| *end < place);
    line(last) - line(first) <= usize::from(at < finding.span.start)
}

/// Where lines begin, asked for places in the order of the text: a line with a thousand findings is searched once.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    at: usize,
    start: usize,
}

impl Lines {
    /// The beginning of the line of a place.
    pub(crate) fn start(&mut self, text: &[u8], at: usize) -> usize {
        if at < self.at {
            *self = Self::default();
        }
        if let Some(end) = memrchr(b'\n', &text[self.at..at]) {
            self.start = self.at + end + 1;
        }
        self.at = at;
        self.start
    }
}

/// Whether a remark stands in a comment: in a string or in prose it is only talked about.
pub(crate) fn is_meant(text: &[u8], at: usize, path: &std::path::Path) -> bool {
    let prose = path.extension().is_some_and(|end| {
        ["md", "rst", "txt", "adoc", "html"]
            .iter()
            .any(|prose| end == *prose)
    });
    let before = text[..at].trim_ascii_end();
    !prose
        && [&b"#"[..], b"//", b"--", b"<!--", b"/*", b";"]
            .iter()
            .any(|mark| before.ends_with(mark))
}

/// Whether a remark of ours on a line is for this finding: where it stands in the line.
fn ours(line: &[u8], finding: &Finding, strict: bool) -> Option<usize> {
    let at = memmem::find(line, OWN)?;
    let rest = String::from_utf8_lossy(&line[at + OWN.len()..]);
    // `[RULE] why`, or `RULE -- why`.
    let named = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(ids, _)| ids);
    let rest = named.unwrap_or_else(|| rest.split("--").next().unwrap_or_default());
    let mut ids = rest
        .split(|char: char| char.is_whitespace() || char == ',')
        .map(|word| word.trim_matches([':', '"', '*', '/']))
        .filter(|word| word.contains('-'))
        .peekable();
    let fits = ids.peek().is_none() && !strict
        || ids.any(|id| id == finding.rule.id || finding.also.iter().any(|also| also == id));
    fits.then_some(at)
}
