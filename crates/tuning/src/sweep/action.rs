//! What happens next.

use std::time::Duration;

use podium_search::stop::Progress;
use podium_search::{Ask, Trial};

use super::{Ending, Limits, Sweep};

/// What happens next.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Run this trial: a new one, or one that was given out before and lost. It counts as running from now on.
    Start(Trial),
    /// Nothing until a trial ends, or the time is over.
    Wait,
    /// Stop all trials that run: the sweep is over.
    End(Ending),
}

impl Sweep {
    /// What happens next, after `elapsed` of running. To be asked until it is no [`Action::Start`].
    pub fn next_action(&mut self, elapsed: Duration) -> Action {
        let is_full = self.running.len() >= self.limits.parallelism as usize;
        match self.ending(elapsed) {
            None if is_full => Action::Wait,
            _ => self.next_beyond(elapsed),
        }
    }

    /// As [`Self::next_action`], however many run: for those who count by other means, as where a trial waits for its turn.
    pub fn next_beyond(&mut self, elapsed: Duration) -> Action {
        if let Some(ending) = self.ending(elapsed) {
            return Action::End(ending);
        }
        // What was given out goes first: a study with holes would never be whole.
        let lost = self.trials().find(|trial| self.is_lost(trial)).cloned();
        if let Some(trial) = lost {
            return self.start(trial);
        }
        if self.trials().count() as u64 >= self.limits.max_trials {
            return Action::Wait;
        }
        match self.study.ask() {
            Ask::Trial(trial) => self.start(trial),
            Ask::Wait => Action::Wait,
            Ask::Exhausted => {
                self.is_exhausted = true;
                self.ending(elapsed).map_or(Action::Wait, Action::End)
            }
        }
    }

    /// Whoever ran a trial is gone without a word: it will be given out again, same number, same parameters. What it reported
    /// stands. Changes nothing for a trial that ended.
    pub fn lost(&mut self, number: i64) {
        self.running.remove(&number);
    }

    /// Somebody still runs a trial that was restored as pending. Changes nothing for a trial that ended.
    pub fn resume(&mut self, number: i64) {
        if self.study.trial(number).is_some_and(|trial| trial.state == podium_search::State::Pending) {
            self.running.insert(number);
        }
    }

    /// Other limits, from now on; at least one trial at once. Those that run go on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = Limits { parallelism: limits.parallelism.max(1), ..limits };
    }

    fn is_lost(&self, trial: &Trial) -> bool {
        trial.state == podium_search::State::Pending && !self.running.contains(&trial.number)
    }

    fn start(&mut self, trial: Trial) -> Action {
        self.running.insert(trial.number);
        self.track(trial.number);
        Action::Start(trial)
    }

    pub(super) fn track(&mut self, number: i64) {
        let next = self.progress.len();
        if *self.places.entry(number).or_insert(next) == next {
            self.progress.push(Progress::new(number));
        }
    }
}
