//! Eigenvalues and eigenvectors of a symmetric matrix.

/// A symmetric matrix as `vectors * diag(values) * vectors'`; matrices are stored by rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eigen {
    /// In no particular order.
    pub values: Vec<f64>,
    /// Column j belongs to value j.
    pub vectors: Vec<f64>,
}

/// Sweeps over all pairs: six are usual for 50 dimensions.
const SWEEPS: usize = 30;

/// Decomposes by Jacobi's rotations: short, and accurate for small eigenvalues too.
pub(super) fn decompose(matrix: &[f64], size: usize) -> Eigen {
    let mut a = matrix.to_vec();
    // Kept transposed, so that a rotation works on two rows.
    let mut vectors: Vec<f64> = (0..size * size).map(|index| f64::from(index % (size + 1) == 0)).collect();
    for _ in 0..SWEEPS {
        if !sweep(&mut a, &mut vectors, size) {
            break;
        }
    }
    let values = (0..size).map(|index| a[index * size + index]).collect();
    let columns = (0..size * size).map(|index| vectors[index % size * size + index / size]).collect();
    Eigen { values, vectors: columns }
}

/// One rotation for each pair; whether any was needed.
fn sweep(a: &mut [f64], vectors: &mut [f64], size: usize) -> bool {
    let mut is_moved = false;
    for p in 0..size {
        for q in p + 1..size {
            let off = a[p * size + q];
            let (first, second) = (a[p * size + p], a[q * size + q]);
            if off.abs() <= 1e-15 * (first * second).abs().sqrt() {
                continue;
            }
            is_moved = true;
            let theta = (second - first) / (2.0 * off);
            let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
            let cosine = 1.0 / tangent.hypot(1.0);
            let turn = (cosine, tangent * cosine);
            turn_rows(a, size, p, q, turn);
            turn_columns(a, size, p, q, turn);
            turn_rows(vectors, size, p, q, turn);
        }
    }
    is_moved
}

fn turn_rows(a: &mut [f64], size: usize, p: usize, q: usize, (cosine, sine): (f64, f64)) {
    let (upper, lower) = a.split_at_mut(q * size);
    for (first, second) in upper[p * size..(p + 1) * size].iter_mut().zip(&mut lower[..size]) {
        (*first, *second) = (cosine * *first - sine * *second, sine * *first + cosine * *second);
    }
}

fn turn_columns(a: &mut [f64], size: usize, p: usize, q: usize, (cosine, sine): (f64, f64)) {
    for row in a.chunks_exact_mut(size) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Random;

    #[test]
    fn the_parts_make_the_matrix_again_and_the_vectors_are_orthogonal() {
        for size in [1, 2, 7, 50] {
            let mut random = Random::new(1, size as i64, "test");
            let half: Vec<f64> = (0..size * size).map(|_| random.normal()).collect();
            let dot = |a: &[f64], i: usize, j: usize| {
                (0..size).map(|k| a[i * size + k] * a[j * size + k]).sum::<f64>()
            };
            let matrix: Vec<f64> =
                (0..size * size).map(|index| dot(&half, index / size, index % size)).collect();
            let Eigen { values, vectors } = decompose(&matrix, size);
            for (index, entry) in matrix.iter().enumerate() {
                let (i, j) = (index / size, index % size);
                let again: f64 =
                    (0..size).map(|k| vectors[i * size + k] * values[k] * vectors[j * size + k]).sum();
                assert!((again - entry).abs() < 1e-10 * size as f64, "{size}: {again} {entry}");
                let unit = dot(&vectors, i, j) - f64::from(i == j);
                assert!(unit.abs() < 1e-12, "{size}: {unit}");
            }
        }
    }

    #[test]
    fn small_eigenvalues_are_as_accurate_as_large_ones() {
        let Eigen { mut values, .. } = decompose(&[1.0, 1e-7, 1e-7, 1e-12], 2);
        values.sort_by(f64::total_cmp);
        assert!((values[0] / 9.9e-13 - 1.0).abs() < 1e-4, "{values:?}");
    }
}
