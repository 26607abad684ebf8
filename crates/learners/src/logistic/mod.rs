//! Logistic regression: the fitted model. The fit stands in `fit`, its objective and optimiser beside it.

mod binary;
mod fit;
mod lbfgs;
mod multinomial;
mod objective;

use serde::{Deserialize, Serialize};

pub(crate) use fit::fit;

use crate::prediction::{sigmoid, softmax};
use crate::{Matrix, Prediction};

/// Rows whose scores are computed at once: they stay in the first cache.
const BLOCK: usize = 1024;

/// A fitted logistic regression.
///
/// With two fitted classes there is one row of coefficients, for the second of them (sigmoid); with more there is
/// one for each (softmax). Classes that had no rows in the fit get probability 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LogisticData")]
pub struct LogisticModel {
    classes: usize,
    columns: usize,
    fitted: Vec<u32>,
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
}

impl LogisticModel {
    /// Number of classes of the whole data set: the length of a row of probabilities.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Indices of the classes that had rows in the fit, ascending, at least two.
    #[must_use]
    pub fn fitted(&self) -> &[u32] {
        &self.fitted
    }

    /// Coefficients, row-major, [`LogisticModel::columns`] for each row: one row for two fitted classes (scores of
    /// `fitted()[1]`), else one for each fitted class.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The constant term of each row of coefficients; 0 when none was fitted.
    #[must_use]
    pub fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    pub(crate) fn predict(&self, features: &Matrix) -> Prediction {
        let rows = features.rows();
        let mut values = vec![0.0; rows * self.classes];
        let mut scores = vec![0.0; self.intercepts.len() * BLOCK];
        for from in (0..rows).step_by(BLOCK) {
            let to = (from + BLOCK).min(rows);
            for (k, &intercept) in self.intercepts.iter().enumerate() {
                let z = &mut scores[k * BLOCK..k * BLOCK + to - from];
                z.fill(intercept);
                for (j, w) in self.coefficients[k * self.columns..(k + 1) * self.columns].iter().enumerate() {
                    add_scaled(z, *w, &features.column(j)[from..to]);
                }
            }
            self.probabilities(&scores, to - from, &mut values[from * self.classes..to * self.classes]);
        }
        Prediction::Probabilities { classes: self.classes, values }
    }

    /// Turns the scores of one block (one run of [`BLOCK`] for each row of coefficients) into rows of probabilities.
    fn probabilities(&self, scores: &[f64], rows: usize, out: &mut [f64]) {
        let mut row_scores = vec![0.0; self.fitted.len()];
        for row in 0..rows {
            if let [first, second] = self.fitted[..] {
                let z = scores[row];
                out[row * self.classes + first as usize] = sigmoid(-z);
                out[row * self.classes + second as usize] = sigmoid(z);
                continue;
            }
            for (k, score) in row_scores.iter_mut().enumerate() {
                *score = scores[k * BLOCK + row];
            }
            softmax(&mut row_scores);
            for (&class, &p) in self.fitted.iter().zip(&row_scores) {
                out[row * self.classes + class as usize] = p;
            }
        }
    }
}

/// z += w * x, widened to `f64`.
pub(crate) fn add_scaled(z: &mut [f64], w: f64, x: &[f32]) {
    for (z, &x) in z.iter_mut().zip(x) {
        *z += w * f64::from(x);
    }
}

/// The stored form, before it is checked.
#[derive(Deserialize)]
struct LogisticData {
    classes: usize,
    columns: usize,
    fitted: Vec<u32>,
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
}

impl TryFrom<LogisticData> for LogisticModel {
    type Error = &'static str;

    fn try_from(data: LogisticData) -> Result<Self, Self::Error> {
        let ascending = data.fitted.windows(2).all(|pair| pair[0] < pair[1]);
        let known = data.fitted.last().is_some_and(|&last| (last as usize) < data.classes);
        if data.fitted.len() < 2 || !ascending || !known {
            return Err("logistic model: fitted classes must be at least two, ascending and known");
        }
        let rows = if data.fitted.len() == 2 { 1 } else { data.fitted.len() };
        if data.intercepts.len() != rows || data.coefficients.len() != rows * data.columns {
            return Err("logistic model: wrong number of coefficients or intercepts");
        }
        let LogisticData { classes, columns, fitted, coefficients, intercepts } = data;
        Ok(Self { classes, columns, fitted, coefficients, intercepts })
    }
}
