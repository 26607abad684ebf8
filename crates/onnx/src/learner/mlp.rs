//! Multi-layer perceptron: a matrix product a layer and the activation between.

use podium_learners::{Activation, Layer, MlpModel, MlpOutput};

use super::Scores;
use super::linear::transposed;
use crate::graph::{Builder, F32, F64, Value};

pub(super) fn scores(builder: &mut Builder, model: &MlpModel, x: &Value<F64>) -> Scores {
    let last = model.layers().len() - 1;
    let mut values = x.clone();
    for (at, layer) in model.layers().iter().enumerate() {
        values = dense(builder, layer, &values);
        if at < last {
            values = match model.activation() {
                Activation::Relu => builder.relu(&values),
                Activation::Tanh => builder.tanh(&values),
            };
        }
    }
    match model.output() {
        MlpOutput::Softmax => Scores::Probabilities(builder.softmax(&values)),
        MlpOutput::Identity => Scores::Values(builder.flat(&values)),
    }
}

/// Weights are stored as the floats they are; the sums are double, so rounding adds nothing to that of the native ones.
fn dense(builder: &mut Builder, layer: &Layer, x: &Value<F64>) -> Value<F64> {
    let weights = transposed(layer.weights(), layer.outputs(), layer.inputs());
    let weights = builder.matrix::<F32>(layer.inputs(), layer.outputs(), &weights);
    let bias = builder.row::<F32>(layer.bias());
    let (weights, bias) = (builder.cast(&weights), builder.cast(&bias));
    builder.affine(x, &weights, &bias)
}
