//! Decision trees as the parallel lists that ONNX wants: an entry for each node, and one for each number in a leaf.

use super::constant::{length, tensor};
use super::{Builder, F32, F64, ML, Setting, Value};

const SPLIT: &str = "BRANCH_LEQ";
const LEAF: &str = "LEAF";

/// Trees whose leaves hold one number for each target.
#[derive(Debug)]
pub(crate) struct Trees {
    targets: usize,
    /// Number of the tree that is being added, from 0; -1 before the first.
    tree: i64,
    node_tree: Vec<i64>,
    node_id: Vec<i64>,
    node_feature: Vec<i64>,
    node_mode: Vec<&'static str>,
    node_threshold: Vec<f64>,
    node_left: Vec<i64>,
    node_right: Vec<i64>,
    leaf_tree: Vec<i64>,
    leaf_id: Vec<i64>,
    leaf_target: Vec<i64>,
    leaf_value: Vec<f64>,
}

impl Trees {
    /// No trees yet.
    pub(crate) fn new(targets: usize) -> Self {
        Self {
            targets,
            tree: -1,
            node_tree: Vec::new(),
            node_id: Vec::new(),
            node_feature: Vec::new(),
            node_mode: Vec::new(),
            node_threshold: Vec::new(),
            node_left: Vec::new(),
            node_right: Vec::new(),
            leaf_tree: Vec::new(),
            leaf_id: Vec::new(),
            leaf_target: Vec::new(),
            leaf_value: Vec::new(),
        }
    }

    /// Begins the next tree; its node 0 is the root.
    pub(crate) fn begin(&mut self) {
        self.tree += 1;
    }

    /// Rows with `x[feature] <= threshold` go on at the node `left`, the others at `right`.
    pub(crate) fn split(&mut self, id: i64, feature: i64, threshold: f64, left: i64, right: i64) {
        self.node(id, SPLIT, feature, threshold, left, right);
    }

    /// A leaf with a number for each target. Numbers of 0 are left out where there are several, which halves the file of
    /// a forest of pure leaves; a number alone always stays.
    pub(crate) fn leaf(&mut self, id: i64, values: impl IntoIterator<Item = f64>) {
        self.node(id, LEAF, 0, 0.0, 0, 0);
        for (target, value) in values.into_iter().enumerate() {
            if value != 0.0 || self.targets == 1 {
                self.leaf_tree.push(self.tree);
                self.leaf_id.push(id);
                self.leaf_target.push(length(target));
                self.leaf_value.push(value);
            }
        }
    }

    fn node(&mut self, id: i64, mode: &'static str, feature: i64, threshold: f64, left: i64, right: i64) {
        self.node_tree.push(self.tree);
        self.node_id.push(id);
        self.node_mode.push(mode);
        self.node_feature.push(feature);
        self.node_threshold.push(threshold);
        self.node_left.push(left);
        self.node_right.push(right);
    }

    fn into_settings(self) -> Vec<Setting> {
        let doubles = |values: &[f64]| tensor::<F64>(&[values.len()], values);
        vec![
            Setting::int("n_targets", length(self.targets)),
            Setting::text("aggregate_function", "SUM"),
            Setting::text("post_transform", "NONE"),
            Setting::ints("nodes_treeids", self.node_tree),
            Setting::ints("nodes_nodeids", self.node_id),
            Setting::ints("nodes_featureids", self.node_feature),
            Setting::texts("nodes_modes", self.node_mode),
            Setting::tensor("nodes_values_as_tensor", doubles(&self.node_threshold)),
            Setting::ints("nodes_truenodeids", self.node_left),
            Setting::ints("nodes_falsenodeids", self.node_right),
            Setting::ints("target_treeids", self.leaf_tree),
            Setting::ints("target_nodeids", self.leaf_id),
            Setting::ints("target_ids", self.leaf_target),
            Setting::tensor("target_weights_as_tensor", doubles(&self.leaf_value)),
        ]
    }
}

impl Builder {
    /// Sum over the trees of what their leaves hold: `[N, columns]` to `[N, targets]`. Thresholds, leaves and sums are
    /// double, only the result is float.
    pub(crate) fn tree_sums(&mut self, x: &Value<F64>, trees: Trees) -> Value<F32> {
        self.apply("TreeEnsembleRegressor", ML, &[x.name()], trees.into_settings())
    }
}
