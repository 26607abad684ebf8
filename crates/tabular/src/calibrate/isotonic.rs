//! Isotonic regression: the closest rising function, by pooling adjacent violators.

use serde::{Deserialize, Serialize};

/// Fewer rows than this make steps of noise.
pub const MIN_ISOTONIC_ROWS: usize = 1_000;

/// Knots of a rising function: linear between them, constant outside. Both lists have one length, at least 1; `x` rises strictly, `y` never falls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Scores.
    pub x: Vec<f64>,
    /// Probabilities.
    pub y: Vec<f64>,
}

/// Neighbouring rows with one value.
struct Block {
    first: f64,
    last: f64,
    weight: f64,
    sum: f64,
}

impl Block {
    fn value(&self) -> f64 {
        self.sum / self.weight
    }

    fn merge(&mut self, next: &Self) {
        self.last = next.last;
        self.weight += next.weight;
        self.sum += next.sum;
    }
}

impl Isotonic {
    /// Fits to scores of rows that are positive or not; weights are above 0; the slices are of one length.
    #[must_use]
    pub fn fit(scores: &[f64], positive: &[bool], weights: &[f64]) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        for mut block in tied(scores, positive, weights) {
            while let Some(before) = blocks.pop_if(|before| before.value() >= block.value()) {
                let next = std::mem::replace(&mut block, before);
                block.merge(&next);
            }
            blocks.push(block);
        }
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for block in &blocks {
            x.push(block.first);
            y.push(block.value());
            if block.last > block.first {
                x.push(block.last);
                y.push(block.value());
            }
        }
        Self { x, y }
    }

    /// Probability for a score.
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        let above = self.x.partition_point(|x| *x < score);
        match (above.checked_sub(1), self.x.get(above)) {
            (None, _) => self.y.first().copied().unwrap_or(0.0),
            (Some(below), None) => self.y[below],
            (Some(below), Some(&right)) => {
                let left = self.x[below];
                self.y[below] + (self.y[above] - self.y[below]) * (score - left) / (right - left)
            }
        }
    }
}

/// One block per distinct score, ascending.
fn tied(scores: &[f64], positive: &[bool], weights: &[f64]) -> Vec<Block> {
    let mut rows: Vec<(f64, bool, f64)> =
        scores.iter().zip(positive).zip(weights).map(|((&s, &p), &w)| (s, p, w)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|run| Block {
            first: run[0].0,
            last: run[0].0,
            weight: run.iter().map(|r| r.2).sum(),
            sum: run.iter().filter(|r| r.1).map(|r| r.2).sum(),
        })
        .collect()
}
