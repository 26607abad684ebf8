//! Models made by hand, so that an export is tried on what no fit gives easily: values on a threshold, trees of one
//! leaf, classes without rows.

use podium_learners::{Activation, Layer, MlpModel, MlpOutput, Model};
use serde_json::{Value, json};

use crate::data::Random;

pub fn logistic(columns: usize, classes: usize, fitted: &[u32]) -> Model {
    let mut random = Random(11);
    let rows = if fitted.len() == 2 { 1 } else { fitted.len() };
    let coefficients: Vec<f64> = (0..rows * columns).map(|_| random.uniform() * 2.0 - 1.0).collect();
    let intercepts: Vec<f64> = (0..rows).map(|_| random.uniform() - 0.5).collect();
    model(json!({"Logistic": {
        "classes": classes, "columns": columns, "fitted": fitted,
        "coefficients": coefficients, "intercepts": intercepts,
    }}))
}

pub fn linear(columns: usize) -> Model {
    let mut random = Random(12);
    let coefficients: Vec<f64> = (0..columns).map(|_| random.uniform() * 200.0 - 100.0).collect();
    model(json!({"Linear": {"coefficients": coefficients, "intercept": 12_345.678}}))
}

/// Answers one prepared column as it is.
pub fn picking(columns: usize, column: usize) -> Model {
    let coefficients: Vec<f64> = (0..columns).map(|at| f64::from(u8::from(at == column))).collect();
    model(json!({"Linear": {"coefficients": coefficients, "intercept": 0.0}}))
}

pub fn mlp(columns: usize, activation: Activation, output: MlpOutput, outputs: usize) -> Model {
    let mut random = Random(13);
    let mut layer = |inputs: usize, outputs: usize| {
        let scale = 1.0 / (inputs as f64).sqrt();
        let mut draw =
            |n: usize| (0..n).map(|_| ((random.uniform() * 4.0 - 2.0) * scale) as f32).collect::<Vec<f32>>();
        Layer::new(inputs, outputs, draw(inputs * outputs), draw(outputs)).unwrap()
    };
    let layers = vec![layer(columns, 16), layer(16, 8), layer(8, outputs)];
    Model::Mlp(MlpModel::new(layers, activation, output).unwrap())
}

pub fn prior_classes(columns: usize, shares: &[f64]) -> Model {
    model(json!({"Prior": {"columns": columns, "answer": {"Classes": shares}}}))
}

pub fn prior_mean(columns: usize, mean: f64) -> Model {
    model(json!({"Prior": {"columns": columns, "answer": {"Mean": mean}}}))
}

/// Trees that split at values of the rows themselves, so that many rows lie exactly on a threshold. The first tree is a
/// single leaf. `values` is the prepared matrix, column-major.
pub fn forest(values: &[f32], columns: usize, classes: Option<usize>, trees: usize) -> Model {
    let mut random = Random(14);
    let trees: Vec<Value> = (0..trees)
        .map(|number| {
            let splits = if number == 0 { 0 } else { 40 };
            tree(&mut random, values, columns, classes.unwrap_or(1), classes.is_some(), splits)
        })
        .collect();
    model(json!({"Forest": {
        "columns": columns, "classes": classes, "trees": trees, "importances": vec![0.0; columns],
    }}))
}

/// Grows by splitting a random leaf again and again.
fn tree(
    random: &mut Random,
    values: &[f32],
    columns: usize,
    outputs: usize,
    shares: bool,
    splits: usize,
) -> Value {
    let rows = values.len() / columns;
    let (mut features, mut thresholds, mut children) = (vec![u32::MAX], vec![0.0f32], vec![0u32]);
    for _ in 0..splits {
        let leaves: Vec<usize> = (0..features.len()).filter(|&node| features[node] == u32::MAX).collect();
        let node = leaves[random.below(leaves.len())];
        let feature = random.below(columns);
        let threshold = values[feature * rows + random.below(rows)];
        let left = features.len() as u32;
        (features[node], thresholds[node], children[node]) = (feature as u32, threshold, left);
        features.extend([u32::MAX, u32::MAX]);
        thresholds.extend([0.0, 0.0]);
        children.extend([0, 0]);
    }
    let mut leaves = Vec::new();
    for node in 0..features.len() {
        if features[node] == u32::MAX {
            children[node] = (leaves.len() / outputs) as u32;
            leaves.extend(leaf(random, outputs, shares));
        }
    }
    json!({
        "features": features, "thresholds": thresholds, "children": children,
        "leaves": leaves, "outputs": outputs,
    })
}

/// Half of the leaves of classes are pure, as those of unpruned trees are.
fn leaf(random: &mut Random, outputs: usize, shares: bool) -> Vec<f32> {
    if !shares {
        return vec![(random.uniform() * 2_000.0 - 500.0) as f32];
    }
    if random.below(2) == 0 {
        let class = random.below(outputs);
        return (0..outputs).map(|at| f32::from(u8::from(at == class))).collect();
    }
    let counts: Vec<f64> = (0..outputs).map(|_| 1.0 + random.below(7) as f64).collect();
    let sum: f64 = counts.iter().sum();
    counts.iter().map(|count| (count / sum) as f32).collect()
}

fn model(stored: Value) -> Model {
    serde_json::from_value(stored).unwrap()
}
