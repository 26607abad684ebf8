//! Whether a sweep is over.

use std::collections::BTreeSet;
use std::time::Duration;

use podium_search::{Outcome, State, Trial};

use super::{Ending, Failure, Sweep};

/// Trials that must have ended well without the objective before nobody waits for another one.
const WITHOUT_OBJECTIVE: usize = 3;
/// Failed trials without a good one after which a sweep that states no limit ends.
const ALL_FAILED: u64 = 10;

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
        let outcomes: Vec<(i64, Outcome)> = self.trials().filter_map(|trial| self.minimised(trial)).collect();
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
