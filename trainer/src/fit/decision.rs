//! What turns a learner's scores into the model's answers: a calibrator and a threshold, both from out-of-fold predictions. Part of the model.

use podium_contract::{Calibration as Asked, Threshold};
use podium_learners::Algorithm;
use podium_tabular::calibrate::{
    Calibration, CalibrationError, CalibrationInput, CalibrationMethod, tune_threshold,
};
use podium_tabular::crossval::out_of_fold;
use podium_tabular::metric::{MetricError, Predictions, Rule};
use podium_tabular::schema::Schema;
use podium_tabular::split::Fold;
use podium_tabular::table::Table;
use serde::{Deserialize, Serialize};

use super::candidate::Recipe;
use super::part::FittingError;
use super::scoring::Scoring;

/// Threshold of two classes without tuning.
pub const HALF: f64 = 0.5;

/// How out-of-fold predictions are judged, whoever made them.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// Roles of columns.
    pub schema: &'a Schema,
    /// What ranks.
    pub scoring: Scoring,
    /// How probabilities are calibrated.
    pub calibration: Asked,
    /// How the threshold is chosen.
    pub threshold: Threshold,
    /// What a calibrator reads.
    pub input: CalibrationInput,
}

impl<'a> Judging<'a> {
    /// Predictions that count as they are: those of a model that decides for itself.
    pub const fn plain(schema: &'a Schema, scoring: Scoring) -> Self {
        let (calibration, threshold) = (Asked::None, Threshold::Half);
        Self { schema, scoring, calibration, threshold, input: CalibrationInput::Probability }
    }
}

impl<'a> From<&Recipe<'a>> for Judging<'a> {
    fn from(recipe: &Recipe<'a>) -> Self {
        Self {
            schema: recipe.schema,
            scoring: recipe.scoring,
            calibration: recipe.calibration,
            threshold: recipe.threshold,
            input: input(recipe.parameters.algorithm()),
        }
    }
}

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

    /// Fits what is asked for to the predictions of these folds.
    ///
    /// # Errors
    /// A class that no fold has, or too few rows for the method.
    pub fn of(
        table: &Table,
        folds: &[Fold],
        parts: &[Predictions],
        judging: &Judging<'_>,
    ) -> Result<Self, DecisionError> {
        if judging.calibration == Asked::None && judging.threshold == Threshold::Half {
            return Ok(Self::PLAIN);
        }
        let found = out_of_fold(folds, parts).map_err(|error| DecisionError::Fit(error.to_string()))?;
        let truth = judging.schema.truth(table, &found.rows).ok_or(DecisionError::Target)?;
        let method = match judging.calibration {
            Asked::None => None,
            Asked::Platt => Some(CalibrationMethod::Platt),
            Asked::Isotonic => Some(CalibrationMethod::Isotonic),
        };
        let weights = judging.schema.weights(table, &found.rows);
        let fit = |method| Calibration::fit(method, judging.input, &truth, &found.predictions, &weights);
        let calibration = method.map(fit).transpose()?;
        let decision = Self { calibration, threshold: HALF };
        if judging.threshold == Threshold::Half {
            return Ok(decision);
        }
        let calibrated = decision.calibrate(&found.predictions)?;
        let threshold = tune_threshold(judging.scoring.metric, judging.scoring.average, &truth, &calibrated)?;
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
    pub fn rule(&self, judging: &Judging<'_>) -> Rule {
        Rule { average: judging.scoring.average, threshold: self.threshold }
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
