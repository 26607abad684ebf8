//! `TrainingPipeline`: data to a registered model.
#![allow(clippy::duplicated_attributes, reason = "printer columns repeat their type, rules their name")]

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::container::Container;
use super::gate::Gate;
use super::model_version::Promotion;
use super::pipeline_data::{Checks, DataSource, Evaluation, Preparation, Split};
use super::tuning::Tuning;
use super::{Limits, Resources, Scheduling, TrainingPipelineStatus};

/// Checks data, trains candidates in pods, logs everything to MLflow, picks the best and hands it to a ModelVersion.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "podium.dev",
    version = "v1alpha1",
    kind = "TrainingPipeline",
    plural = "trainingpipelines",
    shortname = "tp",
    category = "podium",
    namespaced,
    status = "TrainingPipelineStatus",
    derive = "PartialEq",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Candidates", type_ = "string", json_path = ".status.progress"),
    printcolumn(name = "Best", type_ = "string", json_path = ".status.best.candidate"),
    printcolumn(name = "Metric", type_ = "string", json_path = ".status.best.metric"),
    printcolumn(name = "Value", type_ = "string", json_path = ".status.best.value"),
    printcolumn(name = "Model", type_ = "string", json_path = ".status.modelVersion", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.message", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.split) || !has(self.split.strategy) || self.split.strategy != 'TimeOrdered' || has(self.data.timeColumn)")
        .message("data.timeColumn is needed by the strategy TimeOrdered"),
    validation = Rule::new("!has(self.split) || !has(self.split.strategy) || self.split.strategy != 'Group' || has(self.data.groupColumn)")
        .message("data.groupColumn is needed by the strategy Group")
)]
pub struct TrainingPipelineSpec {
    /// MLflow experiment, below the namespace's prefix. Default: the pipeline's name. It can't change while a run is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[^/ \t\n\f\r]([^/]*[^/ \t\n\f\r])?$"))]
    pub experiment: Option<String>,
    /// Runs at these times, beside a run for each change of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Stops all pods; a finished stage or candidate is kept and what was stopped goes on later. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// Where the rows are and what their columns mean.
    pub data: DataSource,
    /// What the data must satisfy before anything is trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
    /// How features are made ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
    /// Which rows are held out, and the folds of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// What is trained, a Job each, in parallel.
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub candidates: Vec<Candidate>,
    /// How models are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Searches better parameters for the best candidates. Default: nothing is tuned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<Tuning>,
    /// The registered model that the best candidate becomes a version of. Without it the run ends after the evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// Resources of every pod; a candidate may state its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// Where pods may run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduling: Option<Scheduling>,
    /// Retries, deadlines and what is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// One learner with its parameters, or a container of any image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.algorithm) != has(self.container)", "message": "a candidate needs exactly one of algorithm, container"},
]))]
pub struct Candidate {
    /// Name, unique in the pipeline.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// Learner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Parameters of the learner by their scikit-learn names; the reference of learners lists them with ranges and defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_form_values")]
    pub parameters: Option<BTreeMap<String, serde_json::Value>>,
    /// A container of any image instead of a learner. It gets the rows of the training part and their folds as files, and leaves
    /// out-of-fold predictions and a model in ONNX; the metrics are computed from these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<Container>,
    /// Resources of this candidate's pod, instead of the pipeline's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
}

/// A learner of the trainer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// Logistic regression with L2 penalty, two or more classes.
    LogisticRegression,
    /// Ordinary least squares.
    LinearRegression,
    /// Random forest for classes or numbers.
    RandomForest,
    /// Multi-layer perceptron on libtorch, CPU or GPU.
    #[serde(rename = "TorchMLP")]
    TorchMlp,
}

/// Runs at fixed times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Cron expression of five fields, as in a CronJob.
    #[schemars(length(min = 5, max = 100))]
    pub cron: String,
    /// IANA time zone, for example Europe/Paris. Default: Etc/UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: Option<String>,
    /// What happens when a run is open at its time: Forbid skips it, Replace ends the open run. Default: Forbid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_policy: Option<ConcurrencyPolicy>,
    /// A run that could not start within this many seconds of its time is skipped. Default: 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 604_800))]
    pub starting_deadline_seconds: Option<i64>,
}

/// What happens when a run is open at the time of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConcurrencyPolicy {
    /// The new run is skipped.
    Forbid,
    /// The open run ends as KILLED and the new one starts.
    Replace,
}

/// The registered model and how its versions are promoted. Changes are live and retrain nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// Registered model in MLflow; the operator's configuration says which names a namespace may own.
    #[schemars(length(min = 1, max = 200), regex(pattern = "^[A-Za-z0-9][-A-Za-z0-9_]*$"))]
    pub registered_model: String,
    /// Gates of the ModelVersion; all must pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub gates: Option<Vec<Gate>>,
    /// Alias and mode of the ModelVersion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
    /// ModelVersions of this pipeline that are kept when newer ones exist; one that holds an alias is always kept.
    /// Default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub history_limit: Option<i32>,
}

/// The only form of free values that the API server takes.
fn free_form_values(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "nullable": true,
        "maxProperties": 50,
        "additionalProperties": {"x-kubernetes-preserve-unknown-fields": true}
    })
}
