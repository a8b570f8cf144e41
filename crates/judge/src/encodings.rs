//! Text in base64.

/// Decodes padded base64, or base64 whose length is a multiple of four, to printable text of four or more
/// characters.
pub fn base64_text(text: &str) -> Option<String> {
    let inner = decoded(text, true)?;
    let printable = inner
        .trim_end()
        .chars()
        .all(|char| char.is_ascii_graphic() || char == ' ');
    (printable && inner.trim_end().len() >= 4).then(|| inner.trim_end().to_owned())
}

/// Decodes base64 that is wrapped over lines to a single value, which may have been encoded twice. Text with
/// names or sentences is rejected.
pub fn base64_wrapped(text: &str) -> Option<String> {
    let inner = decoded(&text.split_whitespace().collect::<String>(), false)?;
    let value = |line: &str| {
        line.bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b':' | b'<' | b'{' | b'#'))
    };
    let joined = inner.lines().collect::<String>();
    (inner.lines().all(value) && joined.len() >= 4).then_some(joined)
}

/// Decodes base64. `ascii` accepts only ASCII.
fn decoded(text: &str, ascii: bool) -> Option<String> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 || text.len() < 8 {
        return None;
    }
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0u32, 0);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let byte = (buffer >> bits) as u8;
            if ascii && !byte.is_ascii() {
                return None;
            }
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
