//! The R factor of a tall matrix, block of rows by block of rows (TSQR; Demmel, Grigori, Hoemmen, Langou 2012).
//!
//! Householder reflections, so nothing is lost to squaring as with normal equations, and the matrix is never copied.

use crate::lanes::dot;

/// Upper triangular factor of the rows absorbed so far, right-hand side as its last column.
///
/// Column-major, `columns + 1` columns of `columns` rows; only the upper triangle and the last column are used.
#[derive(Clone)]
pub(super) struct Factor {
    columns: usize,
    values: Vec<f64>,
}

impl Factor {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, values: vec![0.0; columns * (columns + 1)] }
    }

    /// R, column-major, zero below the diagonal.
    pub(super) fn triangle(&self) -> &[f64] {
        &self.values[..self.columns * self.columns]
    }

    /// Qᵀy.
    pub(super) fn right(&self) -> &[f64] {
        &self.values[self.columns * self.columns..]
    }

    /// Takes in a block of `rows` rows: column-major, `columns + 1` columns, the right-hand side last. The block is
    /// used up.
    pub(super) fn absorb(&mut self, block: &mut [f64], rows: usize) {
        for j in 0..self.columns {
            let (head, tail) = block.split_at_mut((j + 1) * rows);
            let pivot = &head[j * rows..];
            let below = dot(pivot, pivot);
            if below == 0.0 {
                continue;
            }
            let diagonal = self.values[j * self.columns + j];
            let norm = (diagonal * diagonal + below).sqrt();
            // The sign that avoids cancellation.
            let (top, new) = if diagonal > 0.0 { (diagonal + norm, -norm) } else { (diagonal - norm, norm) };
            let factor = 2.0 / (top * top + below);
            self.values[j * self.columns + j] = new;
            for (k, column) in tail.chunks_exact_mut(rows).enumerate() {
                let entry = &mut self.values[(j + 1 + k) * self.columns + j];
                let share = factor * (top * *entry + dot(pivot, column));
                *entry -= share * top;
                column.iter_mut().zip(pivot).for_each(|(to, v)| *to -= share * v);
            }
        }
    }

    /// Takes in the rows behind another factor.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.absorb(&mut other.values, other.columns);
    }
}
