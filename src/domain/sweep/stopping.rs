//! What ends before its time.

use podium_search::stop::{Asha, InvalidStopper, Median, Patience};
use podium_tuning::sweep::{EarlyStopping, Rule};

use super::number;
use crate::api::sweep::{self as api, StoppingAlgorithm};
use crate::domain::violation::Violation;

/// Steps that ASHA gives every trial.
const MIN_STEPS: i64 = 1;
/// One in so many goes on at a rung of ASHA (Li et al. 2020 use 3 and 4).
const REDUCTION_FACTOR: i64 = 3;
/// The first step that the median rule judges, as Katib has it.
const START_STEP: i64 = 4;
/// Complete trials that the median rule needs, as Katib has it.
const MIN_TRIALS: usize = 3;

pub(super) fn stopping(stated: Option<&api::EarlyStopping>, problems: &mut Vec<Violation>) -> EarlyStopping {
    let Some(stated) = stated else { return EarlyStopping::default() };
    let tolerance = number::optional(stated.tolerance.as_ref(), "spec.earlyStopping.tolerance", problems);
    let rule = stated.algorithm.map(|algorithm| rule(algorithm, stated));
    let patience = stated.patience.map(|trials| Patience::new(count(trials), tolerance.unwrap_or(0.0)));
    EarlyStopping { rule: kept(rule, problems), patience: kept(patience, problems) }
}

fn rule(algorithm: StoppingAlgorithm, stated: &api::EarlyStopping) -> Result<Rule, InvalidStopper> {
    match algorithm {
        StoppingAlgorithm::Asha => {
            let (steps, factor) = (stated.min_steps, stated.reduction_factor);
            Asha::new(steps.unwrap_or(MIN_STEPS), factor.unwrap_or(REDUCTION_FACTOR)).map(Rule::Asha)
        }
        StoppingAlgorithm::Median => {
            let trials = stated.min_trials.map_or(MIN_TRIALS, count);
            Median::new(stated.start_step.unwrap_or(START_STEP), trials).map(Rule::Median)
        }
    }
}

/// The first step at which a trial is judged, with the field that says so.
pub(super) fn first_judged(stated: &api::EarlyStopping) -> Option<(&'static str, i64)> {
    Some(match stated.algorithm? {
        StoppingAlgorithm::Asha => ("minSteps", stated.min_steps.unwrap_or(MIN_STEPS)),
        StoppingAlgorithm::Median => ("startStep", stated.start_step.unwrap_or(START_STEP)),
    })
}

fn kept<T>(made: Option<Result<T, InvalidStopper>>, problems: &mut Vec<Violation>) -> Option<T> {
    match made? {
        Ok(made) => Some(made),
        Err(error) => {
            let message = format!("{} must be {}", error.found, error.allowed);
            problems.push(Violation::new(format!("spec.earlyStopping.{}", error.field), message));
            None
        }
    }
}

/// The schema has bounded it from below.
fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}
