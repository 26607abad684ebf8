//! `TrainingPipeline.spec.tuning`: the best candidates are searched for better parameters, by a HyperparameterSweep each.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Decimal;
use super::common::without_defaults;
use super::pipeline_status::{CandidateStatus, StepPhase};
use super::sweep::{AlgorithmName, EarlyStopping};

/// How the best candidates are tuned, on the folds on which they were compared. The holdout is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tuning {
    /// Learners among the candidates that are tuned, the best by cross-validation. A container is not tuned. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub top_candidates: Option<i32>,
    /// Trials for each of them. Default: 40; with the preset Grid as many as it has points.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_trials: Option<i32>,
    /// Trials at the same time, for each of them. A change counts at once. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub parallelism: Option<i32>,
    /// Which values are searched. Default: Space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// How points are chosen. Default: Auto, and Grid for the preset Grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<TuningAlgorithm>,
    /// What ends before its time. Default: every trial runs to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// Seconds that the search for one candidate may take. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub time_limit_seconds: Option<i64>,
}

/// How points are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TuningAlgorithm {
    /// The method. Default: Auto, and Grid for the preset Grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<AlgorithmName>,
    /// Seed of all random choices. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub seed: Option<i64>,
}

/// Which values of a learner's parameters are searched; `podium learners` lists them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Preset {
    /// Wide ranges of the parameters that matter most.
    #[default]
    Space,
    /// A grid of customary values.
    Grid,
}

/// A candidate that is tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct TunedStatus {
    /// The candidate, by its name in the spec.
    pub candidate: String,
    /// The HyperparameterSweep that searches.
    pub sweep: String,
    /// Where it is.
    pub phase: StepPhase,
    /// Ended trials of all, for example 12/40.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// When trials were last seen to have ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_progress_time: Option<Time>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Mean of the ranking metric over folds without tuning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untuned: Option<Decimal>,
    /// That of the best trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuned: Option<Decimal>,
    /// Improvement of the mean over folds in per cent of the untuned one's absolute value, positive when better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cv_improvement_percent: Option<Decimal>,
    /// What the best trial found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "values")]
    pub parameters: Option<Map<String, Value>>,
    /// The candidate with these parameters, trained on the whole training part; absent where no trial was better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<CandidateStatus>,
    /// Why it failed, or what it waits for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

fn values(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "nullable": true,
        "additionalProperties": {"x-kubernetes-preserve-unknown-fields": true}
    })
}
