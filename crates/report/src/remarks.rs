//! Remarks beside a finding that say it is none: ours, and those of neighbours.

use keysift_finding::Finding;
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
const ABOVE: &[&[u8]] = &[b"pragma: allowlist nextline secret", b"pragma: whitelist nextline secret"];

/// How far from a finding its line is looked at for a remark, in bytes.
const LINE: usize = 400;

/// Whether the line of a finding, or a comment alone on the line before it, says that it is to be passed over; and in whose words.
pub(crate) fn ignored(text: &[u8], finding: &Finding, remarks: Remarks) -> Option<&'static str> {
    if remarks == Remarks::None {
        return None;
    }
    let start = memrchr(b'\n', &text[..finding.span.start]).map_or(0, |at| at + 1);
    let end = memchr(b'\n', &text[finding.span.start..]).map_or(text.len(), |at| finding.span.start + at);
    let before = memrchr(b'\n', &text[..start.saturating_sub(1)]).map_or(0, |at| at + 1);
    // A minified file is one line: only what is near counts.
    let line = &text[start.max(finding.span.start.saturating_sub(LINE))..end.min(finding.span.end + LINE)];
    let above = text[before..start].trim_ascii();
    // The line above counts if it says nothing else.
    let lonely = above.len() < LINE && [&b"#"[..], b"//", b"--", b"<!--", b"/*", b";"].iter().any(|mark| above.starts_with(mark));
    let above = if lonely { above } else { b"" };
    if [line, above].iter().any(|line| ours(line, finding, remarks == Remarks::Strict)) {
        return Some("ignored in the line");
    }
    let has = |line: &[u8], marks: &[&[u8]]| marks.iter().any(|mark| memmem::find(line, mark).is_some());
    (remarks == Remarks::All && (has(line, NEIGHBOURS) || has(above, ABOVE))).then_some("ignored in the line, in another scanner's words")
}

fn ours(line: &[u8], finding: &Finding, strict: bool) -> bool {
    let Some(at) = memmem::find(line, OWN) else { return false };
    let rest = String::from_utf8_lossy(&line[at + OWN.len()..]);
    // `[RULE] why`, or `RULE -- why`.
    let named = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(ids, _)| ids);
    let rest = named.unwrap_or_else(|| rest.split("--").next().unwrap_or_default());
    let mut ids = rest
        .split(|char: char| char.is_whitespace() || char == ',')
        .map(|word| word.trim_matches([':', '"', '*', '/']))
        .filter(|word| word.contains('-'))
        .peekable();
    ids.peek().is_none() && !strict || ids.any(|id| id == finding.rule.id || finding.also.iter().any(|also| also == id))
}
