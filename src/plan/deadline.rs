//! How long a Job may go on where no operator lives.

use std::time::Duration;

/// Seconds that a Job is left beyond the end of its owner's time: a living operator stops it before, and says why.
const GRACE: u64 = 60;

/// `activeDeadlineSeconds` of a Job whose owner may take as long as `limit`, and has taken `elapsed`. The Job controller keeps it, so that
/// nothing runs on for ever, and no GPU stays bound, where every operator is dead.
pub(crate) fn job_deadline(limit: Duration, elapsed: Duration) -> i64 {
    let left = limit.saturating_sub(elapsed).as_secs().saturating_add(GRACE);
    i64::try_from(left).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_what_is_left_of_its_owner_s_time_and_a_minute_more() {
        let seconds =
            |limit, elapsed| job_deadline(Duration::from_secs(limit), Duration::from_millis(elapsed));
        assert_eq!(seconds(600, 100_500), 559);
        assert_eq!(seconds(600, 900_000), 60);
        assert_eq!(seconds(u64::MAX, 0), i64::MAX);
    }
}
