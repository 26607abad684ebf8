//! Logistic and linear regression: one matrix product, then sigmoid or softmax.

use podium_learners::{LinearModel, LogisticModel};

use crate::graph::{Builder, F64, Value};

/// `[N]`.
pub(super) fn values(builder: &mut Builder, model: &LinearModel, x: &Value<F64>) -> Value<F64> {
    let weights = builder.matrix::<F64>(model.columns(), 1, model.coefficients());
    let bias = builder.row::<F64>(&[model.intercept()]);
    let values = builder.affine(x, &weights, &bias);
    builder.flat(&values)
}

/// `[N, classes]`; a class without rows in the fit has probability 0.
pub(super) fn probabilities(builder: &mut Builder, model: &LogisticModel, x: &Value<F64>) -> Value<F64> {
    let scores = scores(builder, model, x);
    let fitted = if model.fitted().len() == 2 {
        let second = builder.sigmoid(&scores);
        let minus = builder.scalar::<F64>(-1.0);
        let opposite = builder.multiply(&scores, &minus);
        let first = builder.sigmoid(&opposite);
        builder.beside(&[first, second])
    } else {
        builder.softmax(&scores)
    };
    spread(builder, &fitted, model)
}

fn scores(builder: &mut Builder, model: &LogisticModel, x: &Value<F64>) -> Value<F64> {
    let (columns, rows) = (model.columns(), model.intercepts().len());
    let weights = transposed(model.coefficients(), rows, columns);
    let weights = builder.matrix::<F64>(columns, rows, &weights);
    let bias = builder.row::<F64>(model.intercepts());
    builder.affine(x, &weights, &bias)
}

/// The fitted classes at their places among all classes, 0 elsewhere.
fn spread(builder: &mut Builder, fitted: &Value<F64>, model: &LogisticModel) -> Value<F64> {
    let known = model.fitted();
    if known.len() == model.classes() {
        return fitted.clone();
    }
    let places: Vec<usize> = (0..model.classes())
        .map(|class| known.iter().position(|&k| k as usize == class).unwrap_or(known.len()))
        .collect();
    let first = builder.columns(fitted, &[0]);
    let nothing = builder.scalar::<F64>(0.0);
    let zero = builder.multiply(&first, &nothing);
    let padded = builder.beside(&[fitted.clone(), zero]);
    builder.columns(&padded, &places)
}

/// `rows` x `columns` row-major as `columns` x `rows` row-major.
pub(super) fn transposed<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
