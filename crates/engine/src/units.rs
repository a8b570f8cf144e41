//! Parses sizes and durations from arguments.

use std::time::Duration;

use keysift_finding::Severity;

/// Why a size or duration is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// Unknown unit; the second field lists the known ones.
    #[error("unknown unit `{0}`: use {1}")]
    Unit(String, &'static str),
    /// Not a number; the field is an example.
    #[error("expected a number such as {0}")]
    Number(&'static str),
    /// Exceeds 64 bits.
    #[error("too {0}")]
    TooMuch(&'static str),
}

/// Parses a number of bytes with an optional unit K, M or G (powers of 1024).
///
/// # Errors
/// If `text` is not such a number.
pub fn size(text: &str) -> Result<u64, UnitError> {
    let (digits, unit) = split(text);
    let factor = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        unit => return Err(UnitError::Unit(unit.to_owned(), "K, M or G")),
    };
    let number: u64 = digits.parse().map_err(|_| UnitError::Number("64M"))?;
    number.checked_mul(factor).ok_or(UnitError::TooMuch("large"))
}

/// Parses the lowest severity that fails a run, or `never`.
///
/// # Errors
/// If the text is not a severity.
pub fn fail_on(text: &str) -> Result<FailOn, String> {
    match text {
        text if text.eq_ignore_ascii_case("never") => Ok(FailOn(None)),
        text => match text.parse() {
            Ok(severity) => Ok(FailOn(Some(severity))),
            Err(error) => Err(format!("{error}, never")),
        },
    }
}

/// The lowest severity that fails a run, if any does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailOn(pub Option<Severity>);

/// Parses a duration such as `90s`, `5m` or `1h`; a number without a unit is in seconds.
///
/// # Errors
/// If `text` is not such a duration.
pub fn duration(text: &str) -> Result<Duration, UnitError> {
    let (digits, unit) = split(text);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        unit => return Err(UnitError::Unit(unit.to_owned(), "s, m or h")),
    };
    let number: u64 = digits.parse().map_err(|_| UnitError::Number("90s"))?;
    let seconds = number.checked_mul(factor).ok_or(UnitError::TooMuch("long"))?;
    Ok(Duration::from_secs(seconds))
}

/// Splits a number from its unit.
fn split(text: &str) -> (&str, &str) {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    (digits, &text[digits.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails() {
        assert_eq!(fail_on("never"), Ok(FailOn(None)));
        assert_eq!(fail_on("high"), Ok(FailOn(Some(Severity::High))));
        assert!(fail_on("maybe").is_err_and(|why| why.ends_with("critical, never")));
    }

    #[test]
    fn times() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert!(
            duration("x").is_err() && duration("5d").is_err() && duration("9999999999999999999h").is_err()
        );
    }

    #[test]
    fn sizes() {
        assert_eq!(size("64M"), Ok(64 << 20));
        assert_eq!(size("10"), Ok(10));
        assert_eq!(size("1gib"), Ok(1 << 30));
        assert!(size("x").is_err() && size("5Q").is_err() && size("99999999999G").is_err());
    }
}
