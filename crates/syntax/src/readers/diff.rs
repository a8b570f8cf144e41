//! Diffs: each line is read in the syntax of its file.

use keysift_finding::Span;
use memchr::{memchr, memmem};

use super::{Reading, Syntax, lines::line_around};

/// How far before a word its file name is searched, in bytes.
const BACK: usize = 16 * 1024;

/// Reads the value of the name around `word`.
pub(crate) fn read(text: &[u8], word: Span) -> Reading<'_> {
    let Some(line) = line_around(text, word.start) else {
        return Reading::Unknown;
    };
    if !matches!(text.get(line.start), Some(b'+' | b'-' | b' ')) || line.start == word.start {
        return Reading::Unknown;
    }
    let floor = word.start.saturating_sub(BACK);
    let Some(head) = memmem::rfind(&text[floor..line.start], b"+++ ").map(|at| floor + at + 4) else {
        return Reading::Unknown;
    };
    let path = &text[head..memchr(b'\n', &text[head..]).map_or(text.len(), |len| head + len)];
    let path = String::from_utf8_lossy(path.split(|byte| *byte == b'\t').next().unwrap_or_default());
    let syntax = Syntax::of(path.trim_ascii_end(), b"");
    if syntax == Syntax::Diff {
        return Reading::Unknown;
    }
    let shift = line.start + 1;
    let inner = Span::new(word.start - shift, word.end.min(line.end).max(word.start) - shift);
    match super::read(&text[shift..line.end], inner, syntax) {
        Reading::Entries(mut entries) => {
            for entry in &mut entries {
                for span in [&mut entry.name, &mut entry.value] {
                    *span = Span::new(span.start + shift, span.end + shift);
                }
            }
            Reading::Entries(entries)
        }
        other => other,
    }
}
