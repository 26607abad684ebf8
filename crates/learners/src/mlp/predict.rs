//! Predictions of a perceptron: blocks of rows, one matrix product for each layer, in `f32` as torch and ONNX do.

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::{Layer, MlpModel, MlpOutput};
use crate::prediction::softmax;
use crate::{Activation, Matrix, Prediction};

/// Rows of one block.
const BLOCK: usize = 256;

/// Rows that share one pass over a layer's weights.
const TOGETHER: usize = 4;

pub(super) fn predict(model: &MlpModel, features: &Matrix, pool: Option<&ThreadPool>) -> Prediction {
    let outputs = model.layers().last().map_or(1, Layer::outputs);
    let transposed: Vec<Vec<f32>> = model.layers().iter().map(transpose).collect();
    let mut values = vec![0.0; features.rows() * outputs];
    let block = |(index, out): (usize, &mut [f64])| {
        predict_block(model, &transposed, features, index * BLOCK, out);
    };
    match pool {
        Some(pool) => pool.install(|| values.par_chunks_mut(BLOCK * outputs).enumerate().for_each(block)),
        None => values.chunks_mut(BLOCK * outputs).enumerate().for_each(block),
    }
    match model.output() {
        MlpOutput::Softmax => Prediction::Probabilities { classes: outputs, values },
        MlpOutput::Identity => Prediction::Values(values),
    }
}

fn predict_block(model: &MlpModel, transposed: &[Vec<f32>], features: &Matrix, from: usize, out: &mut [f64]) {
    let layers = model.layers();
    let outputs = layers.last().map_or(1, Layer::outputs);
    let mut block = Vec::new();
    features.copy_rows(from, from + out.len() / outputs, &mut block);
    for (index, (layer, weights)) in layers.iter().zip(transposed).enumerate() {
        block = forward(layer, weights, &block);
        if index + 1 < layers.len() {
            activate(model.activation(), &mut block);
        }
    }
    for (out, &value) in out.iter_mut().zip(&block) {
        *out = f64::from(value);
    }
    if model.output() == MlpOutput::Softmax {
        out.chunks_exact_mut(outputs).for_each(softmax);
    }
}

/// Weights as `inputs` rows of `outputs`: then the inner loop of [`forward`] runs over neighbours.
fn transpose(layer: &Layer) -> Vec<f32> {
    let (inputs, outputs) = (layer.inputs(), layer.outputs());
    let mut transposed = vec![0.0; inputs * outputs];
    for (o, row) in layer.weights().chunks_exact(inputs).enumerate() {
        for (i, &weight) in row.iter().enumerate() {
            transposed[i * outputs + o] = weight;
        }
    }
    transposed
}

/// weights · x + bias for a row-major block of rows.
fn forward(layer: &Layer, transposed: &[f32], x: &[f32]) -> Vec<f32> {
    let (inputs, outputs) = (layer.inputs(), layer.outputs());
    let mut y = layer.bias().repeat(x.len() / inputs);
    for (x, y) in x.chunks(TOGETHER * inputs).zip(y.chunks_mut(TOGETHER * outputs)) {
        for (i, weights) in transposed.chunks_exact(outputs).enumerate() {
            for (x, y) in x.chunks_exact(inputs).zip(y.chunks_exact_mut(outputs)) {
                let value = x[i];
                y.iter_mut().zip(weights).for_each(|(y, w)| *y += value * w);
            }
        }
    }
    y
}

fn activate(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Relu => values.iter_mut().for_each(|v| *v = v.max(0.0)),
        Activation::Tanh => values.iter_mut().for_each(|v| *v = v.tanh()),
    }
}
