//! The penalised mean log loss and its gradient, over blocks of rows that stay in the cache.
//!
//! Parameters are `u`, not the coefficients `w`: w_j = scale_j * u_j, and the features count as centred. That changes
//! neither the minimum nor the penalty (the intercept bears none), only the number of iterations.

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::lbfgs::Objective;
use super::{binary, multinomial};
use crate::{FitError, Matrix};

/// Rows of a task. Fixed, and summed up in order, so the result does not depend on threads.
const CHUNK: usize = 2048;

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

/// Coefficients and intercepts on the features as they are.
pub(super) struct Scorer {
    /// Row-major, a row for each score.
    pub w: Vec<f64>,
    pub intercepts: Vec<f64>,
}

/// Sums over a chunk of rows.
pub(super) struct Sums {
    pub loss: f64,
    /// Residual times feature, for each row of coefficients and each column.
    pub by_column: Vec<f64>,
    /// Residuals, for each row of coefficients.
    pub residuals: Vec<f64>,
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

    /// Coefficients and intercepts of the parameters.
    pub(super) fn scorer(&self, u: &[f64]) -> Scorer {
        let (columns, score_rows) = (self.features.columns(), self.score_rows());
        let (slopes, constants) = u.split_at(score_rows * columns);
        let w: Vec<f64> = slopes.iter().zip(self.scales.iter().cycle()).map(|(u, scale)| u * scale).collect();
        let intercepts = (w.chunks_exact(columns).enumerate())
            .map(|(k, w)| {
                let shift: f64 = w.iter().zip(&self.means).map(|(w, mean)| w * mean).sum();
                if self.fit_intercept { INTERCEPT_SCALE * constants[k] - shift } else { 0.0 }
            })
            .collect();
        Scorer { w, intercepts }
    }

    fn all_chunks(&self, scorer: &Scorer) -> Result<Vec<Sums>, FitError> {
        let rows = self.features.rows();
        let chunk = |index: usize| {
            let range = index * CHUNK..((index + 1) * CHUNK).min(rows);
            if self.fitted == 2 {
                Ok(binary::sums(self, range, scorer))
            } else {
                multinomial::sums(self, range, scorer)
            }
        };
        let chunks = 0..rows.div_ceil(CHUNK);
        match self.pool {
            Some(pool) => pool.install(|| chunks.into_par_iter().map(chunk).collect()),
            None => chunks.map(chunk).collect(),
        }
    }
}

impl Objective for LogLoss<'_> {
    fn evaluate(&self, u: &[f64], gradient: &mut [f64]) -> Result<f64, FitError> {
        if (self.interrupt)() {
            return Err(FitError::Interrupted);
        }
        let columns = self.features.columns();
        let scorer = self.scorer(u);
        let w = &scorer.w;
        let mut loss = 0.5 * self.penalty * w.iter().map(|w| w * w).sum::<f64>();
        gradient.fill(0.0);
        let (slopes, constants) = gradient.split_at_mut(self.score_rows() * columns);
        for sums in self.all_chunks(&scorer)? {
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
        for ((slope, w), scale) in slopes.iter_mut().zip(w).zip(self.scales.iter().cycle()) {
            *slope = scale * (*slope + self.penalty * w);
        }
        Ok(loss)
    }
}
