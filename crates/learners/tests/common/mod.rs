//! Data and short cuts that the tests share.
#![allow(dead_code, reason = "each test binary uses some of them")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use podium_learners::{
    Algorithm, Context, FitError, Fitted, Matrix, Parameters, Prediction, Target, TrainingSet, Validation,
    fit,
};
use serde_json::Value;

/// Settings of a property test: this many cases, and no files in the source tree.
pub fn cases(count: u32) -> proptest::prelude::ProptestConfig {
    proptest::prelude::ProptestConfig { cases: count, failure_persistence: None, ..Default::default() }
}

/// Numbers in 0..1 that look random: a hash of the index (SplitMix64).
pub fn noise(index: u64) -> f64 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// A matrix of values in -1..1.
pub fn features(rows: usize, columns: usize, seed: u64) -> Matrix {
    let value = |i: usize| (noise(seed << 32 | i as u64) * 2.0 - 1.0) as f32;
    Matrix::new(rows, columns, (0..rows * columns).map(value).collect()).unwrap()
}

/// Classes that depend on the first two columns, with noise.
pub fn classes(features: &Matrix, classes: usize) -> Target {
    let label = |row: usize| {
        let score = f64::from(features.get(row, 0)) + 0.5 * f64::from(features.get(row, 1));
        let shifted = (score + 1.5) / 3.0 + 0.2 * (noise(row as u64) - 0.5);
        ((shifted * classes as f64) as u32).min(classes as u32 - 1)
    };
    Target::Classes { labels: (0..features.rows()).map(label).collect(), classes }
}

/// Numbers that depend on the first two columns, with noise.
pub fn values(features: &Matrix) -> Target {
    let value = |row: usize| {
        3.0 + 2.0 * f64::from(features.get(row, 0)) - f64::from(features.get(row, 1))
            + 0.1 * noise(row as u64)
    };
    Target::Values((0..features.rows()).map(value).collect())
}

pub fn parameters(algorithm: Algorithm, json: &str) -> Parameters {
    let given: BTreeMap<String, Value> = serde_json::from_str(json).unwrap();
    Parameters::parse(algorithm, &given).unwrap()
}

pub fn try_train(
    algorithm: Algorithm,
    json: &str,
    features: &Matrix,
    target: &Target,
    weights: Option<&[f64]>,
) -> Result<Fitted, FitError> {
    let set = TrainingSet::new(features, target, weights).unwrap();
    fit(&parameters(algorithm, json), &set, &Context::quiet(7))
}

pub fn train(
    algorithm: Algorithm,
    json: &str,
    features: &Matrix,
    target: &Target,
    weights: Option<&[f64]>,
) -> Fitted {
    try_train(algorithm, json, features, target, weights).unwrap()
}

/// Fits while somebody watches these rows; answers what was seen of them after each step, too.
pub fn watched(
    parameters: &Parameters,
    set: &TrainingSet<'_>,
    rows: &Matrix,
    context: &Context<'_>,
) -> (Fitted, Vec<Prediction>) {
    let steps = Mutex::new(Vec::new());
    let seen = |prediction| steps.lock().unwrap().push(prediction);
    let validation = Some(Validation { features: rows, seen: &seen });
    let fitted = fit(parameters, set, &Context { validation, ..*context }).unwrap();
    (fitted, steps.into_inner().unwrap())
}

/// Predictions as plain numbers.
pub fn predict(fitted: &Fitted, features: &Matrix) -> Vec<f64> {
    fitted.model.predict(features).unwrap().values().to_vec()
}

/// Share of rows whose most probable class is the right one.
pub fn accuracy(prediction: &Prediction, target: &Target) -> f64 {
    let (Prediction::Probabilities { classes, values }, Target::Classes { labels, .. }) =
        (prediction, target)
    else {
        panic!("no classes")
    };
    let best = |row: &[f64]| row.iter().enumerate().fold(0, |b, (i, p)| if *p > row[b] { i } else { b });
    let right =
        values.chunks_exact(*classes).zip(labels).filter(|(row, label)| best(row) == **label as usize);
    right.count() as f64 / labels.len() as f64
}

/// The two agree to `tolerance` relative to the larger of 1 and the second.
pub fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "number {i}: {a} against {b}");
    }
}
