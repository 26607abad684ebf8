//! `HyperparameterSweep`: the search for the best parameters of something that is run again and again.
//!
//! `podium search` runs one without a cluster; it needs no `trial`, for its command is one.
#![allow(clippy::duplicated_attributes, reason = "printer columns repeat their type")]

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

pub use super::sweep_parameters::{Categories, Condition, DoubleRange, IntRange, Parameter, Scale};
use super::sweep_status::HyperparameterSweepStatus;
use super::sweep_trial::TrialTemplate;
use super::{Decimal, Resources, Scheduling};

/// Searches parameters for the best value of a metric: suggests trials, stops hopeless ones early, ends by its limits.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "podium.dev",
    version = "v1alpha1",
    kind = "HyperparameterSweep",
    plural = "hyperparametersweeps",
    shortname = "hps",
    category = "podium",
    namespaced,
    status = "HyperparameterSweepStatus",
    derive = "PartialEq",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Trials", type_ = "string", json_path = ".status.progress"),
    printcolumn(name = "Metric", type_ = "string", json_path = ".spec.objective.metric"),
    printcolumn(name = "Best", type_ = "string", json_path = ".status.best.value"),
    printcolumn(name = "Algorithm", type_ = "string", json_path = ".status.algorithm.name"),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.message", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.maxFailedTrials) || self.maxFailedTrials <= self.maxTrials")
        .message("maxFailedTrials must be at most maxTrials"),
    validation = Rule::new("!has(self.gpuTimeLimitSeconds) || (has(self.resources) && has(self.resources.gpu))")
        .message("gpuTimeLimitSeconds needs resources.gpu")
)]
pub struct HyperparameterSweepSpec {
    /// MLflow experiment, below the namespace's prefix. Default: the sweep's name. It can't change while a run is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[^/ \t\n\f\r]([^/]*[^/ \t\n\f\r])?$"))]
    pub experiment: Option<String>,
    /// Stops all pods; what is finished is kept, and the trials that ran are given out again later. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What is made better.
    pub objective: Objective,
    /// How points are chosen. Default: Auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<SearchAlgorithm>,
    /// What is searched.
    #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub parameters: Vec<Parameter>,
    /// Trials in all.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_trials: i32,
    /// Trials at the same time. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub parallelism: Option<i32>,
    /// Failed trials that are borne; one more ends the sweep. Default: no limit, but it ends when the first 10 all failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max_failed_trials: Option<i32>,
    /// Seconds that the sweep may run; what runs then is stopped. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub time_limit_seconds: Option<i64>,
    /// GPU seconds that all pods of a run may hold together, from the node on and to their end: two GPUs for 10 s are 20. What
    /// runs then is stopped. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000_000_i64))]
    pub gpu_time_limit_seconds: Option<i64>,
    /// What ends before its time. Default: every trial runs to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// What is known before the first trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<WarmStart>,
    /// What one trial runs. A cluster needs it; `podium search` has a command instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialTemplate>,
    /// CPU, memory and GPUs of each pod: of a worker, or of a container's trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// Where pods run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduling: Option<Scheduling>,
    /// Retries and what is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<SweepLimits>,
}

/// Retries and what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepLimits {
    /// Times that a trial may lose its worker before it fails, and workers that may fail in a row, with no trial ended in
    /// between, before the sweep fails. A drained or lost node does not count. Default: 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 20))]
    pub backoff_limit: Option<i32>,
    /// Seconds that a finished Job stays. Default: 300.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub ttl_seconds_after_finished: Option<i32>,
    /// Seconds that a worker goes on without an answer of the operator before it ends; not for containers. Default: 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 86_400))]
    pub operator_timeout_seconds: Option<i64>,
    /// Seconds that one trial may take, counted from its Job's start; one that takes longer is stopped and failed. The Job
    /// controller stops it, whether an operator runs or not. Only for containers. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub trial_deadline_seconds: Option<i64>,
}

/// What is made better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Objective {
    /// Metric that each trial logs; its last value counts.
    #[schemars(length(min = 1, max = 250), regex(pattern = "^[A-Za-z_][-A-Za-z0-9_./]*$"))]
    pub metric: String,
    /// Which values are better.
    pub goal: Goal,
    /// Value that is good enough: the first trial that reaches it ends the sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Decimal>,
}

/// Which values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Goal {
    /// Lower ones.
    Minimize,
    /// Higher ones.
    Maximize,
}

/// How points are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "!has(self.counts) || (has(self.name) && self.name == 'Grid')", "message": "algorithm.counts is only for Grid"},
    {"rule": "!has(self.noise) || (has(self.name) && self.name == 'GP')", "message": "algorithm.noise is only for GP"},
]))]
pub struct SearchAlgorithm {
    /// The method. Default: Auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<AlgorithmName>,
    /// Seed of all random choices: equal seeds and equal results give equal suggestions. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub seed: Option<i64>,
    /// Grid: number of values by parameter, spread evenly on its scale with both ends. A double without a step needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "grid_counts")]
    pub counts: Option<BTreeMap<String, i32>>,
    /// GP: how far two trials of one point may differ. None: not at all; Learned: nobody knows; or their standard deviation, in
    /// the units of the objective, for example "0.01". Default: None.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 32),
        regex(pattern = r"^(None|Learned|[+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?)$")
    )]
    pub noise: Option<String>,
}

/// A method of search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AlgorithmName {
    /// Whatever suits the space and the number of trials.
    Auto,
    /// Uniform draws.
    Random,
    /// Every combination once, in a random order; none is stored, so it may be of any size.
    Grid,
    /// Tree-structured Parzen estimator, over all parameters jointly.
    #[serde(rename = "TPE")]
    Tpe,
    /// Gaussian process with log expected improvement: the most from few trials, at some cost of each suggestion.
    #[serde(rename = "GP")]
    Gp,
    /// Scrambled Sobol points: random ones without gaps and clusters.
    Sobol,
    /// Covariance matrix adaptation, for numbers without conditions and about 100 trials for each of them.
    #[serde(rename = "CMA-ES")]
    CmaEs,
}

/// What ends before its time: trials by an algorithm, the sweep by patience.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.algorithm) || has(self.patience)", "message": "earlyStopping needs algorithm or patience"},
    {"rule": "!(has(self.minSteps) || has(self.reductionFactor)) || (has(self.algorithm) && self.algorithm == 'ASHA')",
     "message": "earlyStopping.minSteps and reductionFactor are only for ASHA"},
    {"rule": "!(has(self.startStep) || has(self.minTrials)) || (has(self.algorithm) && self.algorithm == 'Median')",
     "message": "earlyStopping.startStep and minTrials are only for Median"},
    {"rule": "!has(self.tolerance) || has(self.patience)", "message": "earlyStopping.tolerance is only for patience"},
]))]
pub struct EarlyStopping {
    /// How a trial is judged by the values that it reports step by step; not for containers. Default: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<StoppingAlgorithm>,
    /// ASHA: steps that every trial gets; fewer than the longest trial has. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub min_steps: Option<i64>,
    /// ASHA: one in so many goes on at minSteps, minSteps x reductionFactor and so on. Default: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1000))]
    pub reduction_factor: Option<i64>,
    /// Median: the first step at which a trial is judged, before the last one of the longest trial. Default: 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub start_step: Option<i64>,
    /// Median: complete trials before any is judged. Default: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_trials: Option<i32>,
    /// Complete trials without a better value after which the sweep ends. Default: no such end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub patience: Option<i32>,
    /// How much better a value must be to count for patience. Default: "0".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Decimal>,
}

/// How a trial is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StoppingAlgorithm {
    /// Successive halving without waiting: at each rung the best ones go on.
    #[serde(rename = "ASHA")]
    Asha,
    /// Stops a trial whose best value is worse than the median of what complete trials averaged up to the same step.
    Median,
}

/// What is known before the first trial.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WarmStart {
    /// Points that are tried first, in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub trials: Option<Vec<FirstTrial>>,
    /// HyperparameterSweeps of this namespace whose complete trials teach the search, each by its newest run; also ones that
    /// were deleted since, and this one, by its run before. Their objective must be the same metric and goal. The run
    /// starts once they have ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 10),
        inner(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"))
    )]
    pub sweeps: Option<Vec<String>>,
}

/// A point that is tried first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstTrial {
    /// A value for each parameter that is there.
    #[schemars(schema_with = "free_form_values")]
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

fn free_form_values(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "maxProperties": 50,
        "additionalProperties": {"x-kubernetes-preserve-unknown-fields": true}
    })
}

fn grid_counts(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "nullable": true,
        "maxProperties": 50,
        "additionalProperties": {"type": "integer", "format": "int32", "minimum": 2, "maximum": 1_000_000}
    })
}
