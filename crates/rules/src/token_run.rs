//! The run of token characters that every match of a pattern contains. If a text has no such run, the pattern
//! is neither tried nor compiled: most words that select a rule are in prose and code without any token.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Characters of tokens: letters, digits, and the symbols of base64 and base64url.
pub(crate) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

/// The token characters that a part of a pattern always matches, in bytes.
#[derive(Clone, Copy)]
struct Sure {
    /// Whether the part matches token characters only.
    only: bool,
    /// The minimum length at its start, at its end, and of the longest run. All are equal if it matches only
    /// token characters.
    start: usize,
    end: usize,
    longest: usize,
}

const NOTHING: Sure = Sure {
    only: false,
    start: 0,
    end: 0,
    longest: 0,
};

impl Sure {
    const fn run(length: usize) -> Self {
        Self {
            only: true,
            start: length,
            end: length,
            longest: length,
        }
    }

    fn then(self, next: Self) -> Self {
        Self {
            only: self.only && next.only,
            start: if self.only {
                self.start + next.start
            } else {
                self.start
            },
            end: if next.only { self.end + next.end } else { next.end },
            longest: self.longest.max(next.longest).max(self.end + next.start),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            only: self.only && other.only,
            start: self.start.min(other.start),
            end: self.end.min(other.end),
            longest: self.longest.min(other.longest),
        }
    }
}

/// The length of the longest run of token characters that every match contains, in bytes.
pub(crate) fn token_run(pattern: &Hir) -> usize {
    sure(pattern).longest
}

fn sure(part: &Hir) -> Sure {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => Sure::run(0),
        HirKind::Literal(literal) => literal.0.iter().fold(Sure::run(0), |sure, byte| {
            sure.then(if is_token(*byte) { Sure::run(1) } else { NOTHING })
        }),
        HirKind::Class(class) if class_is_token(class) => Sure::run(1),
        HirKind::Class(_) => NOTHING,
        HirKind::Repetition(repetition) => {
            // More than a thousand repetitions make no difference.
            let least = repetition.min.min(1024);
            let once = sure(&repetition.sub);
            if once.only {
                return Sure::run(once.start * least as usize);
            }
            match least {
                0 => NOTHING,
                1 => once,
                _ => once.then(once),
            }
        }
        HirKind::Capture(capture) => sure(&capture.sub),
        HirKind::Concat(parts) => parts
            .iter()
            .map(sure)
            .fold(Sure::run(0), |all, next| all.then(next)),
        HirKind::Alternation(parts) => parts.iter().map(sure).reduce(Sure::or).unwrap_or(NOTHING),
    }
}

fn class_is_token(class: &Class) -> bool {
    match class {
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .all(|range| (range.start()..=range.end()).all(is_token)),
        Class::Unicode(_) => false,
    }
}

/// Returns whether a text has a run of at least `least` token characters. Reads one byte in `least` if the
/// text has none.
pub(crate) fn has_token_run(text: &[u8], least: usize) -> bool {
    let mut at = 0;
    while let Some(piece) = text.get(at..at + least) {
        match piece.iter().rposition(|byte| !is_token(*byte)) {
            None => return true,
            Some(last) => at += last + 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_of(pattern: &str) -> usize {
        let hir = crate::compile::parsed_pattern(pattern).unwrap();
        token_run(&hir)
    }

    #[test]
    fn the_shortest_run_of_a_pattern_is_found() {
        for (pattern, length) in [
            ("[0-9a-f]{32}", 32),
            ("key *= *['\"]?(?P<secret>[0-9a-f]{32,40})\\b", 32),
            ("[0-9a-f]{32}\\.[0-9A-Za-z]{16}", 32),
            ("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", 36),
            ("a{3}|b{5}", 3),
            ("(?:ab|c.)d{4}", 4),
            ("x*y?", 0),
            ("(?:ab!){3}", 2),
            (".{20}", 0),
            ("sk_[a-z]+_[0-9]{5,}", 10),
            ("(?i)token", 5),
        ] {
            assert_eq!(run_of(pattern), length, "{pattern}");
        }
    }

    #[test]
    fn runs_are_found_wherever_they_are() {
        for length in 1..40 {
            for before in 0..5 {
                let text = format!(
                    "{}{}{}",
                    "a ".repeat(before),
                    "k".repeat(length),
                    " b".repeat(before)
                );
                for least in 1..40 {
                    let naive = text.split(' ').any(|word| word.len() >= least);
                    assert_eq!(has_token_run(text.as_bytes(), least), naive, "{text:?} {least}");
                }
            }
        }
        assert!(!has_token_run(b"", 1));
    }
}
