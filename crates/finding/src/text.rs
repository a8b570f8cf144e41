//! Helpers for strings.

/// Returns the longest prefix of at most `most` bytes that ends at a character boundary
/// (`str::floor_char_boundary` is newer than our minimum compiler).
pub fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
