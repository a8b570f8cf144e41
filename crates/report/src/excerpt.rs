//! The line of a finding with everything masked that could be a secret, and the place of the finding in it.

use std::cell::Cell;

use keysift_finding::{Edit, Span};
use memchr::{memchr, memmem, memrchr};

use crate::{
    escape::{Untrusted, defused, seen},
    mask::masked,
    redact::redact,
};

/// Characters shown before and behind the span of a finding in a long line.
const CONTEXT: usize = 60;

/// Bytes looked at before and behind the span of a finding.
const NEAR: usize = 4 * CONTEXT;

/// Bytes of the span of a finding that are shown.
const LONGEST: usize = 4 * NEAR;

/// How many different secrets of a text are looked for in the lines of others.
const KNOWN: usize = 64;

/// The shortest secret whose copies are hidden: shorter ones are common words.
const COPIED: usize = 6;

/// What is known to be secret in a text.
#[derive(Debug, Default)]
pub(crate) struct Secrets<'t> {
    /// Their places: sorted, none overlapping another.
    places: Vec<Span>,
    /// Their texts, the longest first, at most [`KNOWN`]: copies of them are hidden too. Made ready once: a text may have 100,000 findings.
    texts: Vec<memmem::Finder<'t>>,
    /// Bytes of lines that were looked at, each once for what masks it and once for each text that is looked for.
    looked_at: Cell<u64>,
}

impl<'t> Secrets<'t> {
    /// The secrets at these places of a text, in any order; some may overlap.
    pub(crate) fn new(text: &'t [u8], mut places: Vec<Span>) -> Self {
        places.retain(|place| place.start < place.end && place.end <= text.len());
        places.sort_unstable();
        places.dedup_by(|next, kept| {
            let joined = next.start < kept.end;
            kept.end = if joined { kept.end.max(next.end) } else { kept.end };
            joined
        });
        let long = places.iter().filter(|place| place.len() >= COPIED);
        let mut texts: Vec<&[u8]> = long.map(|place| place.of(text)).collect();
        texts.sort_unstable_by_key(|secret| (std::cmp::Reverse(secret.len()), *secret));
        texts.dedup();
        texts.truncate(KNOWN);
        Self {
            places,
            texts: texts.into_iter().map(memmem::Finder::new).collect(),
            looked_at: Cell::default(),
        }
    }
}

impl Secrets<'_> {
    /// Bytes that were looked at so far: what the tests of how work grows count.
    pub(crate) fn looked_at(&self) -> u64 {
        self.looked_at.get()
    }
}

/// A line as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The line, or a part of it. Every hidden character is made visible already, so that characters can be counted.
    pub(crate) text: Untrusted,
    /// Where the span of the finding begins in `text`, in characters.
    pub(crate) start: usize,
    /// Its length, in characters, at least 1.
    pub(crate) len: usize,
}

/// The excerpt for `span`. `secrets` are all that are known in the text. They are shown redacted, and what
/// is not known is masked by its form (see [`masked`]); with `reveal` all is shown.
pub(crate) fn excerpt(text: &[u8], span: Span, secrets: &Secrets<'_>, reveal: bool) -> Excerpt {
    // A minified file is one line of megabytes, with thousands of findings perhaps: only what is near each is looked at.
    let floor = span.start.saturating_sub(NEAR);
    let before_from = memrchr(b'\n', &text[floor..span.start]).map_or(floor, |newline| floor + newline + 1);
    let span_end = memchr(b'\n', span.of(text)).map_or(span.end, |len| span.start + len);
    // A check may point at a whole object, and that at one line.
    let span_end = span_end.min(span.start + LONGEST);
    let ceiling = text.len().min(span_end + NEAR);
    let after_to = memchr(b'\n', &text[span_end..ceiling]).map_or(ceiling, |len| span_end + len);
    let cut_before = before_from > 0 && text[before_from - 1] != b'\n';
    let cut_after = after_to < text.len() && text[after_to] != b'\n';
    let line = Span::new(before_from, after_to);
    if !reveal && is_binary(line.of(text)) {
        return Excerpt::binary();
    }
    // A secret that goes on beyond the cut is known by its beginning alone; a literal that does is masked as a whole.
    let hidden = match reveal {
        true => Vec::new(),
        false => hide(text, line, (cut_before, cut_after), secrets),
    };
    let shown = |start: usize, end: usize| show(text, Span::new(start, end), &hidden);
    let before = shown(before_from, span.start);
    let inside = shown(span.start, span_end);
    let after = shown(span_end, after_to);
    let before = before.trim_start_matches(' ').trim_start_matches("\\u{feff}");
    let cut = before.chars().count().saturating_sub(CONTEXT);
    let mut line: String = if cut > 0 || cut_before {
        "…".to_owned()
    } else {
        String::new()
    };
    line.extend(before.chars().skip(cut));
    let start = line.chars().count();
    line.push_str(&inside);
    let len = inside.chars().count().max(1);
    line.extend(after.chars().take(CONTEXT));
    if after.chars().count() > CONTEXT || cut_after {
        line.push('…');
    }
    Excerpt {
        text: Untrusted::new(defused(line.trim_end())),
        start,
        len,
    }
}

impl Excerpt {
    /// An excerpt that shows nothing.
    pub(crate) fn nothing() -> Self {
        Self {
            text: Untrusted::new("…"),
            start: 0,
            len: 1,
        }
    }

    /// The excerpt of a keystore or another binary file.
    fn binary() -> Self {
        const TEXT: &str = "(binary data)";
        Self {
            text: Untrusted::new(TEXT),
            start: 0,
            len: TEXT.len(),
        }
    }

    /// What is shown of the span itself.
    pub(crate) fn inside(&self) -> String {
        self.text
            .raw()
            .chars()
            .skip(self.start)
            .take(self.len.min(NEAR))
            .collect()
    }
}

/// The first line of a span that is no secret itself, masked.
pub(crate) fn plain(text: &[u8], span: Span, secrets: &Secrets<'_>) -> String {
    excerpt(text, span, secrets, false).inside()
}

/// One line in full, or a part of it, as [`excerpt`] shows it.
pub(crate) fn whole(text: &[u8], line: Span, secrets: &Secrets<'_>) -> String {
    let begins = line.start == 0 || text[line.start - 1] == b'\n';
    let ends = text
        .get(line.end)
        .is_none_or(|next| matches!(next, b'\n' | b'\r'));
    show(text, line, &hide(text, line, (!begins, !ends), secrets))
}

/// A line, and the line that changes make of it.
pub(crate) fn changed(text: &[u8], line: Span, edits: &[Edit], secrets: &Secrets<'_>) -> (String, String) {
    let hidden = hide(text, line, (false, false), secrets);
    let (mut old, mut new) = (String::new(), String::new());
    let mut at = line.start;
    for edit in edits {
        let kept = show(text, Span::new(at, edit.span.start), &hidden);
        old.push_str(&kept);
        old.push_str(&show(text, edit.span, &hidden));
        new.push_str(&kept);
        new.push_str(&seen(&edit.with));
        at = edit.span.end;
    }
    let kept = show(text, Span::new(at, line.end), &hidden);
    (old + &kept, new + &kept)
}

/// A place that is not shown as it is: whether it is a secret that was found, or a text that may be one.
type Hidden = (Span, bool);

/// All places of `line` that are hidden, in order, apart from each other.
fn hide(text: &[u8], line: Span, cut: (bool, bool), secrets: &Secrets<'_>) -> Vec<Hidden> {
    let work = line.len() * (1 + secrets.texts.len());
    secrets.looked_at.set(secrets.looked_at.get() + work as u64);
    let first = secrets.places.partition_point(|secret| secret.end <= line.start);
    let known: Vec<Span> = secrets.places[first..]
        .iter()
        .copied()
        .take_while(|secret| secret.start < line.end)
        .collect();
    let mut hidden: Vec<Hidden> = known.iter().map(|secret| (*secret, true)).collect();
    let copies = secrets.texts.iter().flat_map(|secret| {
        secret
            .find_iter(line.of(text))
            .map(|at| Span::new(line.start + at, line.start + at + secret.needle().len()))
    });
    let mut masks = masked(text, line, cut, &known);
    masks.extend(copies);
    masks.sort_unstable();
    let mut last = line.start;
    for mask in masks {
        // A copy may be in a literal that is masked.
        let mask = Span::new(mask.start.max(last), mask.end.max(last));
        last = mask.end;
        let mut at = mask.start;
        let first = known.partition_point(|secret| secret.end <= mask.start);
        for secret in known[first..].iter().take_while(|secret| secret.start < mask.end) {
            if at < secret.start {
                hidden.push((Span::new(at, secret.start), false));
            }
            at = secret.end;
        }
        if at < mask.end {
            hidden.push((Span::new(at, mask.end), false));
        }
    }
    hidden.sort_unstable();
    hidden.dedup_by(|next, kept| {
        let joined = !next.1 && !kept.1 && next.0.start == kept.0.end;
        if joined {
            kept.0.end = next.0.end;
        }
        joined
    });
    hidden
}

/// A part of the text without what is hidden. What began before the part was shown there.
fn show(text: &[u8], part: Span, hidden: &[Hidden]) -> String {
    let mut out = String::new();
    let mut at = part.start;
    let plain = |start: usize, end: usize| seen(&String::from_utf8_lossy(&text[start..end.max(start)]));
    let first = hidden.partition_point(|(place, _)| place.end <= part.start);
    for (place, secret) in hidden[first..]
        .iter()
        .take_while(|(place, _)| place.start < part.end)
    {
        out.push_str(&plain(at, place.start.max(part.start)));
        match secret {
            true if place.start >= part.start => out.push_str(&redact(place.of(text))),
            true => {}
            false => out.push('…'),
        }
        at = place.end.min(part.end).max(at);
    }
    out.push_str(&plain(at, part.end));
    // A carriage return belongs to the end of the line.
    match out.strip_suffix("\\x0d") {
        Some(line) => line.to_owned(),
        None => out,
    }
}

/// Returns whether a line is not text: it has a NUL, or both control characters and invalid UTF-8.
fn is_binary(line: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && *byte != 0x1B;
    line.contains(&0) || line.iter().any(is_control) && std::str::from_utf8(line).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, at: &str, secrets: &[&str]) -> (String, usize, usize) {
        let place = |word: &str| {
            text.find(word)
                .map(|start| Span::new(start, start + word.len()))
                .expect("it stands in the text")
        };
        let secrets = Secrets::new(
            text.as_bytes(),
            secrets.iter().map(|secret| place(secret)).collect(),
        );
        let Excerpt { text, start, len } = excerpt(text.as_bytes(), place(at), &secrets, false);
        (text.raw().to_owned(), start, len)
    }

    #[test]
    fn every_secret_on_the_line_is_redacted_and_the_place_is_kept() {
        let found = of(
            "x\n  a = 'hunter22' b = 'tr0ub4dor' # hunter22x9\ny",
            "tr0ub4dor",
            &["hunter22", "tr0ub4dor"],
        );
        assert_eq!(found, ("a = '…' b = '…' # …".to_owned(), 13, 1));
    }

    #[test]
    fn binary_data_is_not_printed() {
        for bytes in [
            &b"\x03\xD9\xA2\x9A\0\x01"[..],
            b"0\x82\x09\xD1\x02\x01\x03",
            b"key\0value",
        ] {
            let shown = excerpt(bytes, Span::new(0, 3), &Secrets::default(), false);
            assert_eq!(shown.text.raw(), "(binary data)", "{bytes:?}");
        }
        // Latin-1 and colored logs are text.
        for bytes in [&b"Schl\xFCssel: x"[..], b"\x1B[1mok\x1B[0m"] {
            let shown = excerpt(bytes, Span::new(0, 3), &Secrets::default(), false);
            assert_ne!(shown.text.raw(), "(binary data)", "{bytes:?}");
        }
    }

    #[test]
    fn template_actions_show_references_and_functions_and_mask_literals() {
        let shown = |line: &str| excerpt(line.as_bytes(), Span::new(0, 1), &Secrets::default(), false).text;
        for line in [
            "value: {{ .Values.token | quote }}",
            "password: {{ .Values.auth.password | b64enc | quote }}",
            "name: {{ include \"app.fullname\" . }}-db",
            "{{- if not .Values.auth.existingSecret }}",
        ] {
            assert_eq!(shown(line).raw(), line);
        }
        for (line, masked) in [
            (
                "value: {{ .Values.token | default \"lumberjack\" }}",
                "value: {{ .Values.token | default \"…\" }}",
            ),
            (
                "password: {{ include \"kX7qMw9dsE1nYEZ9\" . }}",
                "password: {{ include \"…\" . }}",
            ),
            ("password: {{ .kX7qMw9dsE1nYEZ9 }}", "password: {{ … }}"),
            // Not closed on the line: not an action.
            ("password: {{lumberjack", "password: {{…"),
        ] {
            assert_eq!(shown(line).raw(), masked);
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_span() {
        let line = format!("{}key{}", "a; ".repeat(2000), " ;b".repeat(2000));
        let (text, start, len) = of(&line, "key", &[]);
        assert_eq!(text, format!("…{}key{}…", "a; ".repeat(20), " ;b".repeat(20)));
        assert_eq!((start, len), (61, 3));
    }

    #[test]
    fn a_secret_of_many_lines_shows_its_label() {
        let key = "-----BEGIN X-----\nabc\n-----END X-----";
        let found = of(&format!("k: {key}\n"), key, &[key]);
        assert_eq!(found.0, "k: -----BEGIN X-----…");
    }

    #[test]
    fn nothing_has_to_be_known_for_a_literal_to_be_masked() {
        for (line, at, shown) in [
            (
                r#"{"name": "DB_PASSWORD", "value": "swordfish"}"#,
                "name",
                r#"{"name": "DB_PASSWORD", "value": "…"}"#,
            ),
            (
                r#"{"value": "swordfish", "name": "DB_PASSWORD"}"#,
                "name",
                r#"{"value": "…", "name": "DB_PASSWORD"}"#,
            ),
            (
                "mysql --password swordfish --host db",
                "host",
                "mysql --password … --host db",
            ),
            ("curl -u admin:swordfish x", "curl", "curl -u … x"),
            ("ENV DB_PASSWORD swordfish", "ENV", "ENV DB_PASSWORD …"),
            (
                "ENV A=b DB_PASSWORD=swordfish C=d",
                "ENV",
                "ENV A=b DB_PASSWORD=… C=d",
            ),
            ("<password>swordfish</password>", "<", "<password>…</password>"),
            (
                r#"<p name="password">swordfish</p>"#,
                "<",
                r#"<p name="password">…</p>"#,
            ),
            (
                "x = postgres://app:swordfish@db/main",
                "x",
                "x = postgres://…@db/main",
            ),
            (
                "a = \"Xk7q2LmW9rTb\" + 9 + \"3uQ8vZpL\"",
                "a",
                "a = \"…\" + 9 + \"…\"",
            ),
            ("login('admin', 'swordfish')", "login", "login('…', '…')"),
            (
                "replicas: 3, image: nginx:1.25",
                "replicas",
                "replicas: 3, image: nginx:1.25",
            ),
            (
                "import os, sys  # isn't it",
                "import",
                "import os, sys  # isn't it",
            ),
        ] {
            assert_eq!(of(line, at, &[]).0, shown, "{line}");
        }
    }

    #[test]
    fn around_a_secret_its_keys_are_shown() {
        let found = of(
            r#"fetch("https://api.corp.io/x?token=Jq8vLx2PzR5mTw9KdN4b&auth=7f75f2b2a4207c91fbc1")"#,
            "Jq8vLx2PzR5mTw9KdN4b",
            &["Jq8vLx2PzR5mTw9KdN4b"],
        );
        assert!(found.0.contains("token=Jq…4b&auth=…\")"), "{}", found.0);
    }
}
