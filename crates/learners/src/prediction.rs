//! What a model answers, and why it can't.

use thiserror::Error;

/// Predictions for a set of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// Probability of each class for each row, row-major; each row sums to 1.
    Probabilities {
        /// Number of classes: the length of a row.
        classes: usize,
        /// rows x classes values.
        values: Vec<f64>,
    },
    /// One number for each row.
    Values(Vec<f64>),
}

impl Prediction {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Probabilities { classes, values } => values.len().checked_div(*classes).unwrap_or(0),
            Self::Values(values) => values.len(),
        }
    }

    /// All numbers: probabilities row-major, or one value for each row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        match self {
            Self::Probabilities { values, .. } | Self::Values(values) => values,
        }
    }
}

/// Why a model can't predict.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PredictError {
    /// Another number of feature columns than in the fit.
    #[error("the model was fitted on {expected} feature columns, these rows have {got}")]
    Columns {
        /// Columns of the fit.
        expected: usize,
        /// Columns given.
        got: usize,
    },
}

/// Softmax of one row of scores, in place. The largest score is subtracted first, so nothing overflows.
pub(crate) fn softmax(scores: &mut [f64]) {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

/// 1 / (1 + exp(-z)) without overflow on either side.
pub(crate) fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}
