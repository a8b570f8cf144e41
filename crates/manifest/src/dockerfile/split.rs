//! A file to instructions: what BuildKit's parser does with lines.

use keysift_finding::Span;

use super::Instruction;

/// Splits a file into its instructions.
pub(super) fn split(text: &[u8]) -> Vec<Instruction<'_>> {
    let mut lines = Lines { text, at: 0 };
    let escape = escape_directive(text);
    let mut instructions = Vec::new();
    while let Some(line) = lines.next() {
        let line = trim(text, line);
        if line.is_empty() || text[line.start] == b'#' {
            continue;
        }
        let places = logical_line(text, line, &mut lines, escape);
        instructions.extend(instruction(text, places, escape, &mut lines));
    }
    instructions
}

/// Physical lines, without their ends.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<Span> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let end = memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |len| start + len);
        self.at = end + 1;
        let end = if end > start && self.text[end - 1] == b'\r' {
            end - 1
        } else {
            end
        };
        Some(Span::new(start, end))
    }
}

fn trim(text: &[u8], mut span: Span) -> Span {
    while !span.is_empty() && text[span.start].is_ascii_whitespace() {
        span.start += 1;
    }
    while !span.is_empty() && text[span.end - 1].is_ascii_whitespace() {
        span.end -= 1;
    }
    span
}

/// `# escape=` at the very top, before anything that is no directive.
fn escape_directive(text: &[u8]) -> u8 {
    let mut lines = Lines { text, at: 0 };
    while let Some(line) = lines.next() {
        let line = String::from_utf8_lossy(trim(text, line).of(text)).to_ascii_lowercase();
        let Some((key, value)) = line.strip_prefix('#').and_then(|rest| rest.split_once('=')) else {
            break;
        };
        match (key.trim(), value.trim()) {
            ("escape", "`") => return b'`',
            ("escape" | "syntax" | "check", _) => {}
            _ => break,
        }
    }
    b'\\'
}

/// The places of the bytes of one instruction: its first line and those it continues on.
fn logical_line(text: &[u8], first: Span, lines: &mut Lines<'_>, escape: u8) -> Vec<usize> {
    let mut places = Vec::new();
    let mut line = first;
    loop {
        let (content, continued) = continuation(text, line, escape);
        places.extend(content.start..content.end);
        if !continued {
            return places;
        }
        // Inside a continued instruction comments and empty lines are dropped.
        line = loop {
            let Some(next) = lines.next() else { return places };
            let bare = trim(text, next);
            if !bare.is_empty() && text[bare.start] != b'#' {
                break next;
            }
        };
    }
}

/// The content of a line, and whether it goes on: a single escape character at its end, blanks behind it allowed.
fn continuation(text: &[u8], line: Span, escape: u8) -> (Span, bool) {
    let mut end = line.end;
    while end > line.start && matches!(text[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    let marks = text[line.start..end]
        .iter()
        .rev()
        .take_while(|byte| **byte == escape)
        .count();
    if marks == 1 {
        (Span::new(line.start, end - 1), true)
    } else {
        (line, false)
    }
}

fn instruction<'t>(
    text: &'t [u8],
    places: Vec<usize>,
    escape: u8,
    lines: &mut Lines<'_>,
) -> Option<Instruction<'t>> {
    let (mut keyword, mut span, mut rest) = keyword(text, &places)?;
    let onbuild = keyword == "ONBUILD";
    let mut places = places[rest..].to_vec();
    if onbuild {
        (keyword, span, rest) = self::keyword(text, &places)?;
        places.drain(..rest);
    }
    let heredocs = match keyword.as_str() {
        "RUN" | "COPY" | "ADD" => heredocs(text, &places, lines),
        _ => Vec::new(),
    };
    Some(Instruction {
        keyword,
        keyword_span: span,
        onbuild,
        heredocs,
        text,
        places,
        escape,
    })
}

/// The first word, upper case, its place, and the index behind it.
fn keyword(text: &[u8], places: &[usize]) -> Option<(String, Span, usize)> {
    let start = places
        .iter()
        .position(|place| !text[*place].is_ascii_whitespace())?;
    let len = places[start..]
        .iter()
        .take_while(|place| !text[**place].is_ascii_whitespace())
        .count();
    let word: Vec<u8> = places[start..start + len]
        .iter()
        .map(|place| text[*place].to_ascii_uppercase())
        .collect();
    let span = Span::new(places[start], places[start + len - 1] + 1);
    Some((String::from_utf8_lossy(&word).into_owned(), span, start + len))
}

/// The bodies of the here-documents that an instruction opens; their lines are taken from `lines`.
fn heredocs(text: &[u8], places: &[usize], lines: &mut Lines<'_>) -> Vec<Span> {
    let line: Vec<u8> = places.iter().map(|place| text[*place]).collect();
    let mut bodies = Vec::new();
    for word in line.split(|byte| byte.is_ascii_whitespace()) {
        // A file descriptor may stand before the mark: `3<<EOF`.
        let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let Some(rest) = word[digits..].strip_prefix(b"<<") else {
            continue;
        };
        let (tabs, name) = rest.strip_prefix(b"-").map_or((false, rest), |name| (true, name));
        let name: Vec<u8> = name
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'"' | b'\''))
            .collect();
        if name.is_empty()
            || !name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        {
            continue;
        }
        let start = lines.at.min(text.len());
        let mut end = start;
        while let Some(line) = lines.next() {
            let content = line.of(text);
            let bare = if tabs {
                &content[content.iter().take_while(|byte| **byte == b'\t').count()..]
            } else {
                content
            };
            if bare == name {
                break;
            }
            end = line.end;
        }
        bodies.push(Span::new(start, end));
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(text: &str) -> Vec<String> {
        split(text.as_bytes())
            .into_iter()
            .map(|instruction| instruction.keyword)
            .collect()
    }

    #[test]
    fn lines_as_buildkit_reads_them() {
        assert_eq!(
            keywords("FROM a\n# c\n\nRUN x \\\n  # c\n\n  y\nenv A=1"),
            ["FROM", "RUN", "ENV"]
        );
        assert_eq!(
            keywords("# escape=`\r\nFROM a\r\nRUN dir `\r\n  c:\\\r\nENV A 1\r\n"),
            ["FROM", "RUN", "ENV"]
        );
        assert_eq!(keywords("RUN echo \\\\\nENV A=1"), ["RUN", "ENV"]);
        assert_eq!(keywords("RUN a \\"), ["RUN"]);
    }

    #[test]
    fn here_documents_are_no_instructions() {
        assert_eq!(keywords("RUN <<EOF\nENV A=1\nEOF\nENV B=2"), ["RUN", "ENV"]);
        assert_eq!(
            keywords("RUN <<-'A' cat && 3<<B x\n\tone\n\tA\ntwo\nB\nENV B=2"),
            ["RUN", "ENV"]
        );
        assert_eq!(keywords("COPY <<x /a\nnever closed"), ["COPY"]);
        let text = b"RUN <<EOF\nbody\nEOF\n";
        assert_eq!(split(text)[0].heredocs[0].of(text), b"body");
    }
}
