//! How a search went.

use std::collections::BTreeMap;

use podium_search::Goal;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Report, Standing, TOP, TrialResult};
use crate::sweep::{Counts, Ending};

/// The best trial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// Name of the sweep.
    pub name: String,
    /// Number of the trial.
    pub trial: i64,
    /// The objective's metric.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// The parameters to use.
    pub parameters: Map<String, Value>,
    /// The last value of each metric that the trial logged.
    pub metrics: BTreeMap<String, f64>,
}

/// How a search went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the sweep.
    pub name: String,
    /// What was made better.
    pub objective: Objective,
    /// The method that worked, and why.
    pub algorithm: Algorithm,
    /// Trials by what became of them.
    pub trials: Counts,
    /// Seconds that the sweep has run.
    pub elapsed_seconds: f64,
    /// Why it ended; none while it goes on or when it was interrupted.
    pub ending: Option<Ended>,
    /// The best complete trials, the best first.
    pub top: Vec<TrialResult>,
    /// Each complete trial that was better than all before it, by number.
    pub improvements: Vec<Improvement>,
    /// How much each parameter matters.
    pub importance: Mattering,
}

/// How much each parameter matters (fANOVA, Hutter et al. 2014), or why nothing is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Mattering {
    /// Parts of the variance of the objective over the space, from 0 to 1.
    Known {
        /// What each parameter causes by itself.
        parameters: BTreeMap<String, f64>,
        /// What only combinations of them cause.
        interactions: f64,
    },
    /// Too little is known.
    Unknown {
        /// Why.
        message: String,
    },
}

/// What was made better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Objective {
    /// The metric.
    pub metric: String,
    /// Which values are better.
    pub goal: Goal,
}

/// The method that worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Algorithm {
    /// Its name.
    pub name: String,
    /// Why it was chosen.
    pub reason: String,
    /// Seed of all random choices.
    pub seed: u64,
}

/// Why a sweep ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ended {
    /// The reason as one word, with its facts.
    #[serde(flatten)]
    pub facts: Ending,
    /// The reason as a sentence.
    pub message: String,
}

/// A trial that was better than all before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Improvement {
    /// Its number.
    pub trial: i64,
    /// Its value.
    pub value: f64,
}

impl Report {
    /// How the search went.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            name: self.name.clone(),
            objective: Objective { metric: self.metric.clone(), goal: self.goal },
            algorithm: Algorithm {
                name: self.algorithm.clone(),
                reason: self.algorithm_reason.clone(),
                seed: self.seed,
            },
            trials: self.counts,
            elapsed_seconds: self.elapsed_seconds,
            ending: self
                .ending
                .as_ref()
                .map(|ending| Ended { facts: ending.clone(), message: ending.to_string() }),
            top: self.ranking().into_iter().take(TOP).cloned().collect(),
            improvements: self.improvements(),
            importance: self.mattering(),
        }
    }

    pub(super) fn best(&self, trial: &TrialResult) -> Best {
        Best {
            name: self.name.clone(),
            trial: trial.number,
            metric: self.metric.clone(),
            value: trial.value.unwrap_or(f64::NAN),
            parameters: trial.parameters.clone(),
            metrics: trial.metrics.clone(),
        }
    }

    fn mattering(&self) -> Mattering {
        match &self.importance {
            Ok(importance) => Mattering::Known {
                parameters: importance.shares.iter().map(|one| (one.name.clone(), one.share)).collect(),
                interactions: importance.interactions,
            },
            Err(error) => Mattering::Unknown { message: error.to_string() },
        }
    }

    /// Each complete trial that was better than all before it.
    pub(super) fn improvements(&self) -> Vec<Improvement> {
        let mut found: Vec<Improvement> = Vec::new();
        for trial in self.trials.iter().filter(|trial| trial.state == Standing::Complete) {
            let Some(value) = trial.value.filter(|value| value.is_finite()) else { continue };
            if found.last().is_none_or(|last| self.goal.is_better(value, last.value)) {
                found.push(Improvement { trial: trial.number, value });
            }
        }
        found
    }
}
