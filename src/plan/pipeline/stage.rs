//! What all stages share: how one begins and ends, the run that it writes to, the Job that does it.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use podium_contract as contract;

use super::attempt::{Next, StepInput};
use super::document::{self, Order};
use super::draft::Draft;
use super::{Context, PipelineAction, close};
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{Attempts, Run, RunOutcome, StageName, StepPhase};
use crate::domain::names::digest;
use crate::plan::{AT_ONCE, Effect, Slot, Tags};

/// Marks a stage as begun.
pub(super) fn begin(context: Context<'_>, draft: &mut Draft, name: StageName) {
    if let Some(stage) = draft.stage(name)
        && stage.started_at.is_none()
    {
        stage.started_at = Some(Time(context.now));
        stage.phase = StepPhase::Running;
    }
}

/// Marks a stage as ended; what comes after it follows at once.
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
    draft.again(AT_ONCE);
}

/// Name of the parent run. MLflow takes 250 characters, and a pipeline's name may have 253.
fn run_name(pipeline: &str, number: i64) -> String {
    const READABLE: usize = 200;
    let name: String = pipeline.chars().take(READABLE).collect();
    format!("{name} {number}")
}

/// The effect that makes exactly one parent run, and its experiment when there is none.
pub(super) fn ensure_parent(context: Context<'_>, run: &Run) -> Effect {
    let role = "pipeline";
    Effect::EnsureParent {
        experiment: run.experiment.clone(),
        experiment_tags: owner_tags(context),
        key: run_key(context, run, role, ""),
        name: run_name(&context.pipeline.owner.name, run.number),
        tags: run_tags(context, run, role),
        started_at: context.now,
    }
}

/// The effect that makes exactly one child run for a slot.
pub(super) fn ensure_run(
    context: Context<'_>,
    draft: &Draft,
    slot: Slot,
    experiment_id: &str,
) -> Option<Effect> {
    let run = draft.status.run.as_ref()?;
    let (role, part, name) = match &slot {
        Slot::Candidate(candidate) => ("candidate", candidate.as_str(), candidate.as_str()),
        Slot::Evaluation => ("evaluation", "", "evaluation"),
        // Those of a sweep.
        Slot::Trial(_) | Slot::Summary => return None,
    };
    let mut tags = run_tags(context, run, role);
    if let Slot::Candidate(candidate) = &slot {
        tags.insert(contract::CANDIDATE_TAG.to_owned(), candidate.clone());
    }
    if let Some(parent) = &run.parent_run_id {
        tags.insert("mlflow.parentRunId".to_owned(), parent.clone());
    }
    Some(Effect::EnsureRun {
        key: run_key(context, run, role, part),
        name: name.to_owned(),
        slot,
        experiment_id: experiment_id.to_owned(),
        tags,
        started_at: context.now,
    })
}

/// Key under which exactly one run may exist.
fn run_key(context: Context<'_>, run: &Run, role: &str, part: &str) -> String {
    digest(&[&context.pipeline.installation, &context.pipeline.owner.uid, &run.key, role, part])
}

fn run_tags(context: Context<'_>, run: &Run, role: &str) -> Tags {
    let mut tags = owner_tags(context);
    tags.insert(contract::ROLE_TAG.to_owned(), role.to_owned());
    tags.insert(contract::RUN_TAG.to_owned(), run.key.clone());
    tags
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

/// A stage with one Job: its Jobs and its attempts.
pub(super) fn input<'a>(
    context: Context<'a>,
    run: &str,
    run_id: &'a str,
    result_tag: &'a str,
    stage: StageName,
    attempts: &'a Attempts,
) -> StepInput<'a> {
    StepInput {
        attempts,
        jobs: context.observed.jobs.iter().filter(|job| job.run == run && job.stage == stage).collect(),
        run_id,
        result_tag,
        first_attempt: 1,
        suspend: context.pipeline.suspend,
        backoff_limit: context.pipeline.limits.backoff_limit,
        memory: &context.pipeline.resources.memory,
    }
}

/// Orders a Job. Planned once more after that, so that status says of it what its first change will say.
pub(super) fn create(context: Context<'_>, draft: &mut Draft, run: &Run, order: Order<'_>) {
    if let Some(job) = document::job(context, run, order) {
        draft.actions.push(PipelineAction::CreateJob(Box::new(job)));
        draft.again(AT_ONCE);
    }
}

/// Why a step that waits has no running pod, as the reason of a condition.
pub(super) fn without_pod(phase: StepPhase) -> Option<&'static str> {
    match phase {
        StepPhase::Pending => Some(reasons::POD_PENDING),
        StepPhase::Queued => Some(reasons::QUEUED),
        StepPhase::Running | StepPhase::Suspended | StepPhase::Succeeded | StepPhase::Failed => None,
    }
}

/// What is common to stages with one Job.
pub(super) fn step(context: Context<'_>, draft: &mut Draft, name: StageName, next: Next) {
    match next {
        Next::Wait { phase, message, again, notice } => {
            if let Some(again) = again {
                draft.again(again);
            }
            let before = draft.stage(name).map(|stage| stage.message.clone()).unwrap_or_default();
            draft.events.extend(notice.and_then(|notice| notice.event(&before, &message)));
            if let Some(reason) = without_pod(phase).filter(|_| !message.is_empty()) {
                draft.hinder(reason, &message);
            }
            if let Some(stage) = draft.stage(name) {
                stage.phase = phase;
                stage.message = message;
            }
        }
        Next::Blocked(trouble) => {
            draft.again(Duration::from_secs(5));
            draft.hinder(trouble.reason, &trouble.message);
        }
        Next::Stop(job) => {
            draft.actions.push(PipelineAction::DeleteJob(job));
            if let Some(stage) = draft.stage(name) {
                stage.phase = StepPhase::Suspended;
                stage.message = "suspended".to_owned();
            }
        }
        Next::Failed { reason, message } => failed(context, draft, name, &reason, &message),
        Next::Done(outcome) => {
            let message = format!("the result in MLflow is of another stage: {outcome:.80?}");
            failed(context, draft, name, "MalformedResult", &message);
        }
        Next::Create(_) => {}
    }
}

fn failed(context: Context<'_>, draft: &mut Draft, name: StageName, reason: &str, message: &str) {
    finish(context, draft, name, StepPhase::Failed, message);
    close::end(context, draft, RunOutcome::Failed, reason, message);
}
