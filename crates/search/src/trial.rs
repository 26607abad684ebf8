//! Trials and what became of them.

use serde::{Deserialize, Serialize};

use crate::Point;

/// Which values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Goal {
    /// Lower is better.
    #[default]
    Minimize,
    /// Higher is better.
    Maximize,
}

impl Goal {
    /// The value as all methods see it, lower is better; and back.
    #[must_use]
    pub fn minimised(self, value: f64) -> f64 {
        match self {
            Self::Minimize => value,
            Self::Maximize => -value,
        }
    }

    /// Whether the first value is strictly better.
    #[must_use]
    pub fn is_better(self, value: f64, other: f64) -> bool {
        self.minimised(value) < self.minimised(other)
    }
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It ran to its end with this objective. NaN and infinities count as [`Outcome::Failed`].
    Complete(f64),
    /// It was stopped early.
    Pruned {
        /// The last step that it reported.
        step: i64,
        /// The objective at that step. NaN and infinities count as [`Outcome::Failed`].
        value: f64,
    },
    /// It gave no objective: an error, a crash, NaN.
    Failed,
}

impl Outcome {
    /// The outcome with values that are no numbers turned into failures.
    #[must_use]
    pub fn settled(self) -> Self {
        match self {
            Self::Complete(value) | Self::Pruned { value, .. } if !value.is_finite() => Self::Failed,
            outcome => outcome,
        }
    }
}

/// Where a trial stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// Given out, not yet told.
    Pending,
    /// Told.
    Finished(Outcome),
}

/// One trial of a study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Its number: from 0 for the study's own, negative for those of earlier studies.
    pub number: i64,
    /// What it tries.
    pub point: Point,
    /// Where it stands.
    pub state: State,
}

impl Trial {
    /// The objective, when the trial is complete.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self.state {
            State::Finished(Outcome::Complete(value)) => Some(value),
            _ => None,
        }
    }
}
