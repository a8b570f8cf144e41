//! Dates of the Gregorian calendar in UTC: settings that expire, tokens with a date, reports.
//!
//! Algorithms: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

const DAY: i64 = 86_400;

/// 9999-12-31T23:59:59 in seconds since 1970: later years have five digits.
const LAST: i64 = 253_402_300_799;

/// The days from 0000-03-01, where the cycle of 400 years begins, to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Formats seconds since 1970 as `2026-11-21`. Returns nothing for times before 1970 and after the year 9999.
pub fn date(seconds: i64) -> Option<String> {
    if !(0..=LAST).contains(&seconds) {
        return None;
    }
    let days = seconds / DAY + EPOCH;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// Formats seconds since 1970 as `2026-11-21T23:59:59`. Returns nothing for times before 1970 and after the year 9999.
pub fn date_time(seconds: i64) -> Option<String> {
    let date = date(seconds)?;
    let of_day = seconds % DAY;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}"))
}

/// The days since 1970 of a date like `2026-11-21`.
pub fn days(date: &str) -> Option<i64> {
    let parts: Vec<i64> = date
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else {
        return None;
    };
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverse() {
        for day in (0..2_932_896).step_by(97) {
            assert_eq!(days(&date(day * DAY).unwrap()), Some(day));
        }
    }

    #[test]
    fn known_dates() {
        assert_eq!(date(951_782_400).as_deref(), Some("2000-02-29"));
        assert_eq!(date_time(1_795_219_199).as_deref(), Some("2026-11-20T23:59:59"));
        assert_eq!(
            (date(-1), date(i64::MAX), date_time(LAST + 1)),
            (None, None, None)
        );
        assert_eq!(days("1970-01-01"), Some(0));
        for wrong in ["2026-13-01", "2026-1", "soon", "", "99999-01-01"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
