//! What makes a run: the user-written fields, no default filled in, so that an operator upgrade retrains nothing.

use serde::Serialize;

use crate::api::pipeline::{Candidate, TrainingPipelineSpec};
use crate::api::pipeline_data::{Checks, DataSource, Evaluation, Preparation, Split};
use crate::api::tuning::Tuning;
use crate::api::{Resources, TrainingPipeline, labels};
use crate::domain::names::sha256;

/// Hash of the fields of a spec that make a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunIdentity(String);

/// The fields, in the order in which they are hashed. A new field must be an `Option` that is skipped while absent:
/// only then do the specs of today keep their hash.
#[derive(Serialize)]
struct Identity<'a> {
    data: &'a DataSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<&'a Checks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preparation: Option<&'a Preparation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<&'a Split>,
    candidates: Vec<Candidate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation: Option<&'a Evaluation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tuning: Option<Tuning>,
}

impl RunIdentity {
    /// The identity of a spec. Of a candidate's resources only the GPU counts: it can change the result. How many trials run at
    /// the same time is no part of it.
    pub fn of(spec: &TrainingPipelineSpec) -> Self {
        let identity = Identity {
            data: &spec.data,
            checks: spec.checks.as_ref(),
            preparation: spec.preparation.as_ref(),
            split: spec.split.as_ref(),
            candidates: spec.candidates.iter().map(|candidate| with_gpu_only(candidate, spec)).collect(),
            evaluation: spec.evaluation.as_ref(),
            tuning: spec.tuning.clone().map(|tuning| Tuning { parallelism: None, ..tuning }),
        };
        // A spec came out of JSON, so it goes back into it; the empty text would only make all such runs equal.
        Self(sha256(serde_json::to_string(&identity).unwrap_or_default().as_bytes()))
    }

    /// Lower-case hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn with_gpu_only(candidate: &Candidate, spec: &TrainingPipelineSpec) -> Candidate {
    let resources = candidate.resources.as_ref().or(spec.resources.as_ref());
    let gpu = resources.and_then(|resources| resources.gpu.clone());
    let resources = gpu.map(|gpu| Resources { gpu: Some(gpu), ..Resources::default() });
    Candidate { resources, ..candidate.clone() }
}

/// The nonce of `podium.dev/action: run:<nonce>`, when the annotation has that form.
pub fn action_nonce(pipeline: &TrainingPipeline) -> Option<String> {
    let action = pipeline.metadata.annotations.as_ref()?.get(labels::ACTION)?;
    action.strip_prefix("run:").filter(|nonce| !nonce.is_empty()).map(str::to_owned)
}
