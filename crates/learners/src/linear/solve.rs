//! Solves R u = c, also when R has no full rank: then the solution of smallest norm.

use linfa_linalg::svd::SVD;
use ndarray::Array2;

use super::qr::Factor;
use crate::FitError;
use crate::lanes::dot;

/// Smallest singular value, relative to the largest, that counts: the features are `f32` (24 bits), so directions
/// below it are their rounding.
pub(super) const RESOLUTION: f64 = 1e-6;

/// A solution, and the directions along which it is free.
pub(super) struct Solution {
    pub values: Vec<f64>,
    /// Orthonormal directions that change no prediction; empty at full rank.
    pub free: Vec<Vec<f64>>,
}

pub(super) fn solve(factor: &Factor) -> Result<Solution, FitError> {
    let c = factor.right();
    if c.is_empty() {
        return Ok(Solution { values: Vec::new(), free: Vec::new() });
    }
    match inverse(factor.triangle(), c.len()) {
        Some(inverse) if norm(factor.triangle()) * norm(&inverse) < 1.0 / RESOLUTION => {
            Ok(Solution { values: back_substitute(factor.triangle(), c), free: Vec::new() })
        }
        _ => smallest_norm(factor.triangle(), c),
    }
}

/// Frobenius norm: at least the largest singular value, so the bound above is on the safe side.
fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn back_substitute(r: &[f64], c: &[f64]) -> Vec<f64> {
    let n = c.len();
    let mut u = c.to_vec();
    for j in (0..n).rev() {
        u[j] /= r[j * n + j];
        let (head, value) = (&r[j * n..j * n + j], u[j]);
        u[..j].iter_mut().zip(head).for_each(|(u, r)| *u -= value * r);
    }
    u
}

/// Inverse of the triangle, column-major; none when its diagonal has a zero.
fn inverse(r: &[f64], n: usize) -> Option<Vec<f64>> {
    if (0..n).any(|j| r[j * n + j] == 0.0) {
        return None;
    }
    let mut inverse = vec![0.0; n * n];
    for (j, column) in inverse.chunks_exact_mut(n).enumerate() {
        column[j] = 1.0;
        for k in (0..=j).rev() {
            column[k] /= r[k * n + k];
            let value = column[k];
            let head = &r[k * n..k * n + k];
            column[..k].iter_mut().zip(head).for_each(|(x, r)| *x -= value * r);
        }
    }
    Some(inverse)
}

fn smallest_norm(r: &[f64], c: &[f64]) -> Result<Solution, FitError> {
    let n = c.len();
    let r = Array2::from_shape_fn((n, n), |(row, column)| r[column * n + row]);
    let failed = |detail: String| FitError::Decomposition(detail);
    let (u, s, vt) = r.svd(true, true).map_err(|error| failed(error.to_string()))?;
    let (Some(u), Some(vt)) = (u, vt) else { return Err(failed("no singular vectors".to_owned())) };
    let cut = RESOLUTION * s.iter().copied().fold(0.0, f64::max);
    let mut solution = Solution { values: vec![0.0; n], free: Vec::new() };
    for (i, &singular) in s.iter().enumerate() {
        let direction = vt.row(i);
        if singular <= cut {
            solution.free.push(direction.to_vec());
            continue;
        }
        let share = u.column(i).iter().zip(c).map(|(u, c)| u * c).sum::<f64>() / singular;
        solution.values.iter_mut().zip(direction).for_each(|(x, v)| *x += share * v);
    }
    Ok(solution)
}

/// Removes from `w` what lies in the span of the directions: they needn't be orthogonal.
pub(super) fn project_out(w: &mut [f64], mut directions: Vec<Vec<f64>>) {
    orthonormalise(&mut directions);
    directions.iter().for_each(|unit| subtract_projection(w, unit));
}

/// Keeps of `w` what lies in the span of the directions.
pub(super) fn project_onto(w: &mut [f64], directions: Vec<Vec<f64>>) {
    let mut rest = w.to_vec();
    project_out(&mut rest, directions);
    w.iter_mut().zip(rest).for_each(|(w, rest)| *w -= rest);
}

fn orthonormalise(directions: &mut [Vec<f64>]) {
    for index in 0..directions.len() {
        let (done, rest) = directions.split_at_mut(index);
        let direction = &mut rest[0];
        // Twice: once leaves rounding behind when directions are nearly parallel.
        for _ in 0..2 {
            done.iter().for_each(|unit| subtract_projection(direction, unit));
        }
        let length = norm(direction);
        if length > 0.0 {
            direction.iter_mut().for_each(|v| *v /= length);
        }
    }
}

fn subtract_projection(from: &mut [f64], unit: &[f64]) {
    let share = dot(from, unit);
    from.iter_mut().zip(unit).for_each(|(a, b)| *a -= share * b);
}
