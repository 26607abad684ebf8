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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_folds_are_left_out_and_counted() {
        let summary = summarise(&[Some(0.8), None, Some(0.6), Some(0.7)]).unwrap();
        assert!((summary.mean - 0.7).abs() < 1e-12 && (summary.sd.unwrap() - 0.1).abs() < 1e-12);
        assert_eq!((summary.folds, summary.undefined), (3, 1));
        assert_eq!(summarise(&[None, None]), None);
        assert_eq!(summarise(&[Some(0.5)]), Some(Summary { mean: 0.5, sd: None, folds: 1, undefined: 0 }));
    }

    #[test]
    fn out_of_fold_predictions_follow_their_rows() {
        let folds = [
            Fold { train: vec![3], validation: vec![5, 1] },
            Fold { train: vec![5, 1], validation: vec![3] },
        ];
        let parts = [Predictions::Values(vec![0.5, 0.1]), Predictions::Values(vec![0.3])];
        let all = out_of_fold(&folds, &parts).unwrap();
        assert_eq!(
            all,
            OutOfFold { rows: vec![5, 1, 3], predictions: Predictions::Values(vec![0.5, 0.1, 0.3]) }
        );
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let folds =
            [Fold { train: vec![], validation: vec![1] }, Fold { train: vec![], validation: vec![2] }];
        let one = || Predictions::Values(vec![0.5]);
        assert_eq!(out_of_fold(&folds, &[one()]), Err(CrossvalError::Folds { found: 1, folds: 2 }));
        let two = Predictions::Values(vec![0.5, 0.5]);
        assert_eq!(
            out_of_fold(&folds, &[one(), two]),
            Err(CrossvalError::Rows { fold: 2, rows: 1, found: 2 })
        );
        let other = Predictions::Probabilities { classes: 2, values: vec![0.5, 0.5] };
        assert_eq!(out_of_fold(&folds, &[one(), other]), Err(CrossvalError::Kinds { fold: 2 }));
    }
}
