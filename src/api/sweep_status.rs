//! Status of a HyperparameterSweep. Bounded, whatever the number of trials: counts, the best, the ten best.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Decimal;
use super::common::without_defaults;

/// What the controller knows about a sweep. Every trial is a run in MLflow; what stands here are sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct HyperparameterSweepStatus {
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the sweep is.
    #[serde(default)]
    pub phase: SweepPhase,
    /// One sentence about it.
    #[serde(default)]
    pub message: String,
    /// Ready always; Reconciling and Stalled only while true.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Ended trials of all, for example 57/200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The open run of the sweep, or the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<SweepRun>,
    /// How points are chosen in this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<ChosenAlgorithm>,
    /// Trials by what became of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trials: Option<TrialCounts>,
    /// The best complete trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<RankedTrial>,
    /// The ten best complete trials, the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<RankedTrial>,
    /// Pods that run the trials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// The last action annotation that was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled_action: Option<String>,
}

/// Where a sweep is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SweepPhase {
    /// Nothing started yet.
    #[default]
    Pending,
    /// Trials run.
    Running,
    /// Stopped by the spec.
    Suspended,
    /// It ended with a best trial.
    Succeeded,
    /// It ended, and something has to be mended before it can go on.
    Failed,
}

/// One run of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct SweepRun {
    /// Key of the run: hash of what was asked for, and of what started it.
    pub key: String,
    /// Number of the run within the sweep, from 1.
    pub number: i64,
    /// Hash of the spec's fields that make a run.
    pub identity: String,
    /// When it started.
    pub started_at: Time,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Since when it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Time>,
    /// Seconds that it was suspended before: they don't count for timeLimitSeconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suspended_seconds: i64,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SweepOutcome>,
    /// Why it ended so: a reason of the conditions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// One sentence about how it ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Experiment in MLflow, by its full name.
    pub experiment: String,
    /// Id of the experiment.
    #[serde(rename = "experimentID", skip_serializing_if = "Option::is_none")]
    pub experiment_id: Option<String>,
    /// Parent run in MLflow.
    #[serde(rename = "parentRunID", skip_serializing_if = "Option::is_none")]
    pub parent_run_id: Option<String>,
    /// Run in MLflow with the report.
    #[serde(rename = "summaryRunID", skip_serializing_if = "Option::is_none")]
    pub summary_run_id: Option<String>,
    /// Whether the report stands in the summary run.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reported: bool,
    /// Whether all its runs in MLflow were closed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// Digest of the data that the first worker found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_digest: Option<String>,
    /// GPU seconds that the run's pods have held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuUse>,
    /// What earlier sweeps taught this run, once that is written down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<WarmStarted>,
}

/// GPU seconds that the pods of a run have held: each its GPUs, from when a node was found for it to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct GpuUse {
    /// The sum up to `countedAt`.
    pub seconds: i64,
    /// Up to when the pods' time is in the sum: the last change of a pod, or 5 minutes ago at the most.
    pub counted_at: Time,
    /// Pods that are in the sum and may still hold GPUs, or whose Job is still there without a ttl.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<GpuHolder>,
}

/// A pod that is in the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct GpuHolder {
    /// Its name.
    pub name: String,
    /// Its GPUs.
    pub gpus: i32,
    /// Whether all its time is in the sum.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ended: bool,
}

/// What earlier sweeps taught a run. It stays as it was when the run started: it is a file of the parent run in MLflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WarmStarted {
    /// Their trials that teach the search. They are none of this sweep's own.
    pub trials: i64,
    /// Their trials that don't fit this sweep's parameters, and are left out.
    pub outside: i64,
    /// SHA-256 of the file.
    pub digest: String,
}

/// How a run of a sweep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SweepOutcome {
    /// By one of its limits, with what it found.
    Succeeded,
    /// Because something has to be mended.
    Failed,
    /// Another run took its place.
    Superseded,
}

/// How points are chosen in a run. It stays as it was when the run started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChosenAlgorithm {
    /// The method.
    pub name: String,
    /// Why it was chosen.
    pub reason: String,
    /// Number of trials that it was chosen for.
    pub trials: i64,
    /// Number of trials at once that it was chosen for.
    pub parallelism: i32,
}

/// Trials by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialCounts {
    /// Given out and not ended.
    pub running: i64,
    /// Ran to their end with a value.
    pub complete: i64,
    /// Stopped early.
    pub stopped: i64,
    /// Gave no value.
    pub failed: i64,
}

/// A complete trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RankedTrial {
    /// Its number.
    pub number: i64,
    /// Its objective.
    pub value: Decimal,
    /// Its run in MLflow.
    #[serde(rename = "runID")]
    pub run_id: String,
    /// Its parameters; absent where the list of the ten best would be too long with them: they stand in the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "values")]
    pub parameters: Option<Map<String, Value>>,
}

/// Pods that run the trials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct Workers {
    /// How many there should be.
    #[serde(default)]
    pub desired: i32,
    /// How many have a pod or wait for one.
    #[serde(default)]
    pub active: i32,
    /// How many were made in this run.
    #[serde(default)]
    pub made: i32,
    /// Failed ones in a row, with no trial ended in between.
    #[serde(default, skip_serializing_if = "is_zero_count")]
    pub failures: i32,
    /// Ended trials when the last failure was counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ended_trials_at_failure: i64,
    /// Numbers of workers whose end was judged, and whose Job is still there without a ttl.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<i32>,
    /// Not to be replaced before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
}

fn values(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "nullable": true,
        "additionalProperties": {"x-kubernetes-preserve-unknown-fields": true}
    })
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

fn is_zero_count(value: &i32) -> bool {
    *value == 0
}

fn is_false(value: &bool) -> bool {
    !*value
}
