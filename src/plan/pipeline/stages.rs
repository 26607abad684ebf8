//! The stages of an open run in their order: the first that is not done decides what happens next.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use podium_contract as contract;

use super::draft::Draft;
use super::{Context, Needs, evaluate, register, train, validate};
use crate::api::pipeline_status::{StageName, StepPhase};
use crate::domain::names::digest;
use crate::plan::{Effect, Slot, Tags};

/// Moves the open run on by one step.
pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    if run.experiment != context.pipeline.experiment {
        let message = format!(
            "spec.experiment: {:?} counts from the next run on; the open run stays in {:?}",
            context.pipeline.experiment, run.experiment
        );
        draft.hinder(crate::api::conditions::reasons::CHANGE_REFUSED, &message);
    }
    let Some(experiment_id) = run.experiment_id.clone() else {
        let tags = owner_tags(context);
        draft.effects.push(Effect::EnsureExperiment { name: run.experiment.clone(), tags });
        return Ok(());
    };
    if run.parent_run_id.is_none() {
        let effect = ensure_run(context, draft, Slot::Parent, &experiment_id);
        draft.effects.extend(effect);
        return Ok(());
    }
    match current(draft) {
        StageName::Validate => validate::advance(context, draft)?,
        StageName::Train => train::advance(context, draft)?,
        StageName::Evaluate => evaluate::advance(context, draft)?,
        StageName::Register => register::advance(context, draft),
    }
    Ok(())
}

/// The first stage that has not succeeded. Without one the last is repeated, which changes nothing.
fn current(draft: &Draft) -> StageName {
    let open = draft.status.stages.iter().find(|stage| stage.phase != StepPhase::Succeeded);
    open.or(draft.status.stages.last()).map_or(StageName::Validate, |stage| stage.name)
}

/// Marks a stage as begun.
pub(super) fn begin(context: Context<'_>, draft: &mut Draft, name: StageName) {
    if let Some(stage) = draft.stage(name)
        && stage.started_at.is_none()
    {
        stage.started_at = Some(Time(context.now));
        stage.phase = StepPhase::Running;
    }
}

/// Marks a stage as ended.
pub(super) fn finish(
    context: Context<'_>,
    draft: &mut Draft,
    name: StageName,
    phase: StepPhase,
    message: &str,
) {
    if let Some(stage) = draft.stage(name) {
        stage.phase = phase;
        stage.finished_at = Some(Time(context.now));
        stage.message = message.to_owned();
    }
}

/// The effect that makes exactly one run for a slot.
pub(super) fn ensure_run(
    context: Context<'_>,
    draft: &Draft,
    slot: Slot,
    experiment_id: &str,
) -> Option<Effect> {
    let run = draft.status.run.as_ref()?;
    let owner = &context.pipeline.owner;
    let (role, part, name) = match &slot {
        Slot::Parent => ("pipeline", String::new(), format!("{} {}", owner.name, run.number)),
        Slot::Candidate(candidate) => ("candidate", candidate.clone(), candidate.clone()),
        Slot::Evaluation => ("evaluation", String::new(), "evaluation".to_owned()),
    };
    let mut tags = owner_tags(context);
    tags.insert(contract::ROLE_TAG.to_owned(), role.to_owned());
    tags.insert("podium.dev/run".to_owned(), run.key.clone());
    if let Slot::Candidate(candidate) = &slot {
        tags.insert(contract::CANDIDATE_TAG.to_owned(), candidate.clone());
    }
    if let Some(parent) = &run.parent_run_id {
        tags.insert("mlflow.parentRunId".to_owned(), parent.clone());
    }
    Some(Effect::EnsureRun {
        key: digest(&[&context.pipeline.installation, &owner.uid, &run.key, role, &part]),
        slot,
        experiment_id: experiment_id.to_owned(),
        name,
        tags,
        started_at: context.now,
    })
}

/// Tags by which everything in MLflow names its owner.
pub(super) fn owner_tags(context: Context<'_>) -> Tags {
    let owner = &context.pipeline.owner;
    let source = format!("trainingpipeline/{}/{}", owner.namespace, owner.name);
    BTreeMap::from(
        [
            (contract::INSTALLATION_TAG, context.pipeline.installation.as_str()),
            (contract::NAMESPACE_TAG, &owner.namespace),
            (contract::OWNER_TAG, &owner.name),
            (contract::OWNER_UID_TAG, &owner.uid),
            ("mlflow.user", "podium"),
            ("mlflow.source.type", "JOB"),
            ("mlflow.source.name", &source),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    )
}
