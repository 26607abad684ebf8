//! Status of a TrainingPipeline. Bounded: the longest lists are the spec's candidates and `limits.historyLimit`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Decimal;
use super::common::without_defaults;
use super::tuning::TunedStatus;

/// What the controller knows about a pipeline. MLflow records what happened; ids pinned here make its look-ups needless.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct TrainingPipelineStatus {
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the run is.
    #[serde(default)]
    pub phase: Phase,
    /// One sentence about it.
    #[serde(default)]
    pub message: String,
    /// Ready always; Reconciling and Stalled only while true.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Finished candidates of all, for example 2/3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The open run, or the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// Stages of the run in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageStatus>,
    /// Candidates of the run in the spec's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateStatus>,
    /// Candidates that are tuned, the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tuned: Vec<TunedStatus>,
    /// The best candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Best>,
    /// ModelVersion of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// Looks at this holdout by runs of this pipeline, with equal evaluation digests, that may have steered a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout: Option<HoldoutUse>,
    /// Ended runs, the newest first. The last one that succeeded is kept beyond limits.historyLimit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<EndedRun>,
    /// Last time of the schedule that was taken or skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,
    /// Next time of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_schedule_time: Option<Time>,
    /// The last action annotation that was carried out or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled_action: Option<String>,
}

/// Where a pipeline is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Nothing started yet.
    #[default]
    Pending,
    /// Data are loaded and checked.
    Validating,
    /// Candidates are trained.
    Training,
    /// The best are searched for better parameters.
    Tuning,
    /// The best is scored on the holdout.
    Evaluating,
    /// The ModelVersion is made.
    Registering,
    /// Stopped by the spec.
    Suspended,
    /// The run ended well.
    Succeeded,
    /// The run ended without a model.
    Failed,
}

/// One run of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct Run {
    /// Key of the run: hash of what was asked for, and of what started it.
    pub key: String,
    /// Number of the run within the pipeline, from 1.
    pub number: i64,
    /// Hash of the spec's fields that make a run.
    pub identity: String,
    /// What started it.
    pub trigger: Trigger,
    /// Number of fresh starts because the data changed between stages.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub data_changes: i32,
    /// When it started.
    pub started_at: Time,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RunOutcome>,
    /// Experiment in MLflow, by its full name.
    pub experiment: String,
    /// Id of the experiment.
    #[serde(rename = "experimentID", skip_serializing_if = "Option::is_none")]
    pub experiment_id: Option<String>,
    /// Parent run in MLflow.
    #[serde(rename = "parentRunID", skip_serializing_if = "Option::is_none")]
    pub parent_run_id: Option<String>,
    /// Whether all its runs in MLflow were closed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// Why it ended so: a reason of the conditions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// One sentence about how it ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What the validate stage found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DataFacts>,
    /// Metric that ranks the candidates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranked_by: Option<RankedBy>,
    /// Evaluation run in MLflow.
    #[serde(rename = "evaluationRunID", skip_serializing_if = "Option::is_none")]
    pub evaluation_run_id: Option<String>,
    /// First attempt whose evaluation counts; later ones are made when the champion that was compared with has moved.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub evaluation_attempt: i32,
    /// Evaluations that were made again because the champion had moved.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub evaluations_repeated: i32,
    /// Digest of what was evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation_digest: Option<String>,
    /// Digest of the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_digest: Option<String>,
    /// Digest of the model files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_digest: Option<String>,
}

/// Metric that ranks candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RankedBy {
    /// Its name.
    pub metric: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
}

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Trigger {
    /// A new or changed spec.
    Spec,
    /// The schedule.
    Schedule,
    /// The annotation podium.dev/action.
    Action,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunOutcome {
    /// With a model.
    Succeeded,
    /// Without one.
    Failed,
    /// Another run took its place.
    Superseded,
}

/// What the validate stage found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataFacts {
    /// SHA-256 over the multiset of parsed rows.
    pub digest: String,
    /// The task, stated or inferred.
    #[schemars(with = "String")]
    pub task: podium_contract::Task,
    /// Rows without copies.
    pub rows: i64,
    /// Copies that were dropped.
    pub duplicates: i64,
    /// Feature columns.
    pub features: i64,
    /// Classes; 0 for regression.
    pub classes: i64,
    /// The class that precision, recall and f1_score are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive_label: Option<String>,
}

/// A stage of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct StageStatus {
    /// Validate, Train, Tune, Evaluate or Register.
    pub name: StageName,
    /// Where it is.
    pub phase: StepPhase,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Attempts of its Job; absent for Train and Tune, which have one a candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Attempts>,
    /// What it waits for or why it failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Name of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum StageName {
    /// Load and check the data.
    Validate,
    /// Train the candidates.
    Train,
    /// Search better parameters for the best.
    Tune,
    /// Score the best on the holdout.
    Evaluate,
    /// Make the ModelVersion.
    Register,
}

/// Where a stage or a candidate is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StepPhase {
    /// Not started.
    #[default]
    Pending,
    /// Admission by Kueue is awaited.
    Queued,
    /// At work.
    Running,
    /// Stopped by the spec.
    Suspended,
    /// Done.
    Succeeded,
    /// Failed for good.
    Failed,
}

/// Attempts of one Job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct Attempts {
    /// Number of the current attempt, from 1; 0 before the first.
    pub number: i32,
    /// Attempts that count against limits.backoffLimit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: i32,
    /// Earliest time of the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Whether the current attempt was ended by us (suspend, lost node): the next one is due.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ended: bool,
    /// Why the last attempt that brought no result ended: its pod failed, or its node was drained or lost.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_failure: String,
}

/// A candidate of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct CandidateStatus {
    /// Name in the spec.
    pub name: String,
    /// Where it is.
    pub phase: StepPhase,
    /// Its child run in MLflow.
    #[serde(rename = "runID", skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Attempts of its Job.
    #[serde(default)]
    pub attempts: Attempts,
    /// When its first Job was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When its result was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Mean of the ranking metric over folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Decimal>,
    /// Headline metrics by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Decimal>,
    /// Digest of its model files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_digest: Option<String>,
    /// Why it failed or what it waits for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// The best candidate of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Best {
    /// Its name; with (tuned) when it has parameters that tuning found.
    pub candidate: String,
    /// Metric that ranked.
    pub metric: String,
    /// Mean over folds of the training part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cv_value: Option<Decimal>,
    /// Value on the holdout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Value of the same learner with default parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Decimal>,
    /// Value of the prior.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dummy: Option<Decimal>,
    /// Improvement over the baseline in per cent of its absolute value, positive when better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub improvement_percent: Option<Decimal>,
}

/// Looks at one holdout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldoutUse {
    /// Digest of what was evaluated.
    pub evaluation_digest: String,
    /// Runs that were evaluated on it.
    pub evaluations: i32,
}

/// A run that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct EndedRun {
    /// Number of the run within the pipeline.
    pub number: i64,
    /// Key of the run.
    pub key: String,
    /// How it ended.
    pub outcome: RunOutcome,
    /// When it started.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Time,
    /// Parent run in MLflow.
    #[serde(rename = "parentRunID", skip_serializing_if = "Option::is_none")]
    pub parent_run_id: Option<String>,
    /// Evaluation run in MLflow, which holds the model.
    #[serde(rename = "evaluationRunID", skip_serializing_if = "Option::is_none")]
    pub evaluation_run_id: Option<String>,
    /// The best candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Best>,
    /// ModelVersion of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// Why it ended so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

fn is_zero(value: &i32) -> bool {
    *value == 0
}

fn is_false(value: &bool) -> bool {
    !*value
}
