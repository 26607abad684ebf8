//! Two classes: one score a row, columns walked one after the other over a block of rows.

use std::ops::Range;

use super::add_scaled;
use super::objective::{LogLoss, Scorer, Sums};
use crate::lanes::dot;

/// Values of a block: they stay in the second cache between the two walks.
const VALUES: usize = 1 << 17;

/// Loss, and residuals times features, of some rows.
pub(super) fn sums(problem: &LogLoss<'_>, rows: Range<usize>, scorer: &Scorer) -> Sums {
    let columns = problem.features.columns();
    let mut sums = Sums { loss: 0.0, by_column: vec![0.0; columns], residuals: vec![0.0] };
    let block = (VALUES / columns).clamp(64, 512);
    let mut scores = vec![0.0; block];
    for from in rows.clone().step_by(block) {
        let to = (from + block).min(rows.end);
        let z = &mut scores[..to - from];
        score(problem, from..to, scorer, z);
        sums.loss += residuals(&problem.labels[from..to], &problem.weights[from..to], z);
        sums.residuals[0] += z.iter().sum::<f64>();
        for (j, sum) in sums.by_column.iter_mut().enumerate() {
            *sum += dot(z, &problem.features.column(j)[from..to]);
        }
    }
    sums
}

/// Scores of a block; four columns at a time spare loads of `z`.
fn score(problem: &LogLoss<'_>, rows: Range<usize>, scorer: &Scorer, z: &mut [f64]) {
    let w = &scorer.w;
    z.fill(scorer.intercepts[0]);
    let column = |j: usize| &problem.features.column(j)[rows.clone()];
    let fours = w.len() / 4 * 4;
    for j in (0..fours).step_by(4) {
        let (a, b, c, d) = (column(j), column(j + 1), column(j + 2), column(j + 3));
        for ((((z, &a), &b), &c), &d) in z.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *z += (w[j] * f64::from(a) + w[j + 1] * f64::from(b))
                + (w[j + 2] * f64::from(c) + w[j + 3] * f64::from(d));
        }
    }
    for (j, &w) in w.iter().enumerate().skip(fours) {
        add_scaled(z, w, column(j));
    }
}

/// Loss of a block; its scores become residuals: weight * (probability - target).
fn residuals(labels: &[u32], weights: &[f64], scores: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for ((z, &label), &weight) in scores.iter_mut().zip(labels).zip(weights) {
        let target = f64::from(label);
        let e = (-z.abs()).exp();
        loss += weight * (z.max(0.0) + e.ln_1p() - target * *z);
        let probability = if *z >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
        *z = weight * (probability - target);
    }
    loss
}
