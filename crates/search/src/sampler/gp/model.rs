//! The posterior of a fitted process: mean and variance at any point, with gradients.

use super::data::Data;
use super::kernel::{Kernel, matern};
use crate::numeric::{Cholesky, dot};

/// Points judged side by side.
pub(super) const BLOCK: usize = 8;
/// Below this a variance is rounding.
const VARIANCE_FLOOR: f64 = 1e-12;
/// As in the fit: rounding must not make a repeated point singular.
const JITTER: f64 = 1e-9;

/// What is known of the function at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Belief {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// A process conditioned on data and on believed points.
#[derive(Clone, Debug)]
pub(super) struct Model {
    kernel: Kernel,
    /// Of each dimension the root of its weight; a feature times this is a *position*.
    pub(super) roots: Vec<f64>,
    is_category: Vec<bool>,
    /// Of each dimension the positions of all points; of categories the features.
    columns: Vec<Vec<f64>>,
    factor: Cholesky,
    alpha: Vec<f64>,
}

impl Model {
    /// `None` when the covariance is singular.
    pub(super) fn new(data: &Data, kernel: Kernel) -> Option<Self> {
        let roots: Vec<f64> = kernel.weights.iter().map(|weight| weight.sqrt()).collect();
        let mut model = Self {
            roots,
            is_category: data.is_category.clone(),
            columns: vec![Vec::with_capacity(data.len()); data.dimensions()],
            factor: Cholesky::default(),
            alpha: Vec::new(),
            kernel,
        };
        data.features.iter().try_for_each(|features| model.condition(&model.positions(features)))?;
        model.alpha.clone_from(&data.targets);
        model.factor.solve_lower(&mut model.alpha);
        model.factor.solve_upper(&mut model.alpha);
        Some(model)
    }

    /// Takes the mean at a point for its value (the kriging believer of Ginsbourger et al. 2010): no mean changes, the
    /// variance around it falls. Returns that mean.
    pub(super) fn believe(&mut self, features: &[f64]) -> f64 {
        let positions = self.positions(features);
        let mean = self.belief(&positions).mean;
        // A point that repeats another adds nothing, and the factor would be singular with it.
        if self.condition(&positions).is_some() {
            // The residual of a point at the mean is 0, so it has no part in any other mean.
            self.alpha.push(0.0);
        }
        mean
    }

    fn condition(&mut self, positions: &[f64]) -> Option<()> {
        let mut row: Vec<f64> =
            self.squared(positions).into_iter().map(|s| self.kernel.scale * matern(s).0).collect();
        row.push(self.kernel.scale + self.kernel.noise + JITTER);
        self.factor.push(&row)?;
        self.columns.iter_mut().zip(positions).for_each(|(column, position)| column.push(*position));
        Some(())
    }

    /// Features in the units of the kernel, where each numeric dimension has length scale 1.
    pub(super) fn positions(&self, features: &[f64]) -> Vec<f64> {
        let position = |j: usize| if self.is_category[j] { features[j] } else { features[j] * self.roots[j] };
        (0..features.len()).map(position).collect()
    }

    /// Squared distances to all points.
    fn squared(&self, positions: &[f64]) -> Vec<f64> {
        let mut squared = vec![0.0; self.factor.size()];
        for (j, column) in self.columns.iter().enumerate() {
            let (here, weight) = (positions[j], self.kernel.weights[j]);
            if self.is_category[j] {
                squared.iter_mut().zip(column).for_each(|(s, x)| *s += if *x == here { 0.0 } else { weight });
            } else {
                squared.iter_mut().zip(column).for_each(|(s, x)| *s += (x - here) * (x - here));
            }
        }
        squared
    }

    /// Mean and deviation at a position.
    pub(super) fn belief(&self, positions: &[f64]) -> Belief {
        let mut covariance: Vec<f64> =
            self.squared(positions).into_iter().map(|s| self.kernel.scale * matern(s).0).collect();
        let mean = dot(&covariance, &self.alpha);
        self.factor.solve_lower(&mut covariance);
        self.settle(mean, dot(&covariance, &covariance))
    }

    fn settle(&self, mean: f64, explained: f64) -> Belief {
        Belief { mean, deviation: (self.kernel.scale - explained).max(VARIANCE_FLOOR).sqrt() }
    }

    /// Mean and deviation at up to [`BLOCK`] positions, in their order.
    pub(super) fn beliefs(&self, positions: &[Vec<f64>]) -> Vec<Belief> {
        let mut block = vec![[0.0; BLOCK]; self.factor.size()];
        let mut means = [0.0; BLOCK];
        for (c, positions) in positions.iter().enumerate() {
            for (i, squared) in self.squared(positions).into_iter().enumerate() {
                block[i][c] = self.kernel.scale * matern(squared).0;
                means[c] += block[i][c] * self.alpha[i];
            }
        }
        self.factor.solve_lower_block(&mut block);
        let mut explained = [0.0; BLOCK];
        for row in &block {
            explained.iter_mut().zip(row).for_each(|(sum, v)| *sum += v * v);
        }
        (0..positions.len()).map(|c| self.settle(means[c], explained[c])).collect()
    }

    /// Mean and deviation at a position, and the gradients of both by the position in the given numeric dimensions.
    pub(super) fn slopes(&self, positions: &[f64], dimensions: &[usize]) -> (Belief, Vec<f64>, Vec<f64>) {
        let (mut covariance, slope): (Vec<f64>, Vec<f64>) = self
            .squared(positions)
            .into_iter()
            .map(matern)
            .map(|(k, slope)| (self.kernel.scale * k, 2.0 * self.kernel.scale * slope))
            .unzip();
        let mean = dot(&covariance, &self.alpha);
        self.factor.solve_lower(&mut covariance);
        let belief = self.settle(mean, dot(&covariance, &covariance));
        self.factor.solve_upper(&mut covariance);
        // d mean = sum alpha_i dk_i, d variance = -2 sum (K⁻¹ k)_i dk_i, and dk_i = slope_i (here - there).
        let of_mean: Vec<f64> = slope.iter().zip(&self.alpha).map(|(s, a)| s * a).collect();
        let of_variance: Vec<f64> = slope.iter().zip(&covariance).map(|(s, w)| s * w).collect();
        let along = |factors: &[f64], j: usize| {
            positions[j] * factors.iter().sum::<f64>() - dot(factors, &self.columns[j])
        };
        let mean_slope = dimensions.iter().map(|j| along(&of_mean, *j)).collect();
        let deviation_slope =
            dimensions.iter().map(|j| -along(&of_variance, *j) / belief.deviation).collect();
        (belief, mean_slope, deviation_slope)
    }
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

    fn model() -> Model {
        Model::new(&data(), Kernel { weights: vec![4.0, 2.0, 0.5], scale: 1.3, noise: 1e-6 }).unwrap()
    }

    #[test]
    fn without_noise_the_mean_goes_through_the_data_and_the_deviation_is_nearly_0_there() {
        let (model, data) = (model(), data());
        for (features, target) in data.features.iter().zip(&data.targets) {
            let belief = model.belief(&model.positions(features));
            assert!((belief.mean - target).abs() < 1e-4 && belief.deviation < 2e-3, "{belief:?} {target}");
        }
    }

    #[test]
    fn points_side_by_side_are_judged_as_one_by_one() {
        let model = model();
        let positions: Vec<Vec<f64>> =
            (0..5).map(|i| model.positions(&[0.1 * f64::from(i), 0.9, f64::from(i % 2)])).collect();
        for (one, side) in positions.iter().map(|p| model.belief(p)).zip(model.beliefs(&positions)) {
            assert!((one.mean - side.mean).abs() < 1e-12 && (one.deviation - side.deviation).abs() < 1e-9);
        }
    }

    #[test]
    fn the_gradients_are_those_of_mean_and_deviation() {
        let model = model();
        let at = model.positions(&[0.31, 0.77, 1.0]);
        let (belief, mean_slope, deviation_slope) = model.slopes(&at, &[0, 1]);
        assert_eq!(belief, model.belief(&at));
        for j in 0..2 {
            let moved = |by: f64| {
                let mut at = at.clone();
                at[j] += by;
                model.belief(&at)
            };
            let (up, down) = (moved(1e-5), moved(-1e-5));
            assert!((mean_slope[j] - (up.mean - down.mean) / 2e-5).abs() < 1e-6);
            assert!((deviation_slope[j] - (up.deviation - down.deviation) / 2e-5).abs() < 1e-6);
        }
    }

    #[test]
    fn believing_a_point_keeps_every_mean_and_lowers_the_deviation_around_it() {
        let (before, mut after) = (model(), model());
        let there = [0.52, 0.48, 2.0];
        let (near, far) = (before.positions(&[0.5, 0.5, 2.0]), before.positions(&[0.0, 0.1, 0.0]));
        let mean = after.believe(&there);
        assert_eq!(mean, before.belief(&before.positions(&there)).mean);
        for at in [&near, &far] {
            assert!((after.belief(at).mean - before.belief(at).mean).abs() < 1e-12);
        }
        assert!(after.belief(&near).deviation < 0.5 * before.belief(&near).deviation);
        // The same point twice, as two workers may hold it after a space was enlarged by nothing.
        assert!((after.believe(&there) - mean).abs() < 1e-9);
    }
}
