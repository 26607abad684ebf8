//! What of a learner is worth searching: a space for methods that learn from results, and a grid of every combination.

use super::Literal::{self, Float, Integer, Word};
use crate::Algorithm;

/// A parameter that is searched, and its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Searched {
    /// Its name in [`Algorithm::parameters`].
    pub name: &'static str,
    /// Its values.
    pub values: Range,
}

/// Values of a searched parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Real numbers, both ends included; distances count by ratios where `log`.
    Double {
        /// The lowest.
        min: f64,
        /// The highest.
        max: f64,
        /// Whether distances count by ratios.
        log: bool,
    },
    /// Whole numbers, both ends included; distances count by ratios where `log`.
    Int {
        /// The lowest.
        min: u32,
        /// The highest.
        max: u32,
        /// Whether distances count by ratios.
        log: bool,
    },
    /// These, without an order.
    Values(&'static [Literal]),
}

impl Algorithm {
    /// What is searched when nobody says otherwise: wide ranges of the parameters that matter most. Empty where there is nothing
    /// to gain.
    #[must_use]
    pub fn space(self) -> &'static [Searched] {
        match self {
            Self::LogisticRegression => LOGISTIC,
            Self::LinearRegression => &[],
            Self::RandomForest => FOREST,
            Self::TorchMlp => MLP,
        }
    }

    /// A grid of customary values. Empty where there is nothing to gain.
    #[must_use]
    pub fn grid(self) -> &'static [Searched] {
        match self {
            Self::LogisticRegression => LOGISTIC_GRID,
            Self::LinearRegression => &[],
            Self::RandomForest => FOREST_GRID,
            Self::TorchMlp => MLP_GRID,
        }
    }
}

const fn double(name: &'static str, min: f64, max: f64, log: bool) -> Searched {
    Searched { name, values: Range::Double { min, max, log } }
}

const fn int(name: &'static str, min: u32, max: u32, log: bool) -> Searched {
    Searched { name, values: Range::Int { min, max, log } }
}

const fn values(name: &'static str, values: &'static [Literal]) -> Searched {
    Searched { name, values: Range::Values(values) }
}

const LOGISTIC: &[Searched] = &[double("C", 1e-4, 1e4, true)];

const LOGISTIC_GRID: &[Searched] = &[
    values("C", &[Float(0.001), Float(0.01), Float(0.1), Float(1.0), Float(10.0), Float(100.0)]),
    values("max_iter", &[Integer(500), Integer(1000), Integer(2000)]),
];

const FOREST: &[Searched] = &[
    int("n_estimators", 50, 500, true),
    int("max_depth", 3, 50, true),
    double("max_features", 0.1, 1.0, false),
    int("min_samples_leaf", 1, 32, true),
    int("min_samples_split", 2, 32, true),
];

const FOREST_GRID: &[Searched] = &[
    values("n_estimators", &[Integer(50), Integer(100), Integer(200), Integer(300)]),
    values("max_depth", &[Integer(5), Integer(10), Integer(20), Word("none")]),
    values("min_samples_split", &[Integer(2), Integer(5), Integer(10)]),
    values("min_samples_leaf", &[Integer(1), Integer(2), Integer(4)]),
];

const MLP: &[Searched] = &[
    double("learning_rate", 1e-4, 1e-1, true),
    int("layer1_units", 16, 256, true),
    int("layer2_units", 8, 128, true),
    double("dropout", 0.0, 0.5, false),
    double("weight_decay", 1e-6, 1e-2, true),
    values("batch_size", &[Integer(32), Integer(64), Integer(128), Integer(256)]),
];

const MLP_GRID: &[Searched] = &[
    values("layer1_units", &[Integer(32), Integer(64), Integer(128)]),
    values("layer2_units", &[Integer(16), Integer(32), Integer(64)]),
    values("dropout", &[Float(0.2), Float(0.3), Float(0.5)]),
    values("learning_rate", &[Float(0.001), Float(0.01), Float(0.1)]),
    values("batch_size", &[Integer(16), Integer(32), Integer(64)]),
    values("epochs", &[Integer(50), Integer(100), Integer(200)]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::Parameters;

    fn samples(values: Range) -> Vec<Value> {
        match values {
            Range::Double { min, max, .. } => vec![Value::from(min), Value::from(max)],
            Range::Int { min, max, .. } => vec![Value::from(min), Value::from(max)],
            Range::Values(all) => all.iter().map(|value| value.to_json()).collect(),
        }
    }

    #[test]
    fn every_learner_takes_every_value_of_its_space_and_of_its_grid() {
        for algorithm in Algorithm::ALL {
            for searched in algorithm.space().iter().chain(algorithm.grid()) {
                for value in samples(searched.values) {
                    let given = BTreeMap::from([(searched.name.to_owned(), value)]);
                    assert!(Parameters::parse(algorithm, &given).is_ok(), "{algorithm} {given:?}");
                }
            }
        }
    }

    /// Names and values of a grid.
    fn grid(algorithm: Algorithm) -> Value {
        algorithm.grid().iter().map(|searched| json!([searched.name, samples(searched.values)])).collect()
    }

    #[test]
    fn grids_are_the_customary_ones() {
        assert_eq!(
            grid(Algorithm::LogisticRegression),
            json!([["C", [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]], ["max_iter", [500, 1000, 2000]]])
        );
        assert_eq!(
            grid(Algorithm::RandomForest),
            json!([
                ["n_estimators", [50, 100, 200, 300]],
                ["max_depth", [5, 10, 20, "none"]],
                ["min_samples_split", [2, 5, 10]],
                ["min_samples_leaf", [1, 2, 4]],
            ])
        );
        assert_eq!(
            grid(Algorithm::TorchMlp),
            json!([
                ["layer1_units", [32, 64, 128]],
                ["layer2_units", [16, 32, 64]],
                ["dropout", [0.2, 0.3, 0.5]],
                ["learning_rate", [0.001, 0.01, 0.1]],
                ["batch_size", [16, 32, 64]],
                ["epochs", [50, 100, 200]],
            ])
        );
        assert_eq!(grid(Algorithm::LinearRegression), json!([]), "nothing to search");
    }
}
