//! Features as at most 255 bins each, once for all trees, for the nodes with many rows.

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::Matrix;

/// Most bins of a column.
const BINS: usize = 255;

/// One byte for each value: the number of the column's cuts below it. So `bin <= b` exactly when `x <= cuts[b]`.
pub(super) struct Binned {
    columns: Vec<Column>,
}

struct Column {
    cuts: Vec<f32>,
    bins: Vec<u8>,
}

impl Binned {
    /// Bins all columns; the cuts come from the rows in `used` only.
    pub(super) fn new(features: &Matrix, used: &[u32], pool: Option<&ThreadPool>) -> Self {
        let column = |index| Column::new(features.column(index), used);
        let columns = match pool {
            Some(pool) => pool.install(|| (0..features.columns()).into_par_iter().map(column).collect()),
            None => (0..features.columns()).map(column).collect(),
        };
        Self { columns }
    }

    /// Columns that have a cut: the others are constant.
    pub(super) fn varying(&self) -> Vec<u32> {
        (0..self.columns.len() as u32)
            .filter(|&index| !self.columns[index as usize].cuts.is_empty())
            .collect()
    }

    /// Bins of a column, one for each row.
    pub(super) fn column(&self, index: u32) -> &[u8] {
        &self.columns[index as usize].bins
    }

    /// The cuts of a column, one fewer than its bins.
    pub(super) fn cuts(&self, index: u32) -> &[f32] {
        &self.columns[index as usize].cuts
    }
}

impl Column {
    fn new(values: &[f32], used: &[u32]) -> Self {
        // Adding zero turns -0 into 0: the two are one value but sort apart.
        let mut sorted: Vec<f32> = used.iter().map(|&row| values[row as usize] + 0.0).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let cuts = cuts(&sorted);
        let bins = values.iter().map(|&x| cuts.partition_point(|&cut| cut < x) as u8).collect();
        Self { cuts, bins }
    }
}

/// Cuts of sorted values: between all neighbours when there are few values, else at the quantiles. Ascending, each
/// below the largest value, at most [`BINS`] - 1.
fn cuts(sorted: &[f32]) -> Vec<f32> {
    let steps = || sorted.windows(2).filter(|pair| pair[0] < pair[1]);
    if steps().take(BINS).count() < BINS {
        return steps().map(|pair| middle(pair[0], pair[1])).collect();
    }
    let largest = sorted[sorted.len() - 1];
    let mut cuts: Vec<f32> = (1..BINS)
        .map(|quantile| quantile * sorted.len() / BINS)
        .map(|at| middle(sorted[at - 1], sorted[at]))
        .filter(|&cut| cut < largest)
        .collect();
    cuts.dedup();
    cuts
}

/// The middle of two values, as a value that the upper one is not at or below.
pub(super) fn middle(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high)) as f32;
    // Rounding neighbours can give the upper one, which would merge the two.
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binned(values: &[f32]) -> Binned {
        let matrix = Matrix::new(values.len(), 1, values.to_vec()).unwrap();
        let used: Vec<u32> = (0..values.len() as u32).collect();
        Binned::new(&matrix, &used, None)
    }

    #[test]
    fn few_values_are_cut_in_the_middle() {
        let binned = binned(&[3.0, 1.0, 1.0, 2.0]);
        assert_eq!(binned.cuts(0), [1.5, 2.5]);
        assert_eq!(binned.column(0), [2, 0, 0, 1]);
    }

    #[test]
    fn a_bin_is_at_most_b_exactly_when_the_value_is_at_most_its_cut() {
        let values: Vec<f32> = (0..5000).map(|i| ((i * 7919) % 4999) as f32 / 3.0).collect();
        let binned = binned(&values);
        assert_eq!(binned.cuts(0).len() + 1, BINS);
        for (row, &value) in values.iter().enumerate() {
            for bin in 0..binned.cuts(0).len() {
                assert_eq!(usize::from(binned.column(0)[row]) <= bin, value <= binned.cuts(0)[bin]);
            }
        }
    }

    #[test]
    fn neighbours_among_the_floats_stay_apart() {
        let (low, high) = (16_777_216f32, 16_777_218f32);
        assert_eq!(binned(&[low, high]).column(0), [0, 1]);
        let next = f32::from_bits(1f32.to_bits() + 1);
        assert_eq!(binned(&[1.0, next]).column(0), [0, 1]);
        assert_eq!(binned(&[f32::MIN, f32::MAX]).column(0), [0, 1]);
    }

    #[test]
    fn minus_zero_is_zero() {
        assert!(binned(&[0.0, -0.0, 0.0]).cuts(0).is_empty());
    }

    #[test]
    fn a_value_that_fills_most_quantiles_leaves_cuts_for_the_others() {
        let mut values = vec![0.0f32; 9000];
        values.extend((1..=1000).map(|i| i as f32));
        let binned = binned(&values);
        assert!(binned.cuts(0).len() > 20, "{}", binned.cuts(0).len());
        assert!(binned.cuts(0).is_sorted());
    }
}
