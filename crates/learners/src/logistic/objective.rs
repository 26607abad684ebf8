//! The penalised mean log loss and its gradient, over blocks of rows that stay in the cache.
//!
//! Parameters are `u`, not the coefficients `w`: w_j = scale_j * u_j, and the features count as centred. That changes
//! neither the minimum nor the penalty (the intercept bears none), only the number of iterations.

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::add_scaled;
use super::lbfgs::Objective;
use crate::{FitError, Matrix};

/// Rows of a task. Fixed, and summed up in order, so the result does not depend on threads.
const CHUNK: usize = 8192;
/// Rows whose scores are held at once.
const BLOCK: usize = 512;

/// The objective of one fit.
pub(super) struct LogLoss<'a> {
    pub features: &'a Matrix,
    /// Position of each row's class among the fitted ones.
    pub labels: Vec<u32>,
    /// Weight of each row; they sum to 1.
    pub weights: Vec<f64>,
    /// Number of fitted classes, at least 2.
    pub fitted: usize,
    /// Factor of half the squared coefficients.
    pub penalty: f64,
    /// Mean of each feature; 0 without intercept.
    pub means: Vec<f64>,
    /// Coefficient for a parameter of 1.
    pub scales: Vec<f64>,
    pub fit_intercept: bool,
    pub pool: Option<&'a ThreadPool>,
    pub interrupt: &'a (dyn Fn() -> bool + Sync),
}

/// Scale of the intercepts: the loss bends at most with 1/4.
const INTERCEPT_SCALE: f64 = 2.0;

/// Sums over a chunk of rows.
struct Sums {
    loss: f64,
    /// Residual times feature, for each row of coefficients and each column.
    by_column: Vec<f64>,
    /// Residuals, for each row of coefficients.
    residuals: Vec<f64>,
}

impl LogLoss<'_> {
    /// Rows of coefficients: one for two classes.
    pub(super) fn score_rows(&self) -> usize {
        if self.fitted == 2 { 1 } else { self.fitted }
    }

    /// Number of parameters.
    pub(super) fn parameters(&self) -> usize {
        self.score_rows() * (self.features.columns() + usize::from(self.fit_intercept))
    }

    /// Coefficients and intercepts of the parameters, on the features as they are.
    pub(super) fn coefficients(&self, u: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (columns, score_rows) = (self.features.columns(), self.score_rows());
        let (slopes, constants) = u.split_at(score_rows * columns);
        let w: Vec<f64> = slopes.iter().zip(self.scales.iter().cycle()).map(|(u, scale)| u * scale).collect();
        let intercepts = (w.chunks_exact(columns).enumerate())
            .map(|(k, w)| {
                let shift: f64 = w.iter().zip(&self.means).map(|(w, mean)| w * mean).sum();
                if self.fit_intercept { INTERCEPT_SCALE * constants[k] - shift } else { 0.0 }
            })
            .collect();
        (w, intercepts)
    }

    fn chunk(&self, chunk: usize, w: &[f64], intercepts: &[f64]) -> Sums {
        let (columns, score_rows) = (self.features.columns(), self.score_rows());
        let mut sums =
            Sums { loss: 0.0, by_column: vec![0.0; score_rows * columns], residuals: vec![0.0; score_rows] };
        let mut scores = vec![0.0; score_rows * BLOCK];
        let end = ((chunk + 1) * CHUNK).min(self.features.rows());
        for from in (chunk * CHUNK..end).step_by(BLOCK) {
            let to = (from + BLOCK).min(end);
            for (k, z) in scores.chunks_exact_mut(BLOCK).enumerate() {
                self.scores(from, to, &w[k * columns..(k + 1) * columns], intercepts[k], z);
            }
            sums.loss += if self.fitted == 2 {
                self.binary(from, to, &mut scores)
            } else {
                self.multinomial(from, to, &mut scores)
            };
            for (k, r) in scores.chunks_exact(BLOCK).enumerate() {
                let r = &r[..to - from];
                sums.residuals[k] += r.iter().sum::<f64>();
                for (j, sum) in sums.by_column[k * columns..(k + 1) * columns].iter_mut().enumerate() {
                    *sum += dot(r, &self.features.column(j)[from..to]);
                }
            }
        }
        sums
    }

    /// Scores of rows `from..to` for one row of coefficients; four columns at a time spare loads of `z`.
    fn scores(&self, from: usize, to: usize, w: &[f64], intercept: f64, z: &mut [f64]) {
        let z = &mut z[..to - from];
        z.fill(intercept);
        let column = |j: usize| &self.features.column(j)[from..to];
        let fours = w.len() / 4 * 4;
        for j in (0..fours).step_by(4) {
            let (a, b, c, d) = (column(j), column(j + 1), column(j + 2), column(j + 3));
            for ((((z, &a), &b), &c), &d) in z.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *z += (w[j] * f64::from(a) + w[j + 1] * f64::from(b))
                    + (w[j + 2] * f64::from(c) + w[j + 3] * f64::from(d));
            }
        }
        for (j, &w) in w.iter().enumerate().skip(fours) {
            add_scaled(z, w, column(j));
        }
    }

    /// Loss of the block; scores become residuals: weight * (probability - target).
    fn binary(&self, from: usize, to: usize, scores: &mut [f64]) -> f64 {
        let rows = scores[..to - from].iter_mut().zip(&self.labels[from..to]).zip(&self.weights[from..to]);
        let mut loss = 0.0;
        for ((z, &label), &weight) in rows {
            let target = f64::from(label);
            let e = (-z.abs()).exp();
            loss += weight * (z.max(0.0) + e.ln_1p() - target * *z);
            let probability = if *z >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
            *z = weight * (probability - target);
        }
        loss
    }

    fn multinomial(&self, from: usize, to: usize, scores: &mut [f64]) -> f64 {
        let mut loss = 0.0;
        for i in 0..to - from {
            let (label, weight) = (self.labels[from + i] as usize, self.weights[from + i]);
            let top = (0..self.fitted).map(|k| scores[k * BLOCK + i]).fold(f64::NEG_INFINITY, f64::max);
            let own = scores[label * BLOCK + i] - top;
            let mut sum = 0.0;
            for k in 0..self.fitted {
                let score = &mut scores[k * BLOCK + i];
                *score = (*score - top).exp();
                sum += *score;
            }
            loss += weight * (sum.ln() - own);
            for k in 0..self.fitted {
                scores[k * BLOCK + i] *= weight / sum;
            }
            scores[label * BLOCK + i] -= weight;
        }
        loss
    }

    fn all_chunks(&self, w: &[f64], intercepts: &[f64]) -> Vec<Sums> {
        let chunks = self.features.rows().div_ceil(CHUNK);
        let chunk = |index| self.chunk(index, w, intercepts);
        match self.pool {
            Some(pool) => pool.install(|| (0..chunks).into_par_iter().map(chunk).collect()),
            None => (0..chunks).map(chunk).collect(),
        }
    }
}

impl Objective for LogLoss<'_> {
    fn evaluate(&self, u: &[f64], gradient: &mut [f64]) -> Result<f64, FitError> {
        if (self.interrupt)() {
            return Err(FitError::Interrupted);
        }
        let columns = self.features.columns();
        let (w, intercepts) = self.coefficients(u);
        let mut loss = 0.5 * self.penalty * w.iter().map(|w| w * w).sum::<f64>();
        gradient.fill(0.0);
        let (slopes, constants) = gradient.split_at_mut(self.score_rows() * columns);
        for sums in self.all_chunks(&w, &intercepts) {
            loss += sums.loss;
            slopes.iter_mut().zip(&sums.by_column).for_each(|(to, sum)| *to += sum);
            for (k, residual) in sums.residuals.iter().enumerate() {
                let row = &mut slopes[k * columns..(k + 1) * columns];
                row.iter_mut().zip(&self.means).for_each(|(to, mean)| *to -= mean * residual);
                if let Some(to) = constants.get_mut(k) {
                    *to += INTERCEPT_SCALE * residual;
                }
            }
        }
        for ((slope, w), scale) in slopes.iter_mut().zip(&w).zip(self.scales.iter().cycle()) {
            *slope = scale * (*slope + self.penalty * w);
        }
        Ok(loss)
    }
}

/// Sum of products in eight lanes: the compiler may not reorder a plain sum of floats, so it would not vectorise it.
fn dot(a: &[f64], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, &b)| a * f64::from(b)).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * f64::from(b[lane]);
        }
    }
    lanes.iter().sum::<f64>() + rest
}
