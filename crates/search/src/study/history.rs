//! Trials as the methods see them: in internal values, minimised, by number.

use std::collections::HashMap;

use crate::sampler::{Evidence, Observation};
use crate::space::{Key, Row, key};
use crate::{Goal, Outcome, State};

/// Grows with the trials, so that a suggestion doesn't rebuild it.
#[derive(Debug, Default)]
pub(super) struct History {
    observations: Vec<Observation>,
    /// The highest number with each point: not negative when the study itself tried it.
    tried: HashMap<Key, i64>,
}

impl History {
    pub(super) fn observations(&self) -> &[Observation] {
        &self.observations
    }

    pub(super) fn is_tried(&self, row: &Row) -> bool {
        self.tried.contains_key(&key(row))
    }

    /// Whether the study itself tried it, not only an earlier one.
    pub(super) fn is_own(&self, row: &Row) -> bool {
        self.tried.get(&key(row)).is_some_and(|number| *number >= 0)
    }

    /// Number of different points.
    pub(super) fn distinct(&self) -> u128 {
        self.tried.len() as u128
    }

    pub(super) fn insert(&mut self, observation: Observation) {
        let last = self.tried.entry(key(&observation.row)).or_insert(observation.number);
        *last = observation.number.max(*last);
        let place = self.observations.partition_point(|other| other.number < observation.number);
        self.observations.insert(place, observation);
    }

    pub(super) fn set(&mut self, number: i64, evidence: Evidence) {
        let place = self.observations.partition_point(|other| other.number < number);
        if let Some(observation) = self.observations.get_mut(place) {
            observation.evidence = evidence;
        }
    }
}

/// What a state tells the methods.
pub(super) fn evidence(state: State, goal: Goal) -> Evidence {
    let State::Finished(outcome) = state else { return Evidence::Pending };
    match outcome.settled() {
        Outcome::Complete(value) => Evidence::Complete(goal.minimised(value)),
        Outcome::Pruned { step, value } => Evidence::Pruned { step, value: goal.minimised(value) },
        Outcome::Failed => Evidence::Failed,
    }
}
