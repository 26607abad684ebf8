//! Random forest (Breiman 2001): the fitted model. Binning, growing and split search stand in files of their own.

mod bins;
mod criterion;
mod fit;
mod grow;
mod out_of_bag;
mod predict;
mod split;
mod tree;
mod watched;

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

pub(crate) use fit::fit;
pub use tree::{Node, Tree};

use crate::{Matrix, Prediction};

/// A fitted random forest. It averages class frequencies or means over its trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ForestData")]
pub struct ForestModel {
    columns: usize,
    classes: Option<usize>,
    trees: Vec<Tree>,
    importances: Vec<f64>,
}

impl ForestModel {
    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of classes, none for regression.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        self.classes
    }

    /// The trees, at least one. A leaf holds one share for each class (sum 1), or one value for regression.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Share of the impurity decrease of each feature column; sums to 1, or all 0 when no tree has a split.
    /// It favours columns of many values: prefer permutation importance.
    #[must_use]
    pub fn importances(&self) -> &[f64] {
        &self.importances
    }

    /// Numbers in a leaf.
    fn outputs(&self) -> usize {
        self.classes.unwrap_or(1)
    }

    pub(crate) fn predict(&self, features: &Matrix, pool: Option<&ThreadPool>) -> Prediction {
        prediction(self.classes, predict::mean_over_trees(&self.trees, self.outputs(), features, pool))
    }
}

/// Means over trees as an answer: a share for each class, or a value.
fn prediction(classes: Option<usize>, values: Vec<f64>) -> Prediction {
    match classes {
        Some(classes) => Prediction::Probabilities { classes, values },
        None => Prediction::Values(values),
    }
}

/// The stored form, before it is checked.
#[derive(Deserialize)]
struct ForestData {
    columns: usize,
    classes: Option<usize>,
    trees: Vec<Tree>,
    importances: Vec<f64>,
}

impl TryFrom<ForestData> for ForestModel {
    type Error = &'static str;

    fn try_from(data: ForestData) -> Result<Self, Self::Error> {
        let ForestData { columns, classes, trees, importances } = data;
        let outputs = classes.unwrap_or(1);
        if trees.is_empty() || outputs == 0 || importances.len() != columns {
            return Err("forest: needs at least one tree, one class, and an importance for each column");
        }
        if !trees.iter().all(|tree| tree.fits(columns, outputs)) {
            return Err("forest: a tree names a column that is not there, or its leaves have another size");
        }
        Ok(Self { columns, classes, trees, importances })
    }
}
