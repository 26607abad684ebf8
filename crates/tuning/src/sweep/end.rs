//! How a trial ends.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What whoever ran a trial says about its end.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// It ran to its end with this objective. NaN and infinities count as failed.
    Complete(f64),
    /// It was stopped early, as the sweep had asked.
    Stopped,
    /// It gave no objective.
    Failed(Failure),
}

/// Why a trial failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// It ended well, but did not log the objective.
    NoObjective {
        /// Metrics that it did log.
        logged: BTreeSet<String>,
    },
    /// The objective was NaN or infinite.
    NotFinite,
    /// It broke: an exit code, a signal, a lost machine. In words.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObjective { logged } if logged.is_empty() => {
                formatter.write_str("did not log the objective, nor any other metric")
            }
            Self::NoObjective { logged } => {
                write!(formatter, "did not log the objective; it logged {}", list(logged))
            }
            Self::NotFinite => formatter.write_str("the objective is not a finite number"),
            Self::Broken(words) => formatter.write_str(words),
        }
    }
}

/// Names as a sentence has them.
pub(super) fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Why a trial was told to stop, in the metric's own direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Cut {
    /// It is behind the others.
    Behind {
        /// The step at which it was judged.
        step: i64,
        /// Its value there.
        value: f64,
        /// The worst value that would have gone on.
        bound: f64,
        /// Number of trials that the bound comes from.
        among: usize,
    },
    /// It reported a value that is not finite.
    NotFinite {
        /// The step at which it did.
        step: i64,
    },
}

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind { step, value, bound, among } => {
                write!(
                    formatter,
                    "stopped at step {step}: {value} is behind {bound}, the bound of {among} trials"
                )
            }
            Self::NotFinite { step } => {
                write!(formatter, "stopped at step {step}: its value is not a finite number")
            }
        }
    }
}
