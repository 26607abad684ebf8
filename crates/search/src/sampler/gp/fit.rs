//! Hyperparameters of the kernel, by maximum a posteriori.

use super::data::Data;
use super::kernel::Kernel;
use super::likelihood::Likelihood;
use crate::numeric::{Limits, minimise};

/// Variance of the noise of an objective that has none: rounding, and steep places between points.
pub(super) const NO_NOISE: f64 = 1e-6;
/// Bounds of the logarithms.
const WEIGHT: (f64, f64) = (-9.0, 9.0);
const SCALE: (f64, f64) = (-4.0, 5.0);
const NOISE: (f64, f64) = (-13.8, 1.0);
/// Where the search begins: logarithms of all weights, and of the noise. A long and a short length scale, as the
/// likelihood often has an optimum at either.
const STARTS: [(f64, f64); 2] = [(0.0, -4.6), (2.0, -9.2)];
const LIMITS: Limits = Limits { steps: 60, gain: 1e-5, first_step: 1.0 };

/// The best kernel found, from starts that depend on nothing but the data. `fixed_noise` is not learned.
///
/// `None` when the covariance is singular at every start.
pub(super) fn fit(data: &Data, fixed_noise: Option<f64>) -> Option<Kernel> {
    let likelihood = Likelihood::new(data, fixed_noise);
    let mut bounds = vec![WEIGHT; data.dimensions()];
    bounds.push(SCALE);
    if fixed_noise.is_none() {
        bounds.push(NOISE);
    }
    let minima = STARTS.iter().filter_map(|(weight, noise)| {
        let mut start = vec![*weight; data.dimensions()];
        start.extend([0.0, *noise]);
        minimise(|x, gradient| likelihood.evaluate(x, gradient), &bounds, &start[..bounds.len()], LIMITS)
    });
    let best = minima.min_by(|a, b| a.value.total_cmp(&b.value))?;
    Some(likelihood.kernel(&best.x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of a lattice sequence in three dimensions.
    fn features(count: usize) -> Vec<Vec<f64>> {
        let place = |i: usize, step: f64| (i as f64 * step).fract();
        (0..count).map(|i| vec![place(i, 0.7549), place(i, 0.5698), place(i, 0.4302)]).collect()
    }

    fn data(count: usize, function: impl Fn(&[f64], usize) -> f64) -> Data {
        let features = features(count);
        let targets = features.iter().enumerate().map(|(i, f)| function(f, i)).collect();
        Data { features, targets, is_category: vec![false; 3] }
    }

    #[test]
    fn a_dimension_that_matters_gets_a_shorter_length_scale_than_one_that_does_not() {
        let data = data(40, |u, _| (6.0 * u[0]).sin() + 0.3 * u[1]);
        let kernel = fit(&data, Some(NO_NOISE)).unwrap();
        assert!(
            kernel.weights[0] > 3.0 * kernel.weights[1] && kernel.weights[1] > kernel.weights[2],
            "{kernel:?}"
        );
        assert_eq!(kernel.noise, NO_NOISE);
    }

    #[test]
    fn noise_is_learned_when_it_is_there_and_when_it_is_not() {
        let alternating = |i: usize| if (i * 7919) % 5 < 2 { 0.3 } else { -0.2 };
        let noisy = fit(&data(60, |u, i| (3.0 * u[0]).sin() + alternating(i)), None).unwrap();
        let clean = fit(&data(60, |u, _| (3.0 * u[0]).sin()), None).unwrap();
        assert!(noisy.noise > 0.02 && noisy.noise < 0.2, "{noisy:?}");
        assert!(clean.noise < 0.01, "{clean:?}");
    }

    #[test]
    fn repeated_points_with_different_targets_can_be_fitted_without_noise() {
        let mut data = data(10, |u, _| u[0]);
        data.features[9] = data.features[0].clone();
        assert!(fit(&data, Some(NO_NOISE)).is_some());
    }
}
