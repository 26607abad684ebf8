//! A trial of a sweep: a candidate's cross-validation and nothing else, told step by step.

use std::collections::BTreeMap;
use std::time::Duration;

use super::candidate::Recipe;
use super::cross_validation::CrossValidation;
use super::folds::Folds;
use super::part::FittingError;
use super::surroundings::Surroundings;

/// Told of the objective at each step, from 1; must return at once.
pub type Seen<'a> = &'a (dyn Fn(u32, f64) + Sync);

/// What a trial came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// `cv_` metrics.
    pub metrics: BTreeMap<String, f64>,
    /// Time of all fits.
    pub time: Duration,
    /// Whether a GPU did the work.
    pub gpu_used: bool,
}

/// Cross-validates a recipe. A step is a fold, its value the mean of the `objective`, one of the `cv_` metrics, over the
/// folds so far; a step at which it is not defined is left out.
///
/// # Errors
/// See [`FittingError`].
pub fn run_trial(
    folds: &Folds<'_>,
    recipe: &Recipe<'_>,
    surroundings: &Surroundings<'_>,
    objective: &str,
    seen: Seen<'_>,
) -> Result<Measured, FittingError> {
    let mut step = 0;
    let done = CrossValidation::run(folds, recipe, surroundings, |so_far| {
        step += 1;
        // What can't be told yet, such as a calibration of few rows, is no failure before the last fold.
        let metrics = so_far.metrics(folds.table(), recipe).unwrap_or_default();
        if let Some(value) = metrics.get(objective) {
            seen(step, *value);
        }
    })?;
    let metrics = done.metrics(folds.table(), recipe)?;
    Ok(Measured { metrics, time: done.time, gpu_used: done.reports.iter().any(|report| report.gpu_used) })
}
