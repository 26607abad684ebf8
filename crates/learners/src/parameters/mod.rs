//! Parameters of a learner: one table says what exists, parsing checks against it, nothing else may read raw JSON.

mod check;
mod space;
mod table;
mod typed;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

pub use space::{Range, Searched};
pub use table::{Kind, Literal, ParameterSpec};
pub use typed::{
    Activation, ClassWeight, ForestParameters, LinearParameters, LogisticParameters, MaxFeatures,
    MlpParameters, Named,
};

use crate::{Algorithm, ROUNDS, Task};

/// Checked parameters of one algorithm, every default filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    learner: Typed,
    effective: BTreeMap<String, Value>,
}

/// The same parameters as the learner's own type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Logistic(LogisticParameters),
    Linear(LinearParameters),
    Forest(ForestParameters),
    Mlp(MlpParameters),
}

/// Why parameters are refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ParameterError {
    /// No such parameter.
    #[error("{algorithm} has no parameter {name:?}; it takes {known}")]
    Unknown {
        /// The algorithm.
        algorithm: Algorithm,
        /// The name given.
        name: String,
        /// The names it takes, separated by commas.
        known: String,
    },
    /// Wrong type or out of range.
    #[error("{algorithm}: parameter {name} is {value}; allowed: {allowed}")]
    Value {
        /// The algorithm.
        algorithm: Algorithm,
        /// The parameter.
        name: &'static str,
        /// The value given, as JSON.
        value: String,
        /// The allowed type and range.
        allowed: String,
    },
    /// The table and the learner's type disagree: a bug of ours.
    #[error("{algorithm}: the parameter table does not fit the learner: {detail}")]
    Table {
        /// The algorithm.
        algorithm: Algorithm,
        /// What did not fit.
        detail: String,
    },
}

impl Parameters {
    /// Checks user-given values against the table of the algorithm and fills in the defaults.
    ///
    /// Whole numbers may be written with a zero fraction (a search may send `3.0`); none is `"none"` or null.
    ///
    /// # Errors
    /// Unknown name, wrong type, out of range: the message names the parameter, the value and what is allowed.
    pub fn parse(algorithm: Algorithm, given: &BTreeMap<String, Value>) -> Result<Self, ParameterError> {
        let table = algorithm.parameters();
        if let Some(name) = given.keys().find(|name| !table.iter().any(|spec| spec.name == name.as_str())) {
            let known = table.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ");
            return Err(ParameterError::Unknown { algorithm, name: name.clone(), known });
        }
        let mut effective = BTreeMap::new();
        for spec in table {
            let value = match given.get(spec.name) {
                Some(value) => spec.kind.check(value).ok_or_else(|| ParameterError::Value {
                    algorithm,
                    name: spec.name,
                    value: value.to_string(),
                    allowed: spec.kind.to_string(),
                })?,
                None => spec.default.to_json(),
            };
            effective.insert(spec.name.to_owned(), value);
        }
        let learner = match algorithm {
            Algorithm::LogisticRegression => Typed::Logistic(typed(algorithm, &effective)?),
            Algorithm::LinearRegression => Typed::Linear(typed(algorithm, &effective)?),
            Algorithm::RandomForest => Typed::Forest(typed(algorithm, &effective)?),
            Algorithm::TorchMlp => Typed::Mlp(typed(algorithm, &effective)?),
        };
        Ok(Self { learner, effective })
    }

    /// The defaults of an algorithm.
    ///
    /// # Errors
    /// [`ParameterError::Table`], which would be a bug of ours.
    pub fn defaults(algorithm: Algorithm) -> Result<Self, ParameterError> {
        Self::parse(algorithm, &BTreeMap::new())
    }

    /// The algorithm these belong to.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.learner {
            Typed::Logistic(_) => Algorithm::LogisticRegression,
            Typed::Linear(_) => Algorithm::LinearRegression,
            Typed::Forest(_) => Algorithm::RandomForest,
            Typed::Mlp(_) => Algorithm::TorchMlp,
        }
    }

    /// Steps of a fit at the most, see [`Algorithm::stride`]; none for a learner that is fitted in one go.
    #[must_use]
    pub fn steps(&self) -> Option<u32> {
        match &self.learner {
            Typed::Logistic(logistic) => Some(logistic.max_iter.div_ceil(ROUNDS)),
            Typed::Linear(_) => None,
            Typed::Forest(forest) => Some(forest.n_estimators.div_ceil(ROUNDS)),
            Typed::Mlp(mlp) => Some(mlp.epochs),
        }
    }

    /// All values as used, defaults included, to be logged. `max_features: auto` of a forest is resolved by the
    /// task: `sqrt` for classes, `all` for numbers.
    #[must_use]
    pub fn effective(&self, task: Task) -> BTreeMap<String, Value> {
        let mut values = self.effective.clone();
        if let Typed::Forest(forest) = &self.learner
            && forest.max_features == MaxFeatures::Named(Named::Auto)
        {
            let resolved = match task {
                Task::Classification => "sqrt",
                Task::Regression => "all",
            };
            values.insert("max_features".to_owned(), Value::from(resolved));
        }
        values
    }

    pub(crate) fn learner(&self) -> &Typed {
        &self.learner
    }
}

fn typed<T: DeserializeOwned>(
    algorithm: Algorithm,
    effective: &BTreeMap<String, Value>,
) -> Result<T, ParameterError> {
    let map: Map<String, Value> =
        effective.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    serde_json::from_value(Value::Object(map))
        .map_err(|error| ParameterError::Table { algorithm, detail: error.to_string() })
}
