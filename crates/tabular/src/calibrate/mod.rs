//! Calibration: from scores to probabilities that mean what they say, and the threshold that makes labels of them.
//! Fitted on out-of-fold predictions of the training part only, and part of the model.

mod isotonic;
mod platt;
#[cfg(test)]
mod tests;
mod threshold;

pub use isotonic::{Isotonic, MIN_ISOTONIC_ROWS};
pub use platt::Platt;
pub use threshold::tune_threshold;

use serde::{Deserialize, Serialize};

use crate::metric::{MetricError, Predictions, Truth};

/// How scores become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalibrationMethod {
    /// A sigmoid.
    Platt,
    /// A rising step-wise linear function; needs 1,000 rows.
    Isotonic,
}

/// What a calibrator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalibrationInput {
    /// The probability itself; for forests and everything that may say 0 or 1.
    Probability,
    /// ln(p / (1 - p)) with p clipped to 1e-7 .. 1 - 1e-7: the margin of linear models and networks.
    LogOdds,
}

/// Probabilities are clipped to this far from 0 and 1 before their log-odds are taken; f32 can tell these from 0 and 1.
pub const LOG_ODDS_CLIP: f64 = 1e-7;

/// The calibrator of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Calibrator {
    /// A sigmoid.
    Platt(Platt),
    /// A rising step-wise linear function.
    Isotonic(Isotonic),
}

/// Calibrators of a model. Two classes: one, of class 1, and class 0 gets the rest. More: one per class, then each row is divided by
/// its sum; a row of zeros becomes uniform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What the calibrators read.
    pub input: CalibrationInput,
    /// Number of classes.
    pub classes: usize,
    /// One for two classes, else one per class.
    pub calibrators: Vec<Calibrator>,
}

/// Why there is no calibration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// Regression, or predictions that don't fit.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A regression.
    #[error("calibration needs classes, the task is Regression")]
    Regression,
    /// Isotonic on few rows.
    #[error(
        "calibration Isotonic needs at least {MIN_ISOTONIC_ROWS} out-of-fold rows, there are {rows}; use Platt"
    )]
    TooFewRows {
        /// Rows.
        rows: usize,
    },
    /// A class that no row has, or all.
    #[error("calibration of class {class} needs rows of it and of others; there are {rows} of {total}")]
    OneClass {
        /// Class index.
        class: usize,
        /// Rows of the class.
        rows: usize,
        /// All rows.
        total: usize,
    },
    /// Not one weight per row.
    #[error("{weights} weights for {rows} rows")]
    Weights {
        /// Weights.
        weights: usize,
        /// Rows.
        rows: usize,
    },
}

impl Calibration {
    /// Fits to out-of-fold predictions; `weights` has one entry per row.
    ///
    /// # Errors
    /// See [`CalibrationError`].
    pub fn fit(
        method: CalibrationMethod,
        input: CalibrationInput,
        truth: &Truth,
        predictions: &Predictions,
        weights: &[f64],
    ) -> Result<Self, CalibrationError> {
        let (Truth::Classes { labels, .. }, Predictions::Probabilities { classes, values }) =
            (truth, predictions)
        else {
            return Err(CalibrationError::Regression);
        };
        let rows = labels.len();
        if predictions.rows() != rows {
            return Err(MetricError::Length { predicted: predictions.rows(), rows }.into());
        }
        if weights.len() != rows {
            return Err(CalibrationError::Weights { weights: weights.len(), rows });
        }
        if method == CalibrationMethod::Isotonic && rows < MIN_ISOTONIC_ROWS {
            return Err(CalibrationError::TooFewRows { rows });
        }
        let fit_class = |class: usize| {
            let positive: Vec<bool> = labels.iter().map(|&l| l as usize == class).collect();
            let hits = positive.iter().filter(|p| **p).count();
            if hits == 0 || hits == rows {
                return Err(CalibrationError::OneClass { class, rows: hits, total: rows });
            }
            let scores: Vec<f64> =
                values.iter().skip(class).step_by(*classes).map(|&p| input.read(p)).collect();
            Ok(match method {
                CalibrationMethod::Platt => Calibrator::Platt(Platt::fit(&scores, &positive, weights)),
                CalibrationMethod::Isotonic => {
                    Calibrator::Isotonic(Isotonic::fit(&scores, &positive, weights))
                }
            })
        };
        let wanted = if *classes == 2 { 1..2 } else { 0..*classes };
        Ok(Self { input, classes: *classes, calibrators: wanted.map(fit_class).collect::<Result<_, _>>()? })
    }

    /// Calibrated probabilities of the same rows.
    ///
    /// # Errors
    /// Predictions of a regression, or of another number of classes.
    pub fn apply(&self, predictions: &Predictions) -> Result<Predictions, MetricError> {
        let Predictions::Probabilities { classes, values } = predictions else {
            return Err(MetricError::NotProbabilities);
        };
        if *classes != self.classes {
            return Err(MetricError::Classes { predicted: *classes, classes: self.classes });
        }
        let mut out = Vec::with_capacity(values.len());
        for row in values.chunks_exact((*classes).max(1)) {
            match self.calibrators.as_slice() {
                [one] => {
                    let p = one.apply(self.input.read(row[1]));
                    out.extend([1.0 - p, p]);
                }
                each => push_normalised(
                    &mut out,
                    each.iter().zip(row).map(|(c, &p)| c.apply(self.input.read(p))).collect(),
                ),
            }
        }
        Ok(Predictions::Probabilities { classes: *classes, values: out })
    }
}

impl CalibrationInput {
    /// What the calibrator reads of a probability.
    #[must_use]
    pub fn read(self, p: f64) -> f64 {
        match self {
            Self::Probability => p,
            Self::LogOdds => {
                let p = p.clamp(LOG_ODDS_CLIP, 1.0 - LOG_ODDS_CLIP);
                (p / (1.0 - p)).ln()
            }
        }
    }
}

impl Calibrator {
    /// Probability for a score.
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        match self {
            Self::Platt(platt) => platt.apply(score),
            Self::Isotonic(isotonic) => isotonic.apply(score),
        }
    }
}

fn push_normalised(out: &mut Vec<f64>, row: Vec<f64>) {
    let sum: f64 = row.iter().sum();
    let uniform = 1.0 / row.len() as f64;
    out.extend(row.into_iter().map(|p| if sum > 0.0 { p / sum } else { uniform }));
}
