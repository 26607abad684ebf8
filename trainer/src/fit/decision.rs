//! What turns a learner's scores into the model's answers: a calibrator and a threshold, both from out-of-fold predictions. Part of the model.

use podium_contract::{Calibration as Asked, Threshold};
use podium_learners::Algorithm;
use podium_tabular::calibrate::{
    Calibration, CalibrationError, CalibrationInput, CalibrationMethod, tune_threshold,
};
use podium_tabular::crossval::out_of_fold;
use podium_tabular::metric::{MetricError, Predictions, Rule};
use podium_tabular::split::Fold;
use podium_tabular::table::Table;
use serde::{Deserialize, Serialize};

use super::candidate::Recipe;
use super::part::FittingError;

/// Threshold of two classes without tuning.
pub const HALF: f64 = 0.5;

/// Calibrator and threshold of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// None: probabilities as the learner gives them.
    pub calibration: Option<Calibration>,
    /// Two classes: positive when its probability is at least this. Means nothing for other tasks.
    pub threshold: f64,
}

impl Decision {
    /// Probabilities as they are, threshold one half.
    pub const PLAIN: Self = Self { calibration: None, threshold: HALF };

    /// Fits what the recipe asks for to the predictions of these folds.
    ///
    /// # Errors
    /// A class that no fold has, or too few rows for the method.
    pub fn of(
        table: &Table,
        folds: &[Fold],
        parts: &[Predictions],
        recipe: &Recipe<'_>,
    ) -> Result<Self, DecisionError> {
        if recipe.calibration == Asked::None && recipe.threshold == Threshold::Half {
            return Ok(Self::PLAIN);
        }
        let found = out_of_fold(folds, parts).map_err(|error| DecisionError::Fit(error.to_string()))?;
        let truth = recipe.schema.truth(table, &found.rows).ok_or(DecisionError::Target)?;
        let method = match recipe.calibration {
            Asked::None => None,
            Asked::Platt => Some(CalibrationMethod::Platt),
            Asked::Isotonic => Some(CalibrationMethod::Isotonic),
        };
        let weights = recipe.schema.weights(table, &found.rows);
        let input = input(recipe.parameters.algorithm());
        let fit = |method| Calibration::fit(method, input, &truth, &found.predictions, &weights);
        let calibration = method.map(fit).transpose()?;
        let decision = Self { calibration, threshold: HALF };
        if recipe.threshold == Threshold::Half {
            return Ok(decision);
        }
        let calibrated = decision.calibrate(&found.predictions)?;
        let threshold = tune_threshold(recipe.scoring.metric, recipe.scoring.average, &truth, &calibrated)?;
        Ok(Self { threshold, ..decision })
    }

    /// The model's answers from the learner's.
    ///
    /// # Errors
    /// Predictions of another task or number of classes than the calibrator's.
    pub fn calibrate(&self, predictions: &Predictions) -> Result<Predictions, MetricError> {
        match &self.calibration {
            Some(calibration) => calibration.apply(predictions),
            None => Ok(predictions.clone()),
        }
    }

    /// How probabilities become labels and classes one figure.
    pub fn rule(&self, recipe: &Recipe<'_>) -> Rule {
        Rule { average: recipe.scoring.average, threshold: self.threshold }
    }
}

/// Linear models and networks speak in margins; a forest may say 0 or 1, whose log-odds mean nothing.
const fn input(algorithm: Algorithm) -> CalibrationInput {
    match algorithm {
        Algorithm::LogisticRegression | Algorithm::TorchMlp => CalibrationInput::LogOdds,
        Algorithm::RandomForest | Algorithm::LinearRegression => CalibrationInput::Probability,
    }
}

/// Why there is no calibrator or threshold.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecisionError {
    /// Fewer rows than the method needs.
    #[error("{0}")]
    TooFewRows(String),
    /// A row without a target.
    #[error("a row of the training part has no known target")]
    Target,
    /// Anything else.
    #[error("{0}")]
    Fit(String),
}

impl From<CalibrationError> for DecisionError {
    fn from(error: CalibrationError) -> Self {
        match error {
            CalibrationError::TooFewRows { .. } => Self::TooFewRows(error.to_string()),
            _ => Self::Fit(error.to_string()),
        }
    }
}

impl From<MetricError> for DecisionError {
    fn from(error: MetricError) -> Self {
        Self::Fit(error.to_string())
    }
}

impl From<DecisionError> for FittingError {
    fn from(error: DecisionError) -> Self {
        Self::Score(error.to_string())
    }
}
