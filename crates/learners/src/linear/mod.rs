//! Linear regression: the fitted model. The fit stands in `fit`: it tries `normal` (products and Cholesky), then `qr` and
//! `solve`.

mod cholesky;
mod fit;
mod gram;
mod normal;
mod problem;
mod qr;
mod solve;

use serde::{Deserialize, Serialize};

pub(crate) use fit::fit;

use crate::logistic::add_scaled;
use crate::{Matrix, Prediction};

/// A fitted linear regression: y = intercept + coefficients · x.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearModel {
    coefficients: Vec<f64>,
    intercept: f64,
}

impl LinearModel {
    /// One coefficient for each feature column.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The constant term; 0 when none was fitted.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.coefficients.len()
    }

    pub(crate) fn predict(&self, features: &Matrix) -> Prediction {
        let mut values = vec![self.intercept; features.rows()];
        for (j, &w) in self.coefficients.iter().enumerate() {
            add_scaled(&mut values, w, features.column(j));
        }
        Prediction::Values(values)
    }
}
