//! Dates in tokens.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns whether a time, in seconds since 1970, is in the past.
pub(super) fn past(seconds: i64) -> bool {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .is_ok_and(|now| (seconds.max(0) as u64) < now.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_before_now() {
        assert!(past(0) && past(-5) && !past(i64::MAX));
    }
}
