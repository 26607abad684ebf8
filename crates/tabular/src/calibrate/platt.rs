//! Platt's sigmoid, by Newton's method with backtracking (Lin, Lin and Weng 2007, "A note on Platt's probabilistic outputs").

use serde::{Deserialize, Serialize};

const MAX_ROUNDS: usize = 100;
/// Newton stops when no gradient is above this, per unit of weight.
const TOLERANCE: f64 = 1e-10;
/// Keeps the Hessian invertible.
const RIDGE: f64 = 1e-12;
const MIN_STEP: f64 = 1e-10;

/// p = 1 / (1 + exp(a * score + b)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Slope; negative where a higher score means a higher probability.
    pub a: f64,
    /// Intercept.
    pub b: f64,
}

struct Problem<'a> {
    scores: &'a [f64],
    targets: Vec<f64>,
    weights: &'a [f64],
}

impl Platt {
    /// Fits to scores of rows that are positive or not, both of which occur; the slices are of one length.
    #[must_use]
    pub fn fit(scores: &[f64], positive: &[bool], weights: &[f64]) -> Self {
        let sum = |wanted: bool| {
            positive.iter().zip(weights).filter(|(p, _)| **p == wanted).map(|(_, w)| w).sum::<f64>()
        };
        let (above, below) = (sum(true), sum(false));
        // Platt's smoothed targets keep the slope finite when the scores separate the classes.
        let (high, low) = ((above + 1.0) / (above + 2.0), 1.0 / (below + 2.0));
        let targets = positive.iter().map(|&p| if p { high } else { low }).collect();
        let start = Self { a: 0.0, b: ((below + 1.0) / (above + 1.0)).ln() };
        Problem { scores, targets, weights }.minimise(start, above + below)
    }

    /// Probability for a score.
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        let z = self.a * score + self.b;
        // Of the two equal forms the one whose exponential can't overflow.
        if z >= 0.0 { (-z).exp() / (1.0 + (-z).exp()) } else { 1.0 / (1.0 + z.exp()) }
    }
}

impl Problem<'_> {
    fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.scores.iter().zip(&self.targets).zip(self.weights).map(|((&f, &t), &w)| (f, t, w))
    }

    /// Weighted cross-entropy.
    fn loss(&self, at: Platt) -> f64 {
        self.rows()
            .map(|(f, t, w)| {
                let z = at.a * f + at.b;
                let soft = (-z.abs()).exp().ln_1p();
                w * if z >= 0.0 { t * z + soft } else { (t - 1.0) * z + soft }
            })
            .sum()
    }

    fn minimise(&self, start: Platt, weight: f64) -> Platt {
        let mut at = start;
        let mut loss = self.loss(at);
        for _ in 0..MAX_ROUNDS {
            let (gradient, hessian) = self.derivatives(at);
            if gradient[0].abs() < TOLERANCE * weight && gradient[1].abs() < TOLERANCE * weight {
                break;
            }
            let det = hessian[0] * hessian[2] - hessian[1] * hessian[1];
            let step = [
                -(hessian[2] * gradient[0] - hessian[1] * gradient[1]) / det,
                -(hessian[0] * gradient[1] - hessian[1] * gradient[0]) / det,
            ];
            let slope = gradient[0] * step[0] + gradient[1] * step[1];
            let Some((next, value)) = self.backtrack(at, loss, step, slope) else { break };
            (at, loss) = (next, value);
        }
        at
    }

    /// Gradient in (a, b) and Hessian (aa, ab, bb).
    fn derivatives(&self, at: Platt) -> ([f64; 2], [f64; 3]) {
        let (mut g, mut h) = ([0.0; 2], [RIDGE, 0.0, RIDGE]);
        for (f, t, w) in self.rows() {
            let p = at.apply(f);
            let (d1, d2) = (w * (t - p), w * p * (1.0 - p));
            g[0] += f * d1;
            g[1] += d1;
            h[0] += f * f * d2;
            h[1] += f * d2;
            h[2] += d2;
        }
        (g, h)
    }

    /// Halves the step until the loss falls enough; `None` when it never does.
    fn backtrack(&self, at: Platt, loss: f64, step: [f64; 2], slope: f64) -> Option<(Platt, f64)> {
        let mut size = 1.0;
        while size >= MIN_STEP {
            let next = Platt { a: at.a + size * step[0], b: at.b + size * step[1] };
            let value = self.loss(next);
            if value < loss + 1e-4 * size * slope {
                return Some((next, value));
            }
            size /= 2.0;
        }
        None
    }
}
