//! The two sides of every metric: what is true and what was predicted.

use serde::{Deserialize, Serialize};

use super::{Average, MetricError};

/// What is true, one entry per row.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// Class indices below `classes`.
    Classes {
        /// Class of each row.
        labels: Vec<u32>,
        /// Number of classes, those absent from `labels` included.
        classes: usize,
        /// Positive class when there are two.
        positive: Option<u32>,
    },
    /// Numbers.
    Values(Vec<f64>),
}

/// What was predicted for the same rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Predictions {
    /// Probabilities, row-major: `values[row * classes + class]`; each row sums to 1.
    Probabilities {
        /// Number of classes.
        classes: usize,
        /// rows * classes probabilities.
        values: Vec<f64>,
    },
    /// Numbers.
    Values(Vec<f64>),
}

/// Most that the probabilities of a row may miss 1 by, when others computed them: in 32 bits, or rounded to a text.
const NEARLY: f64 = 1e-3;

/// Makes the probabilities of a row that others computed sum to 1, when they nearly do.
///
/// # Errors
/// What is wrong with them, as the end of a sentence.
pub fn normalise(row: &mut [f64]) -> Result<(), String> {
    if let Some(wrong) = row.iter().find(|value| !(0.0..=1.0 + NEARLY).contains(*value)) {
        return Err(format!("{wrong} is no probability"));
    }
    let sum: f64 = row.iter().sum();
    if (sum - 1.0).abs() > NEARLY {
        return Err(format!("its probabilities sum to {sum}, not to 1"));
    }
    row.iter_mut().for_each(|value| *value /= sum);
    Ok(())
}

/// How probabilities become labels and classes become one figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// How per-class values become one.
    pub average: Average,
    /// With two classes: positive when its probability is at least this. With more the most probable class counts, the first of equals.
    pub threshold: f64,
}

impl Rule {
    /// `Binary` for two classes, `Macro` for more; threshold 0.5.
    #[must_use]
    pub fn standard(classes: usize) -> Self {
        Self { average: if classes == 2 { Average::Binary } else { Average::Macro }, threshold: 0.5 }
    }
}

impl Truth {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values(v) => v.len(),
        }
    }

    /// The rows at these positions.
    #[must_use]
    pub fn gather(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { labels, classes, positive } => Self::Classes {
                labels: rows.iter().map(|&r| labels[r]).collect(),
                classes: *classes,
                positive: *positive,
            },
            Self::Values(v) => Self::Values(rows.iter().map(|&r| v[r]).collect()),
        }
    }
}

impl Predictions {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Probabilities { classes, values } => values.len() / (*classes).max(1),
            Self::Values(v) => v.len(),
        }
    }

    /// Labels: the positive class at or above the threshold, or the most probable class.
    ///
    /// # Errors
    /// Predictions of a regression have no labels.
    pub fn labels(&self, positive: Option<u32>, threshold: f64) -> Result<Vec<u32>, MetricError> {
        let Self::Probabilities { classes, values } = self else { return Err(MetricError::NotProbabilities) };
        Ok(values
            .chunks_exact((*classes).max(1))
            .map(|row| match positive {
                Some(p) if *classes == 2 => {
                    if row[p as usize] >= threshold {
                        p
                    } else {
                        1 - p
                    }
                }
                _ => first_largest(row),
            })
            .collect())
    }

    /// The rows at these positions.
    #[must_use]
    pub fn gather(&self, rows: &[usize]) -> Self {
        match self {
            Self::Probabilities { classes, values } => Self::Probabilities {
                classes: *classes,
                values: rows.iter().flat_map(|&r| &values[r * classes..(r + 1) * classes]).copied().collect(),
            },
            Self::Values(v) => Self::Values(rows.iter().map(|&r| v[r]).collect()),
        }
    }
}

fn first_largest(row: &[f64]) -> u32 {
    let mut best = 0;
    for (at, p) in row.iter().enumerate() {
        if *p > row[best] {
            best = at;
        }
    }
    u32::try_from(best).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_normalised_when_it_nearly_sums_to_one() {
        let mut line = [0.25, 0.7501];
        normalise(&mut line).unwrap();
        assert_eq!(line.iter().sum::<f64>(), 1.0);
        assert_eq!(normalise(&mut [0.5, 0.4]), Err("its probabilities sum to 0.9, not to 1".to_owned()));
        assert_eq!(normalise(&mut [f64::NAN, 1.0]), Err("NaN is no probability".to_owned()));
        assert_eq!(normalise(&mut [-0.5, 1.5]), Err("-0.5 is no probability".to_owned()));
    }
}
