//! Secrets made safe to show, and texts made safe for a terminal.

/// A secret as it may be shown: its first and last two characters if it is long enough to spare them, otherwise nothing of it.
pub(crate) fn redact(secret: &[u8]) -> String {
    let text = String::from_utf8_lossy(secret);
    let first_line = text.lines().next().unwrap_or_default();
    let chars: Vec<char> = text.chars().collect();
    if first_line.starts_with("-----BEGIN ") {
        // The label of an armoured key is no secret, and says more than its letters.
        return format!("{first_line}…");
    }
    if chars.len() < 16 {
        return "…".to_owned();
    }
    let ends: String = chars[..2]
        .iter()
        .chain(['…'].iter())
        .chain(&chars[chars.len() - 2..])
        .collect();
    visible(&ends)
}

/// Text with its control characters, and those that change the direction of what follows, made visible: a file name or a line of a file
/// must not move the cursor, recolour the report or turn it around.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\t' => out.push_str("    "),
            '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
            | '\u{200B}'..='\u{200F}'
            | '\u{FEFF}'
            | '\u{2028}'
            | '\u{2029}' => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(char)));
            }
            char if char.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(char))),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_secrets_show_nothing_long_ones_their_ends() {
        assert_eq!(redact(b"hunter2"), "…");
        assert_eq!(redact(b"abcdefghijklmnop"), "ab…op");
        assert_eq!(
            redact("-----BEGIN X-----\nabc\n-----END X-----".as_bytes()),
            "-----BEGIN X-----…"
        );
    }

    #[test]
    fn nothing_reaches_the_terminal_unseen() {
        assert_eq!(
            visible("a\x1b[31mb\u{202e}c\r\n"),
            "a\\x1b[31mb\\u{202e}c\\x0d\\x0a"
        );
    }
}
