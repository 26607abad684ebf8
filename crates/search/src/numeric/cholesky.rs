//! The Cholesky factor of a growing matrix.

use super::{add_scaled, dot};

/// Lower triangle `L` with `L L' = A`, rows packed one after the other.
///
/// Rows can be appended in O(n²) each, so a factor of n points is n appended rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cholesky {
    size: usize,
    rows: Vec<f64>,
}

/// Where row `i` of a packed triangle begins.
fn start(i: usize) -> usize {
    i * (i + 1) / 2
}

impl Cholesky {
    /// Factor of the symmetric matrix whose lower triangle is packed row by row; `None` when it is not positive
    /// definite in floating point.
    pub(crate) fn new(size: usize, triangle: &[f64]) -> Option<Self> {
        let mut factor = Self { size: 0, rows: Vec::with_capacity(start(size)) };
        (0..size).try_for_each(|i| factor.push(&triangle[start(i)..start(i + 1)])).map(|()| factor)
    }

    /// Appends a row of the matrix: its products with the rows so far, and last its own diagonal.
    ///
    /// `None`, and the factor as it was, when the grown matrix is not positive definite.
    pub(crate) fn push(&mut self, row: &[f64]) -> Option<()> {
        let from = self.rows.len();
        self.rows.extend_from_slice(row);
        let (before, new) = self.rows.split_at_mut(from);
        for j in 0..self.size {
            let other = &before[start(j)..start(j + 1)];
            new[j] = (new[j] - dot(&new[..j], &other[..j])) / other[j];
        }
        let pivot = new[self.size] - dot(&new[..self.size], &new[..self.size]);
        // Written so that NaN is refused too.
        if !(pivot > 0.0 && pivot.is_finite()) {
            self.rows.truncate(from);
            return None;
        }
        new[self.size] = pivot.sqrt();
        self.size += 1;
        Some(())
    }

    /// Number of rows.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.rows[start(i)..start(i + 1)]
    }

    /// Sum of the logarithms of the diagonal: half the logarithm of the determinant.
    pub(crate) fn half_log_determinant(&self) -> f64 {
        (0..self.size).map(|i| self.row(i)[i].ln()).sum()
    }

    /// Overwrites `b` with `L⁻¹ b`.
    pub(crate) fn solve_lower(&self, b: &mut [f64]) {
        for i in 0..self.size {
            let row = self.row(i);
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// Overwrites `b` with `L'⁻¹ b`.
    pub(crate) fn solve_upper(&self, b: &mut [f64]) {
        for i in (0..self.size).rev() {
            let row = self.row(i);
            let value = b[i] / row[i];
            b[i] = value;
            add_scaled(&mut b[..i], -value, &row[..i]);
        }
    }

    /// Overwrites each of `WIDTH` right-hand sides, which lie side by side (`b[i][c]`), with its `L⁻¹ b`.
    pub(crate) fn solve_lower_block<const WIDTH: usize>(&self, b: &mut [[f64; WIDTH]]) {
        for i in 0..self.size {
            let row = self.row(i);
            let (done, rest) = b.split_at_mut(i);
            let mut value = rest[0];
            for (&l, solved) in row.iter().zip(done.iter()) {
                value.iter_mut().zip(solved).for_each(|(v, s)| *v -= l * s);
            }
            rest[0] = value.map(|v| v / row[i]);
        }
    }

    /// The lower triangle of `A⁻¹`, packed row by row.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let factor = self.inverse_factor();
        let mut inverse = vec![0.0; self.rows.len()];
        for i in 0..self.size {
            let row = &factor[start(i)..start(i + 1)];
            for a in 0..=i {
                add_scaled(&mut inverse[start(a)..start(a + 1)], row[a], &row[..=a]);
            }
        }
        inverse
    }

    /// `L⁻¹`, packed row by row.
    fn inverse_factor(&self) -> Vec<f64> {
        let mut inverse = vec![0.0; self.rows.len()];
        for i in 0..self.size {
            let (before, rest) = inverse.split_at_mut(start(i));
            let (new, row) = (&mut rest[..=i], self.row(i));
            for j in 0..i {
                add_scaled(&mut new[..=j], -row[j], &before[start(j)..start(j + 1)]);
            }
            new[..i].iter_mut().for_each(|v| *v /= row[i]);
            new[i] = 1.0 / row[i];
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A positive definite matrix of the given size, lower triangle: decaying products plus a dominant diagonal.
    fn matrix(size: usize) -> Vec<f64> {
        let entry = |i: usize, j: usize| (-(i.abs_diff(j) as f64) / 3.0).exp() + f64::from(i == j) * 0.1;
        (0..size).flat_map(|i| (0..=i).map(move |j| entry(i, j))).collect()
    }

    fn at(triangle: &[f64], i: usize, j: usize) -> f64 {
        triangle[start(i.max(j)) + i.min(j)]
    }

    #[test]
    fn the_factor_times_its_transpose_is_the_matrix() {
        let (size, a) = (17, matrix(17));
        let factor = Cholesky::new(size, &a).unwrap();
        for i in 0..size {
            for j in 0..=i {
                let product = dot(&factor.row(i)[..=j], factor.row(j));
                assert!((product - at(&a, i, j)).abs() < 1e-14, "{i} {j}");
            }
        }
    }

    #[test]
    fn the_inverse_times_the_matrix_is_one() {
        let (size, a) = (13, matrix(13));
        let inverse = Cholesky::new(size, &a).unwrap().inverse();
        for i in 0..size {
            for j in 0..size {
                let product: f64 = (0..size).map(|k| at(&inverse, i, k) * at(&a, k, j)).sum();
                assert!((product - f64::from(i == j)).abs() < 1e-12, "{i} {j}: {product}");
            }
        }
    }

    #[test]
    fn solving_both_triangles_solves_the_system() {
        let (size, a) = (13, matrix(13));
        let factor = Cholesky::new(size, &a).unwrap();
        let x: Vec<f64> = (0..size).map(|i| (i as f64).sin()).collect();
        let mut b: Vec<f64> = (0..size).map(|i| (0..size).map(|k| at(&a, i, k) * x[k]).sum()).collect();
        factor.solve_lower(&mut b);
        factor.solve_upper(&mut b);
        b.iter().zip(&x).for_each(|(b, x)| assert!((b - x).abs() < 1e-12));
    }

    #[test]
    fn right_hand_sides_side_by_side_are_solved_as_one_by_one() {
        let factor = Cholesky::new(9, &matrix(9)).unwrap();
        let mut block: Vec<[f64; 3]> = (0..9).map(|i| [f64::from(i), 1.0, f64::from(i * i)]).collect();
        let mut columns: Vec<Vec<f64>> = (0..3).map(|c| block.iter().map(|b| b[c]).collect()).collect();
        factor.solve_lower_block(&mut block);
        for (c, column) in columns.iter_mut().enumerate() {
            factor.solve_lower(column);
            column.iter().zip(&block).for_each(|(one, side)| assert!((one - side[c]).abs() < 1e-14));
        }
    }

    #[test]
    fn a_row_that_repeats_another_is_refused_and_changes_nothing() {
        let mut factor = Cholesky::new(2, &[1.0, 0.5, 1.0]).unwrap();
        assert_eq!(factor.push(&[1.0, 0.5, 1.0]), None);
        assert_eq!(factor.push(&[f64::NAN, 0.0, 1.0]), None);
        assert_eq!(factor.size(), 2);
        assert_eq!(factor.push(&[0.0, 0.0, 1.0]), Some(()));
    }
}
