//! Weights of rows from class sizes.

use super::Imbalance;
use crate::metric::Truth;

/// Sample weight times class weight of each training row. Class weight is n / (classes * rows of the class); 1 for regression.
/// Counts are of rows, not of sample weights, as scikit-learn counts.
#[must_use]
pub fn row_weights(imbalance: Imbalance, truth: &Truth, sample_weights: &[f64]) -> Vec<f64> {
    let (Imbalance::ClassWeight, Truth::Classes { labels, classes, .. }) = (imbalance, truth) else {
        return sample_weights.to_vec();
    };
    let mut counts = vec![0usize; *classes];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    let present = counts.iter().filter(|c| **c > 0).count();
    let weight = |label: u32| labels.len() as f64 / (present as f64 * counts[label as usize] as f64);
    labels.iter().zip(sample_weights).map(|(&label, sample)| sample * weight(label)).collect()
}
