//! Numbers for people: with their nouns, with their thousands apart, bytes in decimal units.

/// A number with its noun: `1 finding`, `2 findings`, `1,000 entries`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        _ if number == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    };
    format!("{} {plural}", grouped(number))
}

/// The prose of a text of a rule, on one line: its paragraphs up to the first block of code.
pub(crate) fn prose(text: &str) -> String {
    let prose = text.split("```").next().unwrap_or_default();
    let prose = prose.split_whitespace().collect::<Vec<_>>().join(" ");
    match prose.strip_suffix(':') {
        Some(announced) => format!("{announced}."),
        None => prose,
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in decimal units.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(bytes, "byte"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_ends_before_code() {
        assert_eq!(prose("Mount\nit:\n\n```yaml\na: b\n```\nThen."), "Mount it.");
        assert_eq!(prose("Revoke it.\n\nThen rest."), "Revoke it. Then rest.");
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        assert_eq!(
            [grouped(0), grouped(999), grouped(1_000), grouped(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [size(1), size(1_500), size(2_000_000)],
            ["1 byte", "1.5 kB", "2.0 MB"]
        );
        assert_eq!(
            [
                counted(1, "entry"),
                counted(0, "finding"),
                counted(2_000, "entry")
            ],
            ["1 entry", "0 findings", "2,000 entries"]
        );
    }
}
