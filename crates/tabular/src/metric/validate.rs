//! What predictions must be before a figure is computed from them.

use super::{MetricError, Predictions, Truth};

/// Largest deviation of a row of probabilities from 1.
const SUM_TOLERANCE: f64 = 1e-4;

/// A row too many, a NaN, or something that is no probability must fail the candidate, never become a figure.
pub(super) fn check(truth: &Truth, predictions: &Predictions) -> Result<(), MetricError> {
    if truth.rows() != predictions.rows() {
        return Err(MetricError::Length { predicted: predictions.rows(), rows: truth.rows() });
    }
    let (width, values) = match predictions {
        Predictions::Probabilities { classes, values } => (*classes, values),
        Predictions::Values(values) => (1, values),
    };
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        return Err(MetricError::NotFinite { row: at / width.max(1), value: values[at] });
    }
    let (Truth::Classes { classes, .. }, Predictions::Probabilities { .. }) = (truth, predictions) else {
        return Ok(());
    };
    if *classes != width {
        return Err(MetricError::Classes { predicted: width, classes: *classes });
    }
    for (row, probabilities) in values.chunks_exact(width.max(1)).enumerate() {
        let sum: f64 = probabilities.iter().sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE
            || probabilities.iter().any(|p| !(-SUM_TOLERANCE..=1.0 + SUM_TOLERANCE).contains(p))
        {
            return Err(MetricError::NotDistribution { row, sum });
        }
    }
    Ok(())
}
