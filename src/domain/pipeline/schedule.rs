//! Cron expressions with their time zone.

use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::api::pipeline::{ConcurrencyPolicy, Schedule};
use crate::domain::violation::Violation;

/// A schedule that parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidSchedule {
    crontab: Crontab,
    /// Whether an open run ends for a new one.
    pub replace: bool,
    /// A tick older than this is skipped.
    pub starting_deadline: Duration,
}

/// A cron expression with its text, by which it is compared.
#[derive(Debug, Clone)]
struct Crontab {
    text: String,
    parsed: cronexpr::Crontab,
}

impl PartialEq for Crontab {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl ValidSchedule {
    /// The first tick after `time`.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let next = self.crontab.parsed.find_next(cronexpr::MakeTimestamp(time)).ok()?;
        Some(next.timestamp())
    }

    /// The last tick in `(since, now]` that is not older than the starting deadline, and whether older ones were missed.
    /// At most a day of minutes is walked, so a controller that slept for a year answers as fast.
    pub fn due(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let deadline = SignedDuration::try_from(self.starting_deadline).unwrap_or(SignedDuration::MAX);
        let earliest = now.checked_sub(deadline).unwrap_or(Timestamp::MIN).max(since);
        let mut last = None;
        let mut tick = self.next_after(earliest)?;
        while tick <= now {
            last = Some(tick);
            tick = self.next_after(tick)?;
        }
        last
    }
}

pub(super) fn schedule(schedule: Option<&Schedule>, problems: &mut Vec<Violation>) -> Option<ValidSchedule> {
    let schedule = schedule?;
    if schedule.cron.split_whitespace().count() != 5 {
        let message =
            format!("{:?} has not five fields: minute hour day-of-month month day-of-week", schedule.cron);
        problems.push(Violation::new("spec.schedule.cron", message));
        return None;
    }
    let text = format!("{} {}", schedule.cron, schedule.time_zone.as_deref().unwrap_or("Etc/UTC"));
    match cronexpr::parse_crontab(&text) {
        Ok(parsed) => Some(ValidSchedule {
            crontab: Crontab { text, parsed },
            replace: schedule.concurrency_policy == Some(ConcurrencyPolicy::Replace),
            starting_deadline: Duration::from_secs(
                schedule.starting_deadline_seconds.unwrap_or(600).unsigned_abs(),
            ),
        }),
        Err(error) => {
            let reason = error.to_string().lines().next().unwrap_or_default().to_owned();
            problems.push(Violation::new("spec.schedule", format!("{text:?} is no schedule: {reason}")));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid(cron: &str, zone: &str) -> ValidSchedule {
        let stated = Schedule {
            cron: cron.into(),
            time_zone: Some(zone.into()),
            concurrency_policy: None,
            starting_deadline_seconds: None,
        };
        schedule(Some(&stated), &mut Vec::new()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn three_in_the_morning_in_paris_is_two_in_utc_in_winter_and_one_in_summer() {
        let nightly = valid("0 3 * * *", "Europe/Paris");
        assert_eq!(nightly.next_after(at("2026-01-10T12:00:00Z")), Some(at("2026-01-11T02:00:00Z")));
        assert_eq!(nightly.next_after(at("2026-07-10T12:00:00Z")), Some(at("2026-07-11T01:00:00Z")));
    }

    #[test]
    fn of_many_missed_ticks_only_the_last_within_the_deadline_is_due() {
        let every_minute = valid("* * * * *", "Etc/UTC");
        let (since, now) = (at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:30Z"));
        assert_eq!(every_minute.due(since, now), Some(at("2026-01-01T00:00:00Z")));
        assert_eq!(every_minute.due(at("2026-01-01T00:00:00Z"), now), None);
        let nightly = valid("0 3 * * *", "Etc/UTC");
        assert_eq!(nightly.due(since, at("2026-01-01T03:30:00Z")), None);
    }

    #[test]
    fn how_late_a_tick_may_be_is_the_spec_s() {
        let nightly = |seconds: i64| {
            let stated = Schedule {
                cron: "0 3 * * *".into(),
                time_zone: None,
                concurrency_policy: None,
                starting_deadline_seconds: Some(seconds),
            };
            let valid = schedule(Some(&stated), &mut Vec::new()).unwrap();
            valid.due(at("2026-01-01T00:00:00Z"), at("2026-01-01T03:30:00Z"))
        };
        assert_eq!(nightly(1799), None);
        assert_eq!(nightly(1801), Some(at("2026-01-01T03:00:00Z")));
    }

    #[test]
    fn six_fields_and_an_unknown_zone_are_refused_by_name() {
        for (cron, zone) in
            [("* * * * * *", "Etc/UTC"), ("0 3 * * *", "Europe/Atlantis"), ("61 * * * *", "Etc/UTC")]
        {
            let stated = Schedule {
                cron: cron.into(),
                time_zone: Some(zone.into()),
                concurrency_policy: None,
                starting_deadline_seconds: None,
            };
            let mut problems = Vec::new();
            assert_eq!(schedule(Some(&stated), &mut problems), None);
            assert!(problems[0].field.starts_with("spec.schedule"), "{problems:?}");
        }
    }
}
