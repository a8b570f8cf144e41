//! Lines.

use memchr::memrchr;

/// How far back a line is read.
const LONGEST: usize = 2048;

/// The line up to a position, or its last part.
pub(crate) fn line_before(text: &[u8], at: usize) -> &[u8] {
    let floor = at.saturating_sub(LONGEST);
    let start = memrchr(b'\n', &text[floor..at]).map_or(floor, |newline| floor + newline + 1);
    &text[start..at]
}
