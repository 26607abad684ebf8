//! Delays between failures in a row.

use std::time::Duration;

/// 1 s, 2 s, 4 s, ... at most a minute.
pub(super) fn delay(failures: u32) -> Duration {
    Duration::from_secs((1_u64 << failures.saturating_sub(1).min(6)).min(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_object_is_tried_less_and_less_but_at_least_each_minute() {
        let delays = [1, 2, 3, 7, 8, u32::MAX].map(|failures| delay(failures).as_secs());
        assert_eq!(delays, [1, 2, 4, 60, 60, 60]);
    }
}
