//! Least squares by products of columns, or of rows where there are fewer rows: the fast way, taken where the problem is
//! so well conditioned that squaring its condition does no harm. At less than full rank the norm is the smallest.

use ndarray::{Array1, s};

use super::cholesky::{Cholesky, backward, forward};
use super::gram;
use super::problem::{Column, Problem};
use super::solve::{project_onto, project_out};
use crate::{Context, FitError, lanes};

/// Coefficients of the columns that vary, and how many of these are independent.
pub(super) struct Found {
    pub coefficients: Vec<f64>,
    pub rank: usize,
}

/// None when the problem is too ill-conditioned for it.
pub(super) fn solve(problem: &Problem<'_>, context: &Context<'_>) -> Result<Option<Found>, FitError> {
    if problem.features.rows() < problem.columns.len() {
        by_rows(problem, context)
    } else {
        by_columns(problem, context)
    }
}

fn by_columns(problem: &Problem<'_>, context: &Context<'_>) -> Result<Option<Found>, FitError> {
    let (size, products) = (problem.columns.len(), gram::of_columns(problem, context)?);
    let right = products.slice(s![..size, size]).to_vec();
    let Some(factor) = Cholesky::new(products.slice_move(s![..size, ..size])) else { return Ok(None) };
    let rank = factor.rank();
    let mut x: Vec<f64> = factor.order[..rank].iter().map(|&column| right[column]).collect();
    forward(&factor.lower, &mut x);
    backward(&factor.lower, &mut x);
    let mut coefficients = vec![0.0; size];
    for (&column, x) in factor.order.iter().zip(x) {
        coefficients[column] = x / problem.columns[column].scale;
    }
    shorten(&mut coefficients, &factor, problem);
    Ok(Some(Found { coefficients, rank }))
}

/// Takes the shortest of the solutions, on the columns as they are: by the directions that change no prediction, or by
/// those that do, whichever are fewer.
fn shorten(w: &mut [f64], factor: &Cholesky, problem: &Problem<'_>) {
    let (rank, size) = (factor.rank(), w.len());
    let direction = |value: &dyn Fn(usize) -> f64| {
        let mut direction = vec![0.0; size];
        factor.order.iter().enumerate().for_each(|(place, &column)| direction[column] = value(place));
        direction
    };
    let scale = |place: usize| problem.columns[factor.order[place]].scale;
    if size - rank <= rank {
        let free = (rank..size).map(|dependent| {
            let mut x = factor.lower.row(dependent).to_vec();
            backward(&factor.lower, &mut x);
            let own = |place| if place == dependent { 1.0 } else { 0.0 };
            direction(&|place| x.get(place).map_or_else(|| own(place), |x| -x) / scale(place))
        });
        project_out(w, free.collect());
    } else {
        let bound = (0..rank).map(|pivot| direction(&|place| factor.lower[[place, pivot]] * scale(place)));
        project_onto(w, bound.collect());
    }
}

/// Coefficients Aᵀ·α, which are the shortest: α = L·(LᵀL)⁻²·Lᵀ·y for A·Aᵀ = L·Lᵀ.
fn by_rows(problem: &Problem<'_>, context: &Context<'_>) -> Result<Option<Found>, FitError> {
    let Some(factor) = Cholesky::new(gram::of_rows(problem, context)?) else { return Ok(None) };
    let lower = &factor.lower;
    let Some(inner) = Cholesky::new(lower.t().dot(lower)) else { return Ok(None) };
    if inner.rank() < factor.rank() {
        return Ok(None);
    }
    let right = problem.right();
    let right: Array1<f64> = factor.order.iter().map(|&row| right[row]).collect();
    let within = lower.t().dot(&right);
    let mut z: Vec<f64> = inner.order.iter().map(|&place| within[place]).collect();
    for _ in 0..2 {
        forward(&inner.lower, &mut z);
        backward(&inner.lower, &mut z);
    }
    let mut placed = Array1::zeros(z.len());
    inner.order.iter().zip(z).for_each(|(&place, z)| placed[place] = z);
    let mut alpha = vec![0.0; right.len()];
    factor.order.iter().zip(lower.dot(&placed)).for_each(|(&row, value)| alpha[row] = value);
    if let Some(roots) = &problem.roots {
        alpha.iter_mut().zip(roots).for_each(|(alpha, root)| *alpha *= root);
    }
    let total: f64 = alpha.iter().sum();
    let coefficient =
        |column: &Column| lanes::dot(&alpha, problem.features.column(column.index)) - column.mean * total;
    Ok(Some(Found { coefficients: problem.columns.iter().map(coefficient).collect(), rank: factor.rank() }))
}
