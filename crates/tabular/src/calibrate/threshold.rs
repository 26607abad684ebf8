//! The threshold that makes the best labels of out-of-fold probabilities.

use crate::metric::{Average, Basis, Confusion, MetricError, MetricName, Predictions, Truth, one_vs_rest};

/// The threshold for the positive class that maximises a metric of labels, halfway between neighbouring probabilities;
/// of equally good ones the nearest to 0.5, then the smaller.
///
/// # Errors
/// More than two classes, or a metric that does not depend on a threshold (such as roc_auc).
pub fn tune_threshold(
    metric: MetricName,
    average: Average,
    truth: &Truth,
    predictions: &Predictions,
) -> Result<f64, MetricError> {
    let refused = |reason| MetricError::NotApplicable { metric, reason };
    if metric.basis() != Basis::Labels {
        return Err(refused("it does not depend on a threshold"));
    }
    let Truth::Classes { positive: Some(positive), classes: 2, .. } = truth else {
        return Err(refused("a threshold needs two classes"));
    };
    if truth.rows() != predictions.rows() {
        return Err(MetricError::Length { predicted: predictions.rows(), rows: truth.rows() });
    }
    let (scores, hits) = one_vs_rest(truth, predictions, *positive).ok_or(MetricError::NotProbabilities)?;
    Ok(best(metric, average, *positive, descending(scores, hits)))
}

fn descending(scores: Vec<f64>, hits: Vec<bool>) -> Vec<(f64, bool)> {
    let mut rows: Vec<(f64, bool)> = scores.into_iter().zip(hits).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    rows
}

/// Walks the threshold down over the rows; at each border the labels differ from the last by one run of equal probabilities.
fn best(metric: MetricName, average: Average, positive: u32, rows: Vec<(f64, bool)>) -> f64 {
    let negative = 1 - positive;
    let class = |hit: bool| if hit { positive } else { negative };
    let mut matrix = Confusion::empty(2);
    rows.iter().for_each(|r| matrix.add(class(r.1), negative, 1));
    let mut best: Option<(f64, f64)> = None;
    let mut above = 1.0;
    let mut offer = |matrix: &Confusion, low: f64, high: f64| {
        let threshold = nearest_to_half(low, high);
        if let Some(value) = matrix.metric(metric, average, Some(positive)) {
            let distance = |t: f64| (t - 0.5).abs();
            let better = best.is_none_or(|(v, t)| {
                value > v || (value == v && (distance(threshold), threshold) < (distance(t), t))
            });
            if better {
                best = Some((value, threshold));
            }
        }
    };
    for run in rows.chunk_by(|a, b| a.0 == b.0) {
        offer(&matrix, run[0].0, above);
        for r in run {
            matrix.take(class(r.1), negative, 1);
            matrix.add(class(r.1), positive, 1);
        }
        above = run[0].0;
    }
    offer(&matrix, 0.0, above);
    best.map_or(0.5, |(_, threshold)| threshold)
}

/// All thresholds above `low` and up to `high` give the same labels: 0.5 if it is one of them, else the middle.
fn nearest_to_half(low: f64, high: f64) -> f64 {
    if low < 0.5 && 0.5 <= high { 0.5 } else { f64::midpoint(low, high) }
}
