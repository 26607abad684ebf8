//! How features are prepared, as stated.

use serde::{Deserialize, Serialize};

/// What stands for a missing number. A missing category is a level of its own where training has one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Missing {
    /// The middle value; of an even count the mean of the middle two.
    #[default]
    Median,
    /// The mean.
    Mean,
    /// The most frequent value; of several the smallest.
    MostFrequent,
    /// This value.
    Constant(f64),
}

/// How numbers are scaled, after missing ones were replaced: `(x - offset) * factor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scaling {
    /// Mean and population standard deviation (n).
    #[default]
    Standard,
    /// Minimum and range; values outside the training range are not clipped.
    MinMax,
    /// Median and interquartile range (linear quantiles).
    Robust,
    /// None: numbers as they are.
    None,
}

/// How categories become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Encoding {
    /// One 0/1 column per level, levels sorted, none dropped; an unknown level is all zeros.
    #[default]
    OneHot,
    /// The index of the level, in sorted order; missing comes after the last; unknown is -1. For trees.
    Ordinal,
}

/// What is done about classes of unequal size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Imbalance {
    /// Nothing.
    #[default]
    None,
    /// Each row weighs n / (classes * rows of its class), times its sample weight. Metrics stay unweighted.
    ClassWeight,
}

/// Preparation, as stated.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PreparationSpec {
    /// For missing numbers.
    pub missing: Missing,
    /// For numbers.
    pub scaling: Scaling,
    /// For categories.
    pub encoding: Encoding,
    /// For classes of unequal size.
    pub imbalance: Imbalance,
}
