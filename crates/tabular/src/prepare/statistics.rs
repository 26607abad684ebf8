//! Fill and scale of one number, from its training values already rounded to f32.

use super::{FittedNumber, Missing, Scaling};
use crate::stats::{mean, population_sd, quantile, sorted};

/// From the present values (as f64) and the number of missing ones. `present` is not empty.
pub(super) fn fit_number(present: Vec<f64>, missing: usize, how: Missing, scaling: Scaling) -> FittedNumber {
    let mut values = sorted(present);
    let fill = match how {
        Missing::Median => quantile(&values, 0.5),
        Missing::Mean => mean(&values),
        Missing::MostFrequent => most_frequent(&values),
        Missing::Constant(value) => value,
    } as f32;
    if missing > 0 {
        values.extend(std::iter::repeat_n(f64::from(fill), missing));
        values = sorted(values);
    }
    let (offset, scale) = match scaling {
        Scaling::None => (0.0, 1.0),
        Scaling::Standard => {
            let mean = mean(&values);
            (mean, population_sd(&values, mean))
        }
        Scaling::MinMax => (quantile(&values, 0.0), quantile(&values, 1.0) - quantile(&values, 0.0)),
        Scaling::Robust => (quantile(&values, 0.5), quantile(&values, 0.75) - quantile(&values, 0.25)),
    };
    FittedNumber { fill, offset: offset as f32, factor: factor(scale, offset) }
}

/// 1 / scale; 1 where the column is constant, also when only rounding makes its deviation differ from 0.
fn factor(scale: f64, offset: f64) -> f32 {
    let constant = scale <= 10.0 * f64::EPSILON * offset.abs();
    let factor = (1.0 / scale) as f32;
    if constant || !factor.is_finite() { 1.0 } else { factor }
}

/// Of equally frequent ones the smallest.
fn most_frequent(sorted: &[f64]) -> f64 {
    let mut best = (0, 0.0);
    for run in sorted.chunk_by(|a, b| a == b) {
        if run.len() > best.0 {
            best = (run.len(), run[0]);
        }
    }
    best.1
}
