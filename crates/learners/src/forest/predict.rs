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
    let block =
        |(index, out): (usize, &mut [f64])| mean_of_block(trees, outputs, features, index * BLOCK, out);
    match pool {
        Some(pool) => pool.install(|| values.par_chunks_mut(BLOCK * outputs).enumerate().for_each(block)),
        None => values.chunks_mut(BLOCK * outputs).enumerate().for_each(block),
    }
    values
}

fn mean_of_block(trees: &[Tree], outputs: usize, features: &Matrix, from: usize, out: &mut [f64]) {
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
    let count = trees.len() as f64;
    out.iter_mut().for_each(|sum| *sum /= count);
}
