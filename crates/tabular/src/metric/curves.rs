//! Points of curves for charts and tables: ROC, precision-recall, calibration.

use super::{Predictions, Truth};

/// Most points of a curve; longer ones are thinned evenly, ends kept.
pub const MAX_POINTS: usize = 2_000;

/// A point of the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct RocPoint {
    /// False positive rate.
    pub false_positive_rate: f64,
    /// True positive rate.
    pub true_positive_rate: f64,
    /// Rows with at least this score count as positive; `None` for the first point, where none does.
    pub threshold: Option<f64>,
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct PrPoint {
    /// Recall.
    pub recall: f64,
    /// Precision.
    pub precision: f64,
    /// Rows with at least this score count as positive.
    pub threshold: f64,
}

/// Rows whose probability falls into one of equally wide bins.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CalibrationBin {
    /// Mean probability in the bin.
    pub mean_predicted: f64,
    /// Share of positives in the bin.
    pub fraction_positive: f64,
    /// Rows in the bin.
    pub count: usize,
}

/// Scores of a class and whether each row is of it; `None` for a regression or an unknown class.
#[must_use]
pub fn one_vs_rest(truth: &Truth, predictions: &Predictions, class: u32) -> Option<(Vec<f64>, Vec<bool>)> {
    let (Truth::Classes { labels, .. }, Predictions::Probabilities { classes, values }) =
        (truth, predictions)
    else {
        return None;
    };
    let scores = values.iter().skip(class as usize).step_by((*classes).max(1)).copied().collect();
    ((class as usize) < *classes).then(|| (scores, labels.iter().map(|&l| l == class).collect()))
}

/// From (0, 0) to (1, 1), one point per distinct score; `None` with one class only.
#[must_use]
pub fn roc_curve(scores: &[f64], positive: &[bool]) -> Option<Vec<RocPoint>> {
    let steps = steps(scores, positive);
    let last = steps.last()?;
    let (positives, negatives) = (last.hits as f64, (last.taken - last.hits) as f64);
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let start = RocPoint { false_positive_rate: 0.0, true_positive_rate: 0.0, threshold: None };
    let rest = steps.iter().map(|s| RocPoint {
        false_positive_rate: (s.taken - s.hits) as f64 / negatives,
        true_positive_rate: s.hits as f64 / positives,
        threshold: Some(s.score),
    });
    Some(thinned(std::iter::once(start).chain(rest).collect()))
}

/// By rising recall, one point per distinct score; `None` without positives.
#[must_use]
pub fn precision_recall_curve(scores: &[f64], positive: &[bool]) -> Option<Vec<PrPoint>> {
    let steps = steps(scores, positive);
    let positives = steps.last()?.hits as f64;
    let point = |s: &Step| PrPoint {
        recall: s.hits as f64 / positives,
        precision: s.hits as f64 / s.taken as f64,
        threshold: s.score,
    };
    (positives > 0.0).then(|| thinned(steps.iter().map(point).collect()))
}

/// Equally wide bins over 0..1, empty ones left out.
#[must_use]
pub fn calibration_curve(scores: &[f64], positive: &[bool], bins: usize) -> Vec<CalibrationBin> {
    let mut sums = vec![(0.0, 0usize, 0usize); bins];
    for (&score, &positive) in scores.iter().zip(positive) {
        let bin = ((score * bins as f64) as usize).min(bins.saturating_sub(1));
        sums[bin].0 += score;
        sums[bin].1 += usize::from(positive);
        sums[bin].2 += 1;
    }
    let filled = sums.into_iter().filter(|s| s.2 > 0);
    filled
        .map(|(sum, hits, count)| CalibrationBin {
            mean_predicted: sum / count as f64,
            fraction_positive: hits as f64 / count as f64,
            count,
        })
        .collect()
}

/// Rows taken as positive at a threshold, and how many of them are.
struct Step {
    score: f64,
    taken: usize,
    hits: usize,
}

fn steps(scores: &[f64], positive: &[bool]) -> Vec<Step> {
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut taken, mut hits) = (0, 0);
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|run| {
            taken += run.len();
            hits += run.iter().filter(|r| r.1).count();
            Step { score: run[0].0, taken, hits }
        })
        .collect()
}

fn thinned<T: Copy>(points: Vec<T>) -> Vec<T> {
    if points.len() <= MAX_POINTS {
        return points;
    }
    let last = points.len() - 1;
    (0..MAX_POINTS).map(|i| points[i * last / (MAX_POINTS - 1)]).collect()
}
