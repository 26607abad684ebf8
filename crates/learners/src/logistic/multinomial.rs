//! Three classes and more: scores and gradient are matrix products over a block of rows.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Ix2, ShapeBuilder, ShapeError, StrideShape};

use super::objective::{LogLoss, Scorer, Sums};
use crate::FitError;

/// Values of a block: they stay in the second cache between the two products.
const VALUES: usize = 1 << 16;

/// Loss, and residuals times features, of some rows.
pub(super) fn sums(problem: &LogLoss<'_>, rows: Range<usize>, scorer: &Scorer) -> Result<Sums, FitError> {
    let (columns, classes) = (problem.features.columns(), problem.fitted);
    let block = (VALUES / columns).clamp(32, 512);
    // Widened once for both products.
    let mut features = Vec::with_capacity(block * columns);
    let mut scores = vec![0.0; block * classes];
    // Columns before classes: a product of few rows wastes lanes.
    let mut by_column = Array2::zeros((columns, classes));
    let mut sums = Sums { loss: 0.0, by_column: Vec::new(), residuals: vec![0.0; classes] };
    for from in rows.clone().step_by(block) {
        let to = (from + block).min(rows.end);
        features.clear();
        for j in 0..columns {
            features.extend(problem.features.column(j)[from..to].iter().map(|&x| f64::from(x)));
        }
        let x = view((to - from, columns).f(), &features)?;
        let z = &mut scores[..(to - from) * classes];
        multiply(x, &scorer.w, z)?;
        let (labels, weights) = (&problem.labels[from..to], &problem.weights[from..to]);
        for ((row, &label), &weight) in z.chunks_exact_mut(classes).zip(labels).zip(weights) {
            row.iter_mut().zip(&scorer.intercepts).for_each(|(z, intercept)| *z += intercept);
            sums.loss += residuals(row, label as usize, weight);
            sums.residuals.iter_mut().zip(row).for_each(|(sum, residual)| *sum += *residual);
        }
        general_mat_mul(1.0, &x.t(), &view((to - from, classes), z)?, 1.0, &mut by_column);
    }
    sums.by_column = by_column.reversed_axes().iter().copied().collect();
    Ok(sums)
}

/// z = x · wᵀ, all in rows but x.
fn multiply(x: ArrayView2<'_, f64>, w: &[f64], z: &mut [f64]) -> Result<(), FitError> {
    let classes = w.len() / x.ncols();
    let w = view((classes, x.ncols()), w)?;
    let mut z = ArrayViewMut2::from_shape((x.nrows(), classes), z).map_err(decomposition)?;
    general_mat_mul(1.0, &x, &w.t(), 0.0, &mut z);
    Ok(())
}

fn view<Sh: Into<StrideShape<Ix2>>>(shape: Sh, values: &[f64]) -> Result<ArrayView2<'_, f64>, FitError> {
    ArrayView2::from_shape(shape, values).map_err(decomposition)
}

fn decomposition(error: ShapeError) -> FitError {
    FitError::Decomposition(error.to_string())
}

/// Loss of a row; its scores become residuals: weight * (probability - target).
fn residuals(scores: &mut [f64], label: usize, weight: f64) -> f64 {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = scores[label] - top;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        sum += *score;
    }
    let share = weight / sum;
    scores.iter_mut().for_each(|score| *score *= share);
    scores[label] -= weight;
    weight * (sum.ln() - own)
}
