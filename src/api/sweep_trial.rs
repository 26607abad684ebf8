//! What one trial of a sweep runs.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use podium_contract::{Average, Calibration, Threshold};

use super::container::Container;
use super::pipeline::Algorithm;
use super::pipeline_data::{Checks, DataSource, Preparation, Split};

/// What one trial runs: a learner of the trainer, cross-validated on the training part of the data, whose holdout is not
/// looked at; or a container of any image, which logs the objective to the MLflow run that it is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.algorithm) != has(self.container)", "message": "trial needs exactly one of algorithm, container"},
    {"rule": "!has(self.algorithm) || has(self.data)", "message": "trial.data is needed by algorithm"},
    {"rule": "!has(self.container) || !(has(self.data) || has(self.checks) || has(self.preparation) || has(self.split) || has(self.evaluation))",
     "message": "trial.container stands alone: data, checks, preparation, split and evaluation are for algorithm"},
    {"rule": "!has(self.data) || !has(self.split) || !has(self.split.strategy) || self.split.strategy != 'TimeOrdered' || has(self.data.timeColumn)",
     "message": "data.timeColumn is needed by the strategy TimeOrdered"},
    {"rule": "!has(self.data) || !has(self.split) || !has(self.split.strategy) || self.split.strategy != 'Group' || has(self.data.groupColumn)",
     "message": "data.groupColumn is needed by the strategy Group"},
]))]
pub struct TrialTemplate {
    /// Where the rows are and what their columns mean. Needed by algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DataSource>,
    /// What the data must satisfy before anything is trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
    /// How features are made ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
    /// Which rows train.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// How predictions are scored, beside the objective's metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<TrialEvaluation>,
    /// The learner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Parameters that all trials share; `podium learners` lists them. Those of the sweep are added to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shared_parameters")]
    pub parameters: Option<BTreeMap<String, serde_json::Value>>,
    /// A container of any image, one pod a trial, instead of a learner. In command and args {name} stands for the value of a
    /// parameter and {{ for a brace; an argument that names a parameter that is not there is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<Container>,
}

/// How the predictions of a trial are scored, beside the objective's metric.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialEvaluation {
    /// Average of precision, recall and f1_score. Default: Binary (of the positive label) for two classes, else Macro.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<Average>,
    /// Calibration of probabilities on out-of-fold predictions. Isotonic needs 1,000 training rows. Default: None.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Decision threshold for two classes. Half is 0.5; Auto is the best one for the objective on out-of-fold predictions.
    /// Default: Half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

fn shared_parameters(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "nullable": true,
        "maxProperties": 50,
        "additionalProperties": {"x-kubernetes-preserve-unknown-fields": true}
    })
}
