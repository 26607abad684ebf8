//! The least squares problem of a training set: which columns vary, around which mean, by how much.

use super::LinearModel;
use crate::{Matrix, TrainingSet, lanes};

/// A column that varies.
pub(super) struct Column {
    pub index: usize,
    pub mean: f64,
    /// Weighted standard deviation, or root mean square without intercept.
    pub scale: f64,
}

/// Least squares on centred columns, each row times the root of its weight.
pub(super) struct Problem<'a> {
    pub features: &'a Matrix,
    pub target: &'a [f64],
    target_mean: f64,
    pub columns: Vec<Column>,
    /// Root of each row's weight, when there are weights.
    pub roots: Option<Vec<f64>>,
    fit_intercept: bool,
}

impl<'a> Problem<'a> {
    pub(super) fn new(set: &TrainingSet<'a>, target: &'a [f64], fit_intercept: bool) -> Self {
        let features = set.features();
        // Weights that sum to 1; the same for all rows where there are none.
        let total = set.weights().map_or(set.rows() as f64, |weights| weights.iter().sum());
        let weights: Option<Vec<f64>> =
            set.weights().map(|weights| weights.iter().map(|weight| weight / total).collect());
        let columns = (0..features.columns())
            .filter_map(|index| column(features.column(index), index, weights.as_deref(), fit_intercept))
            .collect();
        let target_mean = match &weights {
            _ if !fit_intercept => 0.0,
            Some(weights) => lanes::dot(weights, target),
            None => lanes::sum(target, |y| y) / total,
        };
        let roots = weights.map(|weights| weights.iter().map(|weight| weight.sqrt()).collect());
        Self { features, target, target_mean, columns, roots, fit_intercept }
    }

    /// Rows `from..to` of the scaled problem, column-major, the target last.
    pub(super) fn fill(&self, from: usize, to: usize, block: &mut Vec<f64>) {
        block.clear();
        for &Column { index, mean, scale } in &self.columns {
            let inverse = 1.0 / scale;
            block.extend(
                self.features.column(index)[from..to].iter().map(|&x| (f64::from(x) - mean) * inverse),
            );
        }
        block.extend(self.target[from..to].iter().map(|y| y - self.target_mean));
        if let Some(roots) = &self.roots {
            for column in block.chunks_exact_mut(to - from) {
                column.iter_mut().zip(&roots[from..to]).for_each(|(value, root)| *value *= root);
            }
        }
    }

    /// All rows of some columns as they are but centred and weighted, column-major.
    pub(super) fn fill_columns(&self, columns: &[Column], block: &mut Vec<f64>) {
        block.clear();
        for &Column { index, mean, .. } in columns {
            block.extend(self.features.column(index).iter().map(|&x| f64::from(x) - mean));
        }
        if let Some(roots) = &self.roots {
            for column in block.chunks_exact_mut(roots.len()) {
                column.iter_mut().zip(roots).for_each(|(value, root)| *value *= root);
            }
        }
    }

    /// The centred, weighted target.
    pub(super) fn right(&self) -> Vec<f64> {
        let root = |row: usize| self.roots.as_ref().map_or(1.0, |roots| roots[row]);
        self.target.iter().enumerate().map(|(row, y)| (y - self.target_mean) * root(row)).collect()
    }

    /// The model of a coefficient for each column that varies.
    pub(super) fn model(&self, w: &[f64]) -> LinearModel {
        let mut coefficients = vec![0.0; self.features.columns()];
        let mut intercept = self.target_mean;
        for (column, &w) in self.columns.iter().zip(w) {
            coefficients[column.index] = w;
            intercept -= w * column.mean;
        }
        LinearModel { coefficients, intercept: if self.fit_intercept { intercept } else { 0.0 } }
    }
}

/// Mean and scale of a column; none when it is constant over the rows that count, or all zero without intercept.
fn column(values: &[f32], index: usize, weights: Option<&[f64]>, fit_intercept: bool) -> Option<Column> {
    let counts = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
    let mut seen = values.iter().enumerate().filter(|&(row, _)| counts(row)).map(|(_, &x)| x);
    let first = if fit_intercept { seen.next()? } else { 0.0 };
    if seen.all(|x| x == first) {
        return None;
    }
    let rows = values.len() as f64;
    let mean = match weights {
        _ if !fit_intercept => 0.0,
        Some(weights) => lanes::dot(weights, values),
        None => lanes::sum(values, f64::from) / rows,
    };
    let square = match weights {
        Some(weights) => values.iter().zip(weights).map(|(&x, w)| w * (f64::from(x) - mean).powi(2)).sum(),
        None => lanes::sum(values, |x| (f64::from(x) - mean).powi(2)) / rows,
    };
    (square > 0.0).then(|| Column { index, mean, scale: square.sqrt() })
}
