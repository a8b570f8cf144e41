//! Inline ignores: comments that suppress a finding, in the syntax of keysift and of other scanners.

use std::sync::LazyLock;

use keysift_finding::{Finding, Reason, Span};
use memchr::{memchr, memmem, memrchr};

/// Which inline ignores apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InlineIgnores {
    /// All.
    #[default]
    All,
    /// Only those of keysift that name the rule.
    Strict,
    /// None.
    None,
}

/// `keysift:ignore`, `keysift:ignore RULE, RULE -- why`, `keysift:ignore[RULE] why`.
const OWN: &[u8] = b"keysift:ignore";

/// Comments of many languages begin with one of these.
const COMMENTS: &[&[u8]] = &[b"#", b"//", b"-- ", b"<!--", b"/*", b";", b"{-", b"(*", b"rem "];

/// Marks of other scanners that apply anywhere in the line, as those tools read them: gitleaks, betterleaks,
/// TruffleHog, Kingfisher.
const ANYWHERE: &[&[u8]] = &[
    b"gitleaks:allow",
    b"betterleaks:allow",
    b"trufflehog:ignore",
    b"kingfisher:ignore",
];

/// Marks that apply in a comment, whatever follows: detect-secrets (`pragma: allowlist secret`) and
/// GitGuardian.
const COMMENTED: &[&[u8]] = &[
    b"pragma: allowlist secret",
    b"pragma: whitelist secret",
    b"pragma:allowlist secret",
    b"pragma:whitelist secret",
    b"pragma: allowlist-secret",
    b"pragma: whitelist-secret",
    b"ggignore",
];

/// Marks that apply on the line above.
const ABOVE: &[&[u8]] = &[
    b"pragma: allowlist nextline secret",
    b"pragma: whitelist nextline secret",
    b"pragma:allowlist nextline secret",
    b"pragma:whitelist nextline secret",
];

/// The checks of bandit and gosec about secrets: `# nosec B602` is about something else.
const NOSEC: &[&str] = &[
    "b105",
    "b106",
    "b107",
    "g101",
    "hardcoded_password_string",
    "hardcoded_password_funcarg",
    "hardcoded_password_default",
];

/// How far from a finding its line is searched for an inline ignore, in bytes.
const LINE: usize = 400;

/// The inline ignore that suppresses a finding, on its line or in a comment alone on the line before it.
///
/// `start` is the offset of the finding's line.
pub(crate) fn ignored(text: &[u8], finding: &Finding, start: usize, which: InlineIgnores) -> Option<Reason> {
    if which == InlineIgnores::None {
        return None;
    }
    // A minified file is one line, and so may be the line above, so only the text near the finding is
    // searched.
    let ceiling = text.len().min(finding.span.end + LINE);
    let end = memchr(b'\n', &text[finding.span.start..ceiling]).map_or(ceiling, |at| finding.span.start + at);
    let floor = start.saturating_sub(2 * LINE);
    let before =
        memrchr(b'\n', &text[floor..start.saturating_sub(1).max(floor)]).map_or(floor, |at| floor + at + 1);
    let line = &text[start.max(finding.span.start.saturating_sub(LINE))..end];
    let above = text[before..start].trim_ascii();
    // The line above applies only if it has nothing but the comment.
    let lonely = above.len() < LINE
        && (before == 0 || text[before - 1] == b'\n')
        && [&b"#"[..], b"//", b"--", b"<!--", b"/*", b";"]
            .iter()
            .any(|mark| above.starts_with(mark));
    let above = if lonely { above } else { b"" };
    if !is_marked(line) && !is_marked(above) {
        return None;
    }
    if [line, above]
        .iter()
        .any(|line| ours(line, finding, which == InlineIgnores::Strict).is_some())
    {
        return Some(Reason::Inline);
    }
    let foreign = || has(line, ANYWHERE, false) || has(line, COMMENTED, true) || has(above, ABOVE, true);
    (which == InlineIgnores::All && (foreign() || nosec(line) || checkov(line, finding)))
        .then_some(Reason::InlineOfOthers)
}

/// The offset of the line that contains `at`.
pub(crate) fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// The lines on which an inline ignore for `span` may be, and the span within them; `None` if no line has
/// one.
pub fn lines_around(text: &[u8], span: Span) -> Option<(Vec<u8>, Span)> {
    let start = memrchr(b'\n', &text[..span.start]).map_or(0, |at| at + 1);
    let above = memrchr(b'\n', &text[..start.saturating_sub(1)]).map_or(0, |at| at + 1);
    let first = above.max(span.start.saturating_sub(2 * LINE));
    let ceiling = text.len().min(span.end + LINE);
    let last = memchr(b'\n', &text[span.end..ceiling]).map_or(ceiling, |at| span.end + at);
    let lines = &text[first..last];
    is_marked(lines).then(|| (lines.to_vec(), Span::new(span.start - first, span.end - first)))
}

/// Returns whether `lines` contains a word that occurs in every form of an inline ignore. Called for each
/// finding, so the searchers are static.
fn is_marked(lines: &[u8]) -> bool {
    static MARKS: LazyLock<[memmem::Finder<'static>; 5]> =
        LazyLock::new(|| ["ignore", "allow", "nosec", "skip", "whitelist"].map(memmem::Finder::new));
    MARKS.iter().any(|mark| mark.find(lines).is_some())
}

/// The offsets of a whole word in a line: `nosecrets`, `--nosecure` and `db.gitleaks:allowed` are other
/// words.
fn words<'l>(line: &'l [u8], word: &'l [u8]) -> impl Iterator<Item = usize> + 'l {
    let part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    memmem::find_iter(line, word).filter(move |at| {
        let before = at.checked_sub(1).and_then(|at| line.get(at));
        let behind = line.get(at + word.len());
        // A separator must precede it: `a.nosec` and `/nosec` are something else.
        let joined = before.is_some_and(|byte| matches!(byte, b'.' | b':' | b'@' | b'='));
        !part(before) && !joined && !part(behind)
    })
}

/// Returns whether one of `marks` is in a line as whole words; with `comment`, only inside a comment.
fn has(line: &[u8], marks: &[&[u8]], comment: bool) -> bool {
    marks
        .iter()
        .any(|mark| words(line, mark).any(|at| !comment || in_comment(&line[..at])))
}

/// Returns whether the text before a word opens a comment, at the start of the line or after a space:
/// `http://x` and the color `#define` do not.
/// `#define` of a colour have none.
fn in_comment(before: &[u8]) -> bool {
    comment(before).is_some()
}

/// The offset of the text of the last comment that `before` opens.
fn comment(before: &[u8]) -> Option<usize> {
    let opens = |mark: &&[u8]| {
        memmem::rfind_iter(before, *mark)
            .find(|at| {
                *at == 0 || before[at - 1].is_ascii_whitespace() || b";,)}\"'>".contains(&before[at - 1])
            })
            .map(|at| at + mark.len())
    };
    COMMENTS.iter().filter_map(opens).max()
}

/// Matches `# nosec` of bandit and `#nosec` of gosec at the start of a comment, followed by nothing, prose or
/// check ids. If checks are named, one must be about secrets.
fn nosec(line: &[u8]) -> bool {
    words(line, b"nosec").any(|at| {
        let before = line[..at].trim_ascii_end();
        let Some(before) = before.strip_suffix(b"#") else {
            return false;
        };
        // `//#nosec`, `/* #nosec`, `x = 1 #nosec`, `x = 1  # why # nosec`.
        let opened = before.is_empty()
            || before.ends_with(b" ")
            || before.ends_with(b"\t")
            || [&b"//"[..], b"/*", b";", b")", b"'", b"\"", b"}", b","]
                .iter()
                .any(|mark| before.ends_with(mark));
        let rest = String::from_utf8_lossy(&line[at + 5..]).to_ascii_lowercase();
        let rest = rest.split(['#', '\n']).next().unwrap_or_default();
        let reason = rest.split("--").next().unwrap_or_default();
        let mut checks = reason
            .split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
            .filter(|word| is_check(word))
            .peekable();
        opened && (checks.peek().is_none() || checks.any(|check| NOSEC.contains(&check)))
    })
}

/// Returns whether a word is an id or a name of a bandit or gosec check about passwords.
fn is_check(word: &str) -> bool {
    let numbered = word
        .strip_prefix(['b', 'g'])
        .is_some_and(|number| number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()));
    numbered || NOSEC.contains(&word)
}

/// Matches `#checkov:skip=CKV_SECRET_6:why` in a comment. Only checks about secrets suppress a secret.
fn checkov(line: &[u8], finding: &Finding) -> bool {
    const MARK: &[u8] = b"checkov:skip=";
    memmem::find_iter(line, MARK).any(|at| {
        let id = &line[at + MARK.len()..];
        let len = id
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let id = &id[..len];
        let fits = match finding.secret {
            Some(_) => id.starts_with(b"CKV_SECRET_") || id.starts_with(b"CKV2_SECRET_"),
            None => id.starts_with(b"CKV"),
        };
        // Checkov requires the comment mark directly before it.
        let before = line[..at].trim_ascii_end();
        fits && COMMENTS.iter().any(|mark| before.ends_with(mark)) && in_comment(&line[..at])
    })
}

/// Returns whether the inline ignore at `at` may apply to a finding: it is on its line or the line above.
/// `ends` is the length of the text.
pub(crate) fn covers(ends: &[usize], at: usize, finding: &Finding) -> bool {
    let (first, last) = if at < finding.span.start {
        (at, finding.span.start)
    } else {
        (finding.span.end.min(at), at)
    };
    let line = |place: usize| ends.partition_point(|end| *end < place);
    line(last) - line(first) <= usize::from(at < finding.span.start)
}

/// Finds line starts for positions in text order, so that a line with a thousand findings is searched once.
#[derive(Debug, Default)]
pub(crate) struct LineStarts {
    at: usize,
    start: usize,
}

impl LineStarts {
    /// The offset of the line that contains `at`.
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

/// Returns whether an inline ignore is in a comment. In a string or in prose it is only mentioned.
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

/// The offset of a keysift inline ignore in a line, without letters around it.
fn whole(line: &[u8]) -> Option<usize> {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    memmem::find_iter(line, OWN).find(|at| {
        let before = at.checked_sub(1).and_then(|at| line.get(at));
        !part(before) && !part(line.get(at + OWN.len()))
    })
}

/// The offset of the keysift inline ignore on this line that applies to the finding.
fn ours(line: &[u8], finding: &Finding, strict: bool) -> Option<usize> {
    let at = whole(line)?;
    let rest = String::from_utf8_lossy(&line[at + OWN.len()..]);
    // `[RULE] why`, or `RULE -- why`.
    let named = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(ids, _)| ids);
    let (before, reason) = rest.split_once("--").unwrap_or((&rest, ""));
    let rest = named.unwrap_or(before);
    let words = rest
        .split(|char: char| char.is_whitespace() || char == ',')
        .map(|word| word.trim_matches([':', '"', '*', '/']))
        .filter(|word| !word.is_empty());
    // Words with a hyphen are ids. A single word in brackets or before a reason is one too, which may be
    // misspelled.
    let is_name = words.clone().count() == 1 && (named.is_some() || !reason.is_empty());
    let mut ids = words.filter(|word| is_name || word.contains('-')).peekable();
    let fits = ids.peek().is_none() && !strict
        || ids.any(|id| id == finding.rule.id || finding.also.iter().any(|also| also == id));
    fits.then_some(at)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keysift_finding::{Confidence, RuleMeta, Severity, Span};

    use super::*;

    /// Returns whether an inline ignore of another scanner suppresses a finding on this line.
    fn hidden(line: &str) -> bool {
        let rule = RuleMeta::new("any-password", "password", Severity::High, Confidence::High);
        let mut finding = Finding::new(Arc::new(rule), Span::new(0, 1), "a password");
        finding.secret = Some(finding.span);
        ignored(
            line.as_bytes(),
            &finding,
            line_start(line.as_bytes(), finding.span.start),
            InlineIgnores::All,
        )
        .is_some()
    }

    const LINE: &str = "password = \"x\"";

    #[test]
    fn the_prefilter_accepts_every_mark() {
        for mark in [ANYWHERE, COMMENTED, ABOVE, &[OWN, b"nosec", b"checkov:skip="]].concat() {
            assert!(is_marked(mark), "{}", String::from_utf8_lossy(mark));
        }
        assert!(!is_marked(b"password = 1"));
    }

    #[test]
    fn each_tool_in_its_own_form() {
        for comment in [
            "# gitleaks:allow",
            "#gitleaks:allow",
            "// trufflehog:ignore",
            "# betterleaks:allow",
            "<!-- kingfisher:ignore -->",
            "# pragma: allowlist secret",
            "  // pragma: whitelist secret",
            "/* pragma: allowlist secret */",
            "# ggignore",
            "// ggignore",
            "# nosec",
            "#nosec",
            "# nosec B105",
            "# nosec B602, B105",
            "# nosec: hardcoded_password_string",
            "# why not # nosec",
            "//#nosec G101 -- why",
            "// #nosec G101",
            "/* #nosec */",
            "#checkov:skip=CKV_SECRET_6:why",
            "# checkov:skip=CKV_SECRET_6",
            "# keysift:ignore",
        ] {
            assert!(hidden(&format!("{LINE} {comment}")), "{comment}");
        }
    }

    #[test]
    fn near_misses_suppress_nothing() {
        for comment in [
            "# in the nosecrets bucket",
            "--nosecure",
            "-nosec",
            "# see nosec",
            "nosec",
            "# nanosec",
            "#nosec_x",
            "# nosec-x",
            "# nosec B602",
            "// #nosec G204",
            "# pragma: allowlist secrets",
            "pragma: allowlist secret",
            "ggignore",
            "# ggignored",
            "url=http://x/ggignore",
            "# gitleaks:allowed",
            "# ungitleaks:allow",
            "# trufflehog:ignored",
            "# checkov:skip=",
            "# checkov:skip=CKV_DOCKER_3:why",
            "checkov:skip=CKV_SECRET_6",
            "# xkeysift:ignore",
            "# keysift:ignored",
            "https://x/#nosec",
        ] {
            assert!(!hidden(&format!("{LINE} {comment}")), "{comment}");
        }
    }

    #[test]
    fn only_whole_words_match() {
        let marks = ANYWHERE.iter().chain(COMMENTED).copied().chain([&b"nosec"[..]]);
        for mark in marks.map(|mark| String::from_utf8_lossy(mark)) {
            assert!(hidden(&format!("{LINE}  # {mark}")), "{mark}");
            for letter in ["a", "Z", "0", "_"] {
                assert!(!hidden(&format!("{LINE}  # {letter}{mark}")), "{letter}{mark}");
                assert!(!hidden(&format!("{LINE}  # {mark}{letter}")), "{mark}{letter}");
            }
        }
    }
}
