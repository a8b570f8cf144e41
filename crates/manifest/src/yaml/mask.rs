//! Templates, read without rendering them: actions are replaced by text of the same length that YAML can read.

/// `text` with its template actions masked, or `None` where it has none. Every offset keeps its meaning.
///
/// An action alone on its line becomes a comment, or with `blank` an empty line: a comment ends a block scalar that it stands in too far to the left, and
/// a long empty line confuses the start of one, so that neither reads all texts. An action that only controls (`if`, `end`, …) within a line becomes blanks; any other
/// becomes letters, so that the scalar it fills stays one.
pub(super) fn mask(text: &str, blank: bool) -> Option<String> {
    let bytes = text.as_bytes();
    memchr::memmem::find(bytes, b"{{").or_else(|| memchr::memmem::find(bytes, b"{%"))?;
    let mut out = bytes.to_vec();
    let mut at = 0;
    let mut before = Before::default();
    while let Some(open) = bytes[at..]
        .windows(2)
        .position(|pair| pair == b"{{" || pair == b"{%")
        .map(|found| at + found)
    {
        let Some(mut end) = action_end(bytes, open) else {
            break;
        };
        // `${{ }}` of GitHub Actions is a plain scalar, legal as it stands.
        if open == 0 || bytes[open - 1] != b'$' {
            let first = before.is_blank(&out, open);
            cover(&mut out, bytes, (open, end), first, blank);
            // Of `{{ if a }}"x"{{ else }}y{{ end }}` on a line the first branch is read: both together are no value.
            if !first && word(bytes, open) == b"else" {
                end = end.max(rest_of_branch(bytes, end).unwrap_or(end));
                out[open..end].fill(b' ');
            }
        }
        at = end;
    }
    String::from_utf8(out).ok()
}

/// The offset behind the action that opens at `open`: strings, raw strings and comments are passed over.
fn action_end(bytes: &[u8], open: usize) -> Option<usize> {
    let close: &[u8] = if bytes[open + 1] == b'{' { b"}}" } else { b"%}" };
    let mut at = open + 2;
    let mut quote = None;
    if bytes[at..].starts_with(b"/*") || bytes[at..].starts_with(b"- /*") {
        return memchr::memmem::find(&bytes[at..], close).map(|found| at + found + 2);
    }
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'`') => quote = Some(bytes[at]),
            (None, _) if bytes[at..].starts_with(close) => return Some(at + 2),
            // An action does not hold another: the first was text.
            (None, b'{') if bytes[at..].starts_with(b"{{") => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// What stands before an action on its line: asked for one after the other, so that a line of a hundred thousand actions is read once.
#[derive(Default)]
struct Before {
    at: usize,
    text: bool,
}

impl Before {
    /// Whether nothing stands on the line before `open`.
    fn is_blank(&mut self, out: &[u8], open: usize) -> bool {
        for byte in &out[self.at..open] {
            self.text = *byte != b'\n' && (self.text || !byte.is_ascii_whitespace());
        }
        self.at = open;
        !self.text
    }
}

/// The first word of the action at `open`.
fn word(bytes: &[u8], open: usize) -> &[u8] {
    let inside = &bytes[open + 2..];
    let start = inside
        .iter()
        .position(|byte| !matches!(byte, b'-' | b' ' | b'\t' | b'\n' | b'+'))
        .unwrap_or(inside.len());
    let len = inside[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    &inside[start..start + len]
}

/// Where the branch that begins at an offset ends on its line: before the `end` that closes it, other conditions inside it passed over.
fn rest_of_branch(bytes: &[u8], from: usize) -> Option<usize> {
    let line = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end);
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(open) = memchr::memmem::find(&bytes[at..line], b"{{").map(|found| at + found) {
        match word(bytes, open) {
            b"end" if depth == 0 => return Some(open),
            b"end" => depth -= 1,
            b"if" | b"with" | b"range" => depth += 1,
            _ => {}
        }
        at = action_end(bytes, open)?;
    }
    None
}

/// Masks one action; `first` says that nothing stands on the line before it.
fn cover(out: &mut [u8], bytes: &[u8], (open, end): (usize, usize), first: bool, empty: bool) {
    let behind = bytes[end..]
        .iter()
        .find(|byte| **byte == b'\n' || !byte.is_ascii_whitespace());
    let alone = first && behind.is_none_or(|byte| *byte == b'\n');
    let control = matches!(
        word(bytes, open),
        b"if"
            | b"else"
            | b"end"
            | b"range"
            | b"with"
            | b"define"
            | b"block"
            | b"elif"
            | b"endif"
            | b"for"
            | b"endfor"
    );
    // Behind the mark of a block scalar (`key: |- {{ include … }}`) nothing else may be on the line.
    let marks = bytes[..open].trim_ascii_end();
    let line = &marks[memchr::memrchr(b'\n', marks).map_or(0, |at| at + 1)..];
    let heads = [&b": |"[..], b": |-", b": |+", b": >", b": >-"]
        .iter()
        .any(|mark| line.ends_with(mark));
    let filler = if alone || control || heads || bytes[open + 1] == b'%' {
        b' '
    } else {
        b'x'
    };
    for byte in &mut out[open..end] {
        if *byte != b'\n' && *byte != b'\r' {
            *byte = filler;
        }
    }
    if alone && !empty {
        out[open] = b'#';
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn every_offset_keeps_its_meaning() {
        for (text, masked) in [
            ("a: {{ .Values.x }}\n", "a: xxxxxxxxxxxxxxx\n"),
            (
                "  {{- if .x }}\na: 1\n  {{- end }}\n",
                "  #           \na: 1\n  #         \n",
            ),
            ("a: {{ \"}}\" }}b\n", "a: xxxxxxxxxxb\n"),
            ("a: b{{ if x }}c{{ end }}\n", "a: b          c         \n"),
            (
                "a: {{ if x }}\"b\"{{ else }}{{ .c }}d{{ end }}\n",
                "a:           \"b\"                            \n",
            ),
            ("a: |- {{ include }}\n  b\n", "a: |-              \n  b\n"),
            ("a: ${{ secrets.X }}\n", "a: ${{ secrets.X }}\n"),
            ("{{/* a\nb */}}\n", "#     \n      \n"),
            ("a\n {{ if x }}{{ end }}\n", "a\n           #        \n"),
            (
                "{{ if x }}  {{ end }}\n  {{ y }}",
                "            #        \n  #      ",
            ),
        ] {
            assert_eq!(mask(text, false).as_deref(), Some(masked), "{text}");
        }
        assert_eq!(mask("plain: text", false), None);
        assert_eq!(
            mask("a: {{ never closed", false),
            Some("a: {{ never closed".to_owned())
        );
    }
}
