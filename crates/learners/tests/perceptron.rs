//! Predictions of a perceptron, and what a fit needs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{assert_close, classes, features, noise, try_train};
use podium_learners::{Activation, Algorithm, FitError, Layer, Matrix, MlpModel, MlpOutput, Model};
use rayon::ThreadPoolBuilder;

fn layer(inputs: usize, outputs: usize, seed: u64) -> Layer {
    let number = |i: usize| (noise(seed << 20 | i as u64) - 0.5) as f32;
    let weights = (0..inputs * outputs).map(number).collect();
    Layer::new(inputs, outputs, weights, (0..outputs).map(|o| number(o + 100_000)).collect()).unwrap()
}

/// The definition, one number at a time.
fn by_definition(model: &MlpModel, row: &[f32]) -> Vec<f64> {
    let mut values: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
    for (index, layer) in model.layers().iter().enumerate() {
        values = (0..layer.outputs())
            .map(|o| {
                let weights = &layer.weights()[o * layer.inputs()..(o + 1) * layer.inputs()];
                let sum: f64 = weights.iter().zip(&values).map(|(&w, v)| f64::from(w) * v).sum();
                let sum = sum + f64::from(layer.bias()[o]);
                match (index + 1 == model.layers().len(), model.activation()) {
                    (true, _) => sum,
                    (false, Activation::Relu) => sum.max(0.0),
                    (false, Activation::Tanh) => sum.tanh(),
                }
            })
            .collect();
    }
    if model.output() == MlpOutput::Softmax {
        let sum: f64 = values.iter().map(|v| v.exp()).sum();
        values.iter_mut().for_each(|v| *v = v.exp() / sum);
    }
    values
}

#[test]
fn predictions_follow_the_definition_for_every_shape_and_any_number_of_threads() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for rows in [1, 3, 4, 255, 256, 257, 600] {
        let x = features(rows, 7, rows as u64);
        for (output, last) in [(MlpOutput::Softmax, 3), (MlpOutput::Identity, 1)] {
            for activation in [Activation::Relu, Activation::Tanh] {
                let layers = vec![layer(7, 13, 1), layer(13, 5, 2), layer(5, last, 3)];
                let model = MlpModel::new(layers, activation, output).unwrap();
                let expected: Vec<f64> = (0..rows)
                    .flat_map(|row| {
                        by_definition(&model, &(0..7).map(|j| x.get(row, j)).collect::<Vec<f32>>())
                    })
                    .collect();
                let model = Model::Mlp(model);
                let alone = model.predict(&x).unwrap();
                assert_close(alone.values(), &expected, 1e-5);
                assert_eq!(model.predict_on(&x, Some(&pool)).unwrap(), alone);
            }
        }
    }
}

#[test]
fn huge_scores_give_finite_probabilities() {
    let layer = Layer::new(1, 2, vec![1e30, -1e30], vec![0.0, 0.0]).unwrap();
    let model = Model::Mlp(MlpModel::new(vec![layer], Activation::Relu, MlpOutput::Softmax).unwrap());
    let x = Matrix::new(2, 1, vec![1e5, -1e5]).unwrap();
    assert_eq!(model.predict(&x).unwrap().values(), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn layers_that_do_not_fit_make_no_model() {
    let layers = vec![layer(3, 4, 1), layer(5, 2, 1)];
    assert_eq!(MlpModel::new(layers, Activation::Relu, MlpOutput::Softmax), None);
    assert_eq!(MlpModel::new(vec![layer(3, 2, 1)], Activation::Relu, MlpOutput::Identity), None);
    assert_eq!(MlpModel::new(Vec::new(), Activation::Relu, MlpOutput::Softmax), None);
    assert_eq!(Layer::new(1, 1, vec![f32::NAN], vec![0.0]), None);
}

#[test]
fn without_torch_the_fit_says_so() {
    let x = features(10, 2, 1);
    let error = try_train(Algorithm::TorchMlp, "{}", &x, &classes(&x, 2), None).unwrap_err();
    assert_eq!(error, FitError::TorchMissing { algorithm: Algorithm::TorchMlp });
    assert!(error.to_string().starts_with("TorchMLP needs libtorch"));
}
