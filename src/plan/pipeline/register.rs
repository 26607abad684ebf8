//! The stage Register: a ModelVersion for the evaluated model. It is not owned by the pipeline, so that deleting the
//! pipeline deletes no model.

use super::draft::Draft;
use super::{Context, OwnedVersion, PipelineAction, VersionPlan, close, stage};
use crate::api::model_version::{ModelVersionSpec, Source};
use crate::api::pipeline_status::{Run, RunOutcome, StageName, StepPhase};
use crate::domain::names::child_name;
use crate::domain::pipeline::ValidRegistration;
use crate::plan::AT_ONCE;

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) {
    stage::begin(context, draft, StageName::Register);
    let Some(version) = version(context, draft) else { return };
    if context.observed.versions.iter().any(|known| says(known, &version)) {
        draft.status.model_version = Some(version.name);
        stage::finish(context, draft, StageName::Register, StepPhase::Succeeded, "");
        close::succeed(context, draft);
    } else {
        draft.status.model_version = Some(version.name.clone());
        draft.actions.push(PipelineAction::ApplyVersion(Box::new(version)));
        draft.again(AT_ONCE);
    }
}

/// Whether an object is as it should be. Evidence that a repeated evaluation wrote lies in the same run, so nothing in the
/// spec tells of it.
fn says(known: &OwnedVersion, version: &VersionPlan) -> bool {
    known.name == version.name
        && known.spec == version.spec
        && known.evidence.as_deref() == Some(version.evidence.as_str())
}

/// Gates and promotion are live: the ModelVersion of the last good run follows the spec, and nothing is trained again.
/// A ModelVersion that somebody deleted stays deleted.
pub(super) fn live(context: Context<'_>, draft: &mut Draft) {
    let succeeded = draft.status.run.as_ref().is_some_and(|run| run.outcome == Some(RunOutcome::Succeeded));
    let Some(version) = version(context, draft).filter(|_| succeeded) else { return };
    let known = context.observed.versions.iter().find(|known| known.name == version.name);
    if known.is_some_and(|known| known.spec != version.spec && known.spec.source == version.spec.source) {
        draft.actions.push(PipelineAction::ApplyVersion(Box::new(version)));
    }
    forget(context, draft);
}

/// Deletes the ModelVersions beyond the limit, the oldest first; one that holds an alias stays.
fn forget(context: Context<'_>, draft: &mut Draft) {
    let Some(registration) = &context.pipeline.registration else { return };
    let mut versions: Vec<_> = context.observed.versions.iter().collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.created_at));
    for version in versions.iter().skip(registration.history).filter(|version| !version.holds_alias) {
        draft.actions.push(PipelineAction::DeleteVersion(version.name.clone()));
    }
}

fn version(context: Context<'_>, draft: &Draft) -> Option<VersionPlan> {
    let registration = context.pipeline.registration.as_ref()?;
    let run = draft.status.run.as_ref()?;
    let owner = &context.pipeline.owner;
    Some(VersionPlan {
        name: child_name(&owner.name, &[&owner.uid, &run.key, "version"]),
        pipeline: owner.clone(),
        run: run.key.clone(),
        evidence: run.evidence_digest.clone().unwrap_or_default(),
        spec: spec(registration, run)?,
    })
}

fn spec(registration: &ValidRegistration, run: &Run) -> Option<ModelVersionSpec> {
    Some(ModelVersionSpec {
        registered_model: registration.model.clone(),
        source: Source {
            pipeline_ref: None,
            run_id: Some(run.evaluation_run_id.clone()?),
            artifact_path: None,
            version: None,
        },
        gates: registration.gates.clone(),
        promotion: registration.promotion.clone(),
        deletion_policy: None,
    })
}
