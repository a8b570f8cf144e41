//! Values that authenticate nobody: placeholders, requests for a value, samples of documentation.

use crate::{
    Feature, is_dense,
    lists::{ASKED_DONE, ASKED_FAKES, ASKED_THINGS, ASKED_VERBS, ASKED_YOURS, DOCUMENTATION},
    shannon_bits,
    wordiness::words_of,
    words::contains_any,
};

/// The reason why a token in a provider's format is not live: it contains a filled-in pattern or a word of
/// documentation.
///
/// A random token of 100 characters is rejected less than once in a billion.
pub fn inert(token: &str) -> Option<Feature> {
    let lower = token.to_ascii_lowercase();
    // Of random base64 texts of 1,000 characters, one in four billion holds the word.
    if token.contains("EXAMPLE") {
        return Some(Feature::DocumentedSample);
    }
    // The subject of the sample token of jwt.io.
    if token.contains(".eyJzdWIiOiIxMjM0NTY3ODkwI") {
        return Some(Feature::DocumentedSample);
    }
    if contains_any(&lower, DOCUMENTATION) {
        return Some(Feature::DocumentationWord);
    }
    if longest_run(&lower) >= 8 {
        return Some(Feature::Repeated);
    }
    if longest_sequence(&lower) >= 10 {
        return Some(Feature::Ascending);
    }
    if token.len() >= 16 && may_be_regular(token.as_bytes()) && shannon_bits(token.as_bytes()) < 1.8 {
        return Some(Feature::Regular);
    }
    None
}

/// Returns whether the entropy may be below 1.8 bits. It is at least the negative logarithm of the share of
/// the most frequent byte, so a share below two sevenths excludes that.
fn may_be_regular(token: &[u8]) -> bool {
    let mut counts = [0u32; 256];
    token.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    counts.iter().any(|count| *count as usize * 7 > token.len() * 2)
}

/// Returns whether a value is a placeholder or asks for a value.
pub(crate) fn is_placeholder(value: &str, lower: &str) -> bool {
    const STARTS: &[&str] = &[
        "your-",
        "your_",
        "your ",
        "my-secret-here",
        "insert",
        "replace",
        "fill",
        "put-your",
        "put_your",
        "enter-",
        "enter_",
        "<",
        "todo",
        "fixme",
    ];
    const PARTS: &[&str] = &[
        "redacted",
        "placeholder",
        "data+omitted",
        "-here",
        "_here",
        "goes here",
        "goes-here",
        "set-me",
        "set_me",
        "setme",
        "to-be-set",
        "tbd",
    ];
    /// Words that replace a value which was removed.
    const REMOVED_VALUES: &[&str] = &[
        "censored",
        "hidden",
        "masked",
        "obfuscated",
        "omitted",
        "removed",
        "sanitized",
        "scrubbed",
        "stripped",
        "undisclosed",
    ];
    let taken_out = REMOVED_VALUES.contains(&lower.trim_matches(|char: char| !char.is_ascii_alphabetic()));
    let filled = |char: char| lower.len() >= 3 && lower.chars().all(|other| other == char);
    let wrapped =
        lower.starts_with('<') && lower.ends_with('>') || lower.starts_with('[') && lower.ends_with(']');
    let all_same = lower
        .chars()
        .next()
        .is_some_and(|first| "x*.-_#?".contains(first) && filled(first))
        || lower == "…";
    // In text that looks generated short words occur by chance.
    let spelled = |part: &str| lower.contains(part) && (part.len() >= 8 || !is_dense(value));
    wrapped
        || taken_out
        || all_same
        || lower.contains("****")
        || lower.ends_with("...")
        || spelled("xxxx")
        || spelled("...")
        || STARTS
            .iter()
            .any(|start| *start != "<" && lower.starts_with(start) && !is_dense(value))
        || contains_any(lower, PARTS) && PARTS.iter().any(|part| spelled(part))
        || is_variable(value)
}

/// Returns whether a value consists of words that ask for a value: a verb, and what or who is asked.
pub fn asks(value: &str) -> bool {
    if value.len() > 80 || is_dense(value) {
        return false;
    }
    let words = words_of(value);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // `use-openssl-rand-hex-32`
    if words
        .windows(2)
        .any(|part| part[0] == "use" && part[1] == "openssl")
    {
        return true;
    }
    let letters: usize = words.iter().map(String::len).sum();
    words.len() >= 2
        && words.concat() != "changeme" // a default that is live
        && letters * 4 >= value.len() * 3
        && (has(ASKED_VERBS) && (has(ASKED_YOURS) || has(ASKED_THINGS))
            || (has(&["your", "yours"]) || has(ASKED_FAKES)) && has(ASKED_THINGS)
            || words
                .windows(3)
                .any(|part| part[0] == "to" && part[1] == "be" && ASKED_DONE.contains(&part[2].as_str())))
        && crate::wordiness(value).any < 4.8
}

/// Returns whether a value is the name of a variable in capitals that ends like a credential: `SMTP_PASSWORD`
/// is to be replaced.
fn is_variable(value: &str) -> bool {
    const HEADS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "PASS",
        "SECRET",
        "TOKEN",
        "KEY",
        "CREDENTIALS",
        "PWD",
    ];
    let mut parts = value.split('_').filter(|part| !part.is_empty());
    let last = value.rsplit('_').next().unwrap_or_default();
    HEADS.contains(&last)
        && value.contains('_')
        && parts.all(|part| {
            part.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
        && value.starts_with(|char: char| char.is_ascii_uppercase())
}

/// Length of the longest run of one character.
fn longest_run(text: &str) -> usize {
    longest(text, |before, after| before == after)
}

/// Length of the longest run of consecutive characters (`abcdef`, `012345`, and `1234567890abcdef` as on a
/// keyboard).
fn longest_sequence(text: &str) -> usize {
    longest(text, |before, after| {
        before.checked_add(1) == Some(after) || matches!((before, after), (b'9', b'0' | b'a') | (b'0', b'a'))
    })
}

fn longest(text: &str, joined: impl Fn(u8, u8) -> bool) -> usize {
    let (mut best, mut run) = (usize::from(!text.is_empty()), 1);
    for pair in text.as_bytes().windows(2) {
        run = if joined(pair[0], pair[1]) { run + 1 } else { 1 };
        best = best.max(run);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inert_tokens_are_recognized() {
        assert!(inert(&format!("AKIA{}EXAMPLE", "IOSFODNN7")).is_some());
        assert!(inert(&format!("IQoJ{}wEXAMPLEtc764bNrC9SAPBSM22wDOk", "b3JpZ2lu")).is_some());
        assert!(inert(&"x".repeat(36)).is_some());
        assert!(inert("abcdefghijklmnop").is_some());
        assert!(inert("k9Qz2LmX8vRt4WbN6yHs").is_none());
    }
}
