//! How hyperparameters are judged: marginal likelihood plus penalties, with its analytic gradient.

use super::data::Data;
use super::kernel::{Kernel, matern};
use crate::numeric::{Cholesky, dot};

/// Keeps a dimension from vanishing and from deciding alone.
const WEIGHT_PENALTY: f64 = 0.1;
/// Gamma(1.1, 30) for the noise.
const NOISE_SHAPE: f64 = 0.1;
const NOISE_RATE: f64 = 30.0;
/// Added to the diagonal: rounding must not make a repeated point singular.
const JITTER: f64 = 1e-9;

/// The logarithms of weights, scale and, unless it is given, noise; and the data they are judged by.
pub(super) struct Likelihood<'a> {
    data: &'a Data,
    /// Noise that is not learned.
    fixed_noise: Option<f64>,
    /// Of each dimension the squared distances of all pairs, in the order of a packed strict lower triangle; empty
    /// when all are 0.
    distances: Vec<Vec<f64>>,
}

impl<'a> Likelihood<'a> {
    pub(super) fn new(data: &'a Data, fixed_noise: Option<f64>) -> Self {
        let distances = (0..data.dimensions()).map(|dimension| distances(data, dimension)).collect();
        Self { data, fixed_noise, distances }
    }

    /// The kernel of these logarithms.
    pub(super) fn kernel(&self, logarithms: &[f64]) -> Kernel {
        let d = self.data.dimensions();
        let noise = self.fixed_noise.unwrap_or_else(|| logarithms[d + 1].exp());
        Kernel {
            weights: logarithms[..d].iter().map(|l| l.exp()).collect(),
            scale: logarithms[d].exp(),
            noise,
        }
    }

    /// Minus the logarithm of the posterior density, up to a constant; overwrites its gradient by the logarithms.
    /// Infinite where the covariance is not positive definite.
    pub(super) fn evaluate(&self, logarithms: &[f64], gradient: &mut [f64]) -> f64 {
        let kernel = self.kernel(logarithms);
        let pairs = self.pairs(&kernel);
        let Some(factor) = self.factor(&kernel, &pairs) else {
            return f64::INFINITY;
        };
        let mut alpha = self.data.targets.clone();
        factor.solve_lower(&mut alpha);
        let quadratic = 0.5 * dot(&alpha, &alpha);
        factor.solve_upper(&mut alpha);
        let value = quadratic + factor.half_log_determinant() + self.penalty(&kernel);
        self.slope(&kernel, &pairs, &factor.inverse(), &alpha, gradient);
        self.penalty_slope(&kernel, gradient);
        value
    }

    /// Covariance of each pair and its derivative by the squared distance.
    fn pairs(&self, kernel: &Kernel) -> Vec<(f64, f64)> {
        let n = self.data.len();
        let mut squared = vec![0.0; n * n.saturating_sub(1) / 2];
        for (weight, distances) in kernel.weights.iter().zip(&self.distances) {
            squared.iter_mut().zip(distances).for_each(|(sum, distance)| *sum += weight * distance);
        }
        let scaled = |(k, slope): (f64, f64)| (kernel.scale * k, kernel.scale * slope);
        squared.into_iter().map(|squared| scaled(matern(squared))).collect()
    }

    fn factor(&self, kernel: &Kernel, pairs: &[(f64, f64)]) -> Option<Cholesky> {
        let n = self.data.len();
        let mut triangle = Vec::with_capacity(n * (n + 1) / 2);
        let mut pairs = pairs.iter();
        for i in 0..n {
            triangle.extend(pairs.by_ref().take(i).map(|(k, _)| k));
            triangle.push(kernel.scale + kernel.noise + JITTER);
        }
        Cholesky::new(n, &triangle)
    }

    /// Half the trace of `(K⁻¹ - alpha alpha') dK` for each logarithm.
    fn slope(
        &self,
        kernel: &Kernel,
        pairs: &[(f64, f64)],
        inverse: &[f64],
        alpha: &[f64],
        gradient: &mut [f64],
    ) {
        let d = self.data.dimensions();
        let (mut by_distance, mut by_scale, mut trace) = (Vec::with_capacity(pairs.len()), 0.0, 0.0);
        let (mut pairs, mut inverse) = (pairs.iter(), inverse.iter());
        for (i, a) in alpha.iter().enumerate() {
            let row = alpha[..i].iter().zip(pairs.by_ref().take(i)).zip(inverse.by_ref().take(i));
            for ((b, (k, slope)), inverse) in row {
                let factor = inverse - a * b;
                by_distance.push(factor * slope);
                by_scale += factor * k;
            }
            trace += inverse.next().map_or(0.0, |inverse| inverse - a * a);
        }
        for (j, distances) in self.distances.iter().enumerate() {
            gradient[j] = kernel.weights[j] * dot(distances, &by_distance);
        }
        gradient[d] = by_scale + 0.5 * kernel.scale * trace;
        if self.fixed_noise.is_none() {
            gradient[d + 1] = 0.5 * kernel.noise * trace;
        }
    }

    fn penalty(&self, kernel: &Kernel) -> f64 {
        let weights: f64 = kernel.weights.iter().map(|a| WEIGHT_PENALTY * (1.0 / a + a)).sum();
        let noise = match self.fixed_noise {
            Some(_) => 0.0,
            None => NOISE_RATE * kernel.noise - NOISE_SHAPE * kernel.noise.ln(),
        };
        // Gamma(2, 1) for the scale.
        weights + kernel.scale - kernel.scale.ln() + noise
    }

    /// Adds the penalties' derivatives by the logarithms.
    fn penalty_slope(&self, kernel: &Kernel, gradient: &mut [f64]) {
        let d = self.data.dimensions();
        gradient.iter_mut().zip(&kernel.weights).for_each(|(g, a)| *g += WEIGHT_PENALTY * (a - 1.0 / a));
        gradient[d] += kernel.scale - 1.0;
        if self.fixed_noise.is_none() {
            gradient[d + 1] += NOISE_RATE * kernel.noise - NOISE_SHAPE;
        }
    }
}

fn distances(data: &Data, dimension: usize) -> Vec<f64> {
    let feature = |i: usize| data.features[i][dimension];
    let pairs = (0..data.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let all: Vec<f64> = pairs.map(|(i, j)| data.squared(dimension, feature(i), feature(j))).collect();
    // A parameter that was never active moves nothing.
    if all.iter().all(|d| *d == 0.0) { Vec::new() } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Data {
        let feature = |i: i32| f64::from(i * 37 % 17) / 17.0;
        Data {
            features: (0..12).map(|i| vec![feature(i), feature(i * i + 3), f64::from(i % 3)]).collect(),
            targets: (0..12).map(|i| (feature(i) * 5.0).sin() + f64::from(i % 3) * 0.4).collect(),
            is_category: vec![false, false, true],
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_value_with_learned_and_with_given_noise() {
        let data = data();
        for (noise, at) in [(None, vec![0.3, -0.7, 1.1, 0.2, -3.0]), (Some(1e-4), vec![0.3, 2.0, -1.0, 0.5])]
        {
            let likelihood = Likelihood::new(&data, noise);
            let (mut gradient, mut unused) = (vec![0.0; at.len()], vec![0.0; at.len()]);
            likelihood.evaluate(&at, &mut gradient);
            for j in 0..at.len() {
                let mut moved = |by: f64| {
                    let mut at = at.clone();
                    at[j] += by;
                    likelihood.evaluate(&at, &mut unused)
                };
                let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (gradient[j] - numeric).abs() < 1e-5 * numeric.abs().max(1.0),
                    "{j}: {gradient:?} {numeric}"
                );
            }
        }
    }

    #[test]
    fn a_dimension_that_never_moved_is_judged_by_its_penalty_alone() {
        let mut data = data();
        data.features.iter_mut().for_each(|f| f[1] = 0.5);
        let mut gradient = vec![0.0; 5];
        Likelihood::new(&data, None).evaluate(&[0.3, 0.0, 1.1, 0.2, -3.0], &mut gradient);
        assert_eq!(gradient[1], 0.0);
    }
}
