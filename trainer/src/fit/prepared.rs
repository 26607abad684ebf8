//! Rows made ready for a learner: all that a fit needs and that no parameter of the learner changes.

use std::mem::size_of;
use std::time::{Duration, Instant};

use podium_learners::{Context, Fitted, Matrix, Target, TrainingSet, Validation, fit, fit_prior};
use podium_tabular::metric::{Predictions, Truth};
use podium_tabular::prepare::{FittedPreparation, PreparationSpec, row_weights};
use podium_tabular::schema::Schema;
use podium_tabular::split::Fold;
use podium_tabular::table::Table;

use super::part::{FittingError, Learner, answers, predictions};

/// Some rows, ready to be learnt from.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedPart {
    /// From columns to features, fitted on these rows.
    pub preparation: FittedPreparation,
    features: Matrix,
    target: Target,
    weights: Vec<f64>,
    /// Time that it took to make them ready.
    time: Duration,
}

impl PreparedPart {
    /// Fits the preparation on these rows of the table and applies it.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn of(
        table: &Table,
        schema: &Schema,
        rows: &[usize],
        preparation: &PreparationSpec,
    ) -> Result<Self, FittingError> {
        let start = Instant::now();
        let truth = schema.truth(table, rows).ok_or_else(|| FittingError::Target(schema.target.clone()))?;
        let fitted = FittedPreparation::fit(table, rows, schema, preparation)?;
        let features = matrix(&fitted, table, rows)?;
        let weights = row_weights(preparation.imbalance, &truth, &schema.weights(table, rows));
        Ok(Self { preparation: fitted, features, target: target(truth), weights, time: start.elapsed() })
    }

    /// Fits a learner; answers with the time of preparation and fit.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn fit(
        &self,
        learner: Learner<'_>,
        context: &Context<'_>,
    ) -> Result<(Fitted, Duration), FittingError> {
        let start = Instant::now();
        let set = TrainingSet::new(&self.features, &self.target, Some(&self.weights))?;
        let done = match learner {
            Learner::Parameters(parameters) => fit(parameters, &set, context)?,
            Learner::Prior => fit_prior(&set),
        };
        Ok((done, self.time + start.elapsed()))
    }
}

/// One fold: rows to learn from, and features of the rows to judge by.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedFold {
    part: PreparedPart,
    validation: Matrix,
}

/// What a fit of a fold came to.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldFit {
    /// Predictions of the validation rows, not calibrated.
    pub predictions: Predictions,
    /// Model and report.
    pub fitted: Fitted,
    /// Time of preparation and fit.
    pub time: Duration,
}

impl PreparedFold {
    /// Makes a fold ready.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn of(
        table: &Table,
        schema: &Schema,
        fold: &Fold,
        preparation: &PreparationSpec,
    ) -> Result<Self, FittingError> {
        let part = PreparedPart::of(table, schema, &fold.train, preparation)?;
        let validation = matrix(&part.preparation, table, &fold.validation)?;
        Ok(Self { part, validation })
    }

    /// Fits a learner and predicts the validation rows.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn fit(&self, learner: Learner<'_>, context: &Context<'_>) -> Result<FoldFit, FittingError> {
        let (fitted, time) = self.part.fit(learner, context)?;
        let predictions = answers(&fitted.model, &self.validation, context.pool)?;
        Ok(FoldFit { predictions, fitted, time })
    }

    /// The same; `seen` is shown the predictions after each step.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn fit_seen(
        &self,
        learner: Learner<'_>,
        context: &Context<'_>,
        seen: &(dyn Fn(Predictions) + Sync),
    ) -> Result<FoldFit, FittingError> {
        let seen = |answer| seen(predictions(answer));
        let validation = Validation { features: &self.validation, seen: &seen };
        self.fit(learner, &Context { validation: Some(validation), ..*context })
    }

    /// How long it took to make it ready.
    pub const fn preparation_time(&self) -> Duration {
        self.part.time
    }

    /// About the memory that it takes.
    pub fn bytes(&self) -> u64 {
        let values = self.part.features.values().len() + self.validation.values().len();
        let rows = self.part.weights.len();
        (values * size_of::<f32>() + rows * 2 * size_of::<f64>()) as u64
    }
}

pub(super) fn matrix(
    preparation: &FittedPreparation,
    table: &Table,
    rows: &[usize],
) -> Result<Matrix, FittingError> {
    let design = preparation.transform(table, rows)?;
    Ok(Matrix::new(design.rows, design.columns, design.values)?)
}

fn target(truth: Truth) -> Target {
    match truth {
        Truth::Classes { labels, classes, .. } => Target::Classes { labels, classes },
        Truth::Values(values) => Target::Values(values),
    }
}
