//! Today, for entries of the settings that expire.

use std::time::{SystemTime, UNIX_EPOCH};

/// Days since 1970 of today, in UTC.
pub(crate) fn today() -> i64 {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds / 86_400).unwrap_or(i64::MAX)
}
