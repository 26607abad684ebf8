//! Where the search starts: the middle of the box, or what earlier studies found.

use super::distribution::Distribution;
use super::eigen::decompose;
use super::strategy::real;

/// Step size of a start without evidence, of a range of 1.
pub(super) const SIGMA: f64 = 1.0 / 6.0;
/// The part of the earlier trials that counts as promising.
const PROMISING: f64 = 0.1;
/// Standard deviation around each promising trial.
const BLUR: f64 = 0.1;

/// The start of a study by the complete trials of earlier ones, each a place and a value, by number (Nomura et al. 2021,
/// "Warm Starting CMA-ES for Hyperparameter Optimization"): one normal distribution over the promising ones.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
pub(super) fn start(mut earlier: Vec<(Vec<f64>, f64)>, size: usize) -> Distribution {
    if earlier.is_empty() {
        return Distribution::ball(vec![0.5; size], SIGMA);
    }
    // Stable: ties stay in order of number.
    earlier.sort_by(|first, second| first.1.total_cmp(&second.1));
    earlier.truncate((PROMISING * real(earlier.len())).ceil() as usize);
    let count = real(earlier.len());
    let mean: Vec<f64> =
        (0..size).map(|index| earlier.iter().map(|(place, _)| place[index]).sum::<f64>() / count).collect();
    let mut covariance: Vec<f64> =
        (0..size * size).map(|index| if index % (size + 1) == 0 { BLUR * BLUR } else { 0.0 }).collect();
    for (place, _) in &earlier {
        let away: Vec<f64> = place.iter().zip(&mean).map(|(place, mean)| place - mean).collect();
        for (index, entry) in covariance.iter_mut().enumerate() {
            *entry += away[index / size] * away[index % size] / count;
        }
    }
    // The step size takes the volume, the covariance the shape.
    let logs: f64 = decompose(&covariance, size).values.iter().map(|value| value.max(1e-300).ln()).sum();
    let sigma = (logs / (2.0 * real(size))).exp();
    covariance.iter_mut().for_each(|entry| *entry /= sigma * sigma);
    Distribution::new(mean, sigma, covariance)
}
