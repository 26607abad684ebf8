//! Trials with a Job of their own: given out to the Job that is to be made, and settled by what that Job came to. Nobody
//! asks, reports or tells; what a trial logs stands in its run when it ends.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Real, TrialEnd};
use podium_search::Point;
use podium_tuning::sweep::Action;

use super::slip::State;
use super::{Desk, Write};

/// A trial that a Job has, or is to have.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Number of the trial.
    pub number: i64,
    /// Which time it was given out.
    pub attempt: u32,
    /// Name of the Job.
    pub worker: String,
    /// Its run in MLflow.
    pub run_id: String,
    /// Its parameters.
    pub point: Point,
}

/// What a trial's Job came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Number of the trial.
    pub number: i64,
    /// Its attempt.
    pub attempt: u32,
    /// Name of the Job.
    pub worker: String,
    /// The trial's run in MLflow.
    pub run_id: String,
    /// How the Job ended.
    pub exit: Exit,
    /// Seconds from its start to its end, where that is known.
    pub seconds: Option<u64>,
}

/// How a Job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// With exit code 0: what its run in MLflow has of the objective counts.
    Completed,
    /// Otherwise, and why.
    Failed(String),
}

impl Desk {
    /// The desk of a sweep whose trials have Jobs of their own.
    #[must_use]
    pub fn with_own_jobs(mut self) -> Self {
        self.own_jobs = true;
        self
    }

    /// Gives the next trial to a Job named after it; `None` while there is nothing to give.
    pub fn hand_out(&mut self, name: impl Fn(i64, u32) -> String, now: Timestamp) -> Option<Write> {
        if !self.is_open || self.hands.len() >= self.sweep.limits().parallelism as usize {
            return None;
        }
        match self.sweep.next_beyond(self.clock.elapsed(now)) {
            Action::Start(trial) => {
                let before = self.slips.get(&trial.number).map_or(0, |slip| slip.attempt);
                let worker = name(trial.number, before.saturating_add(1));
                Some(self.give(&trial, &worker, now))
            }
            Action::End(_) | Action::Wait => None,
        }
    }

    /// Takes what a Job came to; `logged` is what stands in the trial's run. `None` when the trial is not that Job's.
    pub fn settle(
        &mut self,
        settlement: &Settlement,
        logged: &BTreeMap<String, f64>,
        now: Timestamp,
    ) -> Option<Write> {
        let number = settlement.number;
        let metric = self.sweep.metric().to_owned();
        let slip = self.slips.get_mut(&number)?;
        let is_its_own = slip.worker == settlement.worker
            && slip.attempt == settlement.attempt
            && slip.state == State::Given;
        if !is_its_own {
            return None;
        }
        // Seconds of a trial are far from where doubles have gaps.
        slip.seconds = settlement.seconds.map(|seconds| seconds as f64);
        slip.metrics = logged.clone();
        let end = match (&settlement.exit, logged.get(&metric)) {
            (Exit::Failed(message), _) => TrialEnd::Failed { message: message.clone() },
            (Exit::Completed, Some(value)) => TrialEnd::Complete { value: Real(*value) },
            (Exit::Completed, None) => TrialEnd::NoObjective { logged: logged.keys().cloned().collect() },
        };
        Some(self.ending(number, end, now))
    }

    /// The trials that Jobs have.
    pub(super) fn given(&self) -> Vec<Given> {
        let held = self.hands.trials().filter_map(|(worker, number)| {
            let slip = self.slips.get(&number).filter(|slip| slip.state == State::Given)?;
            Some(Given {
                number,
                attempt: slip.attempt,
                worker: worker.to_owned(),
                run_id: slip.run_id.clone()?,
                point: self.sweep.study().trial(number)?.point.clone(),
            })
        });
        let mut given: Vec<Given> = held.collect();
        given.sort_by_key(|given| given.number);
        given
    }
}
