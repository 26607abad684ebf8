//! `ModelVersion`: one trained run, its gates, and the alias that it may hold.
#![allow(clippy::duplicated_attributes, reason = "printer columns repeat their type, rules their name")]

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ModelVersionStatus;
use super::gate::Gate;

/// Registers one trained model and promotes it to an alias when every gate passes.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "podium.dev",
    version = "v1alpha1",
    kind = "ModelVersion",
    plural = "modelversions",
    shortname = "mv",
    category = "podium",
    namespaced,
    status = "ModelVersionStatus",
    derive = "PartialEq",
    printcolumn(name = "Model", type_ = "string", json_path = ".spec.registeredModel"),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Gates", type_ = "string", json_path = ".status.gateSummary"),
    printcolumn(name = "Alias", type_ = "string", json_path = ".status.alias", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.message", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.registeredModel == oldSelf.registeredModel").message("registeredModel can't change: make a new ModelVersion"),
    validation = Rule::new("self.source == oldSelf.source").message("source can't change: make a new ModelVersion")
)]
pub struct ModelVersionSpec {
    /// Registered model in MLflow; the operator's configuration says which names a namespace may own.
    #[schemars(length(min = 1, max = 200), regex(pattern = "^[A-Za-z0-9][-A-Za-z0-9_]*$"))]
    pub registered_model: String,
    /// Where the model comes from.
    pub source: Source,
    /// Conditions on the evidence; all must pass. Without any gate nothing is promoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub gates: Option<Vec<Gate>>,
    /// Which alias, and who decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
    /// What happens to the version in MLflow when this object is deleted. A version that holds an alias is never deleted.
    /// Default: Retain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// Where a model comes from: exactly one of pipelineRef, runID, version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "[has(self.pipelineRef), has(self.runID), has(self.version)].exists_one(x, x)",
     "message": "source needs exactly one of pipelineRef, runID, version"},
    {"rule": "!has(self.artifactPath) || has(self.runID)",
     "message": "source.artifactPath is only for source.runID"},
]))]
pub struct Source {
    /// The last succeeded run of a pipeline of this namespace, pinned when it is first read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_ref: Option<PipelineRef>,
    /// A run in MLflow, of an experiment below the namespace's prefix, that holds a model.
    #[serde(rename = "runID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[0-9A-Za-z_-]+$"))]
    pub run_id: Option<String>,
    /// Folder of the model in the run's artifacts. Default: model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 250), regex(pattern = r"^[^/.][^/]*(/[^/.][^/]*)*$"))]
    pub artifact_path: Option<String>,
    /// A version that is already registered, whoever trained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 18), regex(pattern = "^[1-9][0-9]*$"))]
    pub version: Option<String>,
}

/// A pipeline of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PipelineRef {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// Which alias a version may get, and who decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// Auto promotes when all gates pass, where the operator's configuration allows it for this model. Manual waits for
    /// an approval. Never only evaluates. Default: Manual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<PromotionMode>,
    /// Alias of the version in production. Default: champion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[-A-Za-z0-9_]+$"))]
    pub alias: Option<String>,
    /// Alias of the version that held it before. Default: previous.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[-A-Za-z0-9_]+$"))]
    pub previous_alias: Option<String>,
}

/// Who decides a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PromotionMode {
    /// The gates alone, where the operator's configuration allows it.
    Auto,
    /// The gates, then a person.
    Manual,
    /// Nobody: gates are shown only.
    Never,
}

/// What happens to the version in MLflow when the object is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It stays.
    Retain,
    /// It is deleted, unless it holds an alias.
    Delete,
}
