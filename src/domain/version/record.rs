//! The record of a registered model: who may decide about it, the open move, and who held its aliases. It stands as JSON
//! in one ConfigMap a model, whose resourceVersion arbitrates every decision.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};

use crate::api::model_version_status::{Decision, GateStatus, Hold};

/// Version of the JSON that this operator reads and writes.
pub const RECORD_VERSION: u32 = 1;
/// Decisions that are kept a alias; all of them stand in MLflow.
pub const HISTORY: usize = 20;
/// Versions that are kept a alias as targets of a rollback.
pub const VERIFIED: usize = 10;
/// Aliases of one model that Podium may decide about.
pub const ALIASES: usize = 16;

/// What is known about a registered model beside MLflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelRecord {
    /// Version of this JSON; another one is refused.
    pub version: u32,
    /// Who may decide.
    pub claim: Claim,
    /// Number of intents that were ever opened: part of their ids.
    pub sequence: u64,
    /// The open move; at most one a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// What was decided, by alias.
    #[serde(default)]
    pub aliases: BTreeMap<String, AliasRecord>,
}

/// Who may decide about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The namespace.
    pub namespace: String,
    /// Installation of the operator.
    pub installation: String,
}

/// What was decided about one alias.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasRecord {
    /// Version that Podium gave the alias to last; another one in MLflow is drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Versions that are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Versions that passed, the newest first: targets of a rollback.
    #[serde(default)]
    pub verified: Vec<Verified>,
    /// Decisions, the newest first.
    #[serde(default)]
    pub history: Vec<Decision>,
}

/// A version that passed its gates and held the alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verified {
    /// Version number.
    pub version: String,
    /// SHA-256 of its model files.
    pub digest: String,
    /// When it was promoted.
    pub at: Time,
}

/// A move of an alias, written before anything is moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Intent {
    /// Id, also of the decision and its tag.
    pub id: String,
    /// Why the alias moves.
    pub action: IntentAction,
    /// The alias.
    pub alias: String,
    /// Alias that `from` gets afterwards.
    pub previous_alias: String,
    /// Version that holds it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Version that holds it after.
    pub to: String,
    /// How far it is.
    pub step: IntentStep,
    /// The ModelVersion that opened it.
    pub owner: IntentOwner,
    /// Who decided: operator, or the person's action.
    pub by: String,
    /// Why, CamelCase.
    pub reason: String,
    /// When it was opened.
    pub since: Time,
    /// Epoch of the leader that opened it.
    pub epoch: i64,
    /// Run whose metrics were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// SHA-256 of the model files of `to`.
    pub model_digest: String,
    /// Digest of the evidence that was judged.
    pub evidence_digest: String,
    /// What was judged.
    #[serde(default)]
    pub gates: Vec<GateStatus>,
}

/// Why an alias moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntentAction {
    /// Forward, on evidence.
    Promote,
    /// Back, to a version that was good before.
    Rollback,
}

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntentStep {
    /// Nothing is moved: it may be given up.
    Opened,
    /// MLflow took the alias: only forward from here.
    Moved,
}

/// The ModelVersion that opened an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntentOwner {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

/// A record that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is not JSON of this shape.
    #[error(
        "the model's record can't be read: {0}; restore its ConfigMap, or delete it to start without history"
    )]
    Malformed(String),
    /// Another operator version wrote it.
    #[error(
        "the model's record has version {0}, this operator reads {RECORD_VERSION}; run the operator version that wrote it"
    )]
    Version(u64),
}

impl ModelRecord {
    /// A fresh record.
    pub fn new(claim: Claim) -> Self {
        Self { version: RECORD_VERSION, claim, sequence: 0, intent: None, aliases: BTreeMap::new() }
    }

    /// Reads the JSON.
    ///
    /// # Errors
    /// When it is malformed or of another version.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let malformed = |error: serde_json::Error| RecordError::Malformed(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(malformed)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(RECORD_VERSION) => {
                serde_json::from_value(value).map_err(malformed)
            }
            Some(version) => Err(RecordError::Version(version)),
            None => Err(RecordError::Malformed("version is missing".to_owned())),
        }
    }

    /// The JSON.
    ///
    /// # Errors
    /// When it can't be written, which no value of these types causes.
    pub fn to_json(&self) -> Result<String, RecordError> {
        serde_json::to_string(self).map_err(|error| RecordError::Malformed(error.to_string()))
    }

    /// What was decided about an alias.
    pub fn alias(&self, alias: &str) -> AliasRecord {
        self.aliases.get(alias).cloned().unwrap_or_default()
    }
}
