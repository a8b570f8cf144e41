//! Parts of texts.

/// The first bytes of a text, at most so many, cut between characters (`str::floor_char_boundary` is newer than our compiler).
pub fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
