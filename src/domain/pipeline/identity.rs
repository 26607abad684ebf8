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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(candidate: serde_json::Value) -> RunIdentity {
        let data = json!({"uri": "s3://lake/churn.csv", "target": "churned"});
        RunIdentity::of(&serde_json::from_value(json!({"data": data, "candidates": [candidate]})).unwrap())
    }

    #[test]
    fn the_identity_of_a_spec_without_newer_fields_is_that_of_the_text_it_always_had() {
        let text = r#"{"data":{"uri":"s3://lake/churn.csv","target":"churned"},"candidates":[{"name":"a","algorithm":"RandomForest","parameters":{"n_estimators":3}}]}"#;
        let stated = json!({"name": "a", "algorithm": "RandomForest", "parameters": {"n_estimators": 3}});
        assert_eq!(identity(stated).as_str(), sha256(text.as_bytes()));
    }

    #[test]
    fn whatever_changes_in_a_container_makes_a_run_and_its_cpu_does_not() {
        let own = |container: serde_json::Value, cpu: &str| {
            identity(json!({"name": "a", "container": container, "resources": {"cpu": cpu}}))
        };
        let before = own(json!({"image": "train:3"}), "1");
        assert_eq!(before, own(json!({"image": "train:3"}), "2"));
        for changed in [
            json!({"image": "train:4"}),
            json!({"image": "train:3", "args": ["-v"]}),
            json!({"image": "train:3", "env": [{"name": "MODE", "value": "fast"}]}),
        ] {
            assert_ne!(before, own(changed.clone(), "1"), "{changed}");
        }
    }
}
