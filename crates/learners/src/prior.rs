//! The dummy that every model must beat: weighted class frequencies, or the weighted mean.

use serde::{Deserialize, Serialize};

use crate::{FitReport, Fitted, Matrix, Model, Prediction, Target, TrainingSet};

/// Answers the same for every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriorModel {
    columns: usize,
    answer: PriorAnswer,
}

/// What a [`PriorModel`] answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PriorAnswer {
    /// Weighted share of each class.
    Classes(Vec<f64>),
    /// Weighted mean of the target.
    Mean(f64),
}

impl PriorModel {
    /// The answer.
    #[must_use]
    pub fn answer(&self) -> &PriorAnswer {
        &self.answer
    }

    /// Number of feature columns of the fit; their values don't matter.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of classes, none for regression.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        match &self.answer {
            PriorAnswer::Classes(shares) => Some(shares.len()),
            PriorAnswer::Mean(_) => None,
        }
    }

    pub(crate) fn predict(&self, features: &Matrix) -> Prediction {
        match &self.answer {
            PriorAnswer::Classes(shares) => {
                Prediction::Probabilities { classes: shares.len(), values: shares.repeat(features.rows()) }
            }
            PriorAnswer::Mean(mean) => Prediction::Values(vec![*mean; features.rows()]),
        }
    }
}

/// Fits the dummy. It can't fail: a training set has rows and positive weight.
#[must_use]
pub fn fit_prior(set: &TrainingSet<'_>) -> Fitted {
    let total: f64 = (0..set.rows()).map(|row| set.weight(row)).sum();
    let answer = match set.target() {
        Target::Classes { labels, classes } => {
            let mut shares = vec![0.0; *classes];
            for (row, &label) in labels.iter().enumerate() {
                shares[label as usize] += set.weight(row) / total;
            }
            PriorAnswer::Classes(shares)
        }
        // Each weight is divided first: a sum of huge targets would overflow where their mean does not.
        Target::Values(values) => PriorAnswer::Mean(
            values.iter().enumerate().map(|(row, value)| value * (set.weight(row) / total)).sum(),
        ),
    };
    let model = Model::Prior(PriorModel { columns: set.features().columns(), answer });
    Fitted { model, report: FitReport::default() }
}
