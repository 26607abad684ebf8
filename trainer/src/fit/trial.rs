//! A trial of a sweep: a candidate's cross-validation and nothing else, told step by step.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::candidate::Recipe;
use super::cross_validation::CrossValidation;
use super::decision::Judging;
use super::folds::Folds;
use super::lockstep::fit_together;
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

/// Cross-validates a recipe. A step's value is the mean of the `objective`, one of the `cv_` metrics, over the folds. Where
/// the learner has [steps](podium_learners::Algorithm::stride) all folds advance by one; else a step is a fold, and the mean
/// is of those so far. So it is too where the folds are not kept ready, since those that advance together must all be in
/// memory: such steps must not be compared with others. A step at which the objective is not defined is left out.
///
/// Must not be called on a thread of the pool: folds that advance together wait for each other.
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
    let judging = Judging::from(recipe);
    let told = |step: u32, so_far: &CrossValidation<'_>| {
        // What can't be told yet, such as a calibration of few rows, is no failure before the end.
        let metrics = so_far.metrics(folds.table(), &judging).unwrap_or_default();
        if let Some(value) = metrics.get(objective) {
            seen(step, *value);
        }
    };
    let begin = Instant::now();
    let (done, time) = if recipe.parameters.algorithm().stride().is_some() && folds.are_kept() {
        let fits = fit_together(folds, recipe, surroundings, &|step, parts| {
            told(step, &CrossValidation::of_predictions(folds.rows, parts.to_vec()));
        })?;
        // A fold waits for the others meanwhile: their times can't be added up.
        (CrossValidation::of(folds.rows, fits), folds.preparation_time() + begin.elapsed())
    } else {
        let mut step = 0;
        let done = CrossValidation::run(folds, recipe, surroundings, |so_far| {
            step += 1;
            told(step, so_far);
        })?;
        let time = done.time;
        (done, time)
    };
    let metrics = done.metrics(folds.table(), &judging)?;
    Ok(Measured { metrics, time, gpu_used: done.reports.iter().any(|report| report.gpu_used) })
}
