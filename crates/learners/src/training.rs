//! What a learner is fitted on: features, target, sample weights, checked against each other.

use thiserror::Error;

use crate::{Matrix, Task};

/// The target column, as numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// Class of each row as an index into the caller's sorted class labels.
    Classes {
        /// One index below `classes` for each row.
        labels: Vec<u32>,
        /// Number of classes of the whole data set; a fold may lack some of them.
        classes: usize,
    },
    /// A number for each row.
    Values(Vec<f64>),
}

impl Target {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values(values) => values.len(),
        }
    }

    /// The kind of prediction this target asks for.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Self::Classes { .. } => Task::Classification,
            Self::Values(_) => Task::Regression,
        }
    }

    /// The named rows in the given order. Panics for a row outside the target.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { labels, classes } => {
                Self::Classes { labels: rows.iter().map(|&row| labels[row]).collect(), classes: *classes }
            }
            Self::Values(values) => Self::Values(rows.iter().map(|&row| values[row]).collect()),
        }
    }
}

/// Why features, target and weights are no training set.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SetError {
    /// No rows, or no columns.
    #[error("nothing to fit on: {rows} rows, {columns} feature columns; both must be at least 1")]
    Empty {
        /// Rows of the features.
        rows: usize,
        /// Columns of the features.
        columns: usize,
    },
    /// More rows than an index of 32 bits can name.
    #[error("{rows} rows are too many: at most {}", u32::MAX)]
    TooManyRows {
        /// Rows of the features.
        rows: usize,
    },
    /// Target or weights of another length than the features.
    #[error("{what} has {got} rows, the features have {expected}")]
    Length {
        /// "the target" or "the sample weights".
        what: &'static str,
        /// Rows of the features.
        expected: usize,
        /// Rows of the other.
        got: usize,
    },
    /// A class index beyond the number of classes.
    #[error("target row {row}: class index {label} is outside 0..{classes}")]
    Label {
        /// Row of the label.
        row: usize,
        /// The label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A target that is NaN or infinite.
    #[error("target row {row}: {value} is not a finite number")]
    Value {
        /// Row of the value.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A weight that is negative, NaN or infinite.
    #[error("sample weight of row {row} is {weight}; weights are finite and at least 0")]
    Weight {
        /// Row of the weight.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// Weights whose sum is 0 or not finite.
    #[error("the sample weights sum to {sum}; at least one must be positive and the sum finite")]
    WeightSum {
        /// The sum.
        sum: f64,
    },
}

/// Features, target and optional sample weights of the same rows.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet<'a> {
    features: &'a Matrix,
    target: &'a Target,
    weights: Option<&'a [f64]>,
}

impl<'a> TrainingSet<'a> {
    /// Checks lengths, labels and weights.
    ///
    /// # Errors
    /// A [`SetError`] that names the row and the value.
    pub fn new(
        features: &'a Matrix,
        target: &'a Target,
        weights: Option<&'a [f64]>,
    ) -> Result<Self, SetError> {
        let rows = features.rows();
        if rows == 0 || features.columns() == 0 {
            return Err(SetError::Empty { rows, columns: features.columns() });
        }
        if u32::try_from(rows).is_err() {
            return Err(SetError::TooManyRows { rows });
        }
        check_target(target, rows)?;
        if let Some(weights) = weights {
            check_weights(weights, rows)?;
        }
        Ok(Self { features, target, weights })
    }

    /// The features.
    #[must_use]
    pub fn features(&self) -> &'a Matrix {
        self.features
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        self.target
    }

    /// The sample weights, when there are any; none means 1 for each row.
    #[must_use]
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.features.rows()
    }

    /// Sample weight of a row.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}

fn check_target(target: &Target, rows: usize) -> Result<(), SetError> {
    if target.rows() != rows {
        return Err(SetError::Length { what: "the target", expected: rows, got: target.rows() });
    }
    match target {
        Target::Classes { labels, classes } => {
            match labels.iter().enumerate().find(|&(_, &label)| label as usize >= *classes) {
                Some((row, &label)) => Err(SetError::Label { row, label, classes: *classes }),
                None => Ok(()),
            }
        }
        Target::Values(values) => match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            Some((row, &value)) => Err(SetError::Value { row, value }),
            None => Ok(()),
        },
    }
}

fn check_weights(weights: &[f64], rows: usize) -> Result<(), SetError> {
    if weights.len() != rows {
        return Err(SetError::Length { what: "the sample weights", expected: rows, got: weights.len() });
    }
    if let Some((row, &weight)) = weights.iter().enumerate().find(|&(_, &w)| !w.is_finite() || w < 0.0) {
        return Err(SetError::Weight { row, weight });
    }
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 && sum.is_finite() { Ok(()) } else { Err(SetError::WeightSum { sum }) }
}
