//! Rewrites text in other notations: escapes, percent-encoding, quoted-printable, concatenated literals. The
//! rewritten text is scanned like any other; a finding is reported at its original position, if the rewriting
//! changed it.

use keysift_finding::{Span, Work};
use keysift_syntax::{Concatenation, Language};
use memchr::{memchr, memchr_iter, memchr3_iter, memmem, memrchr};

use crate::decode::TOO_MUCH;

/// Bytes of a line before and after an escape that are rewritten.
const AROUND: usize = 1024;

/// Maximum number of bytes by which a token exceeds [`AROUND`]: the longest keys in base64.
const LONGEST: usize = 16 * 1024;

/// Number of token characters behind `\n`, `\r` or `\t` that may be a secret: the shortest tokens have so many.
const TOKEN: usize = 16;

/// A rewritten text, and the original position of each of its bytes.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    pub(crate) kind: &'static str,
    pub(crate) text: Vec<u8>,
    /// Starts of pieces: in the new text, in the original, and whether the piece is a copy.
    pieces: Vec<(usize, usize, bool)>,
    /// Number of pieces up to each that are not copies.
    changes: Vec<usize>,
}

impl Rewritten {
    fn new(kind: &'static str) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    fn copy(&mut self, text: &[u8], span: Span) {
        if !span.is_empty() {
            self.begin(span.start, true);
            self.text.extend_from_slice(span.of(text));
        }
    }

    fn replace(&mut self, span: Span, with: &[u8]) {
        self.begin(span.start, false);
        self.text.extend_from_slice(with);
        // The next piece begins after the replaced text, even if nothing is copied.
        self.begin(span.end, true);
    }

    fn begin(&mut self, original: usize, copy: bool) {
        self.pieces.push((self.text.len(), original, copy));
        let before = self.changes.last().copied().unwrap_or_default();
        self.changes.push(before + usize::from(!copy));
    }

    /// Returns whether one of these pieces is not a copy.
    fn changed(&self, first: usize, last: usize) -> bool {
        let before = first.checked_sub(1).map_or(0, |before| self.changes[before]);
        self.changes[last] > before
    }

    fn piece(&self, at: usize) -> usize {
        self.pieces
            .partition_point(|piece| piece.0 <= at)
            .saturating_sub(1)
    }

    /// Returns whether the byte before or after a span was written in another notation: `%3D` ends with a
    /// letter, so no token begins after it before it is rewritten.
    fn bounded(&self, span: Span) -> bool {
        let replaced = |at: usize| self.pieces.get(self.piece(at)).is_some_and(|piece| !piece.2);
        span.start.checked_sub(1).is_some_and(replaced) || replaced(span.end)
    }

    /// Returns the original of a span, if it or a byte beside it differs from its copy.
    pub(crate) fn original(&self, span: Span) -> Option<Span> {
        let (first, last) = (self.piece(span.start), self.piece(span.end - 1));
        let (from, to) = (*self.pieces.get(first)?, *self.pieces.get(last)?);
        let start = if from.2 {
            from.1 + span.start - from.0
        } else {
            from.1
        };
        let end = if to.2 {
            to.1 + span.end - to.0
        } else {
            self.pieces.get(last + 1)?.1
        };
        let changed =
            end.saturating_sub(start) != span.len() || self.changed(first, last) || self.bounded(span);
        (changed && start < end).then_some(Span::new(start, end))
    }
}

/// Returns all rewritten forms of a text that differ from it. Each is limited to the remaining decode budget;
/// `work` records what was left out.
pub(crate) fn rewritten(text: &[u8], path: &str, work: &Work) -> Vec<Rewritten> {
    work.bytes(text.len());
    let (mut percent, mut escapes, mut joints) = (Vec::new(), Vec::new(), Vec::new());
    for at in memchr3_iter(b'%', b'\\', b'+', text) {
        match text[at] {
            b'%' => percent.extend(hex(text, at + 1, 2).map(|byte| (Span::new(at, at + 3), byte))),
            b'+' => joints.extend(joint(text, Span::new(at, at + 1))),
            _ => match text.get(at + 1) {
                Some(b'u') => escapes.extend(hex(text, at + 2, 4).map(|byte| (Span::new(at, at + 6), byte))),
                Some(b'x') => escapes.extend(hex(text, at + 2, 2).map(|byte| (Span::new(at, at + 4), byte))),
                Some(b'n' | b'r' | b't') if begins_token(&text[at + 2..]) => {
                    escapes.push((Span::new(at, at + 2), b'\t'));
                }
                Some(b'\n' | b'\r') => joints.extend(joint(text, Span::new(at, at + 1))),
                _ => {}
            },
        }
    }
    let joins = Language::of(path).map_or(Concatenation::No, |language| language.joins);
    joints.extend(joined(text, joins));
    joints.sort_unstable();
    joints.dedup_by(|next, kept| next.start < kept.end);
    let joints: Vec<_> = joints.into_iter().map(|span| (span, None)).collect();
    let some = |list: Vec<(Span, u8)>| {
        list.into_iter()
            .map(|(span, byte)| (span, Some(byte)))
            .collect::<Vec<_>>()
    };
    [
        ("percent-encoding", some(percent)),
        ("escapes", some(escapes)),
        ("literals put together", joints),
    ]
    .into_iter()
    .filter(|(_, places)| !places.is_empty())
    .map(|(kind, places)| lines(kind, text, &places, work))
    .chain(quoted_printable(text, path, work))
    .collect()
}

/// Returns whether a byte may be in a token.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.+/=:|~!".contains(byte)
}

/// Returns whether a text begins with as many token characters as the shortest tokens have.
fn begins_token(text: &[u8]) -> bool {
    text.get(..TOKEN).is_some_and(|text| text.iter().all(is_token))
}

/// Returns the printable character encoded by hex digits.
fn hex(text: &[u8], at: usize, digits: usize) -> Option<u8> {
    let digits = std::str::from_utf8(text.get(at..at + digits)?).ok()?;
    let code = u8::try_from(u32::from_str_radix(digits, 16).ok()?).ok()?;
    (digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && (code.is_ascii_graphic() || code == b' '))
        .then_some(code)
}

/// Returns the span from the quote that ends a literal to the one that begins the next, around an operator.
fn joint(text: &[u8], operator: Span) -> Option<Span> {
    let blank = |byte: &&u8| byte.is_ascii_whitespace();
    let before = text[operator.start.saturating_sub(80)..operator.start]
        .iter()
        .rev()
        .take_while(blank)
        .count();
    let start = (operator.start - before)
        .checked_sub(1)
        .filter(|start| matches!(text[*start], b'"' | b'\'' | b'`'))?;
    let behind = text[operator.end..].iter().take(160).take_while(blank).count();
    let end = operator.end + behind;
    // An empty literal is not a joint: `"" + "x"`.
    (matches!(text.get(end), Some(b'"' | b'\'' | b'`')) && !text[..start].ends_with(b"\\"))
        .then_some(Span::new(start, end + 1))
}

/// Finds literals that a language concatenates by other means than `+`.
fn joined(text: &[u8], joins: Concatenation) -> Vec<Span> {
    match joins {
        Concatenation::No => Vec::new(),
        Concatenation::Adjacent => [&b"\"\n"[..], b"'\n"]
            .iter()
            .flat_map(|quote| memmem::find_iter(text, quote))
            .filter_map(|at| joint(text, Span::new(at + 1, at + 2)))
            .filter(|span| text[span.start] == text[span.end - 1])
            .collect(),
        Concatenation::By(operator) => memmem::find_iter(text, operator)
            .filter_map(|at| joint(text, Span::new(at, at + operator.len())))
            .collect(),
    }
}

/// Rewrites the lines around `places`.
fn lines(kind: &'static str, text: &[u8], places: &[(Span, Option<u8>)], work: &Work) -> Rewritten {
    let room = work.decode_left();
    // The end of the line is searched once for all places on it.
    let mut newline = 0;
    let mut out = Rewritten::new(kind);
    let mut at = 0;
    let mut index = 0;
    while index < places.len() && out.text.len() < room {
        let (span, _) = places[index];
        let floor = at.max(span.start.saturating_sub(AROUND));
        let start = memrchr(b'\n', &text[floor..span.start]).map_or(floor, |newline| floor + newline + 1);
        at = start;
        loop {
            let (span, byte) = places[index];
            out.copy(text, Span::new(at, span.start));
            out.replace(span, byte.as_slice());
            at = span.end;
            index += 1;
            if newline <= at {
                newline = memchr(b'\n', &text[at..]).map_or(text.len(), |len| at + len);
            }
            let mut end = newline.min(at + AROUND);
            // A token that begins before the limit is copied whole: a part of it would be redacted in part.
            end += text[end..newline]
                .iter()
                .take(LONGEST)
                .take_while(|byte| is_token(byte))
                .count();
            match places.get(index) {
                Some((next, _)) if next.start < end && next.start >= at && out.text.len() < room => {}
                // A place inside a replaced span is skipped.
                Some((next, _)) if next.start < at => index += 1,
                _ => {
                    out.copy(text, Span::new(at, end));
                    at = end;
                    break;
                }
            }
            if index >= places.len() {
                break;
            }
        }
        out.begin(at, true);
        out.text.push(b'\n');
    }
    if index < places.len() {
        work.cut(TOO_MUCH);
    }
    out
}

/// Rewrites mail: `=3D` is `=`, and `=` at the end of a line joins it with the next.
fn quoted_printable(text: &[u8], path: &str, work: &Work) -> Option<Rewritten> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    if !matches!(extension, "eml" | "mht" | "mhtml" | "mbox" | "msg") {
        return None;
    }
    let room = work.decode_left();
    if text.get(room..).is_some_and(|rest| memchr(b'=', rest).is_some()) {
        work.cut(TOO_MUCH);
    }
    let text = &text[..text.len().min(room)];
    let mut out = Rewritten::new("quoted-printable");
    let mut done = 0;
    for at in memchr_iter(b'=', text) {
        let (len, byte) = match (text.get(at + 1), text.get(at + 2)) {
            (Some(b'\n'), _) => (2, None),
            (Some(b'\r'), Some(b'\n')) => (3, None),
            _ => match hex(text, at + 1, 2) {
                Some(byte) => (3, Some(byte)),
                None => continue,
            },
        };
        if at < done {
            continue;
        }
        out.copy(text, Span::new(done, at));
        out.replace(Span::new(at, at + len), byte.as_slice());
        done = at + len;
    }
    (done > 0).then(|| {
        out.copy(text, Span::new(done, text.len()));
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the kind of the form that contains `secret`, and the original text of it.
    fn read<'t>(path: &str, text: &'t str, secret: &str) -> Option<(&'static str, &'t str)> {
        rewritten(text.as_bytes(), path, &Work::default())
            .into_iter()
            .find_map(|form| {
                let at = memmem::find(&form.text, secret.as_bytes())?;
                let original = form.original(Span::new(at, at + secret.len()))?;
                Some((form.kind, &text[original.start..original.end]))
            })
    }

    #[test]
    fn each_form_has_its_original_position() {
        for (path, text, original) in [
            ("a.txt", "x?token=ab%2dcd&y", "ab%2dcd"),
            ("a.json", r#"{"x": "\u0061b-cd"}"#, r"\u0061b-cd"),
            ("a.json", r#"{"x": "ab\u002dcd"}"#, r"ab\u002dcd"),
            ("a.sh", r"printf 'a\x62-cd'", r"a\x62-cd"),
            ("a.js", r#"x = "ab" + "-cd";"#, r#"ab" + "-cd"#),
            (
                "a.js",
                "x = 'a' +\n    'b-' +\n    'cd';",
                "a' +\n    'b-' +\n    'cd",
            ),
            ("a.py", "x = ('ab'\n     '-cd')", "ab'\n     '-cd"),
            ("a.py", "x = 'ab' \\\n    '-cd'", "ab' \\\n    '-cd"),
            ("a.php", "$x = 'ab' . '-cd';", "ab' . '-cd"),
            ("a.eml", "token=3Dab-=\ncd\n", "ab-=\ncd"),
            ("a.txt", "x%3Dab-cd%26y", "ab-cd"),
            ("a.txt", "x=ab-cd%26y", "ab-cd"),
        ] {
            assert_eq!(
                read(path, text, "ab-cd").map(|found| found.1),
                Some(original),
                "{text}"
            );
        }
    }

    #[test]
    fn a_long_token_is_copied_whole() {
        let token = "x".repeat(3 * AROUND);
        let text = format!("a%3D{token} b");
        let found = read("a.txt", &text, &format!("={token}"));
        assert_eq!(found.map(|found| found.1.len()), Some("%3D".len() + token.len()));
    }

    #[test]
    fn a_token_begins_after_an_escaped_blank() {
        for escape in ["\\n", "\\r", "\\t"] {
            let text = format!("puts(\"a:{escape}ab-cd-0123456789ab\");");
            let read = read("a.c", &text, "ab-cd-0123456789ab");
            assert_eq!(read, Some(("escapes", "ab-cd-0123456789ab")), "{text}");
            assert!(
                rewritten(
                    format!("puts(\"a{escape}ab-cd\");").as_bytes(),
                    "a.c",
                    &Work::default()
                )
                .is_empty()
            );
        }
    }

    #[test]
    fn copied_text_is_not_reported_again() {
        assert_eq!(read("a.txt", "ab-cd\n%20 x", "ab-cd"), None);
        assert_eq!(read("a.txt", "%20 x ab-cd\n", "ab-cd"), None);
        assert_eq!(read("a.txt", "ab-cd %20 x", "ab-cd"), None);
        assert_eq!(read("a.js", r#"f("ab-cd", "x" + "y")"#, "ab-cd"), None);
        assert!(
            rewritten(
                b"plain text, 100% sure, C:\\users\\x, 1 + 1",
                "a.txt",
                &Work::default()
            )
            .is_empty()
        );
    }

    #[test]
    fn every_text_is_bounded() {
        let text = "%41".repeat(100_000);
        let work = Work::default();
        work.decoded(Work::MAX_DECODED - 5_000);
        let forms = rewritten(text.as_bytes(), "a", &work);
        let len = forms[0].text.len();
        assert!(len < 5_000 + 2 * AROUND && work.was_cut().is_some(), "{len}");
    }
}
