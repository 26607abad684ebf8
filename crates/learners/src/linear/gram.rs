//! Products of all pairs of columns, or of all pairs of rows. They square the problem's condition, so who uses them must
//! know that it is good; then they are several times faster than reflections.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ShapeBuilder, ShapeError, s};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::problem::Problem;
use crate::{Context, FitError};

/// Rows, or columns, of a block: it stays in the second cache.
const BLOCK: usize = 256;
/// Columns of a product: of the symmetric whole, little more than half is computed.
const PANEL: usize = 96;
/// Most partial sums. Their number and order must not depend on threads, nor their memory exceed the features'.
const PARTS: usize = 16;

/// Products of the scaled columns, the target last.
pub(super) fn of_columns(problem: &Problem<'_>, context: &Context<'_>) -> Result<Array2<f64>, FitError> {
    let (rows, size) = (problem.features.rows(), problem.columns.len() + 1);
    let length = rows.div_ceil(PARTS).max(1024).max(4 * size);
    let add = |sum: &mut Array2<f64>, block: &mut Vec<f64>, from, to| {
        problem.fill(from, to, block);
        Ok(accumulate(sum, ArrayView2::from_shape((to - from, size).f(), block)?.t()))
    };
    sum_of_parts(size, rows, length, add, context)
}

/// Products of the centred rows.
pub(super) fn of_rows(problem: &Problem<'_>, context: &Context<'_>) -> Result<Array2<f64>, FitError> {
    let (rows, columns) = (problem.features.rows(), problem.columns.len());
    let length = columns.div_ceil(PARTS).max(1024).max(4 * rows);
    let add = |sum: &mut Array2<f64>, block: &mut Vec<f64>, from, to| {
        problem.fill_columns(&problem.columns[from..to], block);
        Ok(accumulate(sum, ArrayView2::from_shape((rows, to - from).f(), block)?))
    };
    sum_of_parts(rows, columns, length, add, context)
}

/// Sums up blocks of `0..count`, parts of it in parallel.
fn sum_of_parts(
    size: usize,
    count: usize,
    length: usize,
    add: impl Fn(&mut Array2<f64>, &mut Vec<f64>, usize, usize) -> Result<(), ShapeError> + Sync,
    context: &Context<'_>,
) -> Result<Array2<f64>, FitError> {
    let part = |index: usize| {
        let (mut sum, mut block) = (Array2::zeros((size, size).f()), Vec::new());
        let end = ((index + 1) * length).min(count);
        for from in (index * length..end).step_by(BLOCK) {
            context.check_interrupt()?;
            add(&mut sum, &mut block, from, (from + BLOCK).min(end))
                .map_err(|error| FitError::Decomposition(error.to_string()))?;
        }
        Ok(sum)
    };
    let parts = count.div_ceil(length);
    let sums: Result<Vec<_>, FitError> = match context.pool {
        Some(pool) => pool.install(|| (0..parts).into_par_iter().map(part).collect()),
        None => (0..parts).map(part).collect(),
    };
    let mut whole = sums?.into_iter().reduce(|sum, part| sum + part).unwrap_or_default();
    mirror(&mut whole);
    Ok(whole)
}

/// sum += a · aᵀ, its lower half.
fn accumulate(sum: &mut Array2<f64>, a: ArrayView2<'_, f64>) {
    let size = a.nrows();
    for from in (0..size).step_by(PANEL) {
        let to = (from + PANEL).min(size);
        let right = a.slice(s![from..to, ..]);
        general_mat_mul(
            1.0,
            &a.slice(s![from.., ..]),
            &right.t(),
            1.0,
            &mut sum.slice_mut(s![from.., from..to]),
        );
    }
}

/// Copies the lower half into the upper.
fn mirror(square: &mut Array2<f64>) {
    for j in 0..square.ncols() {
        for i in 0..j {
            square[[i, j]] = square[[j, i]];
        }
    }
}
