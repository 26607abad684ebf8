//! Metrics: from predictions to figures, with scikit-learn's rules. An undefined metric is `None`, never NaN.
//! Sample weights are not applied.

mod confusion;
mod curves;
mod name;
mod ranking;
mod regression;
mod report;
mod scorer;
#[cfg(test)]
mod tests;
mod truth;
mod validate;

pub use confusion::Confusion;
pub use curves::{
    CalibrationBin, MAX_POINTS, PrPoint, RocPoint, calibration_curve, one_vs_rest, precision_recall_curve,
    roc_curve,
};
pub use name::{Average, Basis, Goal, MetricName};
pub use report::{Report, report};
pub use scorer::{Scorer, score};
pub use truth::{Predictions, Rule, Truth, normalise};

/// Why predictions can't be scored; it fails the candidate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Not one prediction per row.
    #[error("{predicted} predictions for {rows} rows")]
    Length {
        /// Predictions.
        predicted: usize,
        /// Rows.
        rows: usize,
    },
    /// A prediction is NaN or infinite.
    #[error("the prediction of row {row} is {value}: must be finite")]
    NotFinite {
        /// Position among the predictions, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// Probabilities out of range, or a row that does not sum to 1.
    #[error("the probabilities of row {row} are not within 0 and 1 with sum 1: sum is {sum}")]
    NotDistribution {
        /// Position among the predictions, from 0.
        row: usize,
        /// Sum of the row.
        sum: f64,
    },
    /// Probabilities of another number of classes.
    #[error("probabilities of {predicted} classes where the truth has {classes}")]
    Classes {
        /// Classes predicted.
        predicted: usize,
        /// Classes of the truth.
        classes: usize,
    },
    /// Classes were asked of a regression.
    #[error("the predictions are numbers, not class probabilities")]
    NotProbabilities,
    /// The metric belongs to another task.
    #[error("metric {metric} can't be computed here: {reason}")]
    NotApplicable {
        /// The metric.
        metric: MetricName,
        /// Why.
        reason: &'static str,
    },
}
