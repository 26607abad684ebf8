//! What a container that is a candidate is told of its data.

use serde::{Deserialize, Serialize};

use crate::Task;

/// Roles of the columns of [`crate::HANDED_DATA`], and what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandedTask {
    /// What is learned.
    pub task: Task,
    /// Column to predict.
    pub target: String,
    /// Columns to predict it from, in the order of a model that has one input for all of them.
    pub features: Vec<HandedFeature>,
    /// Classes, in the order of a model's probabilities; empty for regression.
    pub classes: Vec<String>,
    /// The class that is looked for, of two.
    pub positive_label: Option<String>,
    /// Column with sample weights.
    pub weight_column: Option<String>,
    /// Folds of [`crate::HANDED_FOLDS`].
    pub folds: usize,
    /// Metric that ranks candidates.
    pub metric: String,
    /// Seed of the pipeline.
    pub seed: u64,
}

/// A feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandedFeature {
    /// Column.
    pub name: String,
    /// Whether its values are categories.
    pub categorical: bool,
}
