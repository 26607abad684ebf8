//! A sweep: a study with limits, early stopping and an end.
//!
//! Trials are given out by [`Sweep::next_action`], report by [`Sweep::report`] and end by [`Sweep::tell`]. Each call may come
//! late, twice or in another order: the first accepted result of a trial counts. The time is an argument. A sweep that was lost
//! is rebuilt from its records by [`Sweep::restore`] and goes on as it would have.

mod action;
mod end;
mod ending;
mod limits;
mod over;
mod restore;
mod stopping;
mod tell;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use podium_search::stop::Progress;
use podium_search::{AlgorithmError, EnqueueError, Goal, Outcome, Settings, Space, State, Study, Trial};
use serde_json::{Map, Value};

pub use action::Action;
pub use end::{Cut, End, Failure};
pub use ending::Ending;
pub use limits::Limits;
pub use restore::{Ended, Record, Restored};
pub use stopping::{EarlyStopping, Rule};
pub use tell::Reported;

/// What a sweep is made with.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is searched.
    pub space: Space,
    /// How it is searched.
    pub settings: Settings,
    /// Name of the metric that the goal is about.
    pub metric: String,
    /// When it ends.
    pub limits: Limits,
    /// When trials, or the whole, end early.
    pub stopping: EarlyStopping,
    /// Points to try before all suggestions, in this order.
    pub first: Vec<Map<String, Value>>,
}

/// Why a sweep can't start.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The method can't search the space.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmError),
    /// A point to try first is not of the space.
    #[error(transparent)]
    First(#[from] EnqueueError),
}

/// A sweep in its course.
#[derive(Debug)]
pub struct Sweep {
    study: Study,
    metric: String,
    limits: Limits,
    stopping: EarlyStopping,
    /// Reports of the study's own trials, minimised.
    progress: Vec<Progress>,
    /// Of each trial, its place in `progress`.
    places: BTreeMap<i64, usize>,
    /// Trials that were told to stop early.
    cuts: BTreeMap<i64, Cut>,
    /// Why trials failed.
    failures: BTreeMap<i64, Failure>,
    /// Trials that somebody runs now.
    running: BTreeSet<i64>,
    /// Whether every point was tried.
    is_exhausted: bool,
}

impl Sweep {
    /// A sweep without trials.
    ///
    /// # Errors
    /// When the algorithm can't search the space, or a point to try first is not of it.
    pub fn new(plan: Plan) -> Result<Self, PlanError> {
        let mut study = Study::new(plan.space, plan.settings)?;
        study.enqueue(&plan.first)?;
        Ok(Self {
            study,
            metric: plan.metric,
            limits: plan.limits,
            stopping: plan.stopping,
            progress: Vec::new(),
            places: BTreeMap::new(),
            cuts: BTreeMap::new(),
            failures: BTreeMap::new(),
            running: BTreeSet::new(),
            is_exhausted: false,
        })
    }

    /// The study below.
    #[must_use]
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Name of the metric that the goal is about.
    #[must_use]
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// When it ends.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The sweep's own trials, by number.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.study.trials().filter(|trial| trial.number >= 0)
    }

    /// Numbers of the trials that somebody runs now, ascending.
    pub fn running(&self) -> impl Iterator<Item = i64> {
        self.running.iter().copied()
    }

    /// What the stopper said about a trial, when it was told to stop.
    #[must_use]
    pub fn cut(&self, number: i64) -> Option<&Cut> {
        self.cuts.get(&number)
    }

    /// Why a trial failed, when it did.
    #[must_use]
    pub fn failure(&self, number: i64) -> Option<&Failure> {
        self.failures.get(&number)
    }

    /// The last step that a trial reported, with its value.
    #[must_use]
    pub fn last_report(&self, number: i64) -> Option<(i64, f64)> {
        let (step, value) = self.progress.get(*self.places.get(&number)?)?.last()?;
        Some((step, self.goal().minimised(value)))
    }

    /// Numbers of trials by what became of them.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for trial in self.trials() {
            match trial.state {
                State::Pending => counts.pending += 1,
                State::Finished(Outcome::Complete(_)) => counts.complete += 1,
                State::Finished(Outcome::Pruned { .. }) => counts.stopped += 1,
                State::Finished(Outcome::Failed) => counts.failed += 1,
            }
        }
        counts
    }

    fn goal(&self) -> Goal {
        self.study.settings().goal
    }
}

/// Numbers of trials by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Given out and not ended.
    pub pending: u64,
    /// Ran to their end with a value.
    pub complete: u64,
    /// Stopped early.
    pub stopped: u64,
    /// Gave no value.
    pub failed: u64,
}

impl Counts {
    /// Trials that ended, whichever way.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.complete + self.stopped + self.failed
    }
}
