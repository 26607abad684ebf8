//! The one entry to all learners.

use crate::parameters::Typed;
use crate::{Context, FitError, Fitted, Parameters, TrainingSet, forest, linear, logistic, mlp};

/// Fits the learner that the parameters belong to.
///
/// # Errors
/// A [`FitError`] that says what does not fit, or that the fit was interrupted.
pub fn fit(
    parameters: &Parameters,
    set: &TrainingSet<'_>,
    context: &Context<'_>,
) -> Result<Fitted, FitError> {
    let (algorithm, task) = (parameters.algorithm(), set.target().task());
    if !algorithm.supports(task) {
        return Err(FitError::Task { algorithm, task });
    }
    context.check_interrupt()?;
    match parameters.learner() {
        Typed::Logistic(parameters) => logistic::fit(parameters, set, context),
        Typed::Linear(parameters) => linear::fit(parameters, set, context),
        Typed::Forest(parameters) => forest::fit(parameters, set, context),
        Typed::Mlp(parameters) => mlp::fit(parameters, set, context),
    }
}
