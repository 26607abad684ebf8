//! Predictions of a forest: blocks of rows in parallel, trees in order, so the sums don't depend on threads.

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::Tree;
use crate::Matrix;

/// Rows walked together: their values and one tree's upper levels stay in the cache.
const BLOCK: usize = 256;

/// Mean of the leaf values over the trees, `outputs` for each row.
pub(super) fn mean_over_trees(
    trees: &[Tree],
    outputs: usize,
    features: &Matrix,
    pool: Option<&ThreadPool>,
) -> Vec<f64> {
    let mut values = vec![0.0; features.rows() * outputs];
    add_trees(trees, outputs, features, pool, &mut values);
    let count = trees.len() as f64;
    values.iter_mut().for_each(|sum| *sum /= count);
    values
}

/// Adds the leaf values of these trees, `outputs` for each row. Trees that are added a few at a time give the sums that all
/// of them give at once, to the bit.
pub(super) fn add_trees(
    trees: &[Tree],
    outputs: usize,
    features: &Matrix,
    pool: Option<&ThreadPool>,
    sums: &mut [f64],
) {
    let block =
        |(index, out): (usize, &mut [f64])| add_to_block(trees, outputs, features, index * BLOCK, out);
    match pool {
        Some(pool) => pool.install(|| sums.par_chunks_mut(BLOCK * outputs).enumerate().for_each(block)),
        None => sums.chunks_mut(BLOCK * outputs).enumerate().for_each(block),
    }
}

fn add_to_block(trees: &[Tree], outputs: usize, features: &Matrix, from: usize, out: &mut [f64]) {
    let rows = out.len() / outputs;
    let mut block = Vec::new();
    features.copy_rows(from, from + rows, &mut block);
    for tree in trees {
        for (row, out) in block.chunks_exact(features.columns()).zip(out.chunks_exact_mut(outputs)) {
            for (sum, &value) in out.iter_mut().zip(tree.leaf(row)) {
                *sum += f64::from(value);
            }
        }
    }
}
