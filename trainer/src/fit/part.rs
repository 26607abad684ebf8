//! One fit: preparation and learner on some rows. The same function serves folds, the final model and the baseline.

use std::time::Duration;

use podium_learners::{
    Context, FitError, FitReport, Matrix, MatrixError, Model, Parameters, PredictError, Prediction, SetError,
};
use podium_tabular::metric::Predictions;
use podium_tabular::prepare::{FittedPreparation, PreparationError, PreparationSpec, TransformError};
use podium_tabular::schema::Schema;
use podium_tabular::table::Table;
use rayon::ThreadPool;

use super::prepared::{PreparedPart, matrix};

/// Why there is no fit or no prediction.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FittingError {
    /// A row without a target of the schema; the checks exclude it for checked data.
    #[error("target column {0:?} has missing or unknown values in the training part")]
    Target(String),
    /// The preparation.
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    /// Columns of the rows to predict.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// Numbers beyond the range of 32 bits.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The training set.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The learner.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The model.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The system gives no more threads.
    #[error("the threads of a fit could not be started: {0}")]
    Threads(String),
    /// Predictions that can't be scored or calibrated.
    #[error("{0}")]
    Score(String),
    /// A model that others made.
    #[error("the model {0}")]
    Foreign(String),
}

/// What was fitted on some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPart {
    /// From columns to features.
    pub preparation: FittedPreparation,
    /// From features to predictions, not calibrated.
    pub model: Model,
    /// How the fit went.
    pub report: FitReport,
    /// Time of preparation and fit.
    pub time: Duration,
}

/// What is fitted.
#[derive(Debug, Clone, Copy)]
pub enum Learner<'a> {
    /// A learner with its parameters.
    Parameters(&'a Parameters),
    /// The prior: class frequencies or the mean.
    Prior,
}

impl FittedPart {
    /// Fits preparation and learner on these rows of the table.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn fit(
        table: &Table,
        schema: &Schema,
        rows: &[usize],
        preparation: &PreparationSpec,
        learner: Learner<'_>,
        context: &Context<'_>,
    ) -> Result<Self, FittingError> {
        let prepared = PreparedPart::of(table, schema, rows, preparation)?;
        let (done, time) = prepared.fit(learner, context)?;
        Ok(Self { preparation: prepared.preparation, model: done.model, report: done.report, time })
    }

    /// Predictions for these rows, not calibrated.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn predict(
        &self,
        table: &Table,
        rows: &[usize],
        pool: Option<&ThreadPool>,
    ) -> Result<Predictions, FittingError> {
        predict(&self.preparation, &self.model, table, rows, pool)
    }
}

/// Predictions of a prepared model, not calibrated.
///
/// # Errors
/// Columns that the preparation knows and the table lacks, or of another type.
pub fn predict(
    preparation: &FittedPreparation,
    model: &Model,
    table: &Table,
    rows: &[usize],
    pool: Option<&ThreadPool>,
) -> Result<Predictions, FittingError> {
    answers(model, &matrix(preparation, table, rows)?, pool)
}

/// Predictions of a model for features that are ready.
pub(super) fn answers(
    model: &Model,
    features: &Matrix,
    pool: Option<&ThreadPool>,
) -> Result<Predictions, FittingError> {
    Ok(predictions(model.predict_on(features, pool)?))
}

/// A learner's answer as what metrics are computed from.
pub(super) fn predictions(answer: Prediction) -> Predictions {
    match answer {
        Prediction::Probabilities { classes, values } => Predictions::Probabilities { classes, values },
        Prediction::Values(values) => Predictions::Values(values),
    }
}
