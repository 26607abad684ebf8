//! A ModelVersion that can't be wrong: names inside the grant, bounds that are numbers, an alias that MLflow takes.

mod action;
mod gate;
pub mod metric;
mod promotion;
mod record;
#[cfg(test)]
mod tests;

use crate::api::labels;
use crate::api::model_version::{DeletionPolicy, ModelVersion, Source};
use crate::domain::violation::Violation;
use crate::settings::{Grant, Settings};

pub use super::pipeline::Owner;
pub use action::{Action, MalformedAction, Verb};
pub use gate::{Bound, Evaluator, Rule, ValidGate, gates};
pub use promotion::{ValidPromotion, promotion};
pub use record::{
    ALIASES, AliasRecord, Claim, HISTORY, Intent, IntentAction, IntentOwner, IntentStep, ModelRecord,
    RecordError, VERIFIED, Verified,
};

/// A model version that passed validation.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidVersion {
    /// Who it is.
    pub owner: Owner,
    /// What its namespace may use.
    pub grant: Grant,
    /// Installation of the operator.
    pub installation: String,
    /// Registered model, inside the grant.
    pub model: String,
    /// Where the model comes from.
    pub source: ValidSource,
    /// What the evidence must show; none means that nothing is promoted.
    pub gates: Vec<ValidGate>,
    /// Which alias, and who decides.
    pub promotion: ValidPromotion,
    /// Whether the grant allows promotion without a person.
    pub may_auto_promote: bool,
    /// What happens to the version when the object is deleted.
    pub deletion: DeletionPolicy,
    /// What a person asks for, or why that can't be read.
    pub action: Option<Result<Action, MalformedAction>>,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValidSource {
    /// The last succeeded run of a pipeline of the same namespace.
    Pipeline(String),
    /// A run.
    Run {
        /// Its id.
        run_id: String,
        /// Folder of the model in its artifacts.
        artifact_path: String,
    },
    /// A version that is already registered.
    Version(String),
}

/// Validates a model version.
///
/// # Errors
/// All that is wrong, each with its field, the value and what is allowed.
pub fn validate(object: &ModelVersion, settings: &Settings) -> Result<ValidVersion, Vec<Violation>> {
    let owner = owner(object);
    let grant = settings
        .grant(&owner.namespace)
        .map_err(|error| vec![Violation::new("metadata.namespace", error.to_string())])?;
    let spec = &object.spec;
    let mut problems = Vec::new();
    if let Err(error) = grant.model(&spec.registered_model) {
        problems.push(Violation::new("spec.registeredModel", error.to_string()));
    }
    let source = source(&spec.source, &mut problems);
    let evaluator = match source {
        Some(ValidSource::Pipeline(_)) => Evaluator::Trainer,
        _ => Evaluator::Anyone,
    };
    let gates = gates(spec.gates.as_deref().unwrap_or_default(), "spec.gates", evaluator, &mut problems);
    let promotion = promotion(spec.promotion.as_ref(), "spec.promotion", &mut problems);
    match source {
        Some(source) if problems.is_empty() => Ok(ValidVersion {
            may_auto_promote: grant.may_auto_promote(&spec.registered_model),
            grant: grant.clone(),
            installation: settings.installation.clone(),
            model: spec.registered_model.clone(),
            source,
            gates,
            promotion,
            deletion: spec.deletion_policy.unwrap_or(DeletionPolicy::Retain),
            action: annotation(object).map(Action::parse),
            owner,
        }),
        _ => Err(problems),
    }
}

/// Who a model version is.
pub fn owner(object: &ModelVersion) -> Owner {
    let metadata = &object.metadata;
    Owner {
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: metadata.name.clone().unwrap_or_default(),
        uid: metadata.uid.clone().unwrap_or_default(),
        generation: metadata.generation.unwrap_or_default(),
    }
}

fn annotation(object: &ModelVersion) -> Option<&str> {
    object.metadata.annotations.as_ref()?.get(labels::ACTION).map(String::as_str)
}

fn source(stated: &Source, problems: &mut Vec<Violation>) -> Option<ValidSource> {
    let folder = stated.artifact_path.as_ref();
    let source = match (&stated.pipeline_ref, &stated.run_id, &stated.version) {
        (Some(pipeline), None, None) => Some(ValidSource::Pipeline(pipeline.name.clone())),
        (None, Some(run_id), None) => Some(ValidSource::Run {
            run_id: run_id.clone(),
            artifact_path: folder.cloned().unwrap_or_else(|| podium_contract::MODEL_FOLDER.to_owned()),
        }),
        (None, None, Some(version)) => Some(ValidSource::Version(version.clone())),
        _ => None,
    };
    if source.is_none() {
        problems.push(Violation::new("spec.source", "needs exactly one of pipelineRef, runID, version"));
    } else if folder.is_some() && stated.run_id.is_none() {
        problems.push(Violation::new("spec.source.artifactPath", "is only for source.runID"));
    }
    source
}
