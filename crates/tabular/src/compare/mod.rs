//! Comparing two models on rows that neither was fitted on: a seeded paired bootstrap of the difference, counted so that an improvement is positive.

mod bootstrap;
#[cfg(test)]
mod tests;

pub use bootstrap::{Resampling, Side, paired_bootstrap};

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::digest::{RowDigest, cell_digest};
use crate::metric::{MetricError, MetricName};
use crate::schema::Schema;
use crate::split::TrainedRows;
use crate::table::Table;

/// Fewer shared rows than this compare nothing.
pub const MIN_SHARED_ROWS: usize = 100;

/// Resamples of the bootstrap.
pub const RESAMPLES: usize = 2_000;

/// Why two models can't be compared; never a pass.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotComparable {
    /// A model without a list of the rows it was fitted on.
    #[error("the {model} carries no list of the rows it was fitted on")]
    NoTrainedRows {
        /// `challenger` or `champion`.
        model: &'static str,
    },
    /// Fitted on a table with other columns, so its list names other rows.
    #[error("the {model} was fitted on a table with other columns: which rows it has seen is unknown")]
    OtherColumns {
        /// `challenger` or `champion`.
        model: &'static str,
    },
    /// Too few rows that neither has seen.
    #[error("{rows} holdout rows were seen by neither model, at least {MIN_SHARED_ROWS} are needed")]
    TooFewRows {
        /// Rows.
        rows: usize,
    },
    /// The metric is undefined on the rows, or on more than half of the resamples.
    #[error("metric {metric} is undefined on the {rows} shared rows or on most resamples of them")]
    Undefined {
        /// The metric.
        metric: MetricName,
        /// Rows.
        rows: usize,
    },
    /// The metric ranks nothing.
    #[error("metric {metric} has no direction of improvement")]
    NoDirection {
        /// The metric.
        metric: MetricName,
    },
    /// Predictions that can't be scored.
    #[error("the {model} can't be scored: {error}")]
    Predictions {
        /// `challenger` or `champion`.
        model: &'static str,
        /// Why.
        error: MetricError,
    },
    /// Not one group per row.
    #[error("{groups} groups for {rows} rows")]
    Groups {
        /// Entries.
        groups: usize,
        /// Rows.
        rows: usize,
    },
}

/// The difference of a metric between two models on the same rows, and its bootstrap distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric.
    pub metric: MetricName,
    /// The challenger's figure on the shared rows.
    pub challenger: f64,
    /// The champion's.
    pub champion: f64,
    /// The difference; an improvement is positive.
    pub improvement: f64,
    /// The same difference in each resample, ascending; never empty.
    pub differences: Vec<f64>,
    /// Shared rows.
    pub rows: usize,
    /// Resamples in which the metric was undefined; they are left out of `differences`.
    pub undefined: usize,
}

impl Comparison {
    /// The improvement that is exceeded with this confidence (one-sided, percentile method); `confidence` within 0 and 1.
    #[must_use]
    pub fn lower_bound(&self, confidence: f64) -> f64 {
        let n = self.differences.len();
        let below = ((1.0 - confidence) * n as f64 - 1e-9).ceil() as usize;
        let at = below.saturating_sub(1).min(n.saturating_sub(1));
        self.differences.get(at).copied().unwrap_or(f64::NEG_INFINITY)
    }
}

/// A group index for each of these rows, for [`Resampling::Groups`]; `None` without a group column.
#[must_use]
pub fn group_indices(table: &Table, rows: &[usize], schema: &Schema) -> Option<Vec<u32>> {
    let column = table.column(schema.group.as_ref()?)?;
    let mut known = HashMap::new();
    let index = |&row: &usize| {
        let next = known.len() as u32;
        *known.entry(cell_digest(column.cell(row))).or_insert(next)
    };
    Some(rows.iter().map(index).collect())
}

/// The holdout rows that neither model was fitted on, nor any row of their group.
///
/// # Errors
/// A missing list, one of other columns, or fewer than [`MIN_SHARED_ROWS`] rows.
pub fn shared_rows(
    table: &Table,
    digests: &[RowDigest],
    holdout: &[usize],
    schema: &Schema,
    challenger: Option<&TrainedRows>,
    champion: Option<&TrainedRows>,
) -> Result<Vec<usize>, NotComparable> {
    let mut rows = holdout.to_vec();
    for (model, list) in [("challenger", challenger), ("champion", champion)] {
        let list = list.ok_or(NotComparable::NoTrainedRows { model })?;
        if !list.same_columns(table) {
            return Err(NotComparable::OtherColumns { model });
        }
        rows = list.unseen(table, digests, &rows, schema);
    }
    if rows.len() < MIN_SHARED_ROWS { Err(NotComparable::TooFewRows { rows: rows.len() }) } else { Ok(rows) }
}
