//! Dates in tokens.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 as `2026-11-21`; nothing before that, or beyond the year 9999.
pub(super) fn day(seconds: i64) -> Option<String> {
    if !(0..253_402_300_800).contains(&seconds) {
        return None;
    }
    // Days to civil date in the proleptic Gregorian calendar: Howard Hinnant, "chrono-compatible low-level date algorithms".
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    Some(format!(
        "{:04}-{month:02}-{day:02}",
        year + era * 400 + i64::from(month <= 2)
    ))
}

/// Whether a moment lies in the past.
pub(super) fn past(seconds: i64) -> bool {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .is_ok_and(|now| (seconds.max(0) as u64) < now.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(day(0).as_deref(), Some("1970-01-01"));
        assert_eq!(day(951_782_400).as_deref(), Some("2000-02-29"));
        assert_eq!(day(1_795_219_200).as_deref(), Some("2026-11-21"));
        assert_eq!((day(-1), day(i64::MAX)), (None, None));
        assert!(past(0) && past(-5) && !past(i64::MAX));
    }
}
