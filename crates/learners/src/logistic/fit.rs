//! Fits logistic regression: scikit-learn's objective, C * sum of weighted log losses + half the squared coefficients.

use super::LogisticModel;
use super::lbfgs::{Limits, minimise};
use super::objective::{LogLoss, Scorer};
use crate::lanes::dot;
use crate::weights::{class_totals, row_weights};
use crate::{
    Algorithm, Context, FitError, FitReport, FitWarning, Fitted, LogisticParameters, Matrix, Model, ROUNDS,
    Step, Target, Task, TrainingSet,
};

const ALGORITHM: Algorithm = Algorithm::LogisticRegression;

/// Fits by L-BFGS from zero.
pub(crate) fn fit(
    parameters: &LogisticParameters,
    set: &TrainingSet<'_>,
    context: &Context<'_>,
) -> Result<Fitted, FitError> {
    let Target::Classes { labels, classes } = set.target() else {
        return Err(FitError::Task { algorithm: ALGORITHM, task: Task::Regression });
    };
    let totals = class_totals(set, labels, *classes);
    let (fitted, absent) =
        (0..*classes as u32).partition::<Vec<u32>, _>(|&class| totals[class as usize] > 0.0);
    if let [class] = fitted[..] {
        return Err(FitError::OneClass { algorithm: ALGORITHM, class });
    }
    let objective = objective(parameters, set, context, labels, &fitted)?;
    let limits = Limits { max_iter: parameters.max_iter, tol: parameters.tol };
    let model = |x: &[f64]| {
        let Scorer { w: coefficients, intercepts } = objective.scorer(x);
        let (classes, columns, fitted) = (*classes, set.features().columns(), fitted.clone());
        LogisticModel { classes, columns, fitted, coefficients, intercepts }
    };
    let watch = |model: &LogisticModel| {
        if let Some(validation) = context.validation {
            (validation.seen)(model.predict(validation.features));
        }
    };
    let minimum = minimise(&objective, vec![0.0; objective.parameters()], &limits, |step, x, value| {
        (context.progress)(Step { step, total: limits.max_iter, value: Some(value) });
        if step.is_multiple_of(ROUNDS) && context.validation.is_some() {
            watch(&model(x));
        }
        context.check_interrupt()
    })?;
    let model = model(&minimum.x);
    let is_finite = model.coefficients.iter().chain(&model.intercepts).all(|w| w.is_finite());
    if !is_finite || !minimum.gradient.is_finite() {
        return Err(FitError::NotFinite { algorithm: ALGORITHM, what: "coefficients" });
    }
    // The last step is what is left of one, and there is always one.
    if minimum.iterations == 0 || !minimum.iterations.is_multiple_of(ROUNDS) {
        watch(&model);
    }
    let mut report =
        FitReport { steps: minimum.iterations, loss: Some(minimum.value), ..FitReport::default() };
    if minimum.gradient > limits.tol {
        let (steps, gradient, tol) = (minimum.iterations, minimum.gradient, limits.tol);
        report.warnings.push(FitWarning::NotConverged { steps, gradient, tol });
    }
    if !absent.is_empty() {
        report.warnings.push(FitWarning::AbsentClasses { classes: absent });
    }
    Ok(Fitted { model: Model::Logistic(model), report })
}

fn objective<'a>(
    parameters: &LogisticParameters,
    set: &TrainingSet<'a>,
    context: &Context<'a>,
    labels: &[u32],
    fitted: &[u32],
) -> Result<LogLoss<'a>, FitError> {
    let mut weights = row_weights(set, parameters.class_weight)?;
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    let penalty = 1.0 / (parameters.c * total);
    let (means, scales) = scaling(set.features(), &weights, penalty, parameters.fit_intercept);
    // A row of an absent class has weight 0: its label does not matter.
    let position = |label: &u32| fitted.binary_search(label).unwrap_or(0) as u32;
    Ok(LogLoss {
        features: set.features(),
        labels: labels.iter().map(position).collect(),
        weights,
        fitted: fitted.len(),
        penalty,
        means,
        scales,
        fit_intercept: parameters.fit_intercept,
        pool: context.pool,
        interrupt: context.interrupt,
    })
}

/// Mean of each column, and the scale at which the objective bends about equally along each parameter. The weights sum
/// to 1.
fn scaling(features: &Matrix, weights: &[f64], penalty: f64, centred: bool) -> (Vec<f64>, Vec<f64>) {
    let mut squares = vec![0.0; weights.len()];
    (0..features.columns())
        .map(|j| {
            let column = features.column(j);
            let mean = if centred { dot(weights, column) } else { 0.0 };
            squares.iter_mut().zip(column).for_each(|(square, &x)| *square = (f64::from(x) - mean).powi(2));
            (mean, 1.0 / (0.25 * dot(weights, &squares) + penalty).sqrt())
        })
        .unzip()
}
