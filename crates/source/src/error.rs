//! Short messages for system errors.

use std::io;

/// Returns the message of an error in lower case, without the error number of the system.
pub(crate) fn why(error: &io::Error) -> String {
    // Readers use different messages for this error.
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
