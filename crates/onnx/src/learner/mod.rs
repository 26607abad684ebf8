//! The learners as nodes: the prepared matrix in, probabilities or values out, in double as the native predictions are.

mod forest;
mod linear;
mod mlp;
mod prior;

use podium_learners::Model;

use crate::ExportError;
use crate::graph::{Builder, F32, F64, Value};

/// What a learner gives.
pub(crate) enum Scores {
    /// A probability for each class: `[N, classes]`.
    Probabilities(Value<F64>),
    /// A value a row: `[N]`.
    Values(Value<F64>),
}

/// The nodes of a learner. `matrix` has as many columns as the model was fitted on.
pub(crate) fn build(
    builder: &mut Builder,
    model: &Model,
    matrix: &Value<F32>,
) -> Result<Scores, ExportError> {
    let x: Value<F64> = builder.cast(matrix);
    Ok(match model {
        Model::Logistic(model) => Scores::Probabilities(linear::probabilities(builder, model, &x)),
        Model::Linear(model) => Scores::Values(linear::values(builder, model, &x)),
        Model::Forest(model) => forest::scores(builder, model, &x),
        Model::Mlp(model) => mlp::scores(builder, model, &x),
        Model::Prior(model) => prior::scores(builder, model, &x),
        _ => return Err(ExportError::Learner),
    })
}
