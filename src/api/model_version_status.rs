//! Status of a ModelVersion: what was decided, on which evidence, and what is open.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Decimal;
use super::common::without_defaults;

/// What the controller knows about a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct ModelVersionStatus {
    /// Generation of the spec that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the version is.
    #[serde(default)]
    pub phase: VersionPhase,
    /// One sentence with gate, value and bound.
    #[serde(default)]
    pub message: String,
    /// Ready always; Reconciling and Stalled only while true.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The source as it was resolved, pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ResolvedSource>,
    /// Version number in MLflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Digest of the model files that were evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_digest: Option<String>,
    /// Digest of the evidence, to be named by an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_digest: Option<String>,
    /// Outcome of each gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateStatus>,
    /// Passed gates of all that count, for example 2/3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_summary: Option<String>,
    /// The alias, while this version holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// An open move of the alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transition: Option<Transition>,
    /// The model's hold, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Decisions about this version, the newest first, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Decision>,
    /// The last action annotation that was carried out or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled_action: Option<String>,
}

/// Where a version is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum VersionPhase {
    /// Nothing is known yet.
    #[default]
    Pending,
    /// Evidence is read.
    Evaluating,
    /// All gates pass; a person decides.
    AwaitingApproval,
    /// All gates pass, and promotion is not asked for.
    Evaluated,
    /// It holds the alias.
    Promoted,
    /// It held the alias until a newer version took it.
    Replaced,
    /// It held the alias and was taken back.
    RolledBack,
    /// A gate failed, or a person refused it.
    Rejected,
    /// The model's hold refuses it.
    Held,
    /// Evidence could not be read, or is not what was evaluated.
    Error,
}

/// A source as it was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedSource {
    /// Run whose metrics are the evidence; absent for a version without a run.
    #[serde(rename = "runID", skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Folder of the model in the run's artifacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_path: Option<String>,
}

/// Outcome of one gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = without_defaults)]
pub struct GateStatus {
    /// Its name.
    pub name: String,
    /// Pass, Fail, Error or Inconclusive.
    pub result: GateResult,
    /// Why, CamelCase.
    pub reason: String,
    /// One sentence with value and bound.
    pub message: String,
    /// Metric.
    pub metric: String,
    /// The value that was judged: the metric, or the improvement that holds at the confidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Bound from below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Bound from above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// What it was compared with, for example champion 7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_to: Option<String>,
    /// Whether it has no effect on the decision.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
}

/// Outcome of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GateResult {
    /// The evidence is good.
    Pass,
    /// There is no evidence, or it can't be compared.
    Inconclusive,
    /// The evidence could not be read, or is malformed.
    Error,
    /// The evidence is bad.
    Fail,
}

/// An open move of an alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// Id of the intent in the model's record.
    pub id: String,
    /// Version that holds the alias before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Version that holds it after.
    pub to: String,
    /// When it was opened.
    pub since: Time,
}

/// A hold on a model: the alias stays where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Version that the alias stays on.
    pub at: String,
    /// This version and all before it are refused.
    pub refused_up_to: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Time,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Id, also of the tag in MLflow.
    pub id: String,
    /// What was done.
    pub action: DecisionAction,
    /// Version that it is about.
    pub version: String,
    /// Version that held the alias before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Why, CamelCase.
    pub reason: String,
    /// Who: operator, or the person's action.
    pub by: String,
    /// When.
    pub at: Time,
}

/// What a decision did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecisionAction {
    /// The alias moved to this version.
    Promote,
    /// The version was refused.
    Reject,
    /// The alias moved away to a version that was good before.
    Rollback,
    /// The model's hold ended.
    ReleaseHold,
}

fn is_false(value: &bool) -> bool {
    !*value
}
