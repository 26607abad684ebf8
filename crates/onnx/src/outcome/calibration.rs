//! Calibration: the learner's probabilities to calibrated ones, by the arithmetic of `podium_tabular::calibrate`.

use podium_tabular::calibrate::{Calibration, CalibrationInput, Calibrator, LOG_ODDS_CLIP, Platt};

use super::isotonic;
use crate::graph::{Builder, F64, Value};
use crate::{ExportError, Source};

/// `[N, classes]` to `[N, classes]`.
pub(super) fn apply(
    builder: &mut Builder,
    source: &Source<'_>,
    calibration: &Calibration,
    probabilities: &Value<F64>,
) -> Result<Value<F64>, ExportError> {
    let classes = source.schema.classes.len();
    let calibrators = calibration.calibrators.len();
    let wanted = if classes == 2 { 1 } else { classes };
    if calibration.classes != classes || calibrators != wanted {
        let calibrated = calibration.classes;
        return Err(ExportError::Calibration { calibrators, calibrated, classes });
    }
    if let [one] = calibration.calibrators.as_slice() {
        let second = column(builder, calibration.input, one, probabilities, 1)?;
        let whole = builder.scalar::<F64>(1.0);
        let first = builder.subtract(&whole, &second);
        return Ok(builder.beside(&[first, second]));
    }
    let columns: Vec<Value<F64>> = (calibration.calibrators.iter().enumerate())
        .map(|(class, calibrator)| column(builder, calibration.input, calibrator, probabilities, class))
        .collect::<Result<_, _>>()?;
    let columns = builder.beside(&columns);
    Ok(normalised(builder, &columns, classes))
}

/// Calibrated probabilities of one class as `[N, 1]`.
fn column(
    builder: &mut Builder,
    input: CalibrationInput,
    calibrator: &Calibrator,
    probabilities: &Value<F64>,
    class: usize,
) -> Result<Value<F64>, ExportError> {
    let probability = builder.columns(probabilities, &[class]);
    let score = match input {
        CalibrationInput::Probability => probability,
        CalibrationInput::LogOdds => log_odds(builder, &probability),
    };
    match calibrator {
        Calibrator::Platt(sigmoid) => Ok(platt(builder, *sigmoid, &score)),
        Calibrator::Isotonic(function) => isotonic::apply(builder, function, &score),
    }
}

fn log_odds(builder: &mut Builder, probability: &Value<F64>) -> Value<F64> {
    let clipped = builder.clip(probability, LOG_ODDS_CLIP, 1.0 - LOG_ODDS_CLIP);
    let whole = builder.scalar::<F64>(1.0);
    let rest = builder.subtract(&whole, &clipped);
    let odds = builder.divide(&clipped, &rest);
    builder.logarithm(&odds)
}

/// 1 / (1 + exp(a * score + b)) is the sigmoid of its negated argument.
fn platt(builder: &mut Builder, sigmoid: Platt, score: &Value<F64>) -> Value<F64> {
    let (slope, intercept) = (builder.scalar::<F64>(-sigmoid.a), builder.scalar::<F64>(-sigmoid.b));
    let scaled = builder.multiply(score, &slope);
    let shifted = builder.add(&scaled, &intercept);
    builder.sigmoid(&shifted)
}

/// Rows divided by their sums; a row of zeros becomes uniform.
fn normalised(builder: &mut Builder, columns: &Value<F64>, classes: usize) -> Value<F64> {
    let sum = builder.row_sum(columns);
    let nothing = builder.scalar::<F64>(0.0);
    let empty = builder.equal(&sum, &nothing);
    let uniform = builder.scalar::<F64>(1.0 / classes as f64);
    let shares = builder.divide(columns, &sum);
    builder.select(&empty, &uniform, &shares)
}
