//! Preparation: from table columns to a design matrix, fitted on the training part of a fold only and saved with the model.
//!
//! # Exact arithmetic
//! So that another runtime (ONNX) can rebuild it to the bit:
//! 1. A number is rounded to f32 first (nearest, ties to even); statistics are computed in f64 over the rounded values and stored as f32.
//! 2. Missing (NaN) becomes `fill` (f32).
//! 3. The value is `(x - offset) * factor`, two f32 operations, each rounded; `offset = 0, factor = 1` without scaling. `factor` is `1 / scale`
//!    computed in f64 and rounded; a scale of 0 counts as 1.
//! 4. Indicators, one-hot and ordinal columns are exact f32 integers and never scaled.
//! 5. A numeric category compares as f32: cell and level are both rounded to f32 and match when equal; -0 equals 0.
//! 6. A timestamp is split into `year`, `month` (1..12), `weekday` (Monday = 1 .. Sunday = 7) and `hour` (0..23) of UTC; each is then a number as above.
//!
//! Output columns stand in the order of the features, and inside one feature: value columns, then the indicator or the missing level.

mod fit;
mod imbalance;
mod spec;
mod statistics;
#[cfg(test)]
mod tests;
mod transform;

pub use fit::PreparationError;
pub use imbalance::row_weights;
pub use spec::{Encoding, Imbalance, Missing, PreparationSpec, Scaling};
pub use transform::{TransformError, timestamp_parts};

use serde::{Deserialize, Serialize};

use crate::schema::FeatureKind;

/// Names of the parts of a timestamp, in the order of their columns.
pub const TIMESTAMP_PARTS: [&str; 4] = ["year", "month", "weekday", "hour"];

/// Numbers for a learner: column-major, finite. Column `j` is `values[j * rows..(j + 1) * rows]`.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignMatrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Column names, for display: `age`, `age.missing`, `plan=basic`, `signup_at.year`.
    pub names: Vec<String>,
    /// `rows * columns` values.
    pub values: Vec<f32>,
}

/// Fill and scale of one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FittedNumber {
    /// Stands for a missing value, before scaling.
    pub fill: f32,
    /// Subtracted.
    pub offset: f32,
    /// Multiplied after that.
    pub factor: f32,
}

/// A level of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedCategory {
    /// Levels seen in training, sorted (levels of a `NumericCategory` numerically). Texts compare exactly.
    pub levels: Vec<String>,
    /// True when training has missing values: missing is then one more level after the last.
    pub missing_level: bool,
    /// True when the column holds numbers: levels are shortest decimal texts of f32, and a cell matches when it equals one as f32.
    pub numeric: bool,
    /// How the level becomes numbers.
    pub encoding: Encoding,
}

/// What was learned of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fitted {
    /// One column, and an indicator (1 = missing) when `indicator`.
    Number {
        /// Fill and scale.
        number: FittedNumber,
        /// True when training has missing values.
        indicator: bool,
    },
    /// Four columns in the order of [`TIMESTAMP_PARTS`], and an indicator when `indicator`.
    Timestamp {
        /// Fill and scale of each part.
        parts: [FittedNumber; 4],
        /// True when training has missing values.
        indicator: bool,
    },
    /// `OneHot`: a column per level and one for missing when `missing_level`; `Ordinal`: one column.
    Category(FittedCategory),
}

/// One input column and what was learned of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedFeature {
    /// Input column name.
    pub name: String,
    /// How it is read.
    pub kind: FeatureKind,
    /// What was learned.
    pub fitted: Fitted,
}

/// Preparation fitted to a training part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedPreparation {
    features: Vec<FittedFeature>,
    dropped: Vec<String>,
}

impl FittedPreparation {
    /// Preparation with these features, in the order of their output columns; `dropped` names columns it does not use.
    #[must_use]
    pub fn new(features: Vec<FittedFeature>, dropped: Vec<String>) -> Self {
        Self { features, dropped }
    }

    /// The features in the order of their output columns.
    #[must_use]
    pub fn features(&self) -> &[FittedFeature] {
        &self.features
    }

    /// Feature columns without any value in training, which the model does not use.
    #[must_use]
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Names of the output columns, in order.
    #[must_use]
    pub fn output_names(&self) -> Vec<String> {
        self.features.iter().flat_map(FittedFeature::output_names).collect()
    }
}

impl FittedFeature {
    /// Names of this feature's output columns, in order.
    #[must_use]
    pub fn output_names(&self) -> Vec<String> {
        let name = &self.name;
        let missing = |on: bool| on.then(|| format!("{name}.missing"));
        match &self.fitted {
            Fitted::Number { indicator, .. } => {
                std::iter::once(name.clone()).chain(missing(*indicator)).collect()
            }
            Fitted::Timestamp { indicator, .. } => TIMESTAMP_PARTS
                .iter()
                .map(|part| format!("{name}.{part}"))
                .chain(missing(*indicator))
                .collect(),
            Fitted::Category(c) => match c.encoding {
                Encoding::Ordinal => vec![name.clone()],
                Encoding::OneHot => {
                    c.levels.iter().map(|l| format!("{name}={l}")).chain(missing(c.missing_level)).collect()
                }
            },
        }
    }
}
