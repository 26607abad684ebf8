//! What a pod found: one tag of at most 8,000 characters, written once, after everything else is in MLflow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Task;

/// The result of one attempt. It is the last write of a pod before it closes the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageResult {
    /// [`crate::CONTRACT_VERSION`].
    pub version: u32,
    /// The attempt that wrote it.
    pub attempt: u32,
    /// What was found.
    pub outcome: Outcome,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Outcome {
    /// Of the validate stage.
    Validated(Validated),
    /// Of a candidate's training.
    Trained(Trained),
    /// Of the evaluation.
    Evaluated(Evaluated),
    /// The stage failed for good; the message is for the user.
    Failed(Failed),
}

/// The data passed all checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Validated {
    /// SHA-256 over the multiset of parsed rows, lower-case hex.
    pub data_digest: String,
    /// Stated or inferred.
    pub task: Task,
    /// Rows without copies.
    pub rows: u64,
    /// Copies that were dropped.
    pub duplicates: u64,
    /// Feature columns before encoding.
    pub features: u32,
    /// Classes; 0 for regression.
    pub classes: u32,
    /// The class that precision, recall and f1 are about.
    pub positive_label: Option<String>,
    /// Things worth knowing, for example dropped columns.
    pub warnings: Vec<String>,
}

/// A candidate was cross-validated and fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trained {
    /// Metric that ranks, by its name without prefix.
    pub metric: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
    /// Mean over folds; absent when undefined in all of them.
    pub score: Option<f64>,
    /// Standard deviation over folds.
    pub score_std: Option<f64>,
    /// Headline metrics, all with the prefix `cv_` but for times and sizes.
    pub metrics: BTreeMap<String, f64>,
    /// SHA-256 over the model files.
    pub model_digest: String,
    /// Whether a GPU was used.
    pub gpu_used: bool,
    /// Things worth knowing, for example no convergence.
    pub warnings: Vec<String>,
}

/// The winner was scored on the holdout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evaluated {
    /// Metric that ranks.
    pub metric: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
    /// The winner's value on the holdout.
    pub score: Option<f64>,
    /// The baseline's.
    pub baseline: Option<f64>,
    /// The dummy's.
    pub dummy: Option<f64>,
    /// Headline metrics of the winner on the holdout.
    pub metrics: BTreeMap<String, f64>,
    /// Digest of what was evaluated: data, target, positive label, average, holdout rows.
    pub evaluation_digest: String,
    /// SHA-256 over the model files in this run.
    pub model_digest: String,
    /// SHA-256 of the evidence artifact.
    pub evidence_digest: String,
    /// Rows of the holdout.
    pub holdout_rows: u64,
    /// The champion's version that it was compared with.
    pub champion: Option<String>,
}

/// The stage failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failed {
    /// CamelCase, for conditions.
    pub reason: String,
    /// One sentence with column or field, value and allowed range.
    pub message: String,
}
