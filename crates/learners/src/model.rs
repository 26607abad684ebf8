//! A fitted model of any learner: saved with serde, asked for predictions, read by exporters.

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

use crate::{
    ForestModel, LinearModel, LogisticModel, Matrix, MlpModel, PredictError, Prediction, PriorModel, Task,
};

/// A fitted model.
///
/// Saved with any serde format that keeps `f32` and `f64` exact; reading checks what the learner relies on, so a
/// damaged file is an error and not a wrong prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Model {
    /// Logistic regression.
    Logistic(LogisticModel),
    /// Least squares.
    Linear(LinearModel),
    /// Random forest.
    Forest(ForestModel),
    /// Multi-layer perceptron.
    Mlp(MlpModel),
    /// The dummy: class frequencies or the mean.
    Prior(PriorModel),
}

impl Model {
    /// Predictions on the caller's thread.
    ///
    /// # Errors
    /// [`PredictError::Columns`] when the rows have another number of columns than the fit had.
    pub fn predict(&self, features: &Matrix) -> Result<Prediction, PredictError> {
        self.predict_on(features, None)
    }

    /// Predictions on the threads of a pool. The values don't depend on the number of threads.
    ///
    /// # Errors
    /// [`PredictError::Columns`] when the rows have another number of columns than the fit had.
    pub fn predict_on(
        &self,
        features: &Matrix,
        pool: Option<&ThreadPool>,
    ) -> Result<Prediction, PredictError> {
        if features.columns() != self.columns() {
            return Err(PredictError::Columns { expected: self.columns(), got: features.columns() });
        }
        Ok(match self {
            Self::Logistic(model) => model.predict(features),
            Self::Linear(model) => model.predict(features),
            Self::Forest(model) => model.predict(features, pool),
            Self::Mlp(model) => model.predict(features, pool),
            Self::Prior(model) => model.predict(features),
        })
    }

    /// Number of feature columns it was fitted on.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self {
            Self::Logistic(model) => model.columns(),
            Self::Linear(model) => model.columns(),
            Self::Forest(model) => model.columns(),
            Self::Mlp(model) => model.columns(),
            Self::Prior(model) => model.columns(),
        }
    }

    /// Number of classes, none for regression.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        match self {
            Self::Logistic(model) => Some(model.classes()),
            Self::Linear(_) => None,
            Self::Forest(model) => model.classes(),
            Self::Mlp(model) => model.classes(),
            Self::Prior(model) => model.classes(),
        }
    }

    /// What it predicts.
    #[must_use]
    pub fn task(&self) -> Task {
        if self.classes().is_some() { Task::Classification } else { Task::Regression }
    }
}
