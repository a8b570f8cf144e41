//! Where the documents of a stream begin.

use std::ops::Range;

/// The documents of a stream: each begins with its `---`, the first may have none. These characters at the start of a line always begin a
/// document, whatever they are in (YAML 1.2, 9.1.2).
pub(super) fn documents(text: &str) -> impl Iterator<Item = Range<usize>> {
    let marks = memchr::memmem::find_iter(text.as_bytes(), b"\n---").map(|at| at + 1);
    let marks = marks.filter(|at| {
        matches!(
            text.as_bytes().get(at + 3),
            None | Some(b' ' | b'\t' | b'\n' | b'\r')
        )
    });
    let mut start = 0;
    marks.chain([text.len()]).filter_map(move |end| {
        let range = start..end;
        start = end;
        (!range.is_empty()).then_some(range)
    })
}
