//! Random forest: one TreeEnsembleRegressor with a target for each class.
//!
//! A regressor also for classes: the classifier of this operator set decides ties and two classes by rules of its own.
//! Leaves are stored undivided, so sums of pure leaves are exact; thresholds and features are floats, widened to double,
//! so each decision is the native one.

use podium_learners::{ForestModel, Node, Tree};

use super::Scores;
use crate::graph::{Builder, F64, Trees, Value, length};

pub(super) fn scores(builder: &mut Builder, model: &ForestModel, x: &Value<F64>) -> Scores {
    let mut trees = Trees::new(model.classes().unwrap_or(1));
    for tree in model.trees() {
        add(&mut trees, tree);
    }
    let sums = builder.tree_sums(x, trees);
    let sums: Value<F64> = builder.cast(&sums);
    let count = builder.scalar::<F64>(model.trees().len() as f64);
    let mean = builder.divide(&sums, &count);
    match model.classes() {
        Some(_) => Scores::Probabilities(mean),
        None => Scores::Values(builder.flat(&mean)),
    }
}

fn add(trees: &mut Trees, tree: &Tree) {
    trees.begin();
    for (id, node) in tree.nodes().enumerate() {
        match node {
            Node::Split { feature, threshold, left, right } => {
                trees.split(length(id), feature.into(), threshold.into(), left.into(), right.into());
            }
            Node::Leaf(values) => trees.leaf(length(id), values.iter().map(|&value| f64::from(value))),
        }
    }
}
