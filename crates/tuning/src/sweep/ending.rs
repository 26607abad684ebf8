//! Why a sweep ends.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::end::list;

/// Why a sweep ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "reason")]
pub enum Ending {
    /// All trials ended.
    Done {
        /// Their number.
        trials: u64,
    },
    /// The objective is good enough.
    TargetReached {
        /// Number of the trial.
        number: i64,
        /// Its value.
        value: f64,
    },
    /// No better value came for a number of complete trials.
    NoImprovement {
        /// Number of the best trial.
        best: i64,
        /// Complete trials after it.
        since: usize,
    },
    /// Every point of the space was tried.
    Exhausted {
        /// Trials that ended.
        trials: u64,
    },
    /// The time is over.
    TimeLimit {
        /// The limit.
        seconds: f64,
    },
    /// More trials failed than are borne.
    FailureLimit {
        /// Failed trials.
        failed: u64,
        /// Those that are borne.
        allowed: u64,
        /// What the last one said.
        last: String,
    },
    /// The first trials ended well and none logged the objective.
    NoObjective {
        /// The objective's metric.
        metric: String,
        /// Metrics that they did log.
        logged: BTreeSet<String>,
    },
    /// The first trials all failed.
    AllFailed {
        /// Failed trials.
        failed: u64,
        /// What the last one said.
        last: String,
    },
}

impl Ending {
    /// Whether the sweep failed: something has to be mended before it can go on.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::FailureLimit { .. } | Self::NoObjective { .. } | Self::AllFailed { .. })
    }

    /// The reason as one word.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Done { .. } => "Done",
            Self::TargetReached { .. } => "TargetReached",
            Self::NoImprovement { .. } => "NoImprovement",
            Self::Exhausted { .. } => "Exhausted",
            Self::TimeLimit { .. } => "TimeLimit",
            Self::FailureLimit { .. } => "FailureLimit",
            Self::NoObjective { .. } => "NoObjective",
            Self::AllFailed { .. } => "AllFailed",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { trials: 1 } => write!(formatter, "the one trial ended"),
            Self::Done { trials } => write!(formatter, "all {trials} trials ended"),
            Self::TargetReached { number, value } => {
                write!(formatter, "trial {number} reached the target with {value}")
            }
            Self::NoImprovement { best, since } => {
                write!(
                    formatter,
                    "no better value than that of trial {best} in {since} complete trials after it"
                )
            }
            Self::Exhausted { trials } => {
                write!(formatter, "every point of the space was tried, in {trials} trials")
            }
            Self::TimeLimit { seconds } => write!(formatter, "the time limit of {seconds} s is over"),
            Self::FailureLimit { failed, allowed, last } => {
                write!(formatter, "{failed} trials failed, {allowed} are allowed; the last one: {last}")
            }
            Self::NoObjective { metric, logged } if logged.is_empty() => {
                write!(formatter, "no trial logged the objective {metric:?}, nor any other metric")
            }
            Self::NoObjective { metric, logged } => {
                write!(formatter, "no trial logged the objective {metric:?}; they logged {}", list(logged))
            }
            Self::AllFailed { failed, last } => {
                write!(formatter, "the first {failed} trials all failed; the last one: {last}")
            }
        }
    }
}
