//! Why a sweep ends.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use podium_search::{Outcome, State, Trial};
use serde::Serialize;

use super::Sweep;
use super::end::{Failure, list};

/// Trials that must have ended well without the objective before nobody waits for another one.
const WITHOUT_OBJECTIVE: usize = 3;
/// Failed trials without a good one after which a sweep that states no limit ends.
const ALL_FAILED: u64 = 10;

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

impl Sweep {
    /// Why the sweep is over by now, when it is. Trials may still run: what they do no longer matters.
    ///
    /// `elapsed` is the time that it has run.
    #[must_use]
    pub fn ending(&self, elapsed: Duration) -> Option<Ending> {
        self.target_reached()
            .or_else(|| self.too_many_failures())
            .or_else(|| self.no_improvement())
            .or_else(|| self.all_ended())
            .or_else(|| self.out_of_time(elapsed))
    }

    fn target_reached(&self) -> Option<Ending> {
        let (target, best) = (self.limits.target?, self.study.best()?);
        let value = best.value()?;
        (!self.goal().is_better(target, value))
            .then_some(Ending::TargetReached { number: best.number, value })
    }

    fn too_many_failures(&self) -> Option<Ending> {
        let failed = self.counts().failed;
        let last = || self.failures.values().next_back().map(ToString::to_string).unwrap_or_default();
        if !self.has_a_value() && failed > 0 {
            let without = self.without_objective();
            let enough = WITHOUT_OBJECTIVE.min(usize::try_from(self.limits.max_trials).unwrap_or(usize::MAX));
            if without.len() >= enough {
                let logged = without.into_iter().flatten().cloned().collect();
                return Some(Ending::NoObjective { metric: self.metric.clone(), logged });
            }
        }
        match self.limits.max_failed_trials {
            Some(allowed) => {
                (failed > allowed).then(|| Ending::FailureLimit { failed, allowed, last: last() })
            }
            None => (failed >= ALL_FAILED.min(self.limits.max_trials) && !self.has_a_value())
                .then(|| Ending::AllFailed { failed, last: last() }),
        }
    }

    /// Whether any trial gave a value, be it on its way.
    fn has_a_value(&self) -> bool {
        let is_good =
            |trial: &Trial| !matches!(trial.state, State::Pending | State::Finished(Outcome::Failed));
        self.trials().any(is_good) || self.progress.iter().any(|progress| progress.last().is_some())
    }

    /// Of each trial that ended well without the objective, what it logged.
    fn without_objective(&self) -> Vec<&BTreeSet<String>> {
        let logged = self.failures.values().map(|failure| match failure {
            Failure::NoObjective { logged } => Some(logged),
            Failure::NotFinite | Failure::Broken(_) => None,
        });
        logged.flatten().collect()
    }

    fn no_improvement(&self) -> Option<Ending> {
        let patience = self.stopping.patience?;
        let outcomes: Vec<(i64, Outcome)> =
            self.study.trials().filter_map(|trial| self.minimised(trial)).collect();
        let stale = patience.verdict(&outcomes)?;
        Some(Ending::NoImprovement { best: stale.best, since: stale.since })
    }

    fn minimised(&self, trial: &Trial) -> Option<(i64, Outcome)> {
        match trial.state {
            State::Pending => None,
            State::Finished(Outcome::Complete(value)) => {
                Some((trial.number, Outcome::Complete(self.goal().minimised(value))))
            }
            State::Finished(other) => Some((trial.number, other)),
        }
    }

    fn all_ended(&self) -> Option<Ending> {
        let counts = self.counts();
        let trials = counts.ended();
        if counts.pending > 0 {
            return None;
        }
        if trials >= self.limits.max_trials {
            return Some(Ending::Done { trials });
        }
        self.is_exhausted.then_some(Ending::Exhausted { trials })
    }

    fn out_of_time(&self, elapsed: Duration) -> Option<Ending> {
        let limit = self.limits.time_limit.filter(|limit| elapsed >= *limit)?;
        Some(Ending::TimeLimit { seconds: limit.as_secs_f64() })
    }
}
