//! Errors of the system in a few words.

use std::io;

/// An error in a few words, without the number that the system gives it.
pub(crate) fn why(error: &io::Error) -> String {
    // Readers have several words for it.
    if error.kind() == io::ErrorKind::UnexpectedEof && error.to_string() == "failed to fill whole buffer" {
        return "unexpected end of file".to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
