//! How a trial ended, from what its run came to. Pure.

use std::collections::BTreeMap;

use podium_contract::{Real, TrialEnd};

use crate::failure::Failure;

/// Longest message of a failure, in bytes: it stands in a tag.
const LONGEST_MESSAGE: usize = 2000;

/// Metrics of a trial, or why there are none.
pub(super) type Ran = Result<BTreeMap<String, f64>, Broken>;

/// Why a trial has no metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// It was interrupted, as it was asked to.
    Interrupted,
    /// It is this trial's fault.
    Trial(String),
    /// It would be the same with any other trial: the worker ends.
    Worker(Failure),
}

/// The end to be told of a trial that has run by itself, and its metrics.
///
/// # Errors
/// Nothing is to be told: the worker has to end.
pub(super) fn end(ran: Ran, objective: &str) -> Result<(TrialEnd, BTreeMap<String, Real>), Failure> {
    match ran {
        Ok(metrics) => {
            let end = match metrics.get(objective) {
                Some(value) => TrialEnd::Complete { value: Real(*value) },
                None => TrialEnd::NoObjective { logged: metrics.keys().cloned().collect() },
            };
            Ok((end, metrics.into_iter().map(|(name, value)| (name, Real(value))).collect()))
        }
        Err(Broken::Trial(message)) => Ok((failed(message), BTreeMap::new())),
        // Nobody but SIGTERM interrupts a trial that its operator wants to end.
        Err(Broken::Interrupted) => Err(Failure::Stopped),
        Err(Broken::Worker(failure)) => Err(failure),
    }
}

fn failed(mut message: String) -> TrialEnd {
    let mut end = message.len().min(LONGEST_MESSAGE);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.truncate(end);
    TrialEnd::Failed { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> BTreeMap<String, f64> {
        [("cv_rmse".to_owned(), 2.0), ("training_time".to_owned(), 0.5)].into()
    }

    #[test]
    fn the_objective_is_one_of_the_metrics_or_their_names_are_told() {
        let (found, told) = end(Ok(metrics()), "cv_rmse").unwrap();
        assert_eq!(found, TrialEnd::Complete { value: Real(2.0) });
        assert_eq!(told["training_time"], Real(0.5));
        let (found, _) = end(Ok(metrics()), "cv_beauty").unwrap();
        let logged = vec!["cv_rmse".to_owned(), "training_time".to_owned()];
        assert_eq!(found, TrialEnd::NoObjective { logged });
    }

    #[test]
    fn a_failure_of_the_trial_is_told_short_and_one_of_the_worker_is_not() {
        let told = end(Err(Broken::Trial("ü".repeat(3000))), "x").unwrap().0;
        assert_eq!(told, TrialEnd::Failed { message: "ü".repeat(1000) });
        let broken = Failure::Temporary("no memory".to_owned());
        assert_eq!(end(Err(Broken::Worker(broken.clone())), "x"), Err(broken));
        assert_eq!(end(Err(Broken::Interrupted), "x"), Err(Failure::Stopped));
    }
}
