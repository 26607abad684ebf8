//! Brings trials into a study from outside: its own after a restart, and those of earlier studies.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use thiserror::Error;

use super::Study;
use super::history::evidence;
use crate::sampler::Observation;
use crate::{Outcome, Point, PointError, State, Trial};

/// A trial as it was kept outside. A serialised [`Trial`] reads as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub number: i64,
    /// Its values; those of another space are let in and ignored.
    pub point: Map<String, Json>,
    /// Where it stood.
    pub state: State,
}

impl From<&Trial> for Record {
    fn from(trial: &Trial) -> Self {
        Self { number: trial.number, point: trial.point.to_json(), state: trial.state }
    }
}

/// A finished trial of an earlier study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Its values.
    pub point: Map<String, Json>,
    /// What became of it, by the same metric on the same data: the caller sees to that.
    pub outcome: Outcome,
}

/// What restoring did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Restored {
    /// Number of trials that count.
    pub kept: usize,
    /// Numbers of trials that don't fit the space, with the reason. They keep their numbers, and no suggestion rests on them.
    pub ignored: Vec<(i64, PointError)>,
}

/// What a warm start did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WarmStart {
    /// Number of trials that count.
    pub taken: usize,
    /// Places in the list of trials that don't fit the space, with the reason. They are dropped.
    pub dropped: Vec<(usize, PointError)>,
}

/// Why trials can't be restored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// Two trials with one number.
    #[error("trial {number} is there twice")]
    Repeated {
        /// The number.
        number: i64,
    },
    /// The last number leaves none for the next trial.
    #[error("trial {number} is out of range: numbers end below 2^62")]
    Number {
        /// The number.
        number: i64,
    },
}

/// Numbers beyond this are no numbers of trials.
const LAST: i64 = 1 << 62;

impl Study {
    /// Takes the trials of the study as they were kept outside, in any order. Also how a study moves to a changed space: make
    /// a new one and restore the records of the old. Numbers that are missing below the last one are given out next.
    ///
    /// # Errors
    /// When a number is there twice or out of range. Then nothing changed.
    pub fn restore(&mut self, records: impl IntoIterator<Item = Record>) -> Result<Restored, RestoreError> {
        let mut records: Vec<Record> = records.into_iter().collect();
        records.sort_by_key(|record| record.number);
        self.check_numbers(&records)?;
        let mut restored = Restored::default();
        for Record { number, point, state } in records {
            match self.space.read(&point) {
                Ok(point) => {
                    self.insert(number, point, state);
                    restored.kept += 1;
                }
                Err(error) => {
                    self.outside.insert(number, state);
                    restored.ignored.push((number, error));
                }
            }
        }
        Ok(restored)
    }

    /// Takes finished trials of earlier studies, the oldest first. They get negative numbers, below those of an earlier call,
    /// and count like the study's own for suggestions, never for [`Study::best`].
    pub fn warm_start(&mut self, trials: &[Finished]) -> WarmStart {
        let mut start = WarmStart::default();
        let mut fitting: Vec<(Point, Outcome)> = Vec::new();
        for (place, trial) in trials.iter().enumerate() {
            match self.space.read(&trial.point) {
                Ok(point) => fitting.push((point, trial.outcome)),
                Err(error) => start.dropped.push((place, error)),
            }
        }
        start.taken = fitting.len();
        let before = self.trials.keys().next().copied().unwrap_or(0).min(0);
        // Ascending, so that of thousands each is put behind the one before.
        let first = before.saturating_sub_unsigned(start.taken as u64);
        for (number, (point, outcome)) in (first..).zip(fitting) {
            self.insert(number, point, State::Finished(outcome));
        }
        start
    }

    fn check_numbers(&self, sorted: &[Record]) -> Result<(), RestoreError> {
        for (place, &Record { number, .. }) in sorted.iter().enumerate() {
            if !(-LAST..LAST).contains(&number) {
                return Err(RestoreError::Number { number });
            }
            let is_known = self.trials.contains_key(&number) || self.outside.contains_key(&number);
            if is_known || place.checked_sub(1).is_some_and(|before| sorted[before].number == number) {
                return Err(RestoreError::Repeated { number });
            }
        }
        Ok(())
    }

    fn insert(&mut self, number: i64, point: Point, state: State) {
        let Some(row) = self.space.row(&point) else { return };
        let state = match state {
            State::Finished(outcome) => State::Finished(outcome.settled()),
            State::Pending => State::Pending,
        };
        self.history.insert(Observation { number, row, evidence: evidence(state, self.settings.goal) });
        self.trials.insert(number, Trial { number, point, state });
    }
}
