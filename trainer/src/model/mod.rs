//! The model that is saved: preparation, learner, decision and what it was fitted on, in one versioned file, and the folder around it.

mod file;
mod folder;
mod foreign;
#[cfg(test)]
mod tests;
mod wire;

pub use file::{FileError, Reading, read, write};
pub use folder::{FolderError, folder, with_run_id};
pub use foreign::{Foreign, ForeignError};

use std::collections::BTreeMap;

use podium_learners::Model;
use podium_tabular::metric::{Average, MetricName, Predictions, Rule};
use podium_tabular::prepare::FittedPreparation;
use podium_tabular::schema::Schema;
use podium_tabular::split::TrainedRows;
use podium_tabular::table::Table;
use rayon::ThreadPool;
use serde_json::Value;

use crate::fit::{Decision, FittingError, predict};

/// All that is needed to predict as the evaluated model did, and to know which rows it has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedModel {
    /// What is known of it.
    pub body: Body,
    /// What predicts.
    pub predictor: Predictor,
    /// Rows that it was fitted on.
    pub trained_rows: TrainedRows,
}

/// What is known of a model, whatever predicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Version of the trainer that made it.
    pub trainer: String,
    /// Learner, or that a container trained it.
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
    /// Calibrator and threshold.
    pub decision: Decision,
}

/// What predicts.
#[derive(Debug, Clone, PartialEq)]
pub enum Predictor {
    /// A learner of ours, behind its preparation.
    Own(Box<Own>),
    /// An ONNX file that a container of the user's own has made, from columns to predictions.
    Foreign(Foreign),
}

/// A learner of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// From columns to features.
    pub preparation: FittedPreparation,
    /// From features to predictions.
    pub learner: Model,
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
        let raw = match &self.predictor {
            Predictor::Own(own) => predict(&own.preparation, &own.learner, table, rows, pool)?,
            // It has threads of its own.
            Predictor::Foreign(foreign) => foreign.predict(table, rows)?,
        };
        self.body.decision.calibrate(&raw).map_err(|error| FittingError::Score(error.to_string()))
    }

    /// Columns that it predicts from.
    pub fn columns(&self) -> Vec<String> {
        match &self.predictor {
            Predictor::Own(own) => own.preparation.features().iter().map(|one| one.name.clone()).collect(),
            Predictor::Foreign(_) => self.body.schema.features.iter().map(|one| one.name.clone()).collect(),
        }
    }

    /// How its probabilities become labels and classes one figure.
    pub fn rule(&self) -> Rule {
        Rule { average: self.body.average, threshold: self.body.decision.threshold }
    }
}
