//! Each learner's parameters as a type: what the table lets through, and no more.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Weights for classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassWeight {
    /// Each class counts as it comes.
    None,
    /// Each class counts the same in sum: n / (classes * its weight).
    Balanced,
}

/// Parameters of [`crate::Algorithm::LogisticRegression`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogisticParameters {
    /// Inverse strength of the L2 penalty.
    #[serde(rename = "C")]
    pub c: f64,
    /// Weights for classes.
    pub class_weight: ClassWeight,
    /// Whether to fit a constant term.
    pub fit_intercept: bool,
    /// Most iterations.
    pub max_iter: u32,
    /// Bound on the gradient at which to stop.
    pub tol: f64,
}

/// Parameters of [`crate::Algorithm::LinearRegression`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearParameters {
    /// Whether to fit a constant term.
    pub fit_intercept: bool,
}

/// How many features a split looks at.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum MaxFeatures {
    /// This share of the features, at least one.
    Fraction(f64),
    /// A rule.
    Named(Named),
}

/// A rule for the number of features of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Named {
    /// `Sqrt` for classes, `All` for numbers.
    Auto,
    /// Square root of the number of features, rounded down.
    Sqrt,
    /// Binary logarithm of the number of features, rounded down.
    Log2,
    /// All features.
    All,
}

/// Parameters of [`crate::Algorithm::RandomForest`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForestParameters {
    /// Whether each tree draws its rows with replacement.
    pub bootstrap: bool,
    /// Weights for classes.
    pub class_weight: ClassWeight,
    /// Deepest level of a tree.
    #[serde(deserialize_with = "integer_or_none")]
    pub max_depth: Option<u32>,
    /// Features looked at for a split.
    pub max_features: MaxFeatures,
    /// Fewest rows of a leaf.
    pub min_samples_leaf: u32,
    /// Fewest rows of a node that is split.
    pub min_samples_split: u32,
    /// Number of trees.
    pub n_estimators: u32,
    /// Whether to score out-of-bag rows.
    pub oob_score: bool,
}

/// Function after each hidden layer of a perceptron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// Hyperbolic tangent.
    Tanh,
}

/// Parameters of [`crate::Algorithm::TorchMlp`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpParameters {
    /// Function after each hidden layer.
    pub activation: Activation,
    /// Rows of one step of the optimiser.
    pub batch_size: u32,
    /// Weights for classes.
    pub class_weight: ClassWeight,
    /// Share of hidden units left out in each training step.
    pub dropout: f64,
    /// Passes over the rows.
    pub epochs: u32,
    /// Units of each hidden layer.
    pub hidden: Vec<u32>,
    /// Units of the first hidden layer, in place of the list's.
    #[serde(deserialize_with = "integer_or_none")]
    pub layer1_units: Option<u32>,
    /// Units of the second hidden layer, in place of the list's.
    #[serde(deserialize_with = "integer_or_none")]
    pub layer2_units: Option<u32>,
    /// Step size of Adam.
    pub learning_rate: f64,
    /// Epochs without a better validation loss before stopping.
    #[serde(deserialize_with = "integer_or_none")]
    pub patience: Option<u32>,
    /// Share of the training rows kept for early stopping.
    pub validation_fraction: f64,
    /// L2 penalty in Adam's gradient.
    pub weight_decay: f64,
}

impl MlpParameters {
    /// Units of each hidden layer: the list, but for layers that are stated by themselves. One beyond the end of the list is
    /// added to it.
    #[must_use]
    pub fn layers(&self) -> Vec<u32> {
        let mut layers = self.hidden.clone();
        for (index, units) in [self.layer1_units, self.layer2_units].into_iter().enumerate() {
            match (units, layers.get_mut(index)) {
                (Some(units), Some(layer)) => *layer = units,
                (Some(units), None) => layers.push(units),
                (None, _) => {}
            }
        }
        layers
    }
}

/// The table spells none as a word; here it is an `Option`.
fn integer_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.as_str() == Some("none") {
        return Ok(None);
    }
    u32::deserialize(value).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::Typed;
    use crate::{Algorithm, Parameters};

    fn layers(given: serde_json::Value) -> Vec<u32> {
        let given: BTreeMap<_, _> = serde_json::from_value(given).unwrap();
        match Parameters::parse(Algorithm::TorchMlp, &given).unwrap().learner() {
            Typed::Mlp(parameters) => parameters.layers(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_layer_that_is_stated_by_itself_takes_the_place_of_the_lists() {
        assert_eq!(layers(json!({})), [128, 64]);
        assert_eq!(layers(json!({"layer1_units": 32})), [32, 64]);
        assert_eq!(layers(json!({"layer1_units": 32, "layer2_units": 16.0})), [32, 16]);
        assert_eq!(layers(json!({"hidden": [8], "layer2_units": 4, "layer1_units": null})), [8, 4]);
        assert_eq!(layers(json!({"hidden": [8, 7, 6], "layer2_units": 4})), [8, 4, 6]);
        assert_eq!(layers(json!({"hidden": [], "layer2_units": 4})), [4]);
    }
}
