//! One trial of a report.

use std::collections::BTreeMap;

use podium_search::{Outcome, State, Trial};
use serde::Serialize;
use serde_json::{Map, Value};

use super::standing;
use crate::sweep::Sweep;

/// What whoever ran a trial knows about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Details {
    /// Seconds from its start to its end.
    pub seconds: Option<f64>,
    /// The last value of each metric that it logged.
    pub metrics: BTreeMap<String, f64>,
}

/// What became of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Standing {
    /// It ran to its end.
    Complete,
    /// It was stopped early.
    Stopped,
    /// It gave no value.
    Failed,
    /// The sweep was over, or taken down, before the trial was.
    Interrupted,
}

/// One trial of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialResult {
    /// Its number, from 0.
    pub number: i64,
    /// What became of it.
    pub state: Standing,
    /// The objective; of a stopped trial its last value; of others none.
    pub value: Option<f64>,
    /// The last step that it reported, when it reported steps.
    pub step: Option<i64>,
    /// Seconds from its start to its end.
    pub seconds: Option<f64>,
    /// Its values; those that were not active are absent.
    pub parameters: Map<String, Value>,
    /// The last finite value of each metric that it logged.
    pub metrics: BTreeMap<String, f64>,
    /// Why it failed or was stopped.
    pub message: Option<String>,
}

impl TrialResult {
    pub(super) fn new(trial: &Trial, sweep: &Sweep, details: &Details) -> Self {
        let state = standing(trial.state);
        let message = match state {
            Standing::Stopped => sweep.cut(trial.number).map(ToString::to_string),
            Standing::Failed => sweep.failure(trial.number).map(ToString::to_string),
            Standing::Complete | Standing::Interrupted => None,
        };
        let finite = details.metrics.iter().filter(|(_, value)| value.is_finite());
        Self {
            number: trial.number,
            state,
            value: value(trial.state),
            step: sweep.last_report(trial.number).map(|(step, _)| step),
            seconds: details.seconds,
            parameters: trial.point.to_json(),
            metrics: finite.map(|(name, value)| (name.clone(), *value)).collect(),
            message,
        }
    }
}

fn value(state: State) -> Option<f64> {
    match state {
        State::Finished(Outcome::Complete(value) | Outcome::Pruned { value, .. }) => Some(value),
        State::Pending | State::Finished(Outcome::Failed) => None,
    }
}
