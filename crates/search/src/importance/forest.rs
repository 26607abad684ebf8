//! A small random forest.

use super::axis::Axis;
use super::tree::Tree;
use crate::rng::Random;

/// Trees of a forest, as many as the paper and Optuna take.
const TREES: i64 = 64;
/// Trials that one tree sees at most: it keeps 10,000 trials cheap, and the trees together still see nearly all.
const SAMPLE: usize = 1_000;

/// Trees on bootstrap samples; its prediction is their mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Forest {
    pub trees: Vec<Tree>,
}

impl Forest {
    /// Fits to at least one trial.
    pub(super) fn fit(axes: &[Axis], places: &[Vec<f64>], values: &[f64], seed: u64) -> Self {
        let tree = |number| {
            let mut random = Random::new(seed, number, "importance tree");
            let rows = (0..places.len().min(SAMPLE)).map(|_| random.below(places.len())).collect();
            Tree::grow(axes, places, values, rows, &mut random)
        };
        Self { trees: (0..TREES).map(tree).collect() }
    }

    /// The mean over the trees.
    pub(super) fn predict(&self, place: &[f64]) -> f64 {
        self.trees.iter().map(|tree| tree.predict(place)).sum::<f64>() / self.trees.len() as f64
    }
}
