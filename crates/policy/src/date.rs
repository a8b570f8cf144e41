//! Today's date, for entries that expire.

use std::time::{SystemTime, UNIX_EPOCH};

/// The days from 1970-01-01 to today, in UTC.
pub(crate) fn today() -> i64 {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds / 86_400).unwrap_or(i64::MAX)
}
