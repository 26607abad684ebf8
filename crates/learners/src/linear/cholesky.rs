//! Cholesky factor of products, with pivots from the diagonal, panel by panel (Higham 1990; LAPACK's dpstrf).
//!
//! Products hold singular values squared, so a factor is given only where the rank is beyond doubt.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};

use super::solve::RESOLUTION;

/// Columns that are factored before the rest is updated by one matrix product.
const PANEL: usize = 48;
/// A pivot, as a share of the largest, that surely stands for a direction of its own: squaring leaves it half of its
/// digits and more.
const CLEAR: f64 = 1e-6;
/// A pivot that surely is rounding.
const NOTHING: f64 = RESOLUTION * RESOLUTION;

/// A ≈ L·Lᵀ with rows and columns of A in the order of the pivots.
pub(super) struct Cholesky {
    /// Which row and column of A stands here; the first `rank` ones are independent.
    pub order: Vec<usize>,
    /// One column for each pivot; zero above the diagonal.
    pub lower: Array2<f64>,
}

impl Cholesky {
    pub(super) fn rank(&self) -> usize {
        self.lower.ncols()
    }

    /// None when a pivot is neither clear nor nothing, or not a number. Takes a whole symmetric matrix in columns.
    pub(super) fn new(mut a: Array2<f64>) -> Option<Self> {
        let size = a.nrows();
        let mut order: Vec<usize> = (0..size).collect();
        let top = a.diag().iter().copied().fold(0.0, f64::max);
        let mut rank = 0;
        for from in (0..size).step_by(PANEL) {
            let to = (from + PANEL).min(size);
            rank = factor_panel(&mut a, &mut order, from, to, top)?;
            if rank < to {
                break;
            }
            let (left, mut rest) = a.view_mut().split_at(ndarray::Axis(1), to);
            let below = left.slice(s![to.., from..to]);
            general_mat_mul(-1.0, &below, &below.t(), 1.0, &mut rest.slice_mut(s![to.., ..]));
        }
        let mut lower = a.slice_move(s![.., ..rank]);
        lower.indexed_iter_mut().filter(|((i, j), _)| i < j).for_each(|(_, above)| *above = 0.0);
        Some(Self { order, lower })
    }
}

/// Factors columns `from..to`; answers the number of pivots so far, less than `to` when nothing is left.
fn factor_panel(a: &mut Array2<f64>, order: &mut [usize], from: usize, to: usize, top: f64) -> Option<usize> {
    let mut left: Vec<f64> = a.diag().to_vec();
    for j in from..to {
        let best = (j..order.len()).reduce(|best, i| if left[i] > left[best] { i } else { best })?;
        // NaN fails both comparisons.
        if left[best] <= NOTHING * top {
            return Some(j);
        } else if !(left[best] > CLEAR * top) {
            return None;
        }
        swap(a, j, best);
        order.swap(j, best);
        left.swap(j, best);
        let root = left[j].sqrt();
        let (done, mut rest) = a.view_mut().split_at(ndarray::Axis(1), j);
        let mut column = rest.slice_mut(s![j.., 0]);
        for k in from..j {
            let factor = done[[j, k]];
            column.zip_mut_with(&done.slice(s![j.., k]), |to, below| *to -= factor * below);
        }
        column.mapv_inplace(|value| value / root);
        left[j..].iter_mut().zip(&column).for_each(|(left, value)| *left -= value * value);
        a[[j, j]] = root;
    }
    Some(to)
}

/// Exchanges two rows and the two columns.
fn swap(a: &mut Array2<f64>, i: usize, j: usize) {
    if i != j {
        for k in 0..a.nrows() {
            a.swap([k, i], [k, j]);
        }
        for k in 0..a.ncols() {
            a.swap([i, k], [j, k]);
        }
    }
}

/// Solves L·x = b in place, L being the first rows of a lower triangle in columns.
pub(super) fn forward(lower: &Array2<f64>, x: &mut [f64]) {
    for j in 0..lower.ncols() {
        x[j] /= lower[[j, j]];
        let (head, tail) = x.split_at_mut(j + 1);
        let column = lower.slice(s![j + 1..lower.ncols(), j]);
        tail.iter_mut().zip(&column).for_each(|(x, l)| *x -= head[j] * l);
    }
}

/// Solves Lᵀ·x = b in place.
pub(super) fn backward(lower: &Array2<f64>, x: &mut [f64]) {
    for j in (0..lower.ncols()).rev() {
        let (head, tail) = x.split_at_mut(j + 1);
        let column = lower.slice(s![j + 1..lower.ncols(), j]);
        let sum: f64 = column.iter().zip(tail).map(|(l, x)| l * *x).sum();
        head[j] = (head[j] - sum) / lower[[j, j]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Products of rows that look random, of the given length.
    fn gram(size: usize, length: usize) -> Array2<f64> {
        let value = |(i, j): (usize, usize)| ((i * 7919 + j * 104_729) % 1013) as f64 / 1013.0 - 0.5;
        let rows = Array2::from_shape_fn((size, length), value);
        rows.dot(&rows.t())
    }

    #[test]
    fn the_factor_gives_the_matrix_back_in_the_order_of_its_pivots() {
        let a = gram(110, 300);
        let factor = Cholesky::new(a.clone()).unwrap();
        assert_eq!(factor.rank(), 110);
        let back = factor.lower.dot(&factor.lower.t());
        for (i, &row) in factor.order.iter().enumerate() {
            for (j, &column) in factor.order.iter().enumerate() {
                assert!((back[[i, j]] - a[[row, column]]).abs() < 1e-11, "{row} {column}");
            }
        }
    }

    #[test]
    fn the_rank_is_that_of_the_rows_behind_the_products() {
        assert_eq!(Cholesky::new(gram(120, 7)).unwrap().rank(), 7);
        assert_eq!(Cholesky::new(Array2::zeros((5, 5))).unwrap().rank(), 0);
    }

    #[test]
    fn no_factor_is_given_where_the_rank_is_in_doubt_or_numbers_are_none() {
        let mut a = Array2::eye(3);
        a[[2, 2]] = 1e-9;
        assert!(Cholesky::new(a.clone()).is_none());
        a[[2, 2]] = f64::NAN;
        assert!(Cholesky::new(a).is_none());
    }

    #[test]
    fn solving_forward_and_backward_undoes_the_factor() {
        let factor = Cholesky::new(gram(110, 300)).unwrap();
        let x: Vec<f64> = (0..110).map(f64::from).collect();
        let product = factor.lower.t().dot(&ndarray::aview1(&x));
        let mut solved = factor.lower.dot(&product).to_vec();
        forward(&factor.lower, &mut solved);
        backward(&factor.lower, &mut solved);
        for (solved, x) in solved.iter().zip(x) {
            assert!((solved - x).abs() < 1e-9);
        }
    }
}
