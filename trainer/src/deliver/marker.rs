//! The marker of a finished model: a tag that is written after the model's last byte. An attempt that finds it delivers and does not train.

use podium_contract::Outcome;
use serde::{Deserialize, Serialize};

use super::Record;

/// Tag of the marker.
pub const MARKER_TAG: &str = "podium.dev/model";
/// Artifact with the rest of the parcel, from which a later attempt delivers.
pub const RECORD_ARTIFACT: &str = "podium/record.json";

/// What the tag says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Marker {
    /// Attempt that trained it.
    pub attempt: u32,
    /// SHA-256 over the model files.
    pub digest: String,
    /// SHA-256 of the record artifact.
    pub record: String,
}

/// The record artifact: what is left to deliver once the model stands in the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Parameters, metrics, tags.
    pub record: Record,
    /// The result.
    pub outcome: Outcome,
}
