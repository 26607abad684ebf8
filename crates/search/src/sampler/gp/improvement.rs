//! Logarithm of expected improvement (Ament et al. 2023, arXiv 2310.20708).

use super::model::{BLOCK, Belief, Model};
use crate::numeric::log_improvement;

/// What a point promises over the best known value.
pub(super) struct Improvement<'a> {
    pub(super) model: &'a Model,
    /// The value to improve on.
    pub(super) best: f64,
}

impl Improvement<'_> {
    fn of(&self, belief: Belief) -> f64 {
        belief.deviation.ln() + log_improvement((self.best - belief.mean) / belief.deviation).value
    }

    /// At each of these positions.
    pub(super) fn at_all(&self, positions: &[Vec<f64>]) -> Vec<f64> {
        let blocks = positions.chunks(BLOCK);
        blocks.flat_map(|block| self.model.beliefs(block)).map(|belief| self.of(belief)).collect()
    }

    /// At a position; and, into `gradient`, its slope by the position in the given numeric dimensions.
    pub(super) fn slope(&self, positions: &[f64], dimensions: &[usize], gradient: &mut [f64]) -> f64 {
        let (belief, mean, deviation) = self.model.slopes(positions, dimensions);
        let h = log_improvement((self.best - belief.mean) / belief.deviation);
        for ((g, mean), deviation) in gradient.iter_mut().zip(mean).zip(deviation) {
            *g = (h.density * deviation - h.slope * mean) / belief.deviation;
        }
        belief.deviation.ln() + h.value
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::Data;
    use super::super::kernel::Kernel;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_value_near_and_far_from_the_best() {
        let data = Data {
            features: (0..9).map(|i| vec![f64::from(i % 3) / 2.0, f64::from(i / 3) / 2.0]).collect(),
            targets: (0..9).map(|i| f64::from((i * i) % 7) / 3.0 - 1.0).collect(),
            is_category: vec![false, false],
        };
        let kernel = Kernel { weights: vec![3.0, 5.0], scale: 1.0, noise: 1e-6 };
        let model = Model::new(&data, kernel).unwrap();
        for best in [-1.0, -40.0, 3.0] {
            let improvement = Improvement { model: &model, best };
            let at = model.positions(&[0.21, 0.64]);
            let (mut gradient, mut unused) = ([0.0; 2], [0.0; 2]);
            let value = improvement.slope(&at, &[0, 1], &mut gradient);
            assert!(
                (improvement.at_all(std::slice::from_ref(&at))[0] - value).abs()
                    < 1e-9 * value.abs().max(1.0)
            );
            for j in 0..2 {
                let mut moved = |by: f64| {
                    let mut at = at.clone();
                    at[j] += by;
                    improvement.slope(&at, &[0, 1], &mut unused)
                };
                let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (gradient[j] - numeric).abs() < 1e-5 * numeric.abs().max(1.0),
                    "{gradient:?} {numeric}"
                );
            }
        }
    }
}
