//! Cross-validation without a learner: figures over folds, and out-of-fold predictions put together.

use serde::Serialize;

use crate::metric::Predictions;
use crate::split::Fold;

/// A metric over folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Mean over the folds where it is defined.
    pub mean: f64,
    /// Standard deviation over them (n - 1); `None` with one fold.
    pub sd: Option<f64>,
    /// Folds where it is defined.
    pub folds: usize,
    /// Folds where it is not.
    pub undefined: usize,
}

/// Mean and deviation of a metric over folds; `None` when it is undefined in all.
#[must_use]
pub fn summarise(scores: &[Option<f64>]) -> Option<Summary> {
    let defined: Vec<f64> = scores.iter().flatten().copied().collect();
    if defined.is_empty() {
        return None;
    }
    let mean = crate::stats::mean(&defined);
    let spread: f64 = defined.iter().map(|x| (x - mean).powi(2)).sum();
    let sd = (defined.len() > 1).then(|| (spread / (defined.len() - 1) as f64).sqrt());
    Some(Summary { mean, sd, folds: defined.len(), undefined: scores.len() - defined.len() })
}

/// Why out-of-fold predictions don't fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrossvalError {
    /// Not one part per fold.
    #[error("{found} parts of predictions for {folds} folds")]
    Folds {
        /// Parts.
        found: usize,
        /// Folds.
        folds: usize,
    },
    /// A part does not have one prediction per row.
    #[error("fold {fold} has {rows} rows to predict and {found} predictions")]
    Rows {
        /// Fold, from 1.
        fold: usize,
        /// Its rows.
        rows: usize,
        /// Its predictions.
        found: usize,
    },
    /// Parts of different kinds or numbers of classes.
    #[error("the predictions of fold {fold} are of another kind than those of fold 1")]
    Kinds {
        /// Fold, from 1.
        fold: usize,
    },
}

/// Predictions of rows by models that were not fitted on them.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Positions in the table, fold by fold.
    pub rows: Vec<usize>,
    /// Their predictions, in the same order.
    pub predictions: Predictions,
}

/// Puts the predictions of each fold's validation rows together, in the order of the folds.
///
/// # Errors
/// See [`CrossvalError`].
pub fn out_of_fold(folds: &[Fold], parts: &[Predictions]) -> Result<OutOfFold, CrossvalError> {
    if folds.len() != parts.len() {
        return Err(CrossvalError::Folds { found: parts.len(), folds: folds.len() });
    }
    let mut all: Option<Predictions> = None;
    let mut rows = Vec::new();
    for (at, (fold, part)) in folds.iter().zip(parts).enumerate() {
        if fold.validation.len() != part.rows() {
            return Err(CrossvalError::Rows {
                fold: at + 1,
                rows: fold.validation.len(),
                found: part.rows(),
            });
        }
        rows.extend_from_slice(&fold.validation);
        all = Some(match all {
            None => part.clone(),
            Some(before) => append(before, part).ok_or(CrossvalError::Kinds { fold: at + 1 })?,
        });
    }
    Ok(OutOfFold { rows, predictions: all.unwrap_or(Predictions::Values(Vec::new())) })
}

fn append(mut all: Predictions, part: &Predictions) -> Option<Predictions> {
    match (&mut all, part) {
        (Predictions::Values(all), Predictions::Values(part)) => all.extend_from_slice(part),
        (
            Predictions::Probabilities { classes, values },
            Predictions::Probabilities { classes: others, values: more },
        ) if classes == others => values.extend_from_slice(more),
        _ => return None,
    }
    Some(all)
}
