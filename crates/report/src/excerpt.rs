//! The guilty line, with every secret on it redacted and the guilty part underlined.

use keysift_finding::Span;
use memchr::{memchr, memrchr};

use crate::redact::{redact, visible};

/// Characters shown before and behind the guilty part of a long line.
const CONTEXT: usize = 60;

/// Bytes looked at before and behind the guilty part.
const NEAR: usize = 4 * CONTEXT;

/// How many different secrets of a text are looked for in the lines of others.
const KNOWN: usize = 64;

/// The different texts of secrets, the longest first, at most [`KNOWN`].
pub(crate) fn texts<'t>(text: &'t [u8], secrets: &[Span]) -> Vec<&'t [u8]> {
    let mut texts: Vec<&[u8]> = secrets.iter().map(|secret| secret.of(text)).collect();
    texts.sort_unstable_by_key(|secret| (std::cmp::Reverse(secret.len()), *secret));
    texts.dedup();
    texts.truncate(KNOWN);
    texts
}

/// A line as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The line, or a part of it.
    pub(crate) text: String,
    /// Where the guilty part begins in `text`, in characters.
    pub(crate) start: usize,
    /// Its length, in characters, at least 1.
    pub(crate) len: usize,
}

/// The excerpt for `span`. `secrets` are all secrets known in the text, sorted, none overlapping another, and `known` their texts, of which
/// copies are hidden too; with `reveal` all are shown.
pub(crate) fn excerpt(text: &[u8], span: Span, secrets: &[Span], known: &[&[u8]], reveal: bool) -> Excerpt {
    // A minified file is one line of megabytes, with thousands of findings perhaps: only what is near each is looked at.
    let floor = span.start.saturating_sub(NEAR);
    let before_from = memrchr(b'\n', &text[floor..span.start]).map_or(floor, |newline| floor + newline + 1);
    let guilty_end = memchr(b'\n', span.of(text)).map_or(span.end, |len| span.start + len);
    let ceiling = text.len().min(guilty_end + NEAR);
    let after_to = memchr(b'\n', &text[guilty_end..ceiling]).map_or(ceiling, |len| guilty_end + len);
    let cut_before = before_from > 0 && text[before_from - 1] != b'\n';
    let cut_after = after_to < text.len() && text[after_to] != b'\n';
    let shown = |start: usize, end: usize| show(text, Span::new(start, end), secrets, known, reveal);
    let before = shown(before_from, span.start);
    let guilty = shown(span.start, guilty_end);
    let after = shown(guilty_end, after_to);
    let before = before.trim_start_matches([' ', '\u{FEFF}']);
    let cut = before.chars().count().saturating_sub(CONTEXT);
    let mut line: String = if cut > 0 || cut_before {
        "…".to_owned()
    } else {
        String::new()
    };
    line.extend(before.chars().skip(cut));
    let start = line.chars().count();
    line.push_str(&guilty);
    let len = guilty.chars().count().max(1);
    line.extend(after.chars().take(CONTEXT));
    if after.chars().count() > CONTEXT || cut_after {
        line.push('…');
    }
    Excerpt {
        text: line.trim_end().to_owned(),
        start,
        len,
    }
}

/// A part of the text with its secrets redacted: those at their places, and copies of them anywhere else.
fn show(text: &[u8], part: Span, secrets: &[Span], known: &[&[u8]], reveal: bool) -> String {
    if reveal {
        return visible(String::from_utf8_lossy(part.of(text)).trim_end_matches('\r'));
    }
    let mut out = String::new();
    let mut at = part.start;
    let first = secrets.partition_point(|secret| secret.end <= part.start);
    for secret in secrets[first..]
        .iter()
        .take_while(|secret| secret.start < part.end)
    {
        let start = secret.start.max(part.start);
        out.push_str(&plain(&text[at..start.max(at)], known));
        // A secret that began before this part was shown there.
        if secret.start >= part.start {
            out.push_str(&redact(secret.of(text)));
        }
        at = secret.end.min(part.end).max(at);
    }
    out.push_str(&plain(&text[at..part.end], known));
    out
}

/// Text between secrets. A copy of a known secret in it is hidden too, where the secret is long enough not to be a common word.
fn plain(text: &[u8], known: &[&[u8]]) -> String {
    let mut shown = String::from_utf8_lossy(text).into_owned();
    for secret in known
        .iter()
        .filter(|secret| secret.len() >= 6 && secret.len() <= text.len())
    {
        let secret = String::from_utf8_lossy(secret);
        if shown.contains(&*secret) {
            shown = shown.replace(&*secret, &redact(secret.as_bytes()));
        }
    }
    visible(shown.trim_end_matches('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, guilty: &str, secrets: &[&str]) -> Excerpt {
        let place = |word: &str| {
            text.find(word)
                .map(|start| Span::new(start, start + word.len()))
                .unwrap()
        };
        let mut secrets: Vec<Span> = secrets.iter().map(|secret| place(secret)).collect();
        secrets.sort();
        excerpt(
            text.as_bytes(),
            place(guilty),
            &secrets,
            &texts(text.as_bytes(), &secrets),
            false,
        )
    }

    #[test]
    fn every_secret_on_the_line_is_redacted_and_the_guilty_one_underlined() {
        let found = of(
            "x\n  a = 'hunter22' b = 'tr0ub4dor' # hunter22\ny",
            "tr0ub4dor",
            &["hunter22", "tr0ub4dor"],
        );
        assert_eq!(
            found,
            Excerpt {
                text: "a = '…' b = '…' # …".to_owned(),
                start: 13,
                len: 1
            }
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_guilty_part() {
        let line = format!("{}key{}", "a".repeat(5000), "b".repeat(5000));
        let found = of(&line, "key", &[]);
        assert_eq!(found.text, format!("…{}key{}…", "a".repeat(60), "b".repeat(60)));
        assert_eq!((found.start, found.len), (61, 3));
    }

    #[test]
    fn a_secret_of_many_lines_shows_its_first() {
        let found = of(
            "k: -----BEGIN X-----\nabc\n-----END X-----\n",
            "-----BEGIN X-----\nabc\n-----END X-----",
            &["-----BEGIN X-----\nabc\n-----END X-----"],
        );
        assert!(found.text.starts_with("k: -----BEGIN X-----…"), "{}", found.text);
        assert!(!found.text.contains("abc"));
    }
}
