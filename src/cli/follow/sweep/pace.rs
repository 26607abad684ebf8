//! How fast trials end, and when they will all have ended.

use std::collections::VecDeque;

use k8s_openapi::jiff::Timestamp;

use super::{ended, status};
use crate::api::HyperparameterSweep;
use crate::api::sweep_status::{SweepPhase, SweepRun};
use crate::cli::follow::words::{clock, join};

/// Seconds that are looked back.
const WINDOW: i64 = 30;
/// Trials that say how fast they end now; fewer than these say less than all of the run.
const ENOUGH: i64 = 5;

/// Ended trials of the run that goes on, as they were seen in the last moments.
#[derive(Debug, Default)]
pub(in crate::cli::follow) struct Pace {
    run: String,
    seen: VecDeque<(Timestamp, i64)>,
}

impl Pace {
    /// Takes note of a look. What was seen of another run, or before a suspension, says nothing any more.
    pub fn see(&mut self, object: &HyperparameterSweep, now: Timestamp) {
        let Some((run, ended)) = going_on(object) else { return self.seen.clear() };
        if self.run != run.key || self.seen.back().is_some_and(|(_, before)| *before > ended) {
            self.seen.clear();
            self.run.clone_from(&run.key);
        }
        self.seen.push_back((now, ended));
        while self.seen.front().is_some_and(|(at, _)| now.duration_since(*at).as_secs() > WINDOW) {
            self.seen.pop_front();
        }
    }

    /// Speed and time left, as text; empty while nothing can be said.
    pub fn text(&self, object: &HyperparameterSweep, now: Timestamp) -> String {
        let Some((run, ended)) = going_on(object) else { return String::new() };
        let active = now.duration_since(run.started_at.0).as_secs() - run.suspended_seconds;
        let speed = self.now().or_else(|| (ended > 0 && active > 0).then(|| ended as f64 / active as f64));
        let open = i64::from(object.spec.max_trials) - ended;
        let needed = speed.filter(|_| open > 0).map(|speed| (open as f64 / speed).round() as i64);
        let limit = object.spec.time_limit_seconds.map(|limit| (limit - active).max(0));
        let left = match (needed, limit) {
            (Some(needed), Some(limit)) if limit < needed => format!("the time limit in {}", clock(limit)),
            (Some(needed), _) => format!("about {} left", clock(needed)),
            (None, Some(limit)) => format!("the time limit in {}", clock(limit)),
            (None, None) => String::new(),
        };
        join(&speed.map(per_time).unwrap_or_default(), &left)
    }

    /// Trials per second in the last moments.
    fn now(&self) -> Option<f64> {
        let ((first, before), (last, after)) = (self.seen.front()?, self.seen.back()?);
        let (trials, seconds) = (after - before, last.duration_since(*first).as_secs_f64());
        (trials >= ENOUGH && seconds >= 1.0).then(|| trials as f64 / seconds)
    }
}

/// The open run and its ended trials, while nothing stops it.
fn going_on(object: &HyperparameterSweep) -> Option<(&SweepRun, i64)> {
    let status = status(object).filter(|status| status.phase == SweepPhase::Running)?;
    let run = status.run.as_ref().filter(|run| run.outcome.is_none())?;
    Some((run, ended(status.trials?)))
}

/// In the largest unit of time that has at least one.
fn per_time(per_second: f64) -> String {
    match per_second {
        speed if speed >= 1.0 => format!("{speed:.1} trials/s"),
        speed if speed * 60.0 >= 1.0 => format!("{:.1} trials/min", speed * 60.0),
        speed => format!("{:.1} trials/h", speed * 3600.0),
    }
}
