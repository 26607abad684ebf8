//! The model that is saved: preparation, learner, decision and what it was fitted on, in one versioned file, and the folder around it.

mod file;
mod folder;
#[cfg(test)]
mod tests;

pub use file::{FileError, read, write};
pub use folder::{FolderError, folder, with_run_id};

use std::collections::BTreeMap;

use podium_learners::Model;
use podium_tabular::metric::{Average, MetricName, Predictions, Rule};
use podium_tabular::prepare::FittedPreparation;
use podium_tabular::schema::Schema;
use podium_tabular::split::TrainedRows;
use podium_tabular::table::Table;
use rayon::ThreadPool;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fit::{Decision, FittingError, predict};

/// All that is needed to predict as the evaluated model did, and to know which rows it has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedModel {
    /// What predicts.
    pub body: Body,
    /// Rows that it was fitted on.
    pub trained_rows: TrainedRows,
}

/// The part of a model that serde writes. Fields may be appended with a default; any other change is a new file version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Version of the trainer that made it.
    pub trainer: String,
    /// Learner.
    pub algorithm: String,
    /// Its parameters with all defaults.
    pub parameters: BTreeMap<String, Value>,
    /// Metric that ranked it.
    pub metric: MetricName,
    /// Average over classes.
    pub average: Average,
    /// Digest of the data.
    pub data_digest: String,
    /// Roles of columns, task and classes.
    pub schema: Schema,
    /// From columns to features.
    pub preparation: FittedPreparation,
    /// From features to predictions.
    pub learner: Model,
    /// Calibrator and threshold.
    pub decision: Decision,
}

impl TrainedModel {
    /// Calibrated predictions for these rows.
    ///
    /// # Errors
    /// Columns that the model knows and the table lacks, or of another type.
    pub fn predict(
        &self,
        table: &Table,
        rows: &[usize],
        pool: Option<&ThreadPool>,
    ) -> Result<Predictions, FittingError> {
        let raw = predict(&self.body.preparation, &self.body.learner, table, rows, pool)?;
        self.body.decision.calibrate(&raw).map_err(|error| FittingError::Score(error.to_string()))
    }

    /// How its probabilities become labels and classes one figure.
    pub fn rule(&self) -> Rule {
        Rule { average: self.body.average, threshold: self.body.decision.threshold }
    }
}
